"""``central enrol-code``."""

import argparse
from typing import Any

from central import opening, registry
from central.commands.first_start import begin
from central.commands.place import place_of
from kiosk.domain.moments import rfc3339


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Make a one-time code for a point.

    Raises:
        InvalidInputError: The point is not one.
    """
    database = begin(place_of(options))
    try:
        with database.writing() as connection:
            code, expires_at = registry.make_code(
                connection, point=options.point, name=options.name, now=opening.now()
            )
    finally:
        database.close()
    return {"code": code, "point": options.point, "expires_at": rfc3339(expires_at)}
