"""A device's keys sealed to the recovery recipients: they outlive the PC they were made on."""

import json
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pyrage

from kiosk.domain.errors import UnreadableFileError
from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import DeviceKeys
from kiosk.security.sealing import seal
from kiosk.wire.encoding import b64, unb64
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.keys import PrivateKey

MAX_SEALED_BYTES = 64 * 1024
_MAX_IDENTITY_BYTES = 64 * 1024
_KEY_BYTES = 32


def seal_keys(keys: DeviceKeys, recipients: Sequence[str]) -> bytes:
    """Return *keys* as an age file that any one of *recipients* opens.

    Raises:
        WrongKeyError: No recipient, or one that is not an age recipient.
    """
    fields = {
        "store_id": str(keys.store_id),
        "request_key": b64(keys.request_key.seed),
        "receipt_key": b64(keys.receipt_key.seed),
        "lookup_key": b64(keys.lookup_key),
        "database_key": b64(keys.database_key),
    }
    return seal(json.dumps(fields).encode("ascii"), recipients)


def open_keys(sealed: bytes, identities: Sequence[pyrage.x25519.Identity]) -> DeviceKeys:
    """Return the keys once one of *identities* opens them.

    Raises:
        WrongKeyError: None does, or what they hold is not a device's keys.
    """
    try:
        fields = json.loads(pyrage.decrypt(sealed, list(identities)))
        return DeviceKeys(
            store_id=UUID(str(fields["store_id"])),
            request_key=PrivateKey(_secret(fields["request_key"])),
            receipt_key=PrivateKey(_secret(fields["receipt_key"])),
            lookup_key=_secret(fields["lookup_key"]),
            database_key=_secret(fields["database_key"]),
        )
    except pyrage.DecryptError as error:
        raise WrongKeyError("this identity does not open the backup's keys") from error
    except (ValueError, KeyError, TypeError, RecursionError, MalformedMessageError) as error:
        raise WrongKeyError("the backup's keys are not those of a device") from error


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


def _secret(text: object) -> bytes:
    raw = unb64(str(text))
    if len(raw) != _KEY_BYTES:
        raise ValueError("a key of another length")
    return raw
