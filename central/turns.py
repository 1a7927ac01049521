"""A turn that one process of all nodes has at a time: a lock that ends with whoever holds it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zlib import crc32

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from central.database import Database
from central.errors import TurnLostError, TurnTakenError

_TRY = text("SELECT pg_try_advisory_lock(:key)")
_GIVE_BACK = text("SELECT pg_advisory_unlock(:key)")
_SESSION = text("SELECT pg_backend_pid()")

StillMine = Callable[[], None]
"""Returns while the turn is held. Raises: TurnLostError: the database let go of it."""


@contextmanager
def turn(database: Database, name: str) -> Iterator[StillMine]:
    """Hold the turn of that *name* until the block ends; nobody waits for it.

    Raises:
        TurnTakenError: Another process, or another thread, has it.
    """
    held = _beside(database.file, name) if database.file else _in_session(database, name)
    with held as still_mine:
        yield still_mine


@contextmanager
def _beside(file: Path, name: str) -> Iterator[StillMine]:
    # A file of its own: the database itself has to be written meanwhile. SQLite's lock on it is
    # the operating system's, which ends with the process.
    beside = file.with_name(f"{file.name}-{name}")
    with closing(sqlite3.connect(beside, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise TurnTakenError(name) from error
            raise OSError(f"the file of the turn of {name} cannot be locked") from error
        yield lambda: None


@contextmanager
def _in_session(database: Database, name: str) -> Iterator[StillMine]:
    key = {"key": crc32(name.encode())}
    with database.glancing() as connection:
        if not connection.scalar(_TRY, key):
            raise TurnTakenError(name)
        session = connection.scalar(_SESSION)

        def still_mine() -> None:
            try:
                is_same = connection.scalar(_SESSION) == session
            except DBAPIError as error:
                raise TurnLostError(name) from error
            if not is_same:
                raise TurnLostError(name)

        try:
            yield still_mine
        finally:
            try:
                connection.execute(_GIVE_BACK, key)
            except SQLAlchemyError:
                connection.invalidate()  # its end gives the turn back
