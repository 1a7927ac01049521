"""``central import``."""

import argparse
import sys
from typing import Any

from central import opening
from central.commands.answer import Answer
from central.commands.place import place_of
from central.courier import Reception
from central.errors import WrongKeyError
from central.identities import intake_identities
from kiosk.wire import stick


def run(options: argparse.Namespace) -> Answer:
    """Take in what a courier brings, and write the central's words back on the stick.

    Exit 1 when a word could not be written; 2 when a file was refused, each being named.

    Raises:
        StickError: It is not there, or nothing of ours is on it.
        WrongKeyError: There is no intake key to open anything with.
    """
    place = place_of(options)
    identities = intake_identities(place.data, options.identity)
    if not identities:
        raise WrongKeyError("name the intake key with --identity")
    found = stick.look(options.place)
    database = opening.existing(place)
    try:
        taken = Reception(opening.services(place, database), identities, found).take_in()
    finally:
        database.close()
    print(f"{taken.written} acknowledgements are on the stick", file=sys.stderr)
    answer: dict[str, Any] = {
        "deposits": taken.deposits,
        "new": taken.new,
        "already_there": taken.already_there,
        # What is taken in; the central takes none.
        "acknowledgements": 0,
    }
    # Others count on the four above; what is out of the ordinary is said beside them.
    if taken.events:
        answer["events"] = taken.events
    if taken.unwritten:
        answer["unwritten"] = taken.unwritten
    if taken.refused:
        answer["refused"] = [{"file": name, "reason": why} for name, why in taken.refused]
    return Answer(fields=answer, exit_code=1 if taken.unwritten else 2 if taken.refused else 0)
