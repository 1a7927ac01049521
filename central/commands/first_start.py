"""The very first start makes demonstration keys, and must not do so quietly."""

import sys

from central import keys, opening
from central.database import Database
from central.opening import Place

_LOUD = """
************************************************************************************
  DEMONSTRATION KEYS were made in {folder}
  Whoever holds that folder can read every dossier and name new recipients.
  Never use them for real people: make root, operations, recovery and intake apart.
************************************************************************************
"""


def begin(place: Place) -> Database:
    """Open the database of *place*, saying loudly on stderr when keys have just been made.

    Raises:
        WaslError: As :func:`central.opening.begin`.
    """
    database, are_new = opening.begin(place)
    if are_new:
        folder = keys.demo_folder(place.data).resolve()
        print(_LOUD.format(folder=folder), file=sys.stderr, flush=True)
    return database
