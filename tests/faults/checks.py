"""What is looked for on a disk after it was cut short: every promise, by a process that is new."""

import hashlib
import traceback
from collections import Counter as Count
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from kiosk.domain.errors import NotEnrolledError, WaslError
from kiosk.store import database, high_water, journal
from kiosk.store.folder import DataFolder
from kiosk.store.restore import ACTS_SKIPPED
from kiosk.store.store import Store
from kiosk.wire.bundles import SUFFIX, check_bundle
from tests.faults import upkeep_checks as upkeep
from tests.faults.counter import Counter, Device
from tests.faults.draft_checks import draft_faults
from tests.faults.person import READABLE
from tests.faults.promised import KeptDraft, Promised

PLAIN_FILES: frozenset[str] = frozenset()
"""Files in which a person may be read. There is none."""


def bundles_in(root: Path) -> dict[str, str]:
    """Return the SHA-256 of every whole bundle under a data folder, by file name."""
    found = {}
    for path in sorted(root.glob(f"spool/**/*{SUFFIX}")):
        if _fault_of(path) is None:
            found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def examine(device: Device, root: Path, promised: Promised) -> list[str]:
    """Start a kiosk on what was found, take a dossier, and return every broken promise."""
    try:
        return [*_examine(device, root, promised)]
    except WaslError as error:
        return [f"does not start or go on: {error.code.value}: {error}"]
    except BaseException:  # noqa: BLE001 whatever it is, it is a finding, and the next state is due
        return [f"a bug: {traceback.format_exc()}"]


def _examine(device: Device, root: Path, promised: Promised) -> Iterator[str]:
    yield from _readable(root.parent)
    kept = promised.bundles | bundles_in(root)
    counter = Counter(device, root, lambda _told: None)
    yield from upkeep.finish_restore(counter, promised)
    counter.open()
    try:
        yield from _enrolment(counter, promised)
        yield from _tables(counter, promised)
        yield from _promises(counter.store, promised)
        yield from upkeep.restore_faults(counter, promised)
        yield from draft_faults(counter, promised)
        yield from _next_deposit(counter, promised)
        yield from upkeep.backup_faults(counter, promised)
        yield from upkeep.purge_faults(counter, promised)
        yield from _tables(counter, promised)
        yield from _bundles(counter.folder, kept, promised)
        yield from _readable(root.parent)
    finally:
        counter.close()


def _readable(top: Path) -> Iterator[str]:
    for path in sorted(top.rglob("*")):
        name = str(path.relative_to(top)).encode()
        content = path.read_bytes() if path.is_file() and path.name not in PLAIN_FILES else b""
        for secret in READABLE:
            if secret in name or secret in content:
                yield f"{secret.decode()} can be read in {name.decode()}"


def _enrolment(counter: Counter, promised: Promised) -> Iterator[str]:
    try:
        counter.store.memory.enrolment().configured()
    except NotEnrolledError:
        if promised.is_enrolled:
            yield "the enrolment is lost"
        counter.enrol()


def _tables(counter: Counter, promised: Promised) -> Iterator[str]:
    """Yield what the database says against itself and against the spool."""
    store = counter.store
    if not database.is_sound(store.db):
        yield "the database is not sound"
    journal.verify(store.db.conn)
    for row in store.db.conn.execute("SELECT * FROM journal"):
        if any(secret.decode() in str(value) for value in row for secret in READABLE):
            yield "the journal names a person"
    yield from _numbers(store)
    yield from _rows(store)
    for item in _column(store, "SELECT item_id FROM outbox"):
        path = store.folder.spool / f"{item}{SUFFIX}"
        if path.exists() or item not in upkeep.may_lack_bundle(counter, promised):
            fault = _fault_of(path)
            if fault is not None:
                yield f"the bundle of {item} is not whole: {fault}"


def _numbers(store: Store) -> Iterator[str]:
    query = "SELECT number FROM deposits WHERE epoch = ? ORDER BY number"
    last = dict(store.db.conn.execute("SELECT epoch, last FROM receipt_sequence"))
    for epoch in last:
        numbers = _column(store, query, epoch)
        if numbers != list(range(1, len(numbers) + 1)) or last[epoch] != len(numbers):
            yield f"the numbers of {epoch} are {numbers}, the last given out {last[epoch]}"
    now = store.memory.epoch()
    noted = high_water.read(store.folder)
    if last[now] and noted != (now, last[now]):
        yield f"the high-water file says {noted} after {last[now]} deposits under {now}"


def _rows(store: Store) -> Iterator[str]:
    deposits = _column(store, "SELECT deposit_id FROM deposits")
    events = _column(store, "SELECT event_id FROM events")
    if Count(_column(store, "SELECT item_id FROM outbox")) != Count([*deposits, *events]):
        yield "the outbox does not hold each deposit and event once"
    acts = sum(map(int, _column(store, "SELECT value FROM counters WHERE name = 'act'")))
    restores = len(_column(store, "SELECT 1 FROM journal WHERE act = 'restored'"))
    if acts - restores * ACTS_SKIPPED != len(deposits) + len(events):
        yield f"{acts} acts are counted, {len(deposits)} deposits and {len(events)} events kept"
    journalled = _column(store, "SELECT receipt_number FROM journal WHERE act = 'deposited'")
    if Count(journalled) != Count(_column(store, "SELECT receipt_number FROM deposits")):
        yield "the journal does not name each deposit once"
    if _column(store, "SELECT 1 FROM outbox WHERE state = 'sending'"):
        yield "a lease outlived its process"


def _promises(store: Store, promised: Promised) -> Iterator[str]:
    for number in promised.twice:
        yield f"{number} was shown for two deposits"
    kept = dict(store.db.conn.execute("SELECT receipt_number, deposit_id FROM deposits"))
    for number, item in promised.receipts.items():
        if kept.get(number) != item:
            yield f"the receipt {number} was shown and is not there"
    events = _column(store, "SELECT event_id FROM events")
    yield from (f"the event {item} is lost" for item in promised.events.difference(events))
    yield from _settled(store, promised)
    is_open = "SELECT receipt_number FROM print_intent WHERE state = 'open'"
    for number in promised.printed.intersection(_column(store, is_open)):
        yield f"the receipt {number} was printed, and is asked for again"
    if store.memory.told().cursor < promised.cursor:
        yield "updates of the central were taken in and are forgotten"


def _settled(store: Store, promised: Promised) -> Iterator[str]:
    if _column(store, "SELECT 1 FROM journal WHERE act = 'recalled'"):
        return  # all that was settled is to be sent again
    rows = store.db.conn.execute("SELECT item_id, state, attempts FROM outbox")
    found = {item: (state, attempts) for item, state, attempts in rows}
    for item, said in promised.settled.items():
        state, attempts = found.get(item, ("gone", 0))
        if state != said and said != "queued":
            yield f"{item} was settled as {said} and is {state}"
        if said != "done" and not attempts:
            yield f"the try to send {item} is forgotten"


def _next_deposit(counter: Counter, promised: Promised) -> Iterator[str]:
    """Go on with the dossier that is found, or take another; then ask again for old answers."""
    epoch = counter.store.memory.epoch()
    (before,) = _column(counter.store, "SELECT count(*) FROM deposits WHERE epoch = ?", epoch)
    found = [one.draft_id for one in counter.desk.drafts.open_drafts() if one.page_count]
    if found:
        # Asked for again as after a crash, under the request's own id where there was one.
        draft = promised.drafts.get(str(found[0]), KeptDraft())
        number = counter.confirm(found[0], UUID(draft.request) if draft.request else None)
    else:
        number = counter.take()
    if number in promised.receipts:
        yield f"{number} was shown before and is given out again"
    if not number.startswith(f"{epoch}-{int(before) + 1:06d}"):
        yield f"the deposit after number {before} of {epoch} is {number}"
    for request, answer in promised.answered.items():
        again = counter.desk.deposits.made_by(UUID(request))
        if again is None or again.receipt_number != answer:
            yield f"the request answered with {answer} is answered with {again}"


def _bundles(folder: DataFolder, kept: dict[str, str], promised: Promised) -> Iterator[str]:
    there = bundles_in(folder.root)
    for name, digest in kept.items():
        if there.get(name) != digest and name.removesuffix(SUFFIX) not in promised.may_go:
            yield f"the bundle {name} is gone"


def _fault_of(path: Path) -> str | None:
    try:
        check_bundle(path)
    except (WaslError, OSError) as error:
        return str(error)
    return None


def _column(store: Store, query: str, *values: object) -> list[Any]:
    rows: Iterable[tuple[Any]] = store.db.conn.execute(query, values)
    return [row[0] for row in rows]
