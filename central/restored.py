"""A central restored from a backup: noticed, made known, and what it lost asked for again.

A backup knows less than the devices do. They are asked for what was acknowledged since the backup
was made; every number that they compare (cursors, versions) is moved ahead of what it may have been
before, so that what is new stays newer than what they have.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection, func, select, update

from central import statuses, tidings
from central.database import TRUST_COUNTER
from central.errors import ProblemError
from central.schema import (
    counters,
    deposits,
    heartbeats,
    items,
    office_words,
    points,
    restorations,
    runs,
    uploads,
)
from kiosk.wire.messages import ProblemType

AHEAD = 1_000_000
"""How far cursors and versions move: more than any point was told since a backup."""
MARGIN = timedelta(minutes=10)
"""What is asked for too much, since clocks of nodes differ: it is there already, and said so."""
_LOOKED_BACK = timedelta(days=7)
_AT_ONCE = 500
log = structlog.get_logger("central")


def begin_run(connection: Connection, now: datetime) -> None:
    """Note that a program begins to work on the database, and up to when the database knows."""
    connection.execute(runs.insert().values(began_at=now, known_to=known_to(connection) or now))


def known_to(connection: Connection) -> datetime | None:
    """Return a time up to which the database surely knows everything; None when it is empty."""
    # Heartbeats come every few minutes and are few; items are many, and have no index by time.
    last: datetime | None = connection.scalar(select(func.max(heartbeats.c.received_at)))
    if last is None:
        last = connection.scalar(select(func.max(items.c.received_at)))
    return last


def notice(connection: Connection, point: str, cursor: int, now: datetime) -> None:
    """See whether a device was told more than is known here, and if so ask for what was lost.

    Raises:
        ProblemError: No central ever told it so much.
    """
    if cursor <= _cursor(connection, point):
        return
    _lock(connection)
    behind = cursor - _cursor(connection, point)
    if behind <= 0:
        return  # another device's call was sooner
    if behind > AHEAD:
        raise ProblemError(400, ProblemType.MALFORMED, "a cursor that was never given out")
    recent = select(func.min(runs.c.known_to)).where(runs.c.began_at >= now - _LOOKED_BACK)
    since = connection.scalar(recent) or known_to(connection) or now
    recall(connection, since=since, cause="device_ahead", now=now)


def recall(connection: Connection, *, since: datetime, cause: str, now: datetime) -> int:
    """Ask every point for what was acknowledged since then; return how many points there are."""
    _lock(connection)
    connection.execute(
        update(points).values(
            cursor=points.c.cursor + AHEAD,
            configuration_version=points.c.configuration_version + AHEAD,
        )
    )
    since -= MARGIN
    connection.execute(restorations.insert().values(noted_at=now, recalled_from=since, cause=cause))
    told = tidings.recall(connection, since, _unfinished(connection))
    _tell_again(connection, since)
    log.warning("restored", cause=cause, points=told)
    return told


def _lock(connection: Connection) -> None:
    # The trust list's counter stands before all points: who restores is alone.
    connection.execute(
        update(counters)
        .where(counters.c.name == TRUST_COUNTER)
        .values(value=counters.c.value + AHEAD)
    )
    connection.execute(select(points.c.code).order_by(points.c.code).with_for_update()).all()


def _cursor(connection: Connection, point: str) -> int:
    asked = select(points.c.cursor).where(points.c.code == point)
    return int(connection.execute(asked).scalar_one())


def _unfinished(connection: Connection) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = {}
    rows = connection.execute(
        select(deposits.c.point, deposits.c.id)
        .join(uploads, uploads.c.item_id == deposits.c.id)
        .where(uploads.c.finished_at.is_(None), uploads.c.closed_at.is_(None))
        .order_by(deposits.c.id)
    )
    for row in rows:
        found.setdefault(row.point, []).append(row.id)
    return found


def _tell_again(connection: Connection, since: datetime) -> None:
    """Tell the back office's words since then once more: devices were past their places."""
    column = office_words.c.receipt_number
    numbers = connection.scalars(
        select(column).where(office_words.c.taken_at >= since).distinct().order_by(column)
    ).all()
    for start in range(0, len(numbers), _AT_ONCE):
        lot: Sequence[str] = numbers[start : start + _AT_ONCE]
        for number, status in statuses.latest_of(connection, lot).items():
            statuses.tell(connection, number[:5], [status])
