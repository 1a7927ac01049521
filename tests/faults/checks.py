"""What is looked for on a disk after it was cut short: every promise, by a process that is new."""

import hashlib
import traceback
from collections import Counter as Count
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.domain.errors import NotEnrolledError, WaslError
from kiosk.store import database, high_water, journal
from kiosk.store.folder import DataFolder
from kiosk.store.store import Store
from kiosk.wire.bundles import SUFFIX, check_bundle
from tests.enrolled import DEVICE
from tests.faults.counter import Counter, Device, Told
from tests.faults.person import READABLE

PLAIN_FILES: frozenset[str] = frozenset()
"""Files in which a person may be read. There is none."""


@dataclass(slots=True)
class Promised:
    """What was said before the cut, and which bundles were durable then."""

    receipts: dict[str, str] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)
    settled: dict[str, str] = field(default_factory=dict)
    printed: set[str] = field(default_factory=set)
    bundles: dict[str, str] = field(default_factory=dict)
    is_enrolled: bool = False
    cursor: int = 0
    twice: list[str] = field(default_factory=list)

    def hear(self, told: Told) -> None:
        """Take in one thing that was said."""
        match told["what"]:
            case "receipt":
                if self.receipts.setdefault(told["number"], told["item"]) != told["item"]:
                    self.twice.append(told["number"])
            case "event":
                self.events.add(told["item"])
            case "settled":
                self.settled[told["item"]] = told["state"]
            case "printed":
                self.printed.add(told["number"])
            case "enrolled":
                self.is_enrolled = True
            case "cursor":
                self.cursor = int(told["value"])


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
    yield from _readable(root)
    kept = promised.bundles | bundles_in(root)
    counter = Counter(device, root, lambda _told: None)
    counter.open()
    try:
        yield from _enrolment(counter, promised)
        yield from _tables(counter.store)
        yield from _promises(counter.store, promised)
        yield from _next_deposit(counter, promised)
        yield from _tables(counter.store)
        yield from _bundles(counter.folder, kept)
        yield from _readable(root)
    finally:
        counter.close()


def _readable(root: Path) -> Iterator[str]:
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root)).encode()
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


def _tables(store: Store) -> Iterator[str]:
    """Yield what the database says against itself and against the spool."""
    if not database.is_sound(store.db):
        yield "the database is not sound"
    journal.verify(store.db.conn)
    for row in store.db.conn.execute("SELECT * FROM journal"):
        if any(secret.decode() in str(value) for value in row for secret in READABLE):
            yield "the journal names a person"
    numbers = _column(store, "SELECT number FROM deposits WHERE epoch = ? ORDER BY number", DEVICE)
    last = _column(store, "SELECT last FROM receipt_sequence WHERE epoch = ?", DEVICE)
    if numbers != list(range(1, len(numbers) + 1)) or last != [len(numbers)]:
        yield f"the numbers are {numbers}, the last given out {last}"
    noted = high_water.read(store.folder)
    if numbers and noted != (DEVICE, len(numbers)):
        yield f"the high-water file says {noted} after {len(numbers)} deposits"
    yield from _rows(store)


def _rows(store: Store) -> Iterator[str]:
    deposits = _column(store, "SELECT deposit_id FROM deposits")
    events = _column(store, "SELECT event_id FROM events")
    items = Count([*deposits, *events])
    if Count(_column(store, "SELECT item_id FROM outbox")) != items:
        yield "the outbox does not hold each deposit and event once"
    acts = _column(store, "SELECT value FROM counters WHERE name = 'act'")
    if sum(map(int, acts)) != len(deposits) + len(events):
        yield f"{acts} acts are counted, {len(deposits)} deposits and {len(events)} events kept"
    journalled = _column(store, "SELECT receipt_number FROM journal WHERE act = 'deposited'")
    if Count(journalled) != Count(_column(store, "SELECT receipt_number FROM deposits")):
        yield "the journal does not name each deposit once"
    if _column(store, "SELECT 1 FROM outbox WHERE state = 'sending'"):
        yield "a lease outlived its process"
    for item in items:
        path = store.folder.spool / f"{item}{SUFFIX}"
        fault = _fault_of(path)
        if fault is not None:
            yield f"the bundle of {item} is not whole: {fault}"


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
    if store.memory.cursor() < promised.cursor:
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
    (before,) = _column(counter.store, "SELECT count(*) FROM deposits")
    number = counter.take()
    if number in promised.receipts:
        yield f"{number} was shown before and is given out again"
    if not number.startswith(f"{DEVICE}-{int(before) + 1:06d}"):
        yield f"the deposit after number {before} is {number}"


def _bundles(folder: DataFolder, kept: dict[str, str]) -> Iterator[str]:
    there = bundles_in(folder.root)
    for name, digest in kept.items():
        if there.get(name) != digest:
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
