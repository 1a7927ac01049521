"""One life of a kiosk and one of a central: each ends when its work is done, or is killed."""

import sys
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from central.cli import main as central_main
from kiosk.app import Kiosk, identity_of, open_kiosk
from kiosk.clock import KioskClock
from kiosk.desk import Desk
from kiosk.domain.vocabulary import PieceKind
from kiosk.link import Link
from kiosk.sync.connection import Timeouts
from kiosk.sync.ports import Claimed, Outbox, Outcome, Waiting
from tests.e2e.chaos.broken import break_central, outbox_of
from tests.enrolled import make_desk
from tests.faults.person import StandInCapture, typed

TIMEOUTS = Timeouts(connect_s=3.0, read_s=4.0, send_s=4.0, answer_s=8.0)
_SHORT_WAITS = 0.004
"""Instead of a random part of minutes: the longest wait is then 3.6 s."""
_WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a kiosk is to do in its life.

    Attributes:
        deposits: How many there are to be in all, those of earlier lives among them.
        scan_bytes: About how large each scan is.
        broken: Which mistake is made on purpose; "" for none.
    """

    data: str
    keys: str
    deposits: int
    scan_bytes: int
    broken: str = ""


def live_as_kiosk(wanted: Wanted) -> None:
    """Take deposits while two workers send; return once nothing waits.

    Raises:
        AssertionError: Both workers were given the same row at once.
    """
    with open_kiosk(Path(wanted.data), writing=True, keys=Path(wanted.keys)) as kiosk:
        clock, capture = KioskClock(), StandInCapture(wanted.scan_bytes)
        clock.judge_by(kiosk.store.memory.trusted_time)
        desk = make_desk(kiosk.store, capture, kiosk.keys, clock.read, clock.best_known_utc)
        print("at work", flush=True)
        outbox = WatchedOutbox(outbox_of(kiosk.store, clock.read, wanted.broken))
        links = [_link(kiosk, outbox) for _ in range(_WORKERS)]
        is_full = threading.Event()
        senders = [
            threading.Thread(target=_send_all, args=(link, outbox, is_full)) for link in links
        ]
        for sender in senders:
            sender.start()
        made = len(kiosk.store.spool.items())
        for number in range(made, wanted.deposits):
            _deposit(desk, number)
        is_full.set()
        for sender in senders:
            sender.join()
        assert not outbox.given_twice, outbox.given_twice


def live_as_central(arguments: list[str], broken: str) -> None:
    """Serve until killed."""
    break_central(broken)
    sys.exit(central_main(arguments))


def _send_all(link: Link, outbox: "WatchedOutbox", is_full: threading.Event) -> None:
    while True:
        was_full = is_full.is_set()
        link.sync_once(only_due=True)
        if was_full and not outbox.waiting().waiting:
            link.stop()
            return
        time.sleep(0.02)


def _deposit(desk: Desk, number: int) -> None:
    draft = desk.drafts.begin()
    desk.drafts.add_pages(draft, Path("tray"), lambda _told: None)
    day = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    form = replace(typed(), care_date=day, amount=f"{100 + number},00")
    page = min(desk.drafts.pages(draft))
    desk.deposits.confirm(draft, form, {page: PieceKind.FEUILLE_DE_SOINS}, uuid4())


def _link(kiosk: Kiosk, outbox: Outbox) -> Link:
    identity = identity_of(kiosk.store.memory.enrolment(), kiosk.keys.request_key)
    return Link(
        outbox=outbox,
        memory=kiosk.store.memory,
        identity=identity,
        timeouts=TIMEOUTS,
        draw=lambda: _SHORT_WAITS,
    )


@dataclass(slots=True)
class WatchedOutbox:
    """Sees a row given to a worker while another one has it."""

    outbox: Outbox
    given_twice: list[UUID] = field(default_factory=list)
    _out: set[UUID] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def claim(
        self,
        *,
        now: datetime,
        only_due: bool,
        passed: Collection[UUID],
        only_new: bool = False,
        made_before: datetime | None = None,
    ) -> Claimed | None:
        """See :class:`kiosk.sync.ports.Outbox`."""
        with self._lock:
            claimed = self.outbox.claim(
                now=now,
                only_due=only_due,
                passed=passed,
                only_new=only_new,
                made_before=made_before,
            )
            if claimed is not None:
                if claimed.item_id in self._out:
                    self.given_twice.append(claimed.item_id)
                self._out.add(claimed.item_id)
            return claimed

    def settle(self, item_id: UUID, outcome: Outcome) -> None:
        """See :class:`kiosk.sync.ports.Outbox`."""
        with self._lock:
            self._out.discard(item_id)
            self.outbox.settle(item_id, outcome)

    def waiting(self) -> Waiting:
        """See :class:`kiosk.sync.ports.Outbox`."""
        return self.outbox.waiting()
