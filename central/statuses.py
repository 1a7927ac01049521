"""Stages of deposits, in the order their point is told of them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from central.feed import next_places
from central.schema import statuses
from kiosk.domain.vocabulary import Stage
from kiosk.wire.messages import StatusUpdate


def record(
    connection: Connection, *, point: str, receipt_number: str, stage: Stage, now: datetime
) -> None:
    """Give the deposit a new stage, under the point's next cursor."""
    tell(connection, point, [StatusUpdate(receipt_number=receipt_number, status=stage, at=now)])


def tell(connection: Connection, point: str, told: Sequence[StatusUpdate]) -> None:
    """Give deposits of one point new stages with all that is said of them, in that order."""
    places = next_places(connection, point, len(told))
    connection.execute(
        statuses.insert(),
        [
            {
                "point": point,
                "cursor": place,
                "receipt_number": status.receipt_number,
                "stage": status.status.value,
                "update_json": status.model_dump_json(),
            }
            for place, status in zip(places, told, strict=True)
        ],
    )


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
