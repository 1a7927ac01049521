"""A central restored from a backup: noticed, made known, and what it lost asked for again.

A backup knows less than the devices do. They are asked for what was acknowledged since the backup
was made; every number that they compare (cursors, versions) is moved ahead of what it may have been
before, so that what is new stays newer than what they have. A device proves that it was told more:
its word alone moves nothing. Once the numbers are ahead no proof of before is ahead of them, so
whoever proves the same restoration later finds it noticed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection, func, select, update

from central import proofs, statuses, tidings
from central.database import TRUST_COUNTER, insert_once
from central.errors import ProblemError
from central.registry import Device
from central.schema import (
    counters,
    cursor_claims,
    deposits,
    heartbeats,
    items,
    office_words,
    points,
    restorations,
    runs,
    uploads,
)
from kiosk.wire.keys import PrivateKey
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """How much a device says it was told, and what proves it; no proof is the empty text."""

    device: Device
    cursor: int
    proof: str


class UnprovenError(ProblemError):
    """A device claims to have been told more than is known here, and cannot show it."""

    def __init__(self, claim: Claim) -> None:
        detail = "this central never told the device so much, as far as is known or proven"
        super().__init__(409, ProblemType.UNPROVEN_CURSOR, detail)
        self.claim = claim


def notice(connection: Connection, claim: Claim, trust: PrivateKey, now: datetime) -> None:
    """See whether a device was told more than is known here, and if so ask for what was lost.

    Raises:
        UnprovenError: It says so without the proof that goes with that cursor.
    """
    point = claim.device.point
    if claim.cursor <= _cursor(connection, point):
        return
    if not proofs.holds(trust, claim.device.code, claim.cursor, claim.proof):
        raise UnprovenError(claim)
    _lock(connection)
    behind = claim.cursor - _cursor(connection, point)
    if behind <= 0:
        return  # another device's call was sooner
    recent = select(func.min(runs.c.known_to)).where(runs.c.began_at >= now - _LOOKED_BACK)
    since = connection.scalar(recent) or known_to(connection) or now
    # Every restoration that this backup does not know of had moved the cursors too.
    ahead = (1 + behind // AHEAD) * AHEAD
    recall(connection, since=since, cause="device_ahead", now=now, ahead=ahead)


def note_unproven(connection: Connection, claim: Claim, now: datetime) -> None:
    """Keep that a device claimed what it could not show: an operator may know of a restoration."""
    table = cursor_claims
    told = {"cursor": claim.cursor, "claimed_at": now}
    if not insert_once(connection, table, told | {"device_id": claim.device.id, "times": 1}):
        condition = table.c.device_id == claim.device.id
        again = told | {"times": table.c.times + 1}
        connection.execute(update(table).where(condition).values(again))
    log.warning("cursor_unproven", device=claim.device.code)


def recall(
    connection: Connection, *, since: datetime, cause: str, now: datetime, ahead: int = AHEAD
) -> int:
    """Ask every point for what was acknowledged since then; return how many points there are.

    What devices compare moves *ahead* by so much.
    """
    _lock(connection)
    is_trust = counters.c.name == TRUST_COUNTER
    connection.execute(update(counters).where(is_trust).values(value=counters.c.value + ahead))
    connection.execute(
        update(points).values(
            cursor=points.c.cursor + ahead,
            configuration_version=points.c.configuration_version + ahead,
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
    counter = select(counters.c.value).where(counters.c.name == TRUST_COUNTER)
    connection.execute(counter.with_for_update()).all()
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
