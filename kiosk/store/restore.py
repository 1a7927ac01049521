"""Putting a backup in place on a PC that has nothing, so that no number is given out twice."""

import contextlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import ClockReading
from kiosk.durable import make_durable, sync_folder, write_durable
from kiosk.security.keystore import DeviceKeys
from kiosk.store import (
    backup_set,
    database,
    high_water,
    journal,
    letters,
    memory,
    orphans,
    outbox_rows,
    snapshot,
)
from kiosk.store.backup_set import BackupManifest, place_faults
from kiosk.store.errors import (
    DamagedBackupError,
    ForeignBackupError,
    ReadOnlyError,
    named_faults,
)
from kiosk.store.folder import DataFolder
from kiosk.store.journal import Act, Entry
from kiosk.store.spool import is_bundle
from kiosk.store.sqlite import Database, sqlite3
from kiosk.wire import bundles

_RESTORE_ID = "restore.id"
_LETTERS = "taken.letters"
ACTS_SKIPPED = 1_000_000
"""How far the count of acts jumps: those made after the backup must not get a second act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A backup whose files, signature and keys hold; nothing has been touched yet."""

    path: Path
    manifest: BackupManifest
    hashes: dict[str, str]
    keys: DeviceKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What stands after a restore.

    Attributes:
        epoch: The new code receipts are numbered under; None when no letter was left.
        adopted: Bundles the backup's database did not know.
    """

    manifest: BackupManifest
    epoch: str | None
    deposits: int
    bundles: int
    adopted: int


def refuse_occupied(folder: DataFolder, manifest: BackupManifest) -> None:
    """Refuse a data folder that holds anything but an unfinished restore.

    Raises:
        ForeignBackupError: It is another device's.
        InvalidInputError: It is this device's, or something else lies in it.
    """
    if folder.exists() and not folder.is_being_restored():
        if folder.read_id() != manifest.store_id:
            raise ForeignBackupError("the data folder is another device's than the backup")
        raise InvalidInputError("data", "the data folder is in use: move it away first")
    with named_faults():
        strangers = folder.strangers()
    if strangers and not folder.is_being_restored():
        raise InvalidInputError("data", "the data folder is not empty")


def open_backup(path: Path, open_keys: Callable[[UUID, bytes], DeviceKeys]) -> Opened:
    """Check a backup from end to end and open its keys; reads only.

    Args:
        path: The backup, as :func:`backup_set.find` names it.
        open_keys: Returns the keys of a store, from the sealed ones or from elsewhere.

    Raises:
        DamagedBackupError: A file is missing, cut short or changed.
        WrongKeyError: The keys cannot be opened.
        BadSignatureError: Not written by the device whose keys they are.
        BackupPlaceError: The medium was taken away.
    """
    manifest = backup_set.read_manifest(path)
    hashes = backup_set.check_contents(path, manifest)
    keys = open_keys(manifest.store_id, backup_set.read_keys(path))
    backup_set.check_author(path, keys.request_key.public)
    if keys.store_id != manifest.store_id:
        raise ForeignBackupError("the keys are another device's than the backup")
    return Opened(path=path, manifest=manifest, hashes=hashes, keys=keys)


def restore(
    folder: DataFolder,
    opened: Opened,
    clock: Callable[[], ClockReading],
    save_keys: Callable[[DeviceKeys], None],
    keystore: Path,
    lost: Path | None = None,
) -> Restored:
    """Put a backup in place under a new letter; after a crash the same call goes on.

    Args:
        folder: Empty, not there, or left by a restore of this backup that was cut short.
        opened: What :func:`open_backup` returned.
        clock: Reads now.
        save_keys: Makes the keys durable in the keystore, if they are not there.
        keystore: The keystore's folder, where the letter taken is noted too.
        lost: A data folder that was given up, whose bundles are adopted; None for none.

    Raises:
        InvalidInputError, ForeignBackupError: The folder is not empty.
        AnotherWriterError: Something works in it.
        DamagedBackupError, NewerDatabaseError: The database in the backup cannot be used.
        DiskFullError, ReadOnlyError: The data folder, or the place where the letter must be
            noted, cannot be written.
    """
    refuse_occupied(folder, opened.manifest)
    with named_faults():
        # Durable before a letter is taken: a folder lost after that would leave none to go on with.
        make_durable(folder.root)
    with folder.lock(), named_faults():
        refuse_occupied(folder, opened.manifest)
        restore_id = _begin(folder)
        stage = DataFolder(folder.restoring)
        stage.make()
        _copy(opened, stage, lost)
        answer = _renew(stage, opened, clock, restore_id, keystore)
        save_keys(opened.keys)
        stage.keep_id(opened.keys.store_id, opened.keys.database_key)
        _put_in_place(folder, stage)
    return answer


def _begin(folder: DataFolder) -> UUID:
    stage = folder.restoring
    marker = stage / _RESTORE_ID
    try:
        restore_id = UUID(marker.read_text("ascii")[:36])
    except (FileNotFoundError, ValueError):
        restore_id = uuid4()
    for left in (*folder.strangers(), *(stage.iterdir() if stage.exists() else ())):
        if left not in {marker, stage}:
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    stage.mkdir(mode=0o700, exist_ok=True)
    if not marker.exists():
        text = str(restore_id).encode("ascii")
        write_durable(marker, lambda file: file.write(text))
    sync_folder(folder.root)
    return restore_id


def _copy(opened: Opened, stage: DataFolder, lost: Path | None) -> None:
    _copy_file(opened.path / backup_set.DATABASE, stage.database)
    if backup_set.file_hash(stage.database) != opened.hashes[backup_set.DATABASE]:
        raise DamagedBackupError("the backup changed while it was read")
    if backup_set.SETTINGS in opened.hashes:
        _copy_file(opened.path / backup_set.SETTINGS, stage.settings)
    for name in backup_set.bundle_names(opened.hashes):
        _copy_file(opened.path / name, stage.spool / Path(name).name)
    for source in _lost_bundles(lost):
        if not (stage.spool / source.name).exists():
            _copy_file(source, stage.spool / source.name)


def _lost_bundles(lost: Path | None) -> list[Path]:
    if lost is None:
        return []
    gone = DataFolder(lost)
    if not gone.spool.is_dir():
        raise InvalidInputError("spool", "the given-up data folder has no spool")
    places = [place for place in (gone.spool, gone.orphans) if place.is_dir()]
    found = [one for place in places for one in sorted(place.iterdir())]
    return [one for one in found if is_bundle(one.name) and one.is_file()]


def _copy_file(source: Path, target: Path) -> None:
    with place_faults():
        opened = source.open("rb")
    with opened, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as copy:
        shutil.copyfileobj(opened, copy, 1024 * 1024)
        copy.flush()
        os.fsync(copy.fileno())


def _renew(
    stage: DataFolder,
    opened: Opened,
    clock: Callable[[], ClockReading],
    restore_id: UUID,
    keystore: Path,
) -> Restored:
    db = database.open(stage.database, opened.keys.database_key, create=True)
    try:
        _check_database(db, opened.manifest)
        is_free = _reserve_letter(db, opened, restore_id, keystore)
        with database.transaction(db) as connection:
            epoch = memory.take_reserve(connection, is_free)
            _open_epoch(connection, epoch, clock())
            adopted = _adopt(connection, stage, opened, clock())
        deposits = db.conn.execute("SELECT count(*) FROM deposits").fetchone()[0]
        # One file again: what is moved next must not leave a log behind.
        db.conn.execute("PRAGMA journal_mode = DELETE")
    finally:
        db.conn.close()
    if epoch is not None:
        # An older database slipped in later does not know this letter, and will be refused.
        high_water.note(stage, epoch, 0)
    kept = sum(1 for _ in stage.spool.glob("*" + bundles.SUFFIX))
    return Restored(
        manifest=opened.manifest, epoch=epoch, deposits=deposits, bundles=kept, adopted=adopted
    )


def _check_database(db: Database, manifest: BackupManifest) -> None:
    if not database.is_sound(db):
        raise DamagedBackupError("the backup's database is not sound")
    head = journal.verify(db.conn)
    if (head.entries, head.hash.hex()) != (manifest.entries, manifest.journal_head):
        raise DamagedBackupError("the backup's database is not the one its manifest names")


def _reserve_letter(db: Database, opened: Opened, restore_id: UUID, keystore: Path) -> bool:
    code = memory.reserve_code(db.conn)
    store_id = opened.manifest.store_id
    files = [
        letters.path_in(opened.path.parent, store_id),
        opened.path / _LETTERS,
        letters.path_in(keystore, store_id),
    ]
    if code is None or code in snapshot.facts(db.conn).epochs:
        return False
    taken_by = letters.taken(files).get(code, restore_id)
    if taken_by != restore_id:
        return False
    try:
        letters.note(files, code, restore_id)
    except OSError as error:
        raise ReadOnlyError(
            "the backup cannot be marked as used, and its letter must not be taken twice: make"
            " the medium writable, or copy the backup to one that is"
        ) from error
    return True


def _open_epoch(connection: sqlite3.Connection, epoch: str | None, clock: ClockReading) -> None:
    outbox_rows.release_leases(connection)
    connection.execute("UPDATE counters SET value = value + ? WHERE name = 'act'", (ACTS_SKIPPED,))
    entry = Entry(act=Act.RESTORED, clock=clock, reason=epoch or "no_letter_left")
    journal.append(connection, entry)


def _adopt(
    connection: sqlite3.Connection, stage: DataFolder, opened: Opened, clock: ClockReading
) -> int:
    count = 0
    authors = (opened.keys.request_key.public, *memory.former_request_keys(connection))
    for bundle in sorted(stage.spool.glob("*" + bundles.SUFFIX)):
        item_id = _item_id(bundle)
        if item_id is not None and orphans.is_known(connection, item_id):
            continue
        header = None
        if not orphans.was_set_aside(connection, bundle.name):
            header = orphans.own_header(bundle, authors)
        if header is None or header.item_id != item_id:
            bundle.replace(stage.orphans / bundle.name)
            continue
        orphans.adopt(connection, bundle, header, clock.utc)
        number = header.receipt_number
        journal.append(
            connection, Entry(act=Act.ORPHAN_ADOPTED, clock=clock, receipt_number=number)
        )
        count += 1
    return count


def _item_id(bundle: Path) -> UUID | None:
    try:
        return UUID(bundle.stem)
    except ValueError:
        return None


def _put_in_place(folder: DataFolder, stage: DataFolder) -> None:
    for place in (stage.orphans, stage.spool, stage.drafts, stage.root):
        sync_folder(place)
    (stage.root / "writer.lock").unlink(missing_ok=True)
    names = {entry.name for entry in stage.root.iterdir()} - {_RESTORE_ID, "store.id"}
    for name in sorted(names):
        if name == stage.settings.name and folder.settings.exists():
            (stage.root / name).unlink()  # what was set on this PC stays
            continue
        (stage.root / name).rename(folder.root / name)
    sync_folder(folder.root)
    # The id comes last: without it a folder is not taken for a kiosk's.
    (stage.root / "store.id").rename(folder.root / "store.id")
    try:
        sync_folder(folder.root)
    except OSError:
        # Not known to be durable, so not done: the same call must be able to go on.
        (folder.root / "store.id").rename(stage.root / "store.id")
        raise
    with contextlib.suppress(OSError):  # it stands: what stays here is cleared at the next start
        shutil.rmtree(stage.root)
        sync_folder(folder.root)
