"""The engine: durable on commit, one writer at a time on SQLite, the same SQL on PostgreSQL."""

import select as select_module
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Insert,
    Table,
    create_engine,
    event,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DisconnectionError, OperationalError

from central import schema
from central.errors import DamagedDatabaseError, WrongKeyError
from central.migrating import migrate
from kiosk.domain.errors import InvalidInputError

_READING = "wasl_reading"
_BUSY_TIMEOUT_MS = 10_000
POOL_TIMEOUT_S = 20
WORKERS = 24
"""Threads of a node that wait for the database and the object store."""
_POSTGRESQL = "postgresql+psycopg"
# A client that asks for less durability than the server gives is overruled; a lost node must not
# keep others waiting for rows it has locked, nor, where its machine went, for a turn it has.
_SESSION = (
    "-c synchronous_commit=on -c lock_timeout=20s -c idle_in_transaction_session_timeout=60s"
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)
TRUST_COUNTER = "trust_list"
"""Name of the counter that is the trust list's version."""
TRUST_TIME = "trust_list_ms"
"""Name of the counter that tells when that changed, in ms since 1970: all nodes sign the same."""


class Database:
    """Transactions on the central's database; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def is_shared(self) -> bool:
        """Return whether nodes on other machines may work on it too."""
        return self._engine.dialect.name == "postgresql"

    @property
    def file(self) -> Path | None:
        """Return the file it lies in, None where it lies with a server."""
        return None if self.is_shared else Path(str(self._engine.url.database))

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that commits durably when the block ends well."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database and changes nothing."""
        with self._engine.connect() as connection:
            yield connection.execution_options(**{_READING: True})

    @contextmanager
    def glancing(self) -> Iterator[Connection]:
        """Yield a connection for one question, without a transaction's two round trips."""
        with self._engine.connect() as connection:
            level = {"isolation_level": "AUTOCOMMIT"} if self.is_shared else {}
            yield connection.execution_options(**{_READING: True}, **level)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def open_sqlite(file: Path) -> Database:
    """Open the database in *file*, making it if need be.

    Raises:
        NewerDatabaseError: A later central wrote it.
        DamagedDatabaseError: Not a database.
        sqlalchemy.exc.OperationalError: It cannot be opened or written.
    """
    # Parameters hold people's data: no error text may show them.
    engine = create_engine(f"sqlite:///{file}", hide_parameters=True, pool_size=16, max_overflow=32)
    _durable_sqlite(engine)
    return _begin(engine)


def open_postgresql(url: str, *, has_begun: bool = False) -> Database:
    """Open the database at *url* (``postgresql://USER:PASSWORD@HOST/NAME``).

    One that *has_begun* must hold a central already: no tables are made in another one.

    Raises:
        InvalidInputError: Not such a URL, or no central there that has begun.
        NewerDatabaseError: A later central wrote it.
        sqlalchemy.exc.OperationalError: It cannot be reached.
    """
    engine = create_engine(
        _postgresql_url(url),
        hide_parameters=True,
        pool_size=WORKERS,
        # One for each thread that may ask: more would be opened and closed all the time.
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        connect_args={"options": _SESSION, "connect_timeout": 10},
    )
    event.listen(engine, "checkout", _refuse_closed)
    return _begin(engine, has_begun=has_begun)


def insert_once(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert *row* unless a unique constraint already holds its place; tell whether it went in."""
    return connection.execute(_inserting(connection.dialect.name, table), row).rowcount == 1


@cache
def _inserting(dialect: str, table: Table) -> Insert:
    # Made once: to put a statement together costs as much as to send it.
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    # Inline: no new id is fetched along, so that what counts is the rows that went in.
    statement = insert(table).on_conflict_do_nothing().inline()
    return statement.execution_options(preserve_rowcount=True)


def bind_to_keys(
    connection: Connection, trust_key_id: bytes, former: Collection[bytes] = ()
) -> None:
    """Tie a new database to the keys it begins with; an old one must know them.

    *former* are trust keys whose successor the root has named: the database follows.

    Raises:
        WrongKeyError: The database was begun with other keys.
    """
    table = schema.identity
    insert_once(connection, table, {"id": 1, "trust_key_id": trust_key_id})
    if former:
        condition = table.c.trust_key_id.in_(list(former))
        connection.execute(update(table).where(condition).values(trust_key_id=trust_key_id))
    if connection.scalar(select(table.c.trust_key_id)) != trust_key_id:
        detail = "the database was begun with other keys: give each node a copy of the same ones"
        raise WrongKeyError(detail)


def _begin(engine: Engine, *, has_begun: bool = False) -> Database:
    database = Database(engine)
    try:
        with database.writing() as connection:
            if has_begun and not inspect(connection).has_table(schema.enrolment_codes.name):
                raise InvalidInputError("database", "holds no central")
            migrate(connection)
            insert_once(connection, schema.counters, {"name": TRUST_COUNTER, "value": 1})
            begun_ms = time.time_ns() // 1_000_000
            insert_once(connection, schema.counters, {"name": TRUST_TIME, "value": begun_ms})
    except BaseException as error:
        database.close()
        if isinstance(error, DatabaseError) and not isinstance(error, OperationalError):
            raise DamagedDatabaseError("the database is not the central's") from error
        raise
    return database


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    # A database that was restarted is met by a new connection, not by an error. Asking the
    # connection would be a round trip each time; a closed one has its end to be read.
    poll = select_module.poll()
    poll.register(connection.fileno(), select_module.POLLIN)
    if poll.poll(0):
        raise DisconnectionError


def _postgresql_url(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    # The text may hold a password: it is not repeated.
    if url is None or url.drivername not in ("postgresql", "postgres", _POSTGRESQL):
        raise InvalidInputError("database", "not a URL like postgresql://USER@HOST/NAME")
    return url.set(drivername=_POSTGRESQL)


def _durable_sqlite(engine: Engine) -> None:
    def on_connect(connection: Any, _record: object) -> None:
        # The driver's own BEGIN comes too late for "one writer at a time".
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 made by sqlite:///
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    def on_begin(connection: Connection) -> None:
        is_reading = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
