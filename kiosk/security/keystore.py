"""Where the device's own keys lie: never in the data folder."""

import json
import os
import secrets
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid5

from kiosk.durable import create_durable, make_durable
from kiosk.security.errors import WrongKeyError
from kiosk.wire.encoding import b64, unb64
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.keys import PrivateKey

_MAX_KEY_FILE = 64 * 1024
_DAMAGED = (ValueError, KeyError, TypeError, RecursionError, MalformedMessageError)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKeys:
    """The secrets of one data folder.

    Attributes:
        request_key: Signs requests and manifests.
        receipt_key: Signs receipts only.
        lookup_key: 32 bytes; keys the hashes by which a deposit is found by its insured person.
        database_key: 32 bytes; encrypts the database.
    """

    store_id: UUID
    request_key: PrivateKey = field(repr=False)
    receipt_key: PrivateKey = field(repr=False)
    lookup_key: bytes = field(repr=False)
    database_key: bytes = field(repr=False)

    @classmethod
    def generate(cls, store_id: UUID) -> "DeviceKeys":
        """Return new keys from the system's randomness."""
        return cls(
            store_id=store_id,
            request_key=PrivateKey.generate(),
            receipt_key=PrivateKey.generate(),
            lookup_key=secrets.token_bytes(32),
            database_key=secrets.token_bytes(32),
        )

    def renewed(self, signing: "DeviceKeys") -> "DeviceKeys":
        """Return these with the keys that sign taken from *signing*."""
        return replace(self, request_key=signing.request_key, receipt_key=signing.receipt_key)


def generation_id(store_id: UUID, generation: int) -> UUID:
    """Return under which id the signing keys of a later generation are kept.

    None is ever replaced: the database says which generation is in use.
    """
    return uuid5(store_id, f"signing-keys-{generation}")


class Keystore(Protocol):
    """Keeps the keys of data folders, each under its folder's id."""

    def load(self, store_id: UUID) -> DeviceKeys:
        """Return the keys of a data folder.

        Raises:
            WrongKeyError: There are none here, or they cannot be read.
        """

    def save(self, keys: DeviceKeys) -> None:
        """Keep new keys, durably, before anything is written that needs them."""


class FileKeystore:
    """One 0600 file a data folder, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, store_id: UUID) -> DeviceKeys:
        """Return the keys of a data folder.

        Raises:
            WrongKeyError: No key file, one that others may read, or one that is damaged.
        """
        path = self._path(store_id)
        try:
            if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise WrongKeyError("the key file may be read by other users; set its mode to 0600")
            with path.open("rb") as file:
                content = file.read(_MAX_KEY_FILE)
        except FileNotFoundError as error:
            raise WrongKeyError("there is no key for this data folder in the keystore") from error
        except OSError as error:
            raise WrongKeyError(f"the key file cannot be read ({error.strerror})") from error
        return read_keys(content, store_id)

    def save(self, keys: DeviceKeys) -> None:
        """Write a new key file and all names that lead to it durably; none is ever replaced.

        It is whole under its name or not there: half a file would keep a restore that was cut
        short from going on.

        Raises:
            WrongKeyError: There is one already, or the folder cannot be written.
        """
        try:
            make_durable(self._folder)
            create_durable(self._path(keys.store_id), write_keys(keys))
        except OSError as error:
            raise WrongKeyError(f"the keystore cannot be written ({error.strerror})") from error

    def _path(self, store_id: UUID) -> Path:
        return self._folder / f"{store_id}.json"


def write_keys(keys: DeviceKeys) -> bytes:
    """Return keys as every keystore keeps them."""
    content = {
        "store_id": str(keys.store_id),
        "request_key": b64(keys.request_key.seed),
        "receipt_key": b64(keys.receipt_key.seed),
        "lookup_key": b64(keys.lookup_key),
        "database_key": b64(keys.database_key),
    }
    return json.dumps(content).encode("ascii")


def read_keys(content: bytes, store_id: UUID) -> DeviceKeys:
    """Return the keys that :func:`write_keys` wrote for a data folder.

    Raises:
        WrongKeyError: Damaged, or another data folder's.
    """
    keys = parse_keys(content)
    if keys.store_id != store_id:
        raise WrongKeyError("the keys belong to another data folder")
    return keys


def parse_keys(content: bytes) -> DeviceKeys:
    """Return the keys that :func:`write_keys` wrote, of whatever data folder.

    Raises:
        WrongKeyError: Damaged, or something else.
    """
    try:
        fields = json.loads(content)
        return DeviceKeys(
            store_id=UUID(str(fields["store_id"])),
            request_key=PrivateKey(_secret(fields["request_key"])),
            receipt_key=PrivateKey(_secret(fields["receipt_key"])),
            lookup_key=_secret(fields["lookup_key"]),
            database_key=_secret(fields["database_key"]),
        )
    except _DAMAGED as error:
        raise WrongKeyError("the keys are damaged, or are not a device's") from error


def _secret(text: object) -> bytes:
    raw = unb64(str(text))
    if len(raw) != 32:
        raise ValueError("a key of another length")
    return raw
