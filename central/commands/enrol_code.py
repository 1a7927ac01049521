"""``central enrol-code``."""

import argparse
import hashlib
from typing import Any

from central import keys, opening, registry
from central.commands.place import place_of
from central.database import bind_to_keys
from kiosk.domain.enrolment_text import EnrolmentText, read_enrolment_text
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import rfc3339


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Make a one-time code for a point; with the central's address, the text of its QR too.

    Raises:
        InvalidInputError: The point or the address is not one, or there is no central in the data
            folder: a mistyped one is not to found another.
        WrongKeyError: The central's keys are missing beside its database.
    """
    address = _address(options.url) if options.url else None
    database = opening.existing(place_of(options))
    try:
        own = keys.load(options.data)
        with database.writing() as connection:
            bind_to_keys(connection, own.trust.public.key_id, own.former_trust)
            code, expires_at = registry.make_code(
                connection, point=options.point, name=options.name, now=opening.now()
            )
    finally:
        database.close()
    answer = {"code": code, "point": options.point, "expires_at": rfc3339(expires_at)}
    if address is not None:
        pinned = hashlib.sha256(keys.ca_content(options.data, own.root)).digest()
        answer["qr"] = str(EnrolmentText(origin=address, code=code, fingerprint=pinned))
    return answer


def _address(url: str) -> str:
    origin = url.strip().rstrip("/")
    try:
        # Read as a kiosk reads it, before a code is made for nothing.
        read_enrolment_text(str(EnrolmentText(origin=origin, code="0" * 16, fingerprint=bytes(32))))
    except InvalidInputError as error:
        raise InvalidInputError("url", "not an address like https://HOST:PORT") from error
    return origin
