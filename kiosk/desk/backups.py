"""Backups of this kiosk, and putting one in place on a PC that has nothing."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from kiosk.domain.errors import InvalidInputError, WaslError
from kiosk.domain.moments import ClockReading
from kiosk.durable import make_durable
from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import DeviceKeys, Keystore, generation_id
from kiosk.security.sealed_keys import open_keys, read_identities
from kiosk.store import backup, backup_set, last_backup, orphans, restore
from kiosk.store.backup import BackupReport, Rotation
from kiosk.store.backup_set import place_faults
from kiosk.store.folder import DataFolder
from kiosk.store.orphans import Adopted
from kiosk.store.restore import Restored
from kiosk.store.store import Store

__all__ = ["Adopted", "BackupReport", "Backups", "Restored", "restore_backup"]


class Backups:
    """Takes backups while the counter works. Threads: any.

    Args:
        places: Folders or sticks the schedule writes to; they are never made by it.
    """

    def __init__(
        self,
        store: Store,
        keys: DeviceKeys,
        clock: Callable[[], ClockReading],
        places: tuple[Path, ...] = (),
        rotation: Rotation | None = None,
    ) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._places = places
        self._rotation = rotation or Rotation()
        self.faults: dict[Path, WaslError] = {}

    def take(self, place: Path) -> BackupReport:
        """Take a backup in *place*, which is made if only its last folder is missing.

        Raises:
            NotEnrolledError: Nobody may open a backup yet.
            InvalidInputError: *place* lies in the data folder.
            StoreError: The place is not there, full or read-only, or the database is damaged.
        """
        if place.resolve().is_relative_to(self._store.folder.root.resolve()):
            raise InvalidInputError("backup", "the backup would lie in the data folder it is for")
        with place_faults():
            place.mkdir(exist_ok=True, mode=0o700)
            make_durable(place)  # or a power cut takes the folder, and the backup with it
        return backup.take(self._store, self._keys, place, self._clock, self._rotation)

    def run_due(self) -> None:
        """Take the scheduled backups.

        A place that cannot be written leaves its error in ``faults`` until it can; the others
        get theirs.
        """
        for place in self._places:
            try:
                backup.take(self._store, self._keys, place, self._clock, self._rotation)
                self.faults.pop(place, None)
            except WaslError as error:
                self.faults[place] = error

    def remove_old_orphans(self) -> int:
        """Remove bundles that never were committed and have lain 30 days; return how many."""
        return orphans.expire(self._store.db, self._store.folder.orphans, self._clock())

    def last_at(self) -> datetime | None:
        """Return when the last backup was taken; None before the first."""
        known = last_backup.read(self._store.folder)
        return known.created_at if known else None

    def adopted(self) -> tuple[Adopted, ...]:
        """Return bundles a restore adopted that still wait to be carried to the central."""
        return orphans.adopted(self._store.db.conn)


def restore_backup(
    data: Path,
    place: Path,
    *,
    keystore: Keystore,
    keystore_folder: Path,
    clock: Callable[[], ClockReading],
    identity: Path | None = None,
    lost: Path | None = None,
) -> Restored:
    """Put the backup in *place* (or the newest one there) into the empty folder *data*.

    Args:
        data: Not there or empty; or left by a restore that was cut short.
        place: A backup, or a folder of backups of one kiosk.
        keystore: Where the keys are looked for without *identity*, and kept.
        keystore_folder: Where the letter taken is noted.
        clock: Reads now.
        identity: File of the recovery recipient's age identity.
        lost: A data folder that was given up, whose bundles are adopted too.

    Raises:
        InvalidInputError, ForeignBackupError: The data folder is not empty, or another's.
        UnreadableFileError: *identity* holds no identity.
        WrongKeyError, BadSignatureError, DamagedBackupError, NewerDatabaseError: The backup
            cannot be opened or is not to be believed; nothing was touched.
        StoreError: The named state of disk or stick.
    """
    identities = read_identities(identity) if identity is not None else None

    def opened_keys(store_id: UUID, sealed: bytes) -> DeviceKeys:
        if identities is not None:
            return open_keys(sealed, identities)
        kept = keystore.load(store_id)
        if not manifest.key_generation:
            return kept
        at = generation_id(store_id, manifest.key_generation)
        try:
            return kept.renewed(keystore.load(at))
        except WrongKeyError:
            return kept  # given whole, by a restore from before

    def save(keys: DeviceKeys) -> None:
        try:
            kept = keystore.load(keys.store_id)
        except WrongKeyError:
            keystore.save(keys)
            return
        # On this PC the keys that sign may lie beside, each generation under a name of its own.
        if (kept.database_key, kept.lookup_key) != (keys.database_key, keys.lookup_key):
            raise WrongKeyError("the keystore has other keys for this data folder")

    folder = DataFolder(data)
    path = backup_set.find(place)
    manifest = backup_set.read_manifest(path)
    restore.refuse_occupied(folder, manifest)
    opened = restore.open_backup(path, opened_keys)
    return restore.restore(folder, opened, clock, save, keystore_folder, lost)
