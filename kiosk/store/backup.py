"""Taking backups: an encrypted copy of everything a lost PC would take with it."""

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import ClockReading
from kiosk.durable import sync_folder
from kiosk.security.keystore import DeviceKeys
from kiosk.security.sealed_keys import seal_keys
from kiosk.store import backup_set, last_backup, outbox_rows, snapshot
from kiosk.store.backup_set import BackupManifest, Listed, place_faults
from kiosk.store.errors import (
    AnotherWriterError,
    BackupPlaceError,
    DiskFullError,
    ReadOnlyError,
)
from kiosk.store.folder import WriterLock
from kiosk.store.last_backup import LastBackup
from kiosk.store.snapshot import Facts
from kiosk.store.spool import is_bundle
from kiosk.store.store import Store

_SLACK_BYTES = 1024 * 1024
_LOCK = ".wasl-backup.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """How many backups stay: one an hour, one a day, newest first."""

    hourly: int = 24
    daily: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """A backup that stands: written, fsynced and read back."""

    path: Path
    manifest: BackupManifest
    bundles: int
    size_bytes: int
    removed: int


def take(
    store: Store,
    keys: DeviceKeys,
    place: Path,
    clock: Callable[[], ClockReading],
    rotation: Rotation | None = None,
) -> BackupReport:
    """Take a backup in the folder *place*, check it, then remove what rotation does not keep.

    Writers go on meanwhile. Until it is whole a backup has another name.

    Raises:
        NotEnrolledError: There is no root yet that says who may open it.
        InvalidInputError: *place* lies in the data folder.
        BackupPlaceError, DiskFullError, ReadOnlyError: The folder or stick is not there, too
            full, or cannot be written. No older backup is touched.
        AnotherWriterError: Another backup is being written there.
        DamagedBackupError: What was written does not read back.
    """
    if place.resolve().is_relative_to(store.folder.root.resolve()):
        raise InvalidInputError("backup", "the backup would lie in the data folder it is for")
    enrolment = store.memory.enrolment()
    sealed = seal_keys(keys, enrolment.root().backup_recipients)
    with place_faults():
        if not place.is_dir():
            raise BackupPlaceError("the backup folder is not there")
    with _one_at_a_time(place), place_faults():
        for leftover in place.glob(backup_set.PART + "*"):
            shutil.rmtree(leftover)
        earlier = _own(place, keys)
        _check_room(store, place, earlier)
        part = place / f"{backup_set.PART}{secrets.token_hex(8)}"
        part.mkdir(mode=0o700)
        try:
            report = _write(store, keys, sealed, part, clock, earlier)
            _check(part, keys)
            part.rename(place / report.manifest.name)
            sync_folder(place)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        path = place / report.manifest.name
        at = report.manifest.created_at
        # Before the older ones go: what is advised for a restore must be there.
        last_backup.note(store.folder, LastBackup(path=path.resolve(), created_at=at))
        removed = _rotate(place, _own(place, keys), rotation or Rotation())
    return BackupReport(
        path=path,
        manifest=report.manifest,
        bundles=report.bundles,
        size_bytes=report.size_bytes,
        removed=removed,
    )


def _one_at_a_time(place: Path) -> WriterLock:
    try:
        return WriterLock(place / _LOCK)
    except AnotherWriterError as error:
        raise AnotherWriterError("another backup is being written to this folder") from error
    except ReadOnlyError as error:
        raise ReadOnlyError("the backup folder cannot be written") from error


def _own(place: Path, keys: DeviceKeys) -> list[Listed]:
    store = keys.store_id.hex[:8]
    return [one for one in backup_set.listed(place) if one.store == store]


def _check_room(store: Store, place: Path, earlier: list[Listed]) -> None:
    have = _kept_before(earlier)
    waiting = sum(file.stat().st_size for file in _bundles(store) if file.name not in have)
    needed = snapshot.size_bytes(store.db) + waiting + _SLACK_BYTES
    free = shutil.disk_usage(place).free
    if free < needed:
        raise DiskFullError(
            f"the backup needs {needed // 2**20 + 1} MB and {free // 2**20} MB are free there"
        )


def _kept_before(earlier: list[Listed]) -> dict[str, Path]:
    if not earlier:
        return {}
    folder = earlier[-1].path / backup_set.SPOOL
    return {file.name: file for file in folder.iterdir()} if folder.is_dir() else {}


def _bundles(store: Store) -> list[Path]:
    # What the central has acknowledged, it holds; everything else would be lost with this PC.
    found = {}
    for place in (store.folder.orphans, store.folder.spool):
        for file in sorted(place.iterdir()):
            # A stranger's file in the list of contents would make the whole backup unreadable.
            is_ours = is_bundle(file.name) and file.is_file()
            if is_ours and not outbox_rows.is_done(store.db.conn, file.stem):
                found[file.name] = file
    return list(found.values())


def _write(
    store: Store,
    keys: DeviceKeys,
    sealed: bytes,
    part: Path,
    clock: Callable[[], ClockReading],
    earlier: list[Listed],
) -> BackupReport:
    target = part / backup_set.DATABASE
    # The database first: a bundle that is younger than it will be adopted, never missed.
    facts = snapshot.take(store.db, target, keys.database_key)
    (part / backup_set.SPOOL).mkdir(mode=0o700)
    hashes, have = {}, _kept_before(earlier)
    for file in _bundles(store):
        name = f"{backup_set.SPOOL}/{file.name}"
        with suppress(FileNotFoundError):  # delivered and purged since
            hashes[name] = _place(file, part / name, have.get(file.name))
    (part / backup_set.KEYS).write_bytes(sealed)
    if store.folder.settings.is_file():
        shutil.copyfile(store.folder.settings, part / backup_set.SETTINGS)
    for name in (backup_set.DATABASE, backup_set.KEYS, backup_set.SETTINGS):
        if (part / name).exists():
            hashes[name] = backup_set.file_hash(part / name)
    listing = backup_set.write_contents(part, hashes)
    manifest = _manifest(store, keys, facts, clock().utc, listing)
    backup_set.write_manifest(part, manifest, keys.request_key)
    size = _make_durable(part)
    return BackupReport(
        path=part,
        manifest=manifest,
        bundles=len(backup_set.bundle_names(hashes)),
        size_bytes=size,
        removed=0,
    )


def _place(source: Path, target: Path, before: Path | None) -> str:
    # Bundles never change: where the medium can, one that lies in the backup before is shared.
    sha256 = backup_set.file_hash(source)
    if before is not None:
        with suppress(OSError):
            if backup_set.file_hash(before) == sha256:
                os.link(before, target)
                return sha256
    shutil.copyfile(source, target)
    return sha256


def _manifest(
    store: Store, keys: DeviceKeys, facts: Facts, at: datetime, listing: str
) -> BackupManifest:
    epoch = store.memory.epoch_or_none()
    return BackupManifest(
        store_id=keys.store_id,
        device=store.memory.enrolment().device,
        epoch=epoch,
        last_number=facts.epochs.get(epoch, 0) if epoch else 0,
        generation=max(1, len(facts.epochs)),
        entries=facts.head.entries,
        journal_head=facts.head.hash.hex(),
        created_at=at.astimezone(UTC),
        contents_sha256=listing,
        key_generation=store.memory.key_generation(),
    )


def _make_durable(part: Path) -> int:
    size = 0
    for file in [one for one in part.rglob("*") if one.is_file()]:
        file.chmod(0o600)
        with file.open("rb+") as opened:
            os.fsync(opened.fileno())
            size += os.fstat(opened.fileno()).st_size
    sync_folder(part / backup_set.SPOOL)
    sync_folder(part)
    return size


def _check(part: Path, keys: DeviceKeys) -> None:
    manifest = backup_set.read_manifest(part)
    backup_set.check_author(part, keys.request_key.public)
    backup_set.check_contents(part, manifest)


def _rotate(place: Path, own: list[Listed], rotation: Rotation) -> int:
    # Renamed first, and durably: a removal that is cut short must not leave half a backup by its
    # name, and a stick without a journal may take files away before it takes a name.
    surplus = [one.path for one in _surplus(own, rotation)]
    going = [path.rename(place / f"{backup_set.PART}{path.name}") for path in surplus]
    if going:
        sync_folder(place)
    for part in going:
        shutil.rmtree(part)
    return len(going)


def _surplus(own: list[Listed], rotation: Rotation) -> list[Listed]:
    """Return the backups that rotation does not keep; never the newest."""
    hours: set[tuple[int, str]] = set()
    days: set[tuple[int, str]] = set()
    surplus = []
    for one in reversed(own):
        # A restore of the wrong backup must not push out those of before it.
        hour, day = (one.generation, one.at[:11]), (one.generation, one.at[:8])
        keep = one is own[-1]
        if hour not in hours and len(hours) < rotation.hourly:
            hours.add(hour)
            keep = True
        if day not in days and len(days) < rotation.daily:
            days.add(day)
            keep = True
        if not keep:
            surplus.append(one)
    return surplus
