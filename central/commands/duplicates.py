"""``central duplicates``."""

import argparse
from typing import Any

from central import duplicates, opening, tokens
from central.commands.place import place_of


def run(options: argparse.Namespace) -> dict[str, Any]:
    """List deposits that seem to repeat an earlier one, the newest first; none was refused.

    Raises:
        InvalidInputError: No central in the data folder, or no such network.
    """
    tokens.check_network(options.network)
    database = opening.existing(place_of(options))
    try:
        with database.reading() as connection:
            found = duplicates.listed(connection, network=options.network, most=options.most)
            counted = duplicates.count(connection)
    finally:
        database.close()
    return {"duplicates_flagged": counted, "pairs": [pair.as_json() for pair in found]}
