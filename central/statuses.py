"""Stages of deposits, in the order their point is told of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, CursorResult, bindparam, select, update

from central.schema import deposits, points, statuses
from kiosk.domain.vocabulary import Stage
from kiosk.wire.messages import StatusUpdate

PAGE = 200
"""Statuses in one answer; the device asks again while there are more."""


# Counting up locks the point's row until commit, so cursors appear in order, without gaps.
_NEXT = update(points).values(cursor=points.c.cursor + 1).returning(points.c.code, points.c.cursor)
_NEXT_OF_POINT = _NEXT.where(points.c.code == bindparam("point"))
_NEXT_OF_DEPOSIT = _NEXT.where(
    points.c.code
    == select(deposits.c.point)
    .where(deposits.c.id == bindparam("deposit"), deposits.c.cancelled_at.is_(None))
    .scalar_subquery()
)
_TELLING = statuses.insert()


def record(
    connection: Connection, *, point: str, receipt_number: str, stage: Stage, now: datetime
) -> None:
    """Give the deposit a new stage, under the point's next cursor."""
    counted = connection.execute(_NEXT_OF_POINT, {"point": point})
    _record(connection, counted, receipt_number, stage, now)


def record_unless_cancelled(
    connection: Connection, *, deposit_id: UUID, receipt_number: str, stage: Stage, now: datetime
) -> None:
    """Give the deposit a new stage, as :func:`record` does, unless it is cancelled."""
    counted = connection.execute(_NEXT_OF_DEPOSIT, {"deposit": deposit_id})
    _record(connection, counted, receipt_number, stage, now)


def _record(
    connection: Connection,
    counted: CursorResult[Any],
    receipt_number: str,
    stage: Stage,
    now: datetime,
) -> None:
    next_one = counted.one_or_none()
    if next_one is None:
        return
    status = StatusUpdate(receipt_number=receipt_number, status=stage, at=now)
    connection.execute(
        _TELLING,
        {
            "point": next_one.code,
            "cursor": next_one.cursor,
            "receipt_number": receipt_number,
            "stage": stage.value,
            "update_json": status.model_dump_json(),
        },
    )


def since(
    connection: Connection, point: str, cursor: int
) -> tuple[tuple[StatusUpdate, ...], int, bool]:
    """Return what a point has not been told, its new cursor, and whether there is more."""
    table = statuses
    rows = connection.execute(
        select(table.c.cursor, table.c.update_json)
        .where(table.c.point == point, table.c.cursor > cursor)
        .order_by(table.c.cursor)
        .limit(PAGE + 1)
    ).all()
    told = rows[:PAGE]
    updates = tuple(StatusUpdate.model_validate_json(row.update_json) for row in told)
    return updates, told[-1].cursor if told else cursor, len(rows) > PAGE


def latest(connection: Connection, point: str, receipt_number: str) -> StatusUpdate | None:
    """Return a deposit's newest stage."""
    table = statuses
    text = connection.scalar(
        select(table.c.update_json)
        .where(table.c.point == point, table.c.receipt_number == receipt_number)
        .order_by(table.c.cursor.desc())
        .limit(1)
    )
    return None if text is None else StatusUpdate.model_validate_json(text)
