"""Faults put into real SQLite: one statement refused, and how to see that nothing is left of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kiosk.store import high_water
from kiosk.store.errors import StoreError
from kiosk.store.sqlite import sqlite3
from kiosk.store.store import Store
from tests.enrolled import DEVICE
from tests.store.items import SCAN, Clerk

TABLES = (
    "deposits",
    "events",
    "outbox",
    "journal",
    "receipt_sequence",
    "print_intent",
    "counters",
    "memory",
    "statuses",
)
Rows = dict[str, list[tuple[object, ...]]]


def snapshot(store: Store) -> Rows:
    """Return every row of every table."""
    connection = store.db.conn
    queries = {table: f"SELECT * FROM {table} ORDER BY rowid" for table in TABLES}  # noqa: S608
    return {table: connection.execute(query).fetchall() for table, query in queries.items()}


@dataclass(slots=True)
class Plan:
    """Which step fails, counted from 1; and how many were taken."""

    fails_at: int
    taken: int = 0

    def step(self) -> bool:
        """Count a step and tell whether it is the one that fails."""
        self.taken += 1
        return self.taken == self.fails_at


@contextmanager
def refused_step(connection: sqlite3.Connection, step: int) -> Iterator[Plan]:
    """Let SQLite refuse the *step*-th thing that any statement wants to do, COMMIT included.

    Stands for a disk or database that fails at that place. ROLLBACK is never refused.
    """
    plan = Plan(step)

    def authorize(action: int, what: str | None, *_rest: str | None) -> int:
        is_rollback = action == sqlite3.SQLITE_TRANSACTION and what == "ROLLBACK"
        return sqlite3.SQLITE_DENY if not is_rollback and plan.step() else sqlite3.SQLITE_OK

    connection.set_authorizer(authorize)
    try:
        yield plan
    finally:
        connection.set_authorizer(None)


@contextmanager
def interrupted_at(connection: sqlite3.Connection, step: int) -> Iterator[Plan]:
    """Interrupt SQLite in the middle of a statement, at the *step*-th 5 instructions.

    Only within a transaction: a COMMIT that is done can still be told that it was interrupted,
    which no fault of a machine or a disk does.
    """
    plan = Plan(step)
    connection.set_progress_handler(lambda: connection.in_transaction and plan.step(), 5)
    try:
        yield plan
    finally:
        connection.set_progress_handler(None, 0)


def numbers_are_gap_free(store: Store) -> bool:
    """Tell whether the numbers given out are 1, 2, 3 … with none missing or twice."""
    numbers = store.db.conn.execute("SELECT number FROM deposits ORDER BY number").fetchall()
    (last,) = store.db.conn.execute(
        "SELECT last FROM receipt_sequence WHERE epoch = ?", (DEVICE,)
    ).fetchone()
    return [number for (number,) in numbers] == list(range(1, last + 1))


def stands_or_falls_whole(store: Store) -> bool:
    """Tell whether each deposit has its outbox row, entry and print intent, and none is alone."""
    found = [
        {row[0] for row in store.db.conn.execute(query)}
        for query in (
            "SELECT receipt_number FROM deposits",
            "SELECT receipt_number FROM outbox WHERE item_kind = 'deposit'",
            "SELECT receipt_number FROM journal WHERE act = 'deposited'",
            "SELECT receipt_number FROM print_intent",
        )
    ]
    return all(one == found[0] for one in found)


def first_broken_promise(clerk: Clerk, *, most: int = 200) -> str | None:
    """Refuse each step of a commit in turn; return what was found broken, or None.

    The harness of every store: it is tried on broken ones too.
    """
    store = clerk.store
    for step in range(1, most):
        before, number = snapshot(store), store.next_slot(DEVICE).number
        with store.writing:
            slot = store.next_slot(DEVICE)
            new, at = clerk.prepare(slot, SCAN)
            failed = False
            with refused_step(store.db.conn, step) as plan:
                try:
                    store.commit_deposit(slot, new, at, "technician")
                except StoreError:
                    failed = True
        if plan.taken < step:
            return None if not failed else f"step {step}: failed without a fault"
        if failed and snapshot(store) != before:
            return f"step {step}: something was left of a commit that failed"
        if failed and store.next_slot(DEVICE).number != number:
            return f"step {step}: a number was used up"
        if failed and high_water.read(store.folder) == (
            DEVICE,
            slot.number and slot.number.sequence,
        ):
            return f"step {step}: a number was shown before its deposit was committed"
        if not failed:
            return f"step {step}: a fault was swallowed"
        if not stands_or_falls_whole(store) or not numbers_are_gap_free(store):
            return f"step {step}: the tables contradict each other"
    return f"not done after {most} steps"
