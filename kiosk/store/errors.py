"""Faults of disk and database, each a named state."""

import errno
import sqlite3 as codes  # SQLCipher's own module names the basic result codes only
from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.domain.errors import ErrorCode, WaslError
from kiosk.store.reserve import FULL
from kiosk.store.sqlite import sqlite3


class StoreError(WaslError):
    """Base of every error the store raises on purpose."""


class AnotherWriterError(StoreError):
    """Another window or command already works on this data folder."""

    code = ErrorCode.ANOTHER_WRITER
    retryable = True


class NewerDatabaseError(StoreError):
    """The database was written by a newer program."""

    code = ErrorCode.NEWER_DATABASE


class DamagedDatabaseError(StoreError):
    """The database cannot be read, or contradicts what was promised from it."""

    code = ErrorCode.DAMAGED_DATABASE


class TruncatedDatabaseError(DamagedDatabaseError):
    """The database file is cut short, as a copy that was not finished is: copy it again."""


class WrongDatabaseKeyError(StoreError):
    """The key in the keystore is not the one this data folder was made with."""

    code = ErrorCode.WRONG_KEY


class DiskFullError(StoreError):
    """No room left; nothing was lost, nothing was promised."""

    code = ErrorCode.DISK_FULL


class NumbersUsedUpError(StoreError):
    """The device's letter has no receipt number left; a new enrolment brings a new letter."""

    code = ErrorCode.REFUSED


class DamagedBackupError(StoreError):
    """A backup is incomplete or changed: take another copy of it, or another backup."""

    code = ErrorCode.DAMAGED_DATABASE


class ForeignBackupError(StoreError):
    """The backup is another device's than the one in the data folder."""

    code = ErrorCode.FOREIGN_BACKUP


class BackupPlaceError(StoreError):
    """The folder or stick that backups go to is not there, or was taken away."""

    code = ErrorCode.DEVICE_UNAVAILABLE
    retryable = True


class ReadOnlyError(StoreError):
    """The data folder cannot be written."""

    code = ErrorCode.READ_ONLY


_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def named_faults() -> Iterator[None]:
    """Turn faults of the disk and of SQLite into the store's named errors."""
    try:
        yield
    except OSError as error:
        raise from_os_error(error) from error
    except sqlite3.DatabaseError as error:
        raise from_sqlite_error(error) from error


def from_os_error(error: OSError) -> StoreError:
    """Return the named state for a fault of the file system."""
    if error.errno in FULL:
        return DiskFullError("no space left on the data folder's disk")
    if error.errno in _READ_ONLY:
        return ReadOnlyError(f"the data folder cannot be written ({error.strerror})")
    # EIO and whatever else a dying disk says: writing on would only make it worse.
    return ReadOnlyError(f"the disk refused ({error.strerror})")


def from_sqlite_error(error: sqlite3.DatabaseError) -> StoreError:
    """Return the named state for an error of SQLite, by its result code."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case codes.SQLITE_FULL:
            return DiskFullError("no space left for the database")
        case codes.SQLITE_READONLY | codes.SQLITE_CANTOPEN | codes.SQLITE_PERM:
            return ReadOnlyError("the database cannot be written")
        case codes.SQLITE_IOERR:
            return ReadOnlyError("the disk refused a read or write of the database")
        case codes.SQLITE_BUSY | codes.SQLITE_LOCKED:
            return AnotherWriterError("the database is in use by another program")
        case _:
            return DamagedDatabaseError(f"the database cannot be used ({error})")
