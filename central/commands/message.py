"""``central message``."""

import argparse
from datetime import timedelta
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from central import opening, tidings, tokens
from central.commands.place import place_of
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import local_date
from kiosk.wire.messages import AgentMessage


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Tell agents something in both languages; their kiosks show it with the next updates.

    Raises:
        InvalidInputError: A text that is empty or too long, no such network or point.
    """
    tokens.check_network(options.network)
    now = opening.now()
    try:
        message = AgentMessage(
            id=uuid4(),
            text_fr=options.fr.strip(),
            text_ar=options.ar.strip(),
            from_at=now,
            last_day=local_date(now) + timedelta(days=options.days - 1),
        )
    except ValidationError as error:
        raise InvalidInputError("text", "1 to 300 characters in each language") from error
    database = opening.existing(place_of(options))
    try:
        with database.writing() as connection:
            told = tidings.send_message(
                connection, message, network=options.network, point=options.point
            )
    finally:
        database.close()
    if not told:
        raise InvalidInputError("point", "no such point is known")
    return {"message": str(message.id), "points": told, "last_day": message.last_day.isoformat()}
