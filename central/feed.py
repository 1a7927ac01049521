"""A point's cursor: what it is told has a place in one order, whoever has it to say."""

from sqlalchemy import Connection, update

from central.schema import points


def next_place(connection: Connection, point: str) -> int:
    """Return the point's next cursor."""
    return next_places(connection, point, 1)[0]


def next_places(connection: Connection, point: str, count: int) -> range:
    """Return the point's next *count* cursors.

    It locks the point's row until commit, so that places appear in order, without gaps.
    """
    last = connection.scalar(
        update(points)
        .where(points.c.code == point)
        .values(cursor=points.c.cursor + count)
        .returning(points.c.cursor)
    )
    assert last is not None  # noqa: S101 whoever has something to be told was enrolled there
    return range(int(last) - count + 1, int(last) + 1)
