"""The engine: durable on commit, one writer at a time on SQLite, the same SQL on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, OperationalError

from central import schema
from central.errors import DamagedDatabaseError, NewerDatabaseError

_READING = "wasl_reading"
_BUSY_TIMEOUT_MS = 10_000
TRUST_COUNTER = "trust_list"


class Database:
    """Transactions on the central's database; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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
    database = Database(engine)
    try:
        with database.writing() as connection:
            schema.metadata.create_all(connection)
            _check_version(connection)
            insert_once(connection, schema.counters, {"name": TRUST_COUNTER, "value": 1})
    except OperationalError:
        raise
    except DatabaseError as error:
        raise DamagedDatabaseError("the file is not the central's database") from error
    return database


def insert_once(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert *row* unless a unique constraint already holds its place; tell whether it went in."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return connection.execute(insert(table).values(row).on_conflict_do_nothing()).rowcount == 1


def _check_version(connection: Connection) -> None:
    table = schema.schema_version
    insert_once(connection, table, {"id": 1, "version": schema.SCHEMA_VERSION})
    if connection.scalar(select(table.c.version)) != schema.SCHEMA_VERSION:
        raise NewerDatabaseError("the database belongs to a later version of the central")


def _durable_sqlite(engine: Engine) -> None:
    def on_connect(connection: Any, _record: object) -> None:
        # The driver's own BEGIN comes too late for "one writer at a time".
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
