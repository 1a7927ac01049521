"""Deposits that may repeat each other are compared one after the other.

Two that come at the same moment at two points do not see each other, and neither would be noted as
repeating the other. On PostgreSQL a transaction therefore holds the person and the document it
brings, from before it looks until it ends; on SQLite there is one writer at a time anyway.
"""

from typing import Any, Final

from sqlalchemy import BigInteger, Connection, bindparam, func, select
from sqlalchemy.dialects import postgresql

from central.database import insert_once
from central.schema import deposits

_PLACES: Final = ("held_first", "held_second")
_LOCKS = [func.pg_advisory_xact_lock(bindparam(name, type_=BigInteger)) for name in _PLACES]
_HOLD = select(*_LOCKS)
# What RETURNING names is done in the same round trip, and the next statement sees what was
# committed until then: holding costs no statement of its own.
_INSERT = postgresql.insert(deposits).on_conflict_do_nothing().returning(*_LOCKS)


def insert(connection: Connection, row: dict[str, Any], *hashes: bytes | None) -> bool:
    """Insert a deposit unless its place is taken, and hold what *hashes* name; tell if it went in.

    Args:
        connection: In a transaction.
        row: A row of ``deposits``.
        hashes: One or two, of 8 bytes and more; None for what it does not have.
    """
    if connection.dialect.name != "postgresql":
        return insert_once(connection, deposits, row)
    return connection.execute(_INSERT, row | _keys(hashes)).first() is not None


def hold(connection: Connection, *hashes: bytes | None) -> None:
    """Hold what *hashes* name, one or two of them, until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(_HOLD, _keys(hashes))


def _keys(hashes: tuple[bytes | None, ...]) -> dict[str, int]:
    keys = sorted(int.from_bytes(one[:8], signed=True) for one in hashes if one is not None)
    # In one order, so that two never wait for each other; the only one is asked for twice.
    return dict(zip(_PLACES, (keys[0], keys[-1]), strict=True))
