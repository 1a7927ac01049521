"""``central token``."""

import argparse
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from central import opening, tokens
from central.commands.place import place_of
from central.schema import office_tokens
from central.tokens import Role
from kiosk.domain.moments import rfc3339


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Make, list or revoke tokens of the back office.

    Raises:
        InvalidInputError: No central, a name that is taken or unknown, no such network.
    """
    database = opening.existing(place_of(options))
    now = opening.now()
    try:
        with database.writing() as connection:
            if options.act == "list":
                return {"tokens": _listed(connection)}
            if options.act == "revoke":
                tokens.revoke(connection, options.name, now)
                return {"name": options.name, "revoked": True}
            life = timedelta(days=options.days)
            token = tokens.make(
                connection,
                name=options.name,
                role=Role(options.role),
                network=options.network,
                life=life,
                now=now,
            )
    finally:
        database.close()
    return {"name": options.name, "token": token, "expires_at": rfc3339(now + life)}


def _listed(connection: Connection) -> list[dict[str, Any]]:
    table = office_tokens
    return [
        {
            "name": row.name,
            "role": row.role,
            "network": row.network,
            "made_at": rfc3339(row.made_at),
            "expires_at": rfc3339(row.expires_at),
            "revoked_at": rfc3339(row.revoked_at) if row.revoked_at else None,
        }
        for row in connection.execute(select(table).order_by(table.c.name))
    ]
