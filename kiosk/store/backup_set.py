"""What a backup is on disk: its names, what it says of itself, and how it is checked.

A backup is one folder: ``wasl.db`` (encrypted, as the kiosk's own), ``keys.age``, the bundles not
yet delivered in ``spool/``, ``contents.sha256`` (as ``sha256sum -c`` reads it), ``manifest.json``
and the device's signature over it. Nothing in it is readable but ids, counts, hashes and times.
"""

import errno
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from kiosk.domain.errors import InvalidInputError
from kiosk.security.sealed_keys import MAX_SEALED_BYTES
from kiosk.store.errors import (
    BackupPlaceError,
    DamagedBackupError,
    DiskFullError,
    ReadOnlyError,
    StoreError,
    from_os_error,
)
from kiosk.wire import bundles
from kiosk.wire.cose import MAX_SIGNED_BYTES, ContentType, sign, verify
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.manifests import DeviceCode, Sha256Hex
from kiosk.wire.trust import only

DATABASE, KEYS, SETTINGS = "wasl.db", "keys.age", "kiosk.toml"
SPOOL, CONTENTS = "spool", "contents.sha256"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
PART = ".part-"
_MAX_MANIFEST_BYTES = 16 * 1024
_MAX_CONTENTS_BYTES = 64 * 1024 * 1024
_NAME = re.compile(
    r"wasl-[A-Z][0-9]{4}[A-Z]-(?P<store>[0-9a-f]{8})-g(?P<generation>[0-9]{2})"
    r"-(?P<entries>[0-9]{9})-(?P<at>[0-9]{8}T[0-9]{9}Z)"
)
_LINE = re.compile(
    r"(?P<sha256>[0-9a-f]{64})  (?P<name>wasl\.db|keys\.age|kiosk\.toml|spool/[0-9a-f-]{36}\.wasl)"
)
_GONE = {
    *(errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOTCONN),
    *(getattr(errno, name) for name in ("ENOMEDIUM", "ESTALE") if hasattr(errno, name)),
}


class BackupManifest(BaseModel):
    """What a backup says of itself, signed by the device's request key.

    Attributes:
        epoch: The letter receipts were numbered under; None when none was left.
        generation: How many letters this store has numbered under.
        entries: Length of the journal, which orders backups whatever the clock said.
        key_generation: How often the signing keys had been renewed.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    store_id: UUID
    device: DeviceCode
    epoch: DeviceCode | None
    last_number: Annotated[int, Field(ge=0)]
    generation: Annotated[int, Field(ge=1, le=99)]
    entries: Annotated[int, Field(ge=0, lt=10**9)]
    journal_head: Sha256Hex
    created_at: AwareDatetime
    contents_sha256: Sha256Hex
    key_generation: Annotated[int, Field(ge=0, le=1000)] = 0

    @property
    def name(self) -> str:
        """Return the folder's name: newer ones of a store sort behind older ones."""
        at = self.created_at.astimezone(UTC)
        stamp = at.strftime("%Y%m%dT%H%M%S") + f"{at.microsecond // 1000:03d}Z"
        store = self.store_id.hex[:8]
        return f"wasl-{self.device}-{store}-g{self.generation:02d}-{self.entries:09d}-{stamp}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One backup by its name alone. Orders by generation, journal, then time."""

    path: Path
    store: str
    generation: int
    entries: int
    at: str

    @property
    def age_key(self) -> tuple[int, int, str]:
        """Return what newer backups have more of."""
        return self.generation, self.entries, self.at


def listed(place: Path) -> list[Listed]:
    """Return the backups in a folder, oldest first; half-written ones have another name."""
    found = []
    for entry in place.iterdir():
        match = _NAME.fullmatch(entry.name)
        if match and entry.is_dir():
            found.append(
                Listed(
                    path=entry,
                    store=match["store"],
                    generation=int(match["generation"]),
                    entries=int(match["entries"]),
                    at=match["at"],
                )
            )
    return sorted(found, key=lambda one: one.age_key)


def find(place: Path) -> Path:
    """Return *place* when it is a backup, else the newest of the one kiosk it holds backups of.

    Raises:
        InvalidInputError: No backup, or those of several kiosks.
        BackupPlaceError: It is not there.
    """
    with place_faults():
        if (place / MANIFEST).exists():
            return place
        found = listed(place)
    if not found:
        raise InvalidInputError("backup", "there is no backup in this folder")
    if len({one.store for one in found}) > 1:
        raise InvalidInputError("backup", "these are backups of several kiosks: name one of them")
    return found[-1].path


def write_manifest(folder: Path, manifest: BackupManifest, key: PrivateKey) -> None:
    """Write what the backup says of itself, and the signature."""
    content = manifest.model_dump_json(indent=1).encode("utf-8")
    (folder / MANIFEST).write_bytes(content)
    signature = sign(hashlib.sha256(content).digest(), key, ContentType.BACKUP)
    (folder / SIGNATURE).write_bytes(signature)


def read_manifest(folder: Path) -> BackupManifest:
    """Return what a backup says of itself; not to be believed before :func:`check_author`.

    Raises:
        DamagedBackupError: Missing or not a manifest.
    """
    try:
        return BackupManifest.model_validate_json(_read(folder / MANIFEST, _MAX_MANIFEST_BYTES))
    except ValidationError as error:
        raise DamagedBackupError("the backup's manifest cannot be read") from error


def check_author(folder: Path, key: PublicKey) -> None:
    """Check that the device of that request key wrote the manifest.

    Raises:
        BadSignatureError: It did not, or the manifest was changed.
    """
    digest = hashlib.sha256(_read(folder / MANIFEST, _MAX_MANIFEST_BYTES)).digest()
    signature = _read(folder / SIGNATURE, MAX_SIGNED_BYTES)
    try:
        is_ours = verify(signature, only(key), ContentType.BACKUP) == digest
    except (BadSignatureError, UnknownKeyError, MalformedMessageError) as error:
        raise BadSignatureError("the backup is not signed by this device") from error
    if not is_ours:
        raise BadSignatureError("the backup's manifest is not the one that was signed")


def write_contents(folder: Path, hashes: dict[str, str]) -> str:
    """Write the list of files and their hashes; return the list's own hash."""
    text = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(hashes.items()))
    (folder / CONTENTS).write_bytes(text.encode("ascii"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def check_contents(folder: Path, manifest: BackupManifest) -> dict[str, str]:
    """Read every file of a backup and return their hashes by name once all of them hold.

    Raises:
        DamagedBackupError: A file is missing, cut short or changed.
        BackupPlaceError: The medium was taken away.
    """
    raw = _read(folder / CONTENTS, _MAX_CONTENTS_BYTES)
    if hashlib.sha256(raw).hexdigest() != manifest.contents_sha256:
        raise DamagedBackupError("the backup's list of files is not the one that was written")
    hashes = {}
    for line in raw.decode("ascii", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise DamagedBackupError("the backup's list of files cannot be read")
        hashes[match["name"]] = match["sha256"]
    if not {DATABASE, KEYS} <= hashes.keys():
        raise DamagedBackupError("the backup lacks its database or its keys")
    for name, sha256 in hashes.items():
        if _hash_of(folder / name) != sha256:
            raise DamagedBackupError(f"a file of the backup is missing or changed: {name}")
    return hashes


def read_keys(folder: Path) -> bytes:
    """Return the sealed keys."""
    return _read(folder / KEYS, MAX_SEALED_BYTES)


def bundle_names(hashes: dict[str, str]) -> list[str]:
    """Return the names of the bundles among a backup's files."""
    return sorted(name for name in hashes if name.endswith(bundles.SUFFIX))


def file_hash(path: Path) -> str:
    """Return a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hash_of(path: Path) -> str | None:
    try:
        return file_hash(path) if path.is_file() else None
    except OSError as error:
        raise BackupPlaceError(f"the backup cannot be read ({error.strerror})") from error


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError as error:
        raise DamagedBackupError(
            f"the backup has no {path.name}: its copy is incomplete"
        ) from error
    except OSError as error:
        raise BackupPlaceError(f"the backup cannot be read ({error.strerror})") from error
    if len(content) > limit:
        raise DamagedBackupError(f"the backup's {path.name} is larger than it can be")
    return content


@contextmanager
def place_faults() -> Iterator[None]:
    """Turn faults of a backup's folder or stick into their named states."""
    try:
        yield
    except OSError as error:
        if error.errno in _GONE:
            detail = f"the backup folder is not there ({error.strerror})"
            raise BackupPlaceError(detail) from error
        raise _of_the_place(from_os_error(error)) from error


def _of_the_place(fault: StoreError) -> StoreError:
    if isinstance(fault, DiskFullError):
        return DiskFullError("no space left where backups go")
    return ReadOnlyError("the backup folder cannot be written")
