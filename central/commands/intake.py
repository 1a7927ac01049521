"""``central intake``."""

import argparse

from central import carried, opening
from central.carried import State
from central.commands.place import place_of
from central.errors import WrongKeyError
from central.identities import intake_identities
from central.intake_round import take_in_whole


def run(options: argparse.Namespace) -> dict[str, int]:
    """Open what was carried here sealed; tell how much of it is held, refused, or waits on.

    Raises:
        WrongKeyError: There is no intake key to open anything with.
    """
    place = place_of(options)
    identities = intake_identities(place.data, options.identity)
    if not identities:
        raise WrongKeyError("name the intake key with --identity")
    database = opening.existing(place)
    try:
        taken = take_in_whole(opening.services(place, database), identities)
        with database.reading() as connection:
            waiting = carried.counts(connection).get(State.WHOLE, 0)
    finally:
        database.close()
    return {"opened": taken.opened, "refused": taken.refused, "waiting": waiting}
