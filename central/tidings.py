"""What a point is told beside stages: messages to its agents, and recalls after a restoration."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Connection, literal_column, select, union_all

from central.feed import next_places
from central.schema import points, statuses, tidings
from kiosk.wire.messages import AgentMessage, StatusUpdate

PAGE = 200
"""Tidings in one answer; the device asks again while there are more."""
_IDS_AT_ONCE = 5
"""Deposits in one recall: a page of recalls names no more than one answer may."""
_STATUS = "status"


class Kind(StrEnum):
    """What one of the tidings is."""

    MESSAGE = "message"
    RECALL = "recall"


class Recall(BaseModel):
    """What was acknowledged since then, and these deposits, have to be sent again."""

    since: AwareDatetime
    deposits: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a point has not been told since a cursor, and the cursor that follows.

    ``recalled_since`` is the earliest moment of the recalls among it; None when there is none.
    """

    cursor: int
    has_more: bool
    statuses: tuple[StatusUpdate, ...]
    recalls: tuple[UUID, ...]
    recalled_since: datetime | None
    messages: tuple[AgentMessage, ...]


def since(connection: Connection, point: str, cursor: int) -> Told:
    """Return what *point* has not been told, oldest first, a page of it."""
    parts = [
        select(table.c.cursor, kind.label("kind"), body.label("body"))
        .where(table.c.point == point, table.c.cursor > cursor)
        .order_by(table.c.cursor)
        .limit(PAGE + 1)
        .subquery()
        .select()
        for table, kind, body in (
            (statuses, literal_column(f"'{_STATUS}'"), statuses.c.update_json),
            (tidings, tidings.c.kind, tidings.c.body_json),
        )
    ]
    both = union_all(*parts).subquery()
    rows = connection.execute(select(both).order_by(both.c.cursor).limit(PAGE + 1)).all()
    page = rows[:PAGE]

    def bodies(kind: str) -> Iterable[str]:
        return (row.body for row in page if row.kind == kind)

    recalls = [Recall.model_validate_json(body) for body in bodies(Kind.RECALL)]
    return Told(
        cursor=page[-1].cursor if page else cursor,
        has_more=len(rows) > PAGE,
        statuses=tuple(map(StatusUpdate.model_validate_json, bodies(_STATUS))),
        recalls=tuple(lost for one in recalls for lost in one.deposits),
        recalled_since=min((one.since for one in recalls), default=None),
        messages=tuple(map(AgentMessage.model_validate_json, bodies(Kind.MESSAGE))),
    )


def send_message(
    connection: Connection, message: AgentMessage, *, network: str | None, point: str | None
) -> int:
    """Tell every point of a network, one point, or all of them; return how many."""
    wanted = select(points.c.code)
    if network is not None:
        wanted = wanted.where(points.c.code.startswith(network, autoescape=True))
    if point is not None:
        wanted = wanted.where(points.c.code == point)
    # Locked in one order, so that two senders never wait for each other.
    codes = connection.scalars(wanted.order_by(points.c.code).with_for_update()).all()
    body = message.model_dump_json()
    return _tell(connection, Kind.MESSAGE, {code: [body] for code in codes})


def recall(connection: Connection, moment: datetime, unfinished: dict[str, list[UUID]]) -> int:
    """Tell every point to send again what was acknowledged from *moment* on.

    *unfinished* are deposits by point that are held without all of their bytes: devices that think
    them acknowledged send them again too. Returns how many points are told.
    """
    codes = connection.scalars(
        select(points.c.code).order_by(points.c.code).with_for_update()
    ).all()
    size, bodies = _IDS_AT_ONCE, {}
    for code in codes:
        ids = tuple(unfinished.get(code, ()))
        bodies[code] = [
            Recall(since=moment, deposits=ids[start : start + size]).model_dump_json()
            for start in range(0, max(1, len(ids)), size)
        ]
    return _tell(connection, Kind.RECALL, bodies)


def _tell(connection: Connection, kind: Kind, bodies: dict[str, list[str]]) -> int:
    for code, told in bodies.items():
        places = next_places(connection, code, len(told))
        connection.execute(
            tidings.insert(),
            [
                {"point": code, "cursor": place, "kind": kind.value, "body_json": body}
                for place, body in zip(places, told, strict=True)
            ],
        )
    return len(bodies)
