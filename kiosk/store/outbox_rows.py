"""Rows of the outbox, as the acts that make, release or recall them see them."""

from datetime import datetime
from uuid import UUID

from kiosk.domain.deposit import Move
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import rfc3339
from kiosk.domain.vocabulary import DepositState
from kiosk.store import deposits
from kiosk.store.errors import named_faults
from kiosk.store.sqlite import sqlite3
from kiosk.sync.ports import ItemKind


def enqueue(
    connection: sqlite3.Connection,
    *,
    item_id: UUID,
    kind: ItemKind,
    deposit_id: UUID | None,
    receipt_number: str,
    created_at: datetime,
) -> None:
    """Add a row within the transaction that commits the fact it reports."""
    connection.execute(
        "INSERT INTO outbox (item_id, item_kind, deposit_id, receipt_number, state, created_at)"
        " VALUES (?, ?, ?, ?, 'queued', ?)",
        (
            str(item_id),
            kind.value,
            str(deposit_id) if deposit_id else None,
            receipt_number,
            rfc3339(created_at),
        ),
    )


def knows(connection: sqlite3.Connection, item_id: UUID) -> bool:
    """Tell whether a row refers to that item."""
    row = connection.execute("SELECT 1 FROM outbox WHERE item_id = ?", (str(item_id),)).fetchone()
    return row is not None


@named_faults()
def is_done(connection: sqlite3.Connection, item_id: str) -> bool:
    """Tell whether the central has acknowledged that item."""
    row = connection.execute(
        "SELECT 1 FROM outbox WHERE item_id = ? AND state = 'done'", (item_id,)
    ).fetchone()
    return row is not None


def is_replaced(connection: sqlite3.Connection, deposit: str) -> bool:
    """Tell whether a deposit's own scan is not to be sent.

    A cancellation makes it unwanted, a completion brings another one.
    """
    row = connection.execute(
        "SELECT 1 FROM events WHERE deposit_id = ? AND event IN ('cancellation', 'completion')",
        (deposit,),
    ).fetchone()
    return row is not None


@named_faults()
def unsent_documents(connection: sqlite3.Connection) -> list[UUID]:
    """Return the items whose sealed scan has still to be sent."""
    rows = connection.execute(
        "SELECT o.item_id FROM outbox o LEFT JOIN deposits d ON d.deposit_id = o.item_id"
        " LEFT JOIN events e ON e.event_id = o.item_id WHERE o.state <> 'done'"
        " AND coalesce(d.document_sha256, e.document_sha256) IS NOT NULL"
    )
    return [UUID(row[0]) for row in rows]


def release_leases(connection: sqlite3.Connection) -> None:
    """Put back what a program that is gone had claimed. For the one writer, at start."""
    connection.execute(
        # "Not done" is said so that the index of open rows serves: most rows are done.
        "UPDATE outbox SET state = 'queued', leased_until = NULL"
        " WHERE state = 'sending' AND state <> 'done'"
    )
    connection.execute("UPDATE deposits SET state = 'queued' WHERE state = 'sending'")


def give_way(connection: sqlite3.Connection, deposit_id: UUID) -> None:
    """Let a held deposit send its manifest again: a completion or cancellation goes with it."""
    connection.execute(
        "UPDATE outbox SET state = 'queued', next_attempt_at = NULL"
        " WHERE item_id = ? AND state = 'held'",
        (str(deposit_id),),
    )


def release(connection: sqlite3.Connection, receipt_number: str) -> DepositState:
    """Let every held row of a number go again, at once; return the deposit's state.

    Raises:
        UnknownReceiptError: None is kept here.
        InvalidInputError: Nothing of it is held.
    """
    stored = deposits.by_number(connection, receipt_number)
    changed = connection.execute(
        "UPDATE outbox SET state = 'queued', next_attempt_at = NULL, last_error = NULL"
        " WHERE receipt_number = ? AND state = 'held'",
        (receipt_number,),
    ).rowcount
    if stored.state is DepositState.HELD:
        return deposits.move(connection, str(stored.deposit_id), Move.RELEASED)
    if not changed:
        raise InvalidInputError("receipt", "nothing of this deposit is held")
    return stored.state
