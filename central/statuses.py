"""Stages of deposits, in the order their point is told of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select, update

from central.schema import deposits, points, statuses
from kiosk.domain.vocabulary import Stage
from kiosk.wire.messages import StatusUpdate

PAGE = 200
"""Statuses in one answer; the device asks again while there are more."""


def record(
    connection: Connection, *, point: str, receipt_number: str, stage: Stage, now: datetime
) -> None:
    """Give the deposit a new stage, under the point's next cursor."""
    _record(connection, points.c.code == point, receipt_number, stage, now)


def record_unless_cancelled(
    connection: Connection, *, deposit_id: UUID, receipt_number: str, stage: Stage, now: datetime
) -> None:
    """Give the deposit a new stage, as :func:`record` does, unless it is cancelled."""
    owner = (
        select(deposits.c.point)
        .where(deposits.c.id == deposit_id, deposits.c.cancelled_at.is_(None))
        .scalar_subquery()
    )
    _record(connection, points.c.code == owner, receipt_number, stage, now)


def _record(
    connection: Connection,
    is_its_point: ColumnElement[bool],
    receipt_number: str,
    stage: Stage,
    now: datetime,
) -> None:
    # Counting up locks the point's row until commit, so cursors appear in order, without gaps.
    counted = connection.execute(
        update(points)
        .where(is_its_point)
        .values(cursor=points.c.cursor + 1)
        .returning(points.c.code, points.c.cursor)
    ).one_or_none()
    if counted is None:
        return
    status = StatusUpdate(receipt_number=receipt_number, status=stage, at=now)
    connection.execute(
        statuses.insert().values(
            point=counted.code,
            cursor=counted.cursor,
            receipt_number=receipt_number,
            stage=stage.value,
            update_json=status.model_dump_json(),
        )
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
