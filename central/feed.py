"""A point's cursor: what it is told has a place in one order, whoever has it to say."""

from sqlalchemy import Connection, update

from central.schema import points


def next_place(connection: Connection, point: str) -> int:
    """Return the point's next cursor.

    It locks the point's row until commit, so that places appear in order, without gaps.
    """
    cursor = connection.scalar(
        update(points)
        .where(points.c.code == point)
        .values(cursor=points.c.cursor + 1)
        .returning(points.c.cursor)
    )
    assert cursor is not None  # noqa: S101 whoever has something to be told was enrolled there
    return int(cursor)
