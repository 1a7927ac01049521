"""``central rotate-key``."""

import argparse

from central import keys
from central.commands.place import place_of
from central.opening import existing


def run(options: argparse.Namespace) -> dict[str, object]:
    """Make a new acknowledgement key; the former ones stay in the trust list.

    Raises:
        InvalidInputError: There is no central in the data folder.
        WrongKeyError: Its keys cannot be read, or too many former ones are listed.
    """
    existing(place_of(options)).close()
    own = keys.rotate_acknowledgement(options.data)
    listed = (own.acknowledgement.public, *own.former)
    return {"key": listed[0].key_id.hex(), "listed": [one.key_id.hex() for one in listed]}
