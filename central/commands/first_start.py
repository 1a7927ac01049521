"""The very first start makes demonstration keys, and must not do so quietly."""

import sys
from pathlib import Path

from central import keys, opening
from central.database import Database

_LOUD = """
************************************************************************************
  DEMONSTRATION KEYS were made in {folder}
  Whoever holds that folder can read every dossier and name new recipients.
  Never use them for real people: make root, operations, recovery and intake apart.
************************************************************************************
"""


def begin(data: Path) -> Database:
    """Open the central in *data*, saying loudly on stderr when it has just been made.

    Raises:
        WaslError: As :func:`central.opening.begin`.
    """
    database, are_new = opening.begin(data)
    if are_new:
        print(_LOUD.format(folder=keys.demo_folder(data).resolve()), file=sys.stderr, flush=True)
    return database
