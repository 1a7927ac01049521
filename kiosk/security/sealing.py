"""Sealing in the age format: what is sealed here cannot be opened here."""

from collections.abc import Sequence

import pyrage

from kiosk.security.errors import WrongKeyError


def seal(content: bytes, recipients: Sequence[str]) -> bytes:
    """Return *content* as an age file that any one of *recipients* opens.

    Args:
        content: Bytes to seal.
        recipients: age X25519 recipients (``age1…``), vouched for by the offline root.

    Raises:
        WrongKeyError: No recipient, or one that is not an age recipient.
    """
    if not recipients:
        raise WrongKeyError("there is nobody to seal for")
    try:
        keys = [pyrage.x25519.Recipient.from_str(text) for text in recipients]
    except pyrage.RecipientError as error:
        raise WrongKeyError("a sealing recipient is not an age key") from error
    sealed: bytes = pyrage.encrypt(content, keys)
    return sealed
