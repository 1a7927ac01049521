"""A kiosk whose PC can be lost: its data folder, its keystore, and a place for backups."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from kiosk.desk.backups import Restored, restore_backup
from kiosk.security.keystore import DeviceKeys, FileKeystore
from kiosk.store import backup
from kiosk.store.backup import BackupReport, Rotation
from kiosk.store.folder import DataFolder
from kiosk.store.store import Store, open_for_writing
from tests.enrolled import TestCentral, TestClock
from tests.store.items import Clerk


@dataclass(slots=True, kw_only=True)
class Shop:
    """One device on one PC after another."""

    root: Path
    central: TestCentral
    clock: TestClock = field(default_factory=TestClock)
    pc: int = 1
    opened: Store | None = None

    @property
    def folder(self) -> DataFolder:
        """The data folder of the PC of today."""
        return DataFolder(self.root / f"pc{self.pc}" / "data")

    @property
    def keystore(self) -> Path:
        """The keystore of the PC of today."""
        return self.root / f"pc{self.pc}" / "keys"

    @property
    def place(self) -> Path:
        """Where backups go."""
        return self.root / "backups"

    @property
    def identity(self) -> Path:
        """The recovery recipient's key file."""
        file = self.root / "recovery.age"
        file.write_text(f"# a comment\n{self.central.recovery}\n")
        return file

    @property
    def keys(self) -> DeviceKeys:
        """The device's keys, as kept."""
        return FileKeystore(self.keystore).load(self.folder.read_id())

    @property
    def store(self) -> Store:
        """The open store; opened when it is not."""
        if self.opened is None:
            self.opened = open_for_writing(self.folder, self.clock.read, self.keys.database_key)
        return self.opened

    @property
    def clerk(self) -> Clerk:
        """Makes deposits."""
        return Clerk(store=self.store, clock=self.clock, key=self.keys.request_key)

    def found(self) -> None:
        """Enrol a new device on the PC of today."""
        keys = DeviceKeys.generate(uuid4())
        self.folder.make()
        self.place.mkdir(exist_ok=True)
        FileKeystore(self.keystore).save(keys)
        self.folder.keep_id(keys.store_id, keys.database_key)
        self.store.memory.keep_enrolment(self.central.enrolment())

    def close(self) -> None:
        """Close the store."""
        if self.opened is not None:
            self.opened.close()
            self.opened = None

    def back_up(self, rotation: Rotation | None = None, place: Path | None = None) -> BackupReport:
        """Take a backup."""
        where = place or self.place
        return backup.take(self.store, self.keys, where, self.clock.read, rotation)

    def lose_pc(self) -> None:
        """Lose the PC with all that is in it; the next one is empty."""
        self.close()
        shutil.rmtree(self.folder.root.parent)
        self.pc += 1

    def restore(
        self,
        source: Path | None = None,
        *,
        identity: Path | None = None,
        with_identity: bool = True,
        lost: Path | None = None,
    ) -> Restored:
        """Restore into the PC of today."""
        self.close()
        return restore_backup(
            self.folder.root,
            source or self.place,
            keystore=FileKeystore(self.keystore),
            keystore_folder=self.keystore,
            clock=self.clock.read,
            identity=(identity or self.identity) if with_identity else None,
            lost=lost,
        )

    def numbers(self) -> list[str]:
        """Return every receipt number in the store, oldest first."""
        rows = self.store.db.conn.execute("SELECT receipt_number FROM deposits ORDER BY rowid")
        return [row[0] for row in rows]
