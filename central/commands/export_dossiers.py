"""``central export-dossiers``."""

import argparse

from central import opening
from central.commands.place import place_of
from central.export import export


def run(options: argparse.Namespace) -> dict[str, int]:
    """Write accepted dossiers to a folder.

    Raises:
        WaslError: There is no central in the data folder, or the identity is not the right one.
    """
    database = opening.existing(place_of(options))
    try:
        return export(database, opening.blobs(place_of(options)), options.out, options.identity)
    finally:
        database.close()
