"""From a command's options to the place they name."""

import argparse

from central.opening import Place


def place_of(options: argparse.Namespace) -> Place:
    """Return where the command's central keeps what it holds."""
    return Place(data=options.data, database=options.database, blobs=options.blobs)
