"""Counts of what lies at the counter, for hand-over and clôture."""

from datetime import datetime

from kiosk.domain.moments import rfc3339
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.shifts import ShiftCounts
from kiosk.domain.vocabulary import DepositState
from kiosk.store.errors import named_faults
from kiosk.store.sqlite import sqlite3


@named_faults()
def of_states(connection: sqlite3.Connection) -> dict[DepositState, int]:
    """Return how many deposits are in each state, states without any left out."""
    rows = connection.execute("SELECT state, deposits FROM tally WHERE deposits > 0")
    return {DepositState(state): count for state, count in rows}


def at_the_counter(connection: sqlite3.Connection) -> ShiftCounts:
    """Count what lies at the counter now, of whatever day."""
    counts = of_states(connection)
    held = counts.get(DepositState.HELD, 0)
    on_the_way = counts.get(DepositState.QUEUED, 0) + counts.get(DepositState.SENDING, 0)
    return ShiftCounts(
        papers_in_hand=sum(counts.values()) - counts.get(DepositState.CANCELLED, 0),
        to_scan=counts.get(DepositState.TO_SCAN, 0),
        unsent=on_the_way + held,
        held=held,
    )


@named_faults()
def numbers_of_day(
    connection: sqlite3.Connection, begins: datetime, ends: datetime
) -> tuple[ReceiptNumber, ...]:
    """Return the numbers given out from *begins* to before *ends*, in order."""
    rows = connection.execute(
        "SELECT epoch, number FROM deposits WHERE created_at >= ? AND created_at < ?"
        " ORDER BY rowid",
        (rfc3339(begins), rfc3339(ends)),
    )
    return tuple(ReceiptNumber(device=epoch, sequence=number) for epoch, number in rows)


@named_faults()
def of_day(connection: sqlite3.Connection, begins: datetime, ends: datetime) -> tuple[int, int]:
    """Return how many deposits were made from *begins* to before *ends*, and cancelled since."""
    made, cancelled = connection.execute(
        "SELECT count(*), coalesce(sum(state = 'cancelled'), 0) FROM deposits"
        " WHERE created_at >= ? AND created_at < ?",
        (rfc3339(begins), rfc3339(ends)),
    ).fetchone()
    return int(made), int(cancelled)


@named_faults()
def without_acknowledgement(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return numbers given out for which the central's word is not held, in order of number.

    A cancelled deposit needs none once its cancellation has one. A recalled deposit counts: the
    central has lost what it acknowledged.
    """
    rows = connection.execute(
        """
        SELECT d.receipt_number FROM deposits d
        WHERE d.state IN ('to_scan', 'queued', 'sending', 'held')
           OR (d.state = 'cancelled' AND NOT EXISTS (
                   SELECT 1 FROM events e WHERE e.deposit_id = d.deposit_id
                   AND e.event = 'cancellation' AND e.acknowledged_at IS NOT NULL))
        ORDER BY d.rowid
        """
    )
    return tuple(row[0] for row in rows)
