"""The data folder: its names, its id, and the one writer it allows."""

import hashlib
import hmac
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from uuid import UUID, uuid4

from kiosk.durable import make_durable, write_durable
from kiosk.store.errors import (
    AnotherWriterError,
    DamagedDatabaseError,
    WrongDatabaseKeyError,
    named_faults,
)
from kiosk.store.reserve import Reserve

_MAX_ID_FILE = 200


class DataFolder:
    """Names of what lies in a kiosk's data folder. Touches nothing until asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "wasl.db"
        self.settings = root / "kiosk.toml"
        self.spool = root / "spool"
        self.orphans = root / "spool" / "orphans"
        self.drafts = root / "drafts"
        self.high_water = root / "high-water"
        self.reserve = Reserve(root)
        self.restoring = root / "restore.part"
        self.ca_file = root / "central-ca.pem"
        self._id_file = root / "store.id"
        self._lock_file = root / "writer.lock"

    def write(self, target: Path, write: Callable[[BinaryIO], object]) -> None:
        """Create *target* whole and durable, on the reserve's room if there is no other.

        Args:
            target: A name in this folder.
            write: Writes the content; called again from the start where the disk was full.

        Raises:
            DiskFullError, ReadOnlyError: Nothing is under the name.
        """
        with named_faults():
            self.reserve.finish(lambda: write_durable(target, write))

    def exists(self) -> bool:
        """Tell whether a store was ever made here."""
        return any(one.exists() for one in (self._id_file, self.database, self.restoring))

    def is_being_restored(self) -> bool:
        """Tell whether a restore into this folder was begun and not finished."""
        return self.restoring.exists() and not self._id_file.exists()

    def forget_restore(self) -> None:
        """Remove what a finished restore could not remove itself; an unfinished one stays."""
        if self.restoring.exists() and self._id_file.exists():
            with named_faults():
                shutil.rmtree(self.restoring)

    def strangers(self) -> list[Path]:
        """Return what lies here but a kiosk not yet begun may have: settings and a lock."""
        if not self.root.exists():
            return []
        own = {self.settings, self._lock_file, self.restoring}
        return [entry for entry in self.root.iterdir() if entry not in own]

    def make(self) -> None:
        """Create the folders, readable by nobody else, each with a durable name.

        Raises:
            ReadOnlyError, DiskFullError: The folder cannot be made or written.
        """
        with named_faults():
            for folder in (self.root, self.spool, self.orphans, self.drafts):
                make_durable(folder)

    def read_id(self) -> UUID:
        """Return the id under which the keystore keeps this folder's keys.

        Raises:
            DamagedDatabaseError: The file that names it is gone or broken.
        """
        with named_faults():
            try:
                return UUID(self._id_words()[0])
            except FileNotFoundError as error:
                if self.is_being_restored():
                    raise DamagedDatabaseError(
                        "a restore into this folder was not finished: run it again"
                    ) from error
                raise DamagedDatabaseError(
                    "the data folder has lost its id file: restore a backup"
                ) from error
            except (ValueError, IndexError) as error:
                raise DamagedDatabaseError(
                    "the data folder's id file is broken: restore a backup"
                ) from error

    def new_id(self) -> UUID:
        """Return an id for a folder that has none yet; :meth:`keep_id` makes it so."""
        return uuid4()

    def keep_id(self, store_id: UUID, key: bytes) -> None:
        """Write the folder's id durably, and a check of its database key.

        Keys under that id must be safe already.
        """
        content = f"{store_id}\n{_check(key)}\n".encode("ascii")
        self.write(self._id_file, lambda file: file.write(content))

    def check_key(self, key: bytes) -> None:
        """Tell a wrong key from a damaged database, which SQLCipher cannot.

        Raises:
            WrongDatabaseKeyError: The folder was made with another key.
        """
        with named_faults():
            words = self._id_words()
        if len(words) < 2 or not hmac.compare_digest(words[1], _check(key)):
            raise WrongDatabaseKeyError("the key is not the one this data folder was made with")

    def _id_words(self) -> list[str]:
        return self._id_file.read_text("ascii")[:_MAX_ID_FILE].split()

    def lock(self) -> "WriterLock":
        """Become the one writer.

        Raises:
            AnotherWriterError: Another process is.
            ReadOnlyError: The folder cannot be written.
        """
        return WriterLock(self._lock_file)


def _check(key: bytes) -> str:
    return hmac.digest(key, b"wasl data folder", hashlib.sha256)[:8].hex()


class WriterLock:
    """Held by one process; the system releases it when that process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        with named_faults():
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._handle)
        except OSError as error:
            os.close(self._handle)
            raise AnotherWriterError("another program works on this data folder") from error

    def release(self) -> None:
        """Let the next writer in."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> "WriterLock":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


if os.name == "posix":
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

else:
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
