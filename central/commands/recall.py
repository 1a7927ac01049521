"""``central recall``."""

import argparse
from typing import Any

from central import opening, restored
from central.commands.place import place_of
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import parse_rfc3339, rfc3339


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Say that this central was restored from a backup: devices send again what it lost.

    Raises:
        InvalidInputError: No central in the data folder, or *since* is no time with its offset.
    """
    database = opening.existing(place_of(options))
    now = opening.now()
    try:
        with database.writing() as connection:
            since = _moment(options.since) if options.since else restored.known_to(connection)
            since = min(since or now, now)
            told = restored.recall(connection, since=since, cause="operator", now=now)
    finally:
        database.close()
    return {"recalled_since": rfc3339(since - restored.MARGIN), "points": told}


def _moment(text: str) -> Any:
    try:
        return parse_rfc3339(text[:40])
    except ValueError as error:
        raise InvalidInputError("since", "not a time like 2026-11-25T02:00:00Z") from error
