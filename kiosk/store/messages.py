"""Short words of the central to the agents of this point, kept until their last day."""

import json
from collections.abc import Sequence
from datetime import date

from kiosk.store import kept_texts
from kiosk.store.errors import named_faults
from kiosk.store.sqlite import sqlite3
from kiosk.wire.messages import AgentMessage

MOST = 20
"""Messages kept; of more the newest."""
_NAME = "messages"


def take_in(connection: sqlite3.Connection, told: Sequence[AgentMessage]) -> None:
    """Keep new messages within the caller's transaction; the same one again changes nothing."""
    if not told:
        return
    kept = {message.id: message for message in _kept(connection)}
    kept |= {message.id: message for message in told}
    newest = sorted(kept.values(), key=lambda message: (message.from_at, str(message.id)))[-MOST:]
    texts = [message.model_dump_json() for message in newest]
    kept_texts.write(connection, _NAME, json.dumps(texts))


@named_faults()
def shown(connection: sqlite3.Connection, today: date) -> tuple[AgentMessage, ...]:
    """Return what is to be shown today, newest first."""
    kept = [message for message in _kept(connection) if message.last_day >= today]
    return tuple(reversed(kept))


def _kept(connection: sqlite3.Connection) -> list[AgentMessage]:
    text = kept_texts.read(connection, _NAME)
    return [AgentMessage.model_validate_json(one) for one in json.loads(text or "[]")]
