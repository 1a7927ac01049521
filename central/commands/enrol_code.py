"""``central enrol-code``."""

import argparse
import hashlib
from typing import Any

from central import keys, opening, registry
from central.commands.first_start import begin
from central.commands.place import place_of
from kiosk.domain.enrolment_text import EnrolmentText, read_enrolment_text
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import rfc3339


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Make a one-time code for a point; with the central's address, the text of its QR too.

    Raises:
        InvalidInputError: The point or the address is not one.
    """
    address = _address(options.url) if options.url else None
    database = begin(place_of(options))
    try:
        with database.writing() as connection:
            code, expires_at = registry.make_code(
                connection, point=options.point, name=options.name, now=opening.now()
            )
    finally:
        database.close()
    answer = {"code": code, "point": options.point, "expires_at": rfc3339(expires_at)}
    if address is not None:
        own = keys.load(options.data)
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
