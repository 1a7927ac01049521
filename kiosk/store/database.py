"""Opening the database: the one seam where a connection is made."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from kiosk.store.errors import (
    DamagedDatabaseError,
    DiskFullError,
    NewerDatabaseError,
    ReadOnlyError,
    TruncatedDatabaseError,
    named_faults,
)
from kiosk.store.migrations import migrations
from kiosk.store.reserve import Reserve
from kiosk.store.sqlite import Database, sqlite3

_BUSY_TIMEOUT_MS = 5_000
_SHORT_TIMEOUT_MS = 100
_PAGE_BYTES = 4096
_LEAST_ROOM_BYTES = 64 * 1024


class OpenDatabase(Database):
    """A connection, and the reserve that its commits may use; readers have none."""

    reserve: Reserve | None = None

    def make_way(self) -> None:
        """Make room for a write."""
        if self.reserve is not None:
            self.reserve.make_way()


def open(
    path: Path, key: bytes, *, create: bool = False, reserve: Reserve | None = None
) -> OpenDatabase:
    """Return a connection for the calling thread: WAL, synchronous=FULL, foreign keys on.

    Args:
        path: The database file.
        key: 32 bytes, used as they are: deriving them from words would cost 80 ms at each opening.
        create: Make the file, or bring an older one up to this program's schema.
        reserve: Given up where the disk is too full to write on.

    Raises:
        NewerDatabaseError: Written by a newer program; it is not touched.
        TruncatedDatabaseError, DamagedDatabaseError: Cut short, or its bytes are not those that
            were written under this key; or absent without *create*.
        ReadOnlyError, DiskFullError: It cannot be written.
    """
    if reserve is not None:
        reserve.make_way()
    with named_faults():
        if not create and not _has_content(path):
            raise DamagedDatabaseError("the data folder has no database")
        if create:
            # Readable by nobody else, whatever the folder's mode: -wal and -shm take after it.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        # Autocommit: transactions begin and end where transaction() says, nowhere else.
        # One thread uses a connection; whoever closes the store closes those of all threads.
        connection = sqlite3.connect(
            path,
            timeout=_BUSY_TIMEOUT_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
        )
    db = OpenDatabase(connection)
    db.reserve = reserve
    try:
        with named_faults():
            _unlock(db, key)
            _refuse_newer(db)
            _set_up(db)
            if create:
                _migrate(db)
            elif migrations.pending(db):
                raise ReadOnlyError("the database is of an older program; open it for writing once")
    except DamagedDatabaseError as error:
        connection.close()
        if _is_cut_short(path):
            raise TruncatedDatabaseError(
                "the database file ends in the middle of a page"
            ) from error
        raise
    except ReadOnlyError as error:
        connection.close()
        if shutil.disk_usage(path.parent).free < _LEAST_ROOM_BYTES:
            # The file that readers share could not grow; SQLCipher says no more than "I/O error".
            raise DiskFullError("no space left for the database") from error
        raise
    except BaseException:
        connection.close()
        raise
    return db


def _unlock(db: Database, key: bytes) -> None:
    # Faults come back as errors; SQLCipher's own lines on stderr would only repeat them.
    db.conn.execute("PRAGMA cipher_log_level = NONE")
    db.conn.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    # What SQLite sorts or joins on the side stays in memory: its temporary files are plain.
    db.conn.execute("PRAGMA temp_store = MEMORY")
    db.conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _is_cut_short(path: Path) -> bool:
    return path.stat().st_size % _PAGE_BYTES != 0


def _has_content(path: Path) -> bool:
    # SQLite takes an empty file for a new database, and a reader must not begin one.
    return path.exists() and path.stat().st_size > 0


def _set_up(db: Database) -> None:
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",
        # Pages of deleted rows are zeroed: what is gone is not left lying in the file.
        "secure_delete = ON",
        "trusted_schema = OFF",
    ):
        db.conn.execute(f"PRAGMA {pragma}")


def _refuse_newer(db: Database) -> None:
    theirs = {step.name for step in migrations.applied(db)}
    if theirs - _known_steps():
        raise NewerDatabaseError("the database was written by a newer version of the program")


@cache
def _known_steps() -> frozenset[str]:
    return frozenset(step.name for step in migrations.pending(Database(memory=True)))


def _migrate(db: Database) -> None:
    if migrations.pending(db):
        migrations.apply(db)


@contextmanager
def transaction(db: OpenDatabase) -> Iterator[sqlite3.Connection]:
    """Hold one write transaction: all of it is durable when the block ends, or none of it.

    Takes the write lock at once: a transaction that read first and then wants to write could be
    refused without waiting.

    Raises:
        StoreError: The named state of the disk or database; nothing was written. After
            DiskFullError the same act has the reserve's room, if there was any left.
    """
    connection = db.conn
    db.make_way()
    with _reserve_given_up(db), named_faults():
        try:
            # Inside: a BEGIN that fails at its last step has begun all the same.
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def _reserve_given_up(db: OpenDatabase) -> Iterator[None]:
    try:
        yield
    except DiskFullError:
        # A quota, or somebody faster: the room there was to see was not to be had.
        if db.reserve is not None:
            db.reserve.release()
        raise


def empty_log(db: OpenDatabase) -> bool:
    """Move the write-ahead log into the database and cut it to nothing; tell whether it was done.

    A reader in the way is no reason to let anybody wait: then False, and a later call does it.
    """
    db.make_way()
    with named_faults():
        try:
            db.conn.execute(f"PRAGMA busy_timeout = {_SHORT_TIMEOUT_MS}")
            row = db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            db.conn.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    return bool(row and row[0] == 0)


def is_sound(db: Database) -> bool:
    """Tell whether SQLite finds every page and index of the database in order."""
    with named_faults():
        row = db.conn.execute("PRAGMA integrity_check(1)").fetchone()
        strays = db.conn.execute("PRAGMA foreign_key_check").fetchone()
        altered = db.conn.execute("PRAGMA cipher_integrity_check").fetchone()
    return bool(row and row[0] == "ok" and strays is None and altered is None)
