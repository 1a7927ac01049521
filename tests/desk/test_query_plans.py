"""What is done all day long reads indexes: no statement of it walks through what is kept.

Whatever SQL an act runs is caught as it runs and explained by SQLite itself, so that a statement
that comes later is judged too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from kiosk.domain.agents import UNNAMED
from kiosk.domain.vocabulary import DepositState
from kiosk.store.sqlite import sqlite3
from tests.contracts.outbox_contract import again
from tests.desk.counter import Counter
from tests.desk.test_events import send_all

GROWING = ("deposits", "events", "outbox", "journal", "print_intent", "statuses")
"""Tables that have a row for each deposit there ever was."""
SMALL = ("deposits_kept", "outbox_open", "print_intent_open")
"""Indexes of what is not over yet: to walk through one is to look at what is asked for."""


def walks(connection: sqlite3.Connection, statements: set[str]) -> list[str]:
    """Return what SQLite would walk through from end to end, with the statement."""
    found = []
    for statement in sorted(statements):
        for *_ids, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}"):
            words = step.split()
            # The greatest of a column without an index is called a search, and is none.
            is_walk = words[0] == "SCAN" or (words[0] == "SEARCH" and "USING" not in words)
            is_walk = is_walk and words[1] in _names(statement)
            if is_walk and not any(name in words for name in SMALL) and not _is_a_glance(statement):
                found.append(f"{step}: {' '.join(statement.split())}")
    return found


def _names(statement: str) -> set[str]:
    # A table goes by its own name in a plan, or by the one the statement gives it.
    words = statement.replace(",", " ").replace("(", " ").replace(")", " ").split()
    pairs = zip(words, [*words[1:], ""], strict=True)
    return {*GROWING, *(alias for table, alias in pairs if table in GROWING)}


def _is_a_glance(statement: str) -> bool:
    # The last row in the table's own order: read from its end, and no further.
    words = " ".join(statement.split())
    return words.endswith("DESC LIMIT 1") and " WHERE " not in words


@contextmanager
def caught(counter: Counter) -> Iterator[set[str]]:
    """Catch every statement that is run on the calling thread's connection."""
    statements: set[str] = set()
    connection = counter.kiosk.store.db.conn

    def note(statement: str) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            statements.add(statement)

    connection.set_trace_callback(note)
    try:
        yield statements
    finally:
        connection.set_trace_callback(None)


def _confirm(counter: Counter) -> None:
    counter.deposit()


def _receive(counter: Counter) -> None:
    counter.receive()


def _send(counter: Counter) -> None:
    counter.deposit()
    assert send_all(counter.kiosk)


def _retry(counter: Counter) -> None:
    store = counter.kiosk.store
    item = store.outbox.claim(now=counter.kiosk.clock.now, only_due=True, passed=set())
    assert item is not None
    store.outbox.settle(item.item_id, again(counter.kiosk.clock.now + timedelta(minutes=1)))


def _look(counter: Counter) -> None:
    assert counter.desk.overview.queue().rows
    assert list(counter.desk.overview.each(DepositState.QUEUED))
    assert counter.desk.overview.open_prints()


def _find(counter: Counter) -> None:
    number = counter.desk.overview.queue().rows[0].receipt_number
    overview = counter.desk.overview
    assert overview.find(number) in overview.find_person("101455262", date(2026, 11, 20))
    assert overview.row(number)


def _remove(counter: Counter) -> None:
    store = counter.kiosk.store
    send_all(counter.kiosk)
    store.memory.keep_time(counter.kiosk.clock.now + timedelta(days=30))
    assert store.retention.run().scans


def _count(counter: Counter) -> None:
    counter.desk.shifts.counts()


def _close_day(counter: Counter) -> None:
    number = str(counter.deposit().receipt_number)
    counter.desk.events.cancel(number, "wrong person")
    assert counter.desk.shifts.close_day(UNNAMED, ()).cancelled == 1


ACTS: dict[str, Callable[[Counter], None]] = {
    "confirm": _confirm,
    "receive": _receive,
    "send": _send,
    "retry": _retry,
    "look": _look,
    "find": _find,
    "remove": _remove,
    "count": _count,
    "close the day": _close_day,
}


@pytest.mark.parametrize("act", ACTS)
def test_act_walks_through_nothing_that_grows(counter: Counter, act: str) -> None:
    counter.deposit()
    counter.receive()
    with caught(counter) as statements:
        ACTS[act](counter)
    assert statements
    assert walks(counter.kiosk.store.db.conn, statements) == []


def test_walk_is_caught(counter: Counter) -> None:
    counter.deposit()
    connection = counter.kiosk.store.db.conn
    with caught(counter) as statements:
        connection.execute("SELECT count(*) FROM deposits d WHERE d.kind = 'ald'").fetchall()
        connection.execute("SELECT max(at) FROM journal WHERE act = 'held'").fetchall()
    assert len(walks(connection, statements)) == 2


@pytest.mark.parametrize(
    ("act", "index"),
    [
        ("confirm", "deposits_by_claim"),
        ("find", "deposits_by_person_day"),
        ("look", "deposits_by_day"),
        ("look", "print_intent_open"),
        ("retry", "outbox_open"),
        ("send", "events_by_deposit"),
    ],
)
def test_missing_index_is_caught(counter: Counter, act: str, index: str) -> None:
    counter.deposit()
    connection = counter.kiosk.store.db.conn
    with caught(counter) as statements:
        ACTS[act](counter)
    connection.execute(f"DROP INDEX {index}")
    assert walks(connection, statements)
