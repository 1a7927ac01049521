"""Each step of the schema keeps the rows of every table, from the first central's on."""

import hashlib
import json
import string
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    Uuid,
    create_engine,
    inspect,
    select,
    text,
)

from bench._device import enrolled
from central import migrating, registry, schema, trust_lists
from central.database import Database, open_postgresql, open_sqlite
from tests.central.test_migrating import differences

BEGAN = datetime(2026, 11, 1, 8, tzinfo=UTC)
MANIFEST = json.dumps(
    {
        "clock": {"utc": "2026-11-01T09:00:00+01:00", "trust": "unverified"},
        "insured": {"immatriculation": "123456789"},
        "care_date": "2026-10-01",
        "amount_centimes": 10_000,
    }
).encode()
# Step 4 makes fingerprints anew, of what was held before it.
MADE_ANEW = {("deposits", "fingerprint"): 4, ("deposits", "deposited_at"): 4}
Row = tuple[int, str, dict[str, Any]]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'central.db'}"
    url: str = request.getfixturevalue("empty_database")
    return url.replace("postgresql:", "postgresql+psycopg:")


@contextmanager
def engine_at(place: str) -> Iterator[Engine]:
    engine = create_engine(place)
    try:
        yield engine
    finally:
        engine.dispose()


def steps(connection: Connection) -> list[str]:
    """Return every step's name, the first one first."""
    script = ScriptDirectory.from_config(migrating._config(connection))
    return [step.revision for step in script.walk_revisions()][::-1]


def _value(column: Column[Any], row: int) -> Any:
    """Return what stands in a column of the *row*-th row; never the same in two rows."""
    for key in column.foreign_keys:
        return _value(key.column, row)
    if column is schema.items.c.manifest:
        return MANIFEST
    kind = column.type
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Uuid):
        return UUID(int=row)
    if isinstance(kind, schema.Moment):
        return BEGAN + timedelta(days=row)
    if isinstance(kind, Integer):
        return row
    if isinstance(kind, LargeBinary):
        return bytes([row]) * (kind.length or 8)
    return string.ascii_letters[row]  # networks are one letter


def fill(connection: Connection, row: int) -> Iterator[Row]:
    """Put a row into every table that is there, in every column; yield what was put."""
    there = inspect(connection)
    for table in schema.metadata.sorted_tables:
        if not there.has_table(table.name):
            continue
        names = [column["name"] for column in there.get_columns(table.name)]
        values = {name: _value(table.c[name], row) for name in names}
        connection.execute(table.insert().values(values))
        yield row, table.name, values


def lost(connection: Connection, rows: list[Row]) -> list[tuple[int, str, str]]:
    """Return which of *rows* are not there any more as they were put."""
    found = []
    for row, name, values in rows:
        table = schema.metadata.tables[name]
        kept = {
            column: value
            for column, value in values.items()
            if row >= MADE_ANEW.get((name, column), 0)
        }
        keys = [column.name for column in table.primary_key]
        columns = [table.c[column] for column in kept]
        asked = select(*columns).where(*(table.c[key] == values[key] for key in keys))
        there = connection.execute(asked).mappings().one_or_none()
        if there is None:
            found.append((row, name, ""))
        else:
            found += [(row, name, one) for one, value in kept.items() if there[one] != value]
    return found


def climb(engine: Engine) -> list[Row]:
    """Take every step, each with a row more in all tables that are there; return what was put."""
    rows: list[Row] = []
    with engine.begin() as connection:
        names = steps(connection)
    for row, name in enumerate(names, 1):
        with engine.begin() as connection:
            command.upgrade(migrating._config(connection), name)
            rows += fill(connection, row)
    return rows


def opened(place: str) -> Database:
    """Open a database as the program does."""
    kind, _, rest = place.partition(":///")
    if kind == "sqlite":
        return open_sqlite(Path(rest))
    return open_postgresql(place.replace("postgresql+psycopg:", "postgresql:"))


def test_every_step_keeps_what_every_table_holds(place: str) -> None:
    with engine_at(place) as engine:
        rows = climb(engine)
    assert {name for _row, name, _values in rows} == set(schema.metadata.tables)
    assert sum(name == "deposits" for _row, name, _values in rows) >= 9
    database = opened(place)
    with database.reading() as connection:
        assert lost(connection, rows) == []
    assert differences(database) == []
    database.close()


def test_first_centrals_database_is_taken_over_at_once(place: str) -> None:
    with engine_at(place) as engine, engine.begin() as connection:
        command.upgrade(migrating._config(connection), steps(connection)[0])
        rows = list(fill(connection, 1))
        # As it was before steps had numbers.
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("CREATE TABLE schema_version (id INTEGER, version INTEGER)"))
    database = opened(place)
    with database.reading() as connection:
        assert lost(connection, rows) == []
        assert connection.scalar(text("SELECT count(*) FROM outgoing")) == 1
    assert [one for one in differences(database) if "schema_version" not in str(one)] == []
    database.close()


def test_step_that_loses_a_row_or_spoils_one_would_show(tmp_path: Path) -> None:
    with engine_at(f"sqlite:///{tmp_path / 'central.db'}") as engine, engine.begin() as connection:
        command.upgrade(migrating._config(connection), steps(connection)[0])
        rows = list(fill(connection, 1))
        assert lost(connection, rows) == []
        connection.execute(text("DELETE FROM nonces"))
        connection.execute(text("UPDATE points SET name = 'x'"))
        assert sorted(lost(connection, rows)) == [(1, "nonces", ""), (1, "points", "name")]


def test_deposits_from_before_statuses_are_told_apart_by_time_and_leave(place: str) -> None:
    manifest = json.loads(MANIFEST)
    manifest["clock"] = {"utc": "2026-11-23T11:00:00+01:00", "trust": "verified"}
    given = {"manifest": json.dumps(manifest).encode(), "x": b"x" * 32}
    with engine_at(place) as engine, engine.begin() as connection:
        command.upgrade(migrating._config(connection), "0003")
        for statement in _BEFORE_STATUSES:
            connection.execute(text(statement), given)
    database = opened(place)
    with database.reading() as connection:
        assert connection.scalar(select(schema.deposits.c.deposited_at)) == datetime(
            2026, 11, 23, 10, tzinfo=UTC
        )
        facts = hashlib.sha256(b"123456789|2026-10-01|10000").digest()
        assert connection.scalar(select(schema.deposits.c.fingerprint)) == facts
        assert connection.scalar(text("SELECT count(*) FROM outgoing")) == 1
    assert differences(database) == []
    database.close()


def test_devices_from_before_have_no_lower_version_than_their_last_change(place: str) -> None:
    database = opened(place)
    devices = enrolled(database, ["C0001", "C0002", "C0003"])
    with database.writing() as connection:
        registry.revoke(connection, devices[1].code, datetime.now(UTC))
        registry.bump_trust(connection, datetime.now(UTC))
        changed = versions(connection)
        connection.execute(text("ALTER TABLE devices DROP COLUMN trust_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0011'"))
    database.close()
    database = opened(place)
    with database.reading() as connection:
        told, newest = versions(connection), trust_lists.trust_version(connection)
    assert sorted(told, key=told.__getitem__) == sorted(changed, key=changed.__getitem__)
    assert all(told[code] >= version for code, version in changed.items())
    assert (max(told.values()), len(set(told.values()))) == (newest, 3)
    database.close()


def versions(connection: Connection) -> dict[str, int]:
    """Return by device in which version of the trust list its entries last changed."""
    asked = select(schema.devices.c.code, schema.devices.c.trust_version)
    return {code: version for code, version in connection.execute(asked)}


_BEFORE_STATUSES = (
    "INSERT INTO points VALUES ('C0417', 'Azrou', 1, 0)",
    "INSERT INTO devices (id, code, point, request_key, request_key_id, receipt_key,"
    " receipt_key_id, program_version, enrolled_at, highest_sequence)"
    " VALUES (1, 'C0417A', 'C0417', :x, :x, :x, :x, '0', '2026-11-01 00:00:00', 0)",
    "INSERT INTO items (id, kind, receipt_number, author_id, manifest, manifest_sha256, signature,"
    " received_at, acknowledgement) VALUES ('0190b0c0b0c070008000000000000001', 'deposit',"
    " 'C0417A-000131-39', 1, :manifest, :x, :x, '2026-11-23 10:00:05', :x)",
    "INSERT INTO deposits (id, receipt_number, point, fingerprint)"
    " VALUES ('0190b0c0b0c070008000000000000001', 'C0417A-000131-39', 'C0417', :x)",
)
