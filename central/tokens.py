"""Tokens of the back office: made by a command, shown once, kept as a hash."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select, update

from central.database import insert_once
from central.schema import office_tokens
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.vocabulary import Network

PREFIX = "wasl_bo_"
"""By it a token that slipped into a text is found."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_MAX_LENGTH = 200


class Role(StrEnum):
    """What a token is for; each allows what it says and nothing else."""

    STATUSES = "statuses"
    REPORTS = "reports"
    MESSAGES = "messages"
    METRICS = "metrics"


OF_ALL = frozenset({Role.METRICS})
"""Roles whose tokens see everything there is, so that none can be made for one network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose token it is. ``network`` is the one whose points it sees; None for all."""

    name: str
    role: Role
    network: str | None


def make(
    connection: Connection,
    *,
    name: str,
    role: Role,
    network: str | None,
    life: timedelta,
    now: datetime,
) -> str:
    """Return a new token. Only its hash is kept.

    Raises:
        InvalidInputError: The name is no name or taken, the network is none, or the role cannot be
            kept to one.
    """
    if _NAME.fullmatch(name) is None:
        raise InvalidInputError("name", "1 to 40 letters, digits, dots, dashes")
    check_network(network)
    if network is not None and role in OF_ALL:
        detail = f"{role.value} are of all networks: make that token without --network"
        raise InvalidInputError("network", detail)
    token = PREFIX + secrets.token_urlsafe(32)
    row = {
        "name": name,
        "token_sha256": _hash(token),
        "role": role.value,
        "network": network,
        "made_at": now,
        "expires_at": now + life,
    }
    if not insert_once(connection, office_tokens, row):
        raise InvalidInputError("name", "is taken by a token, perhaps a revoked one")
    return token


def check_network(network: str | None) -> None:
    """Refuse what is no network's letter.

    Raises:
        InvalidInputError: It is none.
    """
    if network is not None and network not in {one.value for one in Network}:
        raise InvalidInputError("network", f"one of {', '.join(Network)}")


def caller_of(connection: Connection, token: str, now: datetime) -> Caller | None:
    """Return who holds *token*; None where it is unknown, revoked or too old."""
    if len(token) > _MAX_LENGTH:
        return None
    table = office_tokens
    # 256 random bits need no slow hash, and comparing hashes tells nothing of the token.
    row = connection.execute(
        select(table).where(table.c.token_sha256 == _hash(token))
    ).one_or_none()
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        return None
    return Caller(name=row.name, role=Role(row.role), network=row.network)


def revoke(connection: Connection, name: str, now: datetime) -> None:
    """Let a token open nothing any more, from the next call on.

    Raises:
        InvalidInputError: There is none of that name.
    """
    table = office_tokens
    changed = connection.execute(
        update(table)
        .where(table.c.name == name, table.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    known = select(table.c.name).where(table.c.name == name)
    if not changed.rowcount and connection.scalar(known) is None:
        raise InvalidInputError("name", "no token has it")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8")).digest()
