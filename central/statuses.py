"""Stages of deposits, in the order their point is told of them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select, update

from central.feed import next_places
from central.schema import deposits, points, statuses
from kiosk.domain.vocabulary import Stage
from kiosk.wire.messages import StatusUpdate

# As ``feed.next_places`` counts, for a deposit of which nothing was said yet: one statement.
_NEXT_OF_NEW = (
    update(points)
    .where(
        points.c.code
        == select(deposits.c.point)
        .where(
            deposits.c.id == bindparam("deposit"),
            deposits.c.cancelled_at.is_(None),
            deposits.c.stage.is_(None),
        )
        .scalar_subquery()
    )
    .values(cursor=points.c.cursor + 1)
    .returning(points.c.code, points.c.cursor)
)
_TELLING = statuses.insert()


def record(
    connection: Connection, *, point: str, receipt_number: str, stage: Stage, now: datetime
) -> None:
    """Give the deposit a new stage, under the point's next cursor."""
    tell(connection, point, [StatusUpdate(receipt_number=receipt_number, status=stage, at=now)])


def record_first(
    connection: Connection, *, deposit_id: UUID, receipt_number: str, stage: Stage, now: datetime
) -> None:
    """Give the deposit a stage, unless it is cancelled or the back office has spoken of it."""
    counted = connection.execute(_NEXT_OF_NEW, {"deposit": deposit_id}).one_or_none()
    if counted is None:
        return
    status = StatusUpdate(receipt_number=receipt_number, status=stage, at=now)
    connection.execute(_TELLING, _row(counted.code, counted.cursor, status))


def tell(connection: Connection, point: str, told: Sequence[StatusUpdate]) -> None:
    """Give deposits of one point new stages with all that is said of them, in that order."""
    places = next_places(connection, point, len(told))
    rows = [_row(point, place, status) for place, status in zip(places, told, strict=True)]
    connection.execute(_TELLING, rows)


def _row(point: str, place: int, status: StatusUpdate) -> dict[str, Any]:
    return {
        "point": point,
        "cursor": place,
        "receipt_number": status.receipt_number,
        "stage": status.status.value,
        "update_json": status.model_dump_json(),
    }


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


def latest_of(connection: Connection, receipt_numbers: Collection[str]) -> dict[str, StatusUpdate]:
    """Return the newest stage of each deposit that has one."""
    table = statuses
    newest = (
        select(table.c.receipt_number, func.max(table.c.cursor).label("cursor"))
        .where(table.c.receipt_number.in_(receipt_numbers))
        .group_by(table.c.receipt_number)
        .subquery()
    )
    # A number belongs to one point for ever: its cursors are of that point alone.
    rows = connection.execute(
        select(table.c.receipt_number, table.c.update_json).join(
            newest,
            (newest.c.receipt_number == table.c.receipt_number)
            & (newest.c.cursor == table.c.cursor),
        )
    )
    return {row.receipt_number: StatusUpdate.model_validate_json(row.update_json) for row in rows}
