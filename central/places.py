"""Unguessable names of uploads, which say themselves until when they are good.

A name authorises whoever has it to add bytes, so none is good for ever. What came stays when a
name ends: the manifest, handed in again, brings a new one that goes on at the same byte.
"""

import secrets
from datetime import UTC, datetime, timedelta

GOOD_FOR = timedelta(days=30)
"""Longer than a counter's line is ever down; a kiosk that comes back later asks anew."""
_STAMP_CHARACTERS, _RANDOM_BYTES = 8, 24
_LENGTH = _STAMP_CHARACTERS + _RANDOM_BYTES * 4 // 3


def make(now: datetime) -> str:
    """Return a new name: the second it ends as eight hexadecimal digits, then 192 random bits."""
    ends = int((now + GOOD_FOR).timestamp())
    return f"{ends:0{_STAMP_CHARACTERS}x}{secrets.token_urlsafe(_RANDOM_BYTES)}"


def ends_at(secret: str) -> datetime | None:
    """Return when a name ends; None for one of the time when names did not."""
    if len(secret) != _LENGTH:
        return None
    return datetime.fromtimestamp(int(secret[:_STAMP_CHARACTERS], 16), UTC)


def has_ended(secret: str, now: datetime) -> bool:
    """Tell whether a name that was given out is good no longer."""
    ends = ends_at(secret)
    return ends is not None and ends <= now
