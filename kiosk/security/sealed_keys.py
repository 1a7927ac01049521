"""A device's keys sealed to the recovery recipients: they outlive the PC they were made on."""

from collections.abc import Sequence
from pathlib import Path

import pyrage

from kiosk.domain.errors import UnreadableFileError
from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import DeviceKeys, parse_keys, write_keys
from kiosk.security.sealing import seal

MAX_SEALED_BYTES = 64 * 1024
_MAX_IDENTITY_BYTES = 64 * 1024


def seal_keys(keys: DeviceKeys, recipients: Sequence[str]) -> bytes:
    """Return *keys* as an age file that any one of *recipients* opens.

    Raises:
        WrongKeyError: No recipient, or one that is not an age recipient.
    """
    return seal(write_keys(keys), recipients)


def open_keys(sealed: bytes, identities: Sequence[pyrage.x25519.Identity]) -> DeviceKeys:
    """Return the keys once one of *identities* opens them.

    Raises:
        WrongKeyError: None does, or what they hold is not a device's keys.
    """
    try:
        opened = pyrage.decrypt(sealed, list(identities))
    except pyrage.DecryptError as error:
        raise WrongKeyError("this identity does not open the backup's keys") from error
    return parse_keys(opened)


def read_identities(file: Path) -> tuple[pyrage.x25519.Identity, ...]:
    """Return the age identities in a key file, as ``age-keygen`` writes it.

    Raises:
        UnreadableFileError: It cannot be read, or holds none.
    """
    try:
        with file.open("rb") as source:
            lines = source.read(_MAX_IDENTITY_BYTES).decode("ascii").splitlines()
        words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        found = tuple(pyrage.x25519.Identity.from_str(word) for word in words)
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise UnreadableFileError("the identity file cannot be read") from error
    if not found:
        raise UnreadableFileError("the identity file holds no age identity")
    return found
