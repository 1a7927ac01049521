"""``central revoke``."""

import argparse
from typing import Any

from central import opening, registry
from central.commands.place import place_of
from kiosk.domain.moments import rfc3339


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Shut a device out, from its next exchange on; what it delivered stays.

    Raises:
        InvalidInputError: There is no central in the data folder, or no such device.
    """
    database = opening.existing(place_of(options))
    now = opening.now()
    try:
        with database.writing() as connection:
            revoked_at = registry.revoke(connection, options.device, now)
    finally:
        database.close()
    return {"device": options.device, "revoked_at": rfc3339(revoked_at)}
