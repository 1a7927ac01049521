"""``central hand-over``."""

import argparse

from central import opening
from central.adapter import default_place, open_adapter
from central.commands.answer import Answer
from central.commands.place import place_of
from central.handing_over import hand_over


def run(options: argparse.Namespace) -> Answer:
    """Let what was accepted leave for the insurer's own system; exit 1 when some could not.

    Raises:
        WaslError: There is no central in the data folder, or no such adapter.
    """
    place = place_of(options)
    adapter = open_adapter(options.adapter or default_place(place.data))
    database = opening.existing(place)
    try:
        done = hand_over(opening.services(place, database), adapter)
    finally:
        database.close()
    fields = {"delivered": done.delivered, "failed": done.failed, "waiting": done.waiting}
    return Answer(fields=fields, exit_code=1 if done.failed else 0)
