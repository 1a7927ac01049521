"""From a data folder to what the commands work with."""

import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from central import keys, registry, restored
from central.blobs import Blobs, FolderBlobs
from central.database import Database, bind_to_keys, insert_once, open_postgresql, open_sqlite
from central.errors import DiskFullError, ReadOnlyError
from central.identities import Identities
from central.keys import ServingKeys
from central.limits import Limits, Turnstile
from central.request_keys import RequestKeys
from central.schema import counters
from central.services import Services
from central.staging import FolderStaging
from central.staging_rows import RowStaging
from kiosk.domain.errors import InvalidInputError, WaslError

DATABASE_FILE = "central.db"
_KEYS_COUNTER = "acknowledgement_keys"


def now() -> datetime:
    """Return the time as the machine tells it, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a central keeps what it holds.

    Attributes:
        data: The folder of its keys, and of everything else that is not placed elsewhere.
        database: ``postgresql://…``; None for a file in *data*.
        blobs: ``s3://BUCKET/PREFIX`` or a folder; None for one in *data*.
    """

    data: Path
    database: str | None = None
    blobs: str | None = None


def begin(place: Place) -> tuple[Database, bool]:
    """Open the database of *place*, making database and keys at the very first start.

    The second value tells whether keys were made now.

    Raises:
        WaslError: Newer, damaged, read-only, no space, or keys missing or of another central.
    """
    with keys.locked(place.data):
        are_new = keys.make_if_absent(place.data, now())
        own = keys.load(place.data)
        keys.write_ca_file(place.data, own.root)
        database = _open(place)
    try:
        with database.writing() as connection:
            bind_to_keys(connection, own.trust.public.key_id, own.former_trust)
            restored.begin_run(connection, now())
    except BaseException:
        database.close()
        raise
    return database, are_new


def announce_keys(database: Database, own: ServingKeys) -> None:
    """Let every device fetch the trust list again if its acknowledgement keys are others now.

    For who serves, at its start: a list of the same version must not be told with other keys.
    """
    digest = hashlib.sha256(b"".join(key.raw for key in (own.acknowledgement.public, *own.former)))
    value = int.from_bytes(digest.digest()[:7], "big")
    with database.writing() as connection:
        row = {"name": _KEYS_COUNTER, "value": value}
        if insert_once(connection, counters, row):
            if own.former:
                registry.bump_trust(connection, now())
            return
        changed = connection.execute(
            update(counters)
            .where(counters.c.name == _KEYS_COUNTER, counters.c.value != value)
            .values(value=value)
        )
        if changed.rowcount:
            registry.bump_trust(connection, now())


def existing(place: Place) -> Database:
    """Open the database of a central that has begun.

    Raises:
        InvalidInputError: There is none in *place*.
        WaslError: As :func:`begin`.
    """
    if place.database is None and not (place.data / DATABASE_FILE).is_file():
        raise InvalidInputError("data", "holds no central")
    return _open(place, has_begun=True)


def blobs(place: Place) -> Blobs:
    """Return the store of sealed documents of *place*.

    Raises:
        InvalidInputError: Neither a folder nor an S3 store.
    """
    if place.blobs is None:
        return FolderBlobs(place.data / "blobs")
    if "://" not in place.blobs:
        return FolderBlobs(Path(place.blobs))
    # Loaded only where it is used.
    from central.blobs_s3 import open_s3

    return open_s3(place.blobs)


def services(
    place: Place, database: Database, intake: Identities = (), limits: Limits | None = None
) -> Services:
    """Return what calls and commands work with; *intake* opens what was carried here sealed.

    Raises:
        WrongKeyError: The keys cannot be read, or the database was begun with others: what they
            acknowledge no kiosk would believe, and it is acknowledged once.
    """
    limits = limits or Limits()
    folder = place.data / "staging"
    own = keys.load(place.data)
    with database.writing() as connection:
        bind_to_keys(connection, own.trust.public.key_id, own.former_trust)
    # A folder serves one machine; what several share is the database.
    shared = database.is_shared
    staging: RowStaging | FolderStaging = RowStaging(database) if shared else FolderStaging(folder)
    return Services(
        database=database,
        blobs=blobs(place),
        staging=staging,
        leftovers=staging,
        keys=own,
        request_keys=RequestKeys(database),
        limits=limits,
        turnstile=Turnstile(limits),
        now=now,
        authority=keys.ca_content(place.data, own.root),
        intake=intake,
    )


def _open(place: Place, *, has_begun: bool = False) -> Database:
    if place.database is None:
        return open_sqlite(place.data / DATABASE_FILE)
    return open_postgresql(place.database, has_begun=has_begun)


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
