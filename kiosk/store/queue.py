"""The queue as it is looked at: what it comes to, and as many of its rows as are asked for.

Whoever looks pays for what is shown, not for what is kept: totals come from indexes alone, rows
from an index of the deposits that are not purged, newest first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kiosk.domain.moments import parse_rfc3339, rfc3339
from kiosk.domain.views import QueueDay, QueueRow, Returned
from kiosk.domain.vocabulary import DepositState, DossierKind, HeldReason, Stage
from kiosk.domain.words import Words
from kiosk.store.errors import named_faults
from kiosk.store.sqlite import sqlite3
from kiosk.wire.messages import StatusUpdate

_BATCH = 1_000
_REASONS = {reason.value for reason in HeldReason}
# Each word of the vocabulary by its value: an enum's own look-up costs ten times a dict's.
_STATES = {one.value: one for one in DepositState}
_KINDS = {one.value: one for one in DossierKind}
_STAGES = {one.value: one for one in Stage}

TOTALS = """
    SELECT state, count(*), sum(size_bytes), min(created_at) FROM deposits
    WHERE minimised_at IS NULL
      AND state IN ('to_scan', 'queued', 'sending', 'acknowledged', 'held', 'cancelled')
    GROUP BY state
    """
ROWS = """
    SELECT d.rowid, d.deposit_id, d.receipt_number, d.state, d.held_reason, d.created_at, d.kind,
           d.page_count, d.size_bytes, o.attempts, o.next_attempt_at, o.last_error, d.stage,
           d.acknowledged_at, o.state = 'held',
           (SELECT count(*) FROM outbox e WHERE e.deposit_id = d.deposit_id
            AND e.item_kind = 'event' AND e.state <> 'done'),
           CASE WHEN d.stage = 'returned' THEN
               (SELECT s.detail FROM statuses s WHERE s.receipt_number = d.receipt_number
                ORDER BY s.at DESC, s.rowid DESC LIMIT 1) END
    FROM deposits d INDEXED BY deposits_kept LEFT JOIN outbox o ON o.item_id = d.deposit_id
    WHERE d.minimised_at IS NULL AND d.state <> 'purged' AND d.rowid < :before
      AND (:state IS NULL OR d.state = :state)
    ORDER BY d.rowid DESC LIMIT :most
    """
ROW = ROWS.replace("INDEXED BY deposits_kept ", "").replace(
    "d.rowid < :before", "d.receipt_number = :number"
)
MADE_TODAY = (
    "SELECT count(*), coalesce(sum(state = 'to_scan'), 0) FROM deposits"
    " WHERE created_at >= ? AND created_at < ?"
)
RECEIVED_TODAY = (
    "SELECT count(*) FROM deposits"
    " WHERE minimised_at IS NULL AND acknowledged_at >= ? AND acknowledged_at < ?"
)
_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What the deposits of one state come to."""

    count: int
    size_bytes: int
    oldest: datetime


@named_faults()
def totals(connection: sqlite3.Connection) -> dict[DepositState, Total]:
    """Return what the deposits that are not purged come to, states without any left out."""
    return {
        _STATES[state]: Total(count=count, size_bytes=size, oldest=parse_rfc3339(oldest))
        for state, count, size, oldest in connection.execute(TOTALS)
    }


@named_faults()
def newest(
    connection: sqlite3.Connection, most: int, state: DepositState | None = None
) -> tuple[QueueRow, ...]:
    """Return at most *most* deposits that are not purged, newest first."""
    return tuple(row for _place, row in _page(connection, _NEWEST, most, state))


def each(connection: sqlite3.Connection, state: DepositState | None = None) -> Iterator[QueueRow]:
    """Yield every deposit not purged, newest first, a batch of them in memory.

    Each batch is a read of its own: a reader that is slow to take them holds up no checkpoint.
    A deposit that is purged meanwhile may be missing, none is told twice.

    Raises:
        StoreError: The database cannot be read; what was yielded is right all the same.
    """
    before = _NEWEST
    while True:
        with named_faults():
            batch = _page(connection, before, _BATCH, state)
        yield from (row for _place, row in batch)
        if len(batch) < _BATCH:
            return
        before = batch[-1][0]


@named_faults()
def row_of(connection: sqlite3.Connection, receipt_number: str) -> QueueRow | None:
    """Return the row of one number; None when it is purged or not kept here."""
    wanted = {"number": receipt_number, "state": None, "most": 1}
    row = connection.execute(ROW, wanted).fetchone()
    return _queue_row(row[1:]) if row else None


@named_faults()
def of_day(connection: sqlite3.Connection, begins: datetime, ends: datetime) -> QueueDay:
    """Return what was made and acknowledged from *begins* to before *ends*."""
    day = (rfc3339(begins), rfc3339(ends))
    made, to_scan = connection.execute(MADE_TODAY, day).fetchone()
    (received,) = connection.execute(RECEIVED_TODAY, day).fetchone()
    return QueueDay(made=made, to_scan=to_scan, received=received)


def _page(
    connection: sqlite3.Connection, before: int, most: int, state: DepositState | None
) -> list[tuple[int, QueueRow]]:
    wanted = {"before": before, "most": most, "state": state.value if state else None}
    return [(row[0], _queue_row(row[1:])) for row in connection.execute(ROWS, wanted)]


def _held_reason(held: str | None, error: str | None) -> HeldReason:
    # A deposit without its scan, or a cancelled one, keeps its state while its manifest is held.
    if held:
        return HeldReason(held)
    return HeldReason(error) if error in _REASONS else HeldReason.REFUSED_FOR_GOOD


def _queue_row(row: Sequence[Any]) -> QueueRow:
    (
        item,
        number,
        state,
        held,
        created,
        kind,
        pages,
        size,
        attempts,
        due,
        error,
        stage,
        ack,
        is_held,
        events,
        told,
    ) = row
    return QueueRow(
        deposit_id=UUID(item),
        receipt_number=number,
        state=_STATES[state],
        held_reason=_held_reason(held, error) if is_held else None,
        created_at=parse_rfc3339(created),
        kind=_KINDS[kind],
        page_count=pages,
        size_bytes=size,
        attempts=attempts or 0,
        next_attempt_at=parse_rfc3339(due) if due else None,
        last_error=error or None,
        stage=_STAGES[stage],
        acknowledged_at=parse_rfc3339(ack) if ack else None,
        events_waiting=events,
        returned=_returned(told) if told else None,
    )


def _returned(detail: str) -> Returned:
    told = StatusUpdate.model_validate_json(detail)
    return Returned(
        why=Words(told.text_fr, told.text_ar),
        pieces_to_bring=told.pieces_to_bring,
        last_day=told.last_day,
    )
