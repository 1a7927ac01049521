"""A copy of the database in one encrypted file, taken while others write."""

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kiosk.store import database, journal
from kiosk.store.errors import (
    BackupPlaceError,
    DamagedDatabaseError,
    DiskFullError,
    named_faults,
)
from kiosk.store.sqlite import Database, sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a copied database says it is.

    Attributes:
        epochs: The last number given out under each letter, oldest letter first.
    """

    head: journal.Head
    epochs: dict[str, int]


def take(db: Database, target: Path, key: bytes) -> Facts:
    """Copy the whole database to *target*, keyed alike, check the copy and return its facts.

    SQLite's backup API copies pages of one moment; writers go on in the log meanwhile. Drafts are
    left out: a draft's key that lay in a backup could not be destroyed with the draft.

    Raises:
        DamagedDatabaseError: The copy is not sound: the database itself is not.
        DiskFullError, BackupPlaceError: The copy cannot be written.
        StoreError: The named state of disk or database.
    """
    # Readable by nobody else from its first byte on.
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with named_faults(), closing(sqlite3.connect(target, isolation_level=None)) as connection:
        copy = Database(connection)
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA temp_store = MEMORY")
        _copy_pages(db, connection, target)
        # One file is all there is: no log that a copy could forget.
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("DELETE FROM draft_pages")
        connection.execute("DELETE FROM drafts")
        if not database.is_sound(copy):
            raise DamagedDatabaseError("the copy of the database is not sound")
        return facts(connection)


def _copy_pages(db: Database, connection: sqlite3.Connection, target: Path) -> None:
    try:
        db.conn.backup(connection)
    except sqlite3.OperationalError as error:
        # Of a failed copy the module tells no result code; damage would be another class.
        if shutil.disk_usage(target.parent).free < size_bytes(db):
            raise DiskFullError("no space left where backups go") from error
        raise BackupPlaceError("the backup folder refused the copy") from error


def size_bytes(db: Database) -> int:
    """Return the size of the database, without its log."""
    with named_faults():
        (pages,) = db.conn.execute("PRAGMA page_count").fetchone()
        (size,) = db.conn.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(size)  # SQLCipher answers in text


@named_faults()
def facts(connection: sqlite3.Connection) -> Facts:
    """Return what a database says it is."""
    epochs = connection.execute("SELECT epoch, last FROM receipt_sequence ORDER BY rowid")
    return Facts(head=journal.head(connection), epochs=dict(epochs.fetchall()))
