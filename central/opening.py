"""From a data folder to what the commands work with."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import OperationalError

from central import keys
from central.blobs import Blobs, FolderBlobs
from central.database import Database, open_sqlite
from central.errors import DiskFullError, ReadOnlyError
from central.services import Services
from central.staging import FolderStaging
from kiosk.domain.errors import InvalidInputError, WaslError

DATABASE_FILE = "central.db"


def now() -> datetime:
    """Return the time as the machine tells it, aware UTC."""
    return datetime.now(UTC)


def begin(data: Path) -> tuple[Database, bool]:
    """Open the database in *data*, making database and keys at the very first start.

    The second value tells whether keys were made now.

    Raises:
        WaslError: Newer, damaged, read-only, no space, or keys missing.
    """
    with keys.locked(data):
        are_new = keys.make_if_absent(data, now())
        keys.write_ca_file(data, keys.load(data).root)
        return open_sqlite(data / DATABASE_FILE), are_new


def existing(data: Path) -> Database:
    """Open the database of a central that has begun.

    Raises:
        InvalidInputError: There is none in *data*.
        WaslError: As :func:`begin`.
    """
    if not (data / DATABASE_FILE).is_file():
        raise InvalidInputError("data", "holds no central")
    return open_sqlite(data / DATABASE_FILE)


def blobs(data: Path) -> Blobs:
    """Return the store of sealed documents in *data*."""
    return FolderBlobs(data / "blobs")


def services(data: Path, database: Database) -> Services:
    """Return what the serving process works with."""
    return Services(
        database=database,
        blobs=blobs(data),
        staging=FolderStaging(data / "staging"),
        keys=keys.load(data),
        now=now,
    )


@contextmanager
def world_errors() -> Iterator[None]:
    """Turn faults of disk and database into the errors they are told by."""
    try:
        yield
    except OperationalError as error:
        raise _from_sqlite(error) from error
    except OSError as error:
        raise _from_os(error) from error


def _from_sqlite(error: OperationalError) -> WaslError:
    if "full" in str(error.orig):
        return DiskFullError("no space is left in the data folder")
    return ReadOnlyError("the database cannot be opened or written")


def _from_os(error: OSError) -> WaslError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError("no space is left in the data folder")
    return ReadOnlyError("the data folder cannot be written")
