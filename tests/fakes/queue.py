"""A queue in memory, counted row by row."""

from collections.abc import Sequence
from datetime import datetime

from kiosk.domain.ids import uuid7
from kiosk.domain.moments import local_date
from kiosk.domain.views import QueueDay, QueueRow, QueueView
from kiosk.domain.vocabulary import DepositState, DossierKind, Stage

_UNSENT = (DepositState.QUEUED, DepositState.SENDING, DepositState.TO_SCAN)


def make_row(
    number: str, at: datetime, kind: DossierKind = DossierKind.MALADIE, pages: int = 4
) -> QueueRow:
    """Return a deposit that waits to be sent since *at*."""
    return QueueRow(
        deposit_id=uuid7(at),
        receipt_number=number,
        state=DepositState.QUEUED,
        held_reason=None,
        created_at=at,
        kind=kind,
        page_count=pages,
        size_bytes=39_000 * pages,
        attempts=0,
        next_attempt_at=None,
        last_error=None,
        stage=Stage.DEPOSITED,
        acknowledged_at=None,
        events_waiting=0,
    )


def view_of(rows: Sequence[QueueRow], now: datetime, at_most: int) -> QueueView:
    """Return what *rows*, newest first, come to."""
    counts: dict[DepositState, int] = {}
    for row in rows:
        counts[row.state] = counts.get(row.state, 0) + 1
    unsent = [row for row in rows if row.state in _UNSENT]
    ages = [int((now - row.created_at).total_seconds()) for row in unsent]
    tries = [row.next_attempt_at for row in rows if row.next_attempt_at is not None]
    return QueueView(
        rows=tuple(rows[:at_most]),
        counts=counts,
        waiting=len(unsent),
        oldest_s=max(ages, default=None),
        waiting_bytes=sum(row.size_bytes for row in unsent),
        next_attempt_at=min(tries, default=None),
        today=_day_of(rows, now),
    )


def _day_of(rows: Sequence[QueueRow], now: datetime) -> QueueDay:
    today = local_date(now)
    made = [row for row in rows if local_date(row.created_at) == today]
    received = [
        row
        for row in rows
        if row.acknowledged_at is not None and local_date(row.acknowledged_at) == today
    ]
    to_scan = sum(row.state is DepositState.TO_SCAN for row in made)
    return QueueDay(made=len(made), to_scan=to_scan, received=len(received))
