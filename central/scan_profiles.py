"""Ways of scanning that the central sets, and the lock on them.

They are set for all points, for a network, or for one point. What is set for a point takes the
place of what is set for its network, and that of what is set for all, lock included. A point
that is made later is told what is set for it as any other is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, delete, select, true, update

from central import tokens
from central.database import insert_once
from central.schema import points, scan_profiles
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.receipt_number import is_point_code
from kiosk.wire.trust import SignedProfile

_PROFILES = TypeAdapter(tuple[SignedProfile, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Who is meant: one point, the points of a network, or all of them."""

    network: str | None = None
    point: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no network and no point.

        Raises:
            InvalidInputError: Neither one network nor one point nor all.
        """
        tokens.check_network(self.network)
        if self.point is not None and not is_point_code(self.point):
            raise InvalidInputError("point", "not a point's code (network letter, 4 digits)")
        if self.network is not None and self.point is not None:
            raise InvalidInputError("point", "either a network or a point")

    @property
    def key(self) -> str:
        """Return it as the table has it: longer is narrower, nothing is all."""
        return self.point or self.network or ""

    def points(self) -> ColumnElement[bool]:
        """Return the condition on a point to be meant."""
        return points.c.code.startswith(self.key, autoescape=True) if self.key else true()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Ways of scanning as they were set; ``scope`` is the key of whom for, None: nothing was."""

    profiles: tuple[SignedProfile, ...] = ()
    is_locked: bool = False
    scope: str | None = None


def choose(
    connection: Connection,
    scope: Scope,
    profiles: Sequence[SignedProfile],
    *,
    is_locked: bool,
    now: datetime,
) -> int:
    """Set the ways of scanning of *scope*; return how many points are told. The same again: 0.

    Raises:
        InvalidInputError: No such point is known.
    """
    codes = _lock(connection, scope)
    if scope.point is not None and not codes:
        raise InvalidInputError("point", "no such point is known")
    values = {
        "is_locked": is_locked,
        "profiles_json": _PROFILES.dump_json(tuple(profiles)).decode("utf-8"),
    }
    table = scan_profiles
    kept = connection.execute(select(table).where(table.c.scope == scope.key)).one_or_none()
    if kept is not None and all(getattr(kept, name) == value for name, value in values.items()):
        return 0
    if not insert_once(connection, table, {"scope": scope.key, "set_at": now, **values}):
        connection.execute(
            update(table).where(table.c.scope == scope.key).values(set_at=now, **values)
        )
    return _renew(connection, scope)


def forget(connection: Connection, scope: Scope) -> int:
    """Set nothing for *scope* any more; return how many points are told. Nothing was set: 0."""
    _lock(connection, scope)
    condition = scan_profiles.c.scope == scope.key
    if not connection.execute(delete(scan_profiles).where(condition)).rowcount:
        return 0
    return _renew(connection, scope)


def of_point(connection: Connection, point: str) -> Chosen:
    """Return what is set for *point*: the narrowest of what was set for it, none when nothing."""
    table = scan_profiles
    found = connection.execute(
        select(table)
        .where(table.c.scope.in_([point, point[:1], ""]))
        # A point's key is longer than a network's, and that than none.
        .order_by(table.c.scope.desc())
        .limit(1)
    ).one_or_none()
    return Chosen() if found is None else _read(found)


def everything(connection: Connection) -> list[Chosen]:
    """Return all that is set, the widest scope first."""
    rows = connection.execute(select(scan_profiles).order_by(scan_profiles.c.scope))
    return [_read(row) for row in rows]


def _lock(connection: Connection, scope: Scope) -> Sequence[str]:
    # In one order, so that two who set something never wait for each other.
    wanted = select(points.c.code).where(scope.points()).order_by(points.c.code)
    return connection.scalars(wanted.with_for_update()).all()


def _renew(connection: Connection, scope: Scope) -> int:
    newer = points.c.configuration_version + 1
    changed = connection.execute(
        update(points).where(scope.points()).values(configuration_version=newer)
    )
    return int(changed.rowcount)


def _read(row: Row[Any]) -> Chosen:
    return Chosen(
        profiles=_PROFILES.validate_json(row.profiles_json),
        is_locked=row.is_locked,
        scope=row.scope,
    )
