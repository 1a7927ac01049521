"""What a device talks to the central through, put together for one identity."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from kiosk.sync.authority import newer_root
from kiosk.sync.central_clock import CentralClock, any_dates
from kiosk.sync.connection import CheckDates, Timeouts
from kiosk.sync.engine import Engine
from kiosk.sync.heartbeat import Heart
from kiosk.sync.identity import Clocks, Identity
from kiosk.sync.line import Line
from kiosk.sync.list_parts import ListFetcher
from kiosk.sync.outcomes import ExchangeError, OutcomeClass
from kiosk.sync.ports import DeviceMemory, Outbox, Roots, TrustLists, Vitals
from kiosk.sync.quality import Order
from kiosk.sync.transport import Transport
from kiosk.sync.updates import UpdatesFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What one identity talks through. Questions have their own connection: a run may be long."""

    identity: Identity
    sync: Transport
    questions: Transport
    engine: Engine
    updates: UpdatesFeed
    heart: Heart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What every identity of one data folder shares.

    Attributes:
        vitals: What heartbeats report; None: none are sent.
        stopping: Set when the program is closing.
        draw: Randomness of the waits between tries, 0 ≤ x < 1.
        order: In which order rows go, told the time and whether a person asks.
        roots: What the root said last; None: it is not asked for more.
        lists: The trust list and parts of a newer one; None: it comes whole.
        stranger: Set when a certificate or a signature was by a key that is not known: the root
            may have named it since.
    """

    outbox: Outbox
    memory: DeviceMemory
    vitals: Vitals | None
    program_version: str
    clocks: Clocks
    timeouts: Timeouts | None
    line: Line
    stopping: threading.Event
    draw: Callable[[], float] | None
    order: Callable[[datetime, bool], Order] | None
    roots: Roots | None = None
    lists: TrustLists | None = None
    stranger: threading.Event = field(default_factory=threading.Event)

    def connect(self, identity: Identity) -> Talk:
        """Return what *identity* talks through; nothing is said yet.

        Raises:
            InvalidInputError: Its address or its authorities are not usable.
        """
        clock = CentralClock(
            connect=lambda: self.transport(identity, check_dates=any_dates),
            trust_key=identity.trust_key,
            clocks=self.clocks,
            keep_time=self.vitals.keep_time if self.vitals else lambda _central: None,
            on_stranger=self.stranger.set,
        )
        sync, questions = self.transport(identity, clock), self.transport(identity, clock)
        updates = UpdatesFeed(
            transport=sync,
            memory=self.memory,
            device=identity.device,
            trust_key=identity.trust_key,
            roots=self.roots,
            lists=self._fetcher(sync, identity),
            on_stranger=self.stranger.set,
        )
        engine = Engine(
            transport=sync,
            outbox=self.outbox,
            memory=self.memory,
            updates=updates,
            clocks=self.clocks,
            stopping=self.stopping,
            draw=self.draw,
            order=self.order,
        )
        return Talk(
            identity=identity,
            sync=sync,
            questions=questions,
            engine=engine,
            updates=updates,
            heart=self._heart(identity),
        )

    def transport(
        self,
        identity: Identity,
        right_time: CentralClock | None = None,
        check_dates: CheckDates | None = None,
    ) -> Transport:
        """Return a line of its own for *identity*."""
        return Transport(
            url=identity.url,
            ca_pem=identity.ca_pem,
            key=identity.request_key,
            next_sequence=self.memory.next_sequence,
            clocks=self.clocks,
            note=self._note,
            timeouts=self.timeouts,
            right_time=right_time,
            check_dates=check_dates,
        )

    def successor(self, identity: Identity) -> Identity | None:
        """Return *identity* by the root's newest word, where a stranger was met and it has one.

        The word is kept before it is returned. None: nobody was met, or there is no answer.

        Raises:
            WaslError: The store could not keep it.
        """
        if self.roots is None or not self.stranger.is_set():
            return None
        self.stranger.clear()
        try:
            root = newer_root(identity.url, self.roots.root(), self.timeouts)
        except ExchangeError:
            return None
        if root is None:
            return None
        self.roots.keep_root(root)
        return replace(
            identity,
            ca_pem=root.ca_pem or identity.ca_pem,
            root_key=root.key,
            trust_key=root.trust_key,
        )

    def _fetcher(self, transport: Transport, identity: Identity) -> ListFetcher | None:
        if self.lists is None:
            return None
        return ListFetcher(
            transport=transport,
            lists=self.lists,
            trust_key=identity.trust_key,
            stopping=self.stopping,
        )

    def _heart(self, identity: Identity) -> Heart | None:
        if self.vitals is None:
            return None
        return Heart(
            vitals=self.vitals,
            device=identity.device,
            trust_key=identity.trust_key,
            program_version=self.program_version,
            monotonic=self.clocks.monotonic,
            on_stranger=self.stranger.set,
        )

    def _note(self, outcome: OutcomeClass) -> None:
        if outcome is OutcomeClass.CERTIFICATE_WRONG:
            self.stranger.set()
        self.line.note(outcome)
