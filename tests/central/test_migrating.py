"""Databases come to today's schema by numbered steps, with rows in them, on both engines."""

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text

from central import opening, schema
from central.database import Database, open_postgresql, open_sqlite
from central.errors import NewerDatabaseError
from central.opening import Place
from kiosk.domain.errors import InvalidInputError
from tests.central.running import run

LATER = (
    *("heartbeats", "journal_heads", "journal_faults", "whole_epochs"),
    *("upload_bytes", "upload_chunks", "identity", "alembic_version"),
    *("bundles", "former_keys", "scan_profiles"),
    *("office_words", "office_tokens", "tidings", "runs", "restorations", "outgoing"),
    "cursor_claims",
)
"""Tables that the first central did not have."""
LATER_COLUMNS = (
    *(("devices", "used_day"), ("devices", "used_items"), ("devices", "used_bytes")),
    ("uploads", "cleared_at"),
)
LATER_THAN_HEARTBEATS = (("heartbeats", "asked_entries"), ("heartbeats", "asked_hash"))
LATER_OF_DEPOSITS = ("stage", "deposited_at", "person", "page_hashes")
_NOTED = text("INSERT INTO points VALUES ('C0417', 'Azrou', 3, 17)")
_READ = text("SELECT code, name, configuration_version, cursor FROM points")


def _differences(database: Database) -> list[object]:
    with database.writing() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, schema.metadata))


def test_steps_lead_to_the_schema_in_code_on_sqlite(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "central.db")
    assert _differences(database) == []
    database.close()


def test_steps_lead_to_the_schema_in_code_on_postgresql(empty_database: str) -> None:
    database = open_postgresql(empty_database)
    assert _differences(database) == []
    database.close()


def test_a_missing_column_would_show(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "central.db")
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE uploads DROP COLUMN finished_at"))
    assert _differences(database) != []
    database.close()


def test_database_from_before_steps_goes_on_with_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "central.db"
    _first_schema(file)
    database = open_sqlite(file)
    with database.reading() as connection:
        assert connection.execute(_READ).one() == ("C0417", "Azrou", 3, 17)
        assert connection.scalar(text("SELECT value FROM counters")) == 5
    assert [one for one in _differences(database) if "schema_version" not in str(one)] == []
    database.close()


def test_opening_again_runs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "central.db"
    first = open_sqlite(file)
    with first.writing() as connection:
        connection.execute(_NOTED)
    first.close()
    again = open_sqlite(file)
    with again.reading() as connection:
        assert connection.execute(_READ).one() == ("C0417", "Azrou", 3, 17)
    again.close()


def test_later_central_on_postgresql_is_refused(empty_database: str) -> None:
    database = open_postgresql(empty_database)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(NewerDatabaseError):
        open_postgresql(empty_database)


def test_command_makes_no_tables_in_a_database_that_holds_no_central(
    empty_database: str, tmp_path: Path
) -> None:
    # A URL that names another database than was meant is told, and leaves nothing there.
    code, told = run("stats", "--database", empty_database, data=tmp_path)
    assert (code, told["error"]["message"]) == (2, "database: holds no central")
    with psycopg.connect(empty_database) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert found.fetchone() == (0,)
    opening.begin(Place(data=tmp_path, database=empty_database))[0].close()
    asked = ("enrol-code", "--point", "C0001", "--database", empty_database)
    assert run(*asked, data=tmp_path)[0] == 0
    assert run(*asked, data=tmp_path / "mistyped")[1]["error"]["code"] == "wrong_key"
    assert not (tmp_path / "mistyped").exists()
    assert run("stats", "--database", empty_database, data=tmp_path)[1]["deposits"] == 0


@pytest.mark.parametrize("url", ["", "mysql://host/name", "/var/lib/central.db", "postgresql"])
def test_what_is_no_postgresql_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        open_postgresql(url)
    assert not url or url not in str(refused.value).replace("postgresql://", "")


def _first_schema(file: Path) -> None:
    """Make a database as the first central made it: the tables, and a version of its own."""
    made = file.with_suffix(".made")
    database = open_sqlite(made)
    with database.writing() as connection:
        for later in LATER:
            connection.execute(text(f"DROP TABLE {later}"))
        connection.execute(text("DROP INDEX ix_deposits_deposited_at"))
        connection.execute(text("DROP INDEX ix_deposits_person"))
        connection.execute(text("DROP INDEX uploads_to_clear"))
        for column in LATER_OF_DEPOSITS:
            connection.execute(text(f"ALTER TABLE deposits DROP COLUMN {column}"))
        for table, column in LATER_COLUMNS:
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        connection.execute(text("CREATE TABLE schema_version (id INTEGER, version INTEGER)"))
        connection.execute(text("INSERT INTO schema_version VALUES (1, 1)"))
        connection.execute(_NOTED)
        connection.execute(text("UPDATE counters SET value = 5"))
    database.close()
    with closing(sqlite3.connect(made)) as checkpointed:
        checkpointed.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(made, file)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_deposits_from_before_statuses_are_told_apart_by_time_and_leave(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("empty_database") if engine == "postgresql" else None
    database = open_postgresql(url) if url else open_sqlite(tmp_path / "central.db")
    manifest = json.dumps(
        {
            "clock": {"utc": "2026-11-23T11:00:00+01:00", "trust": "verified"},
            "insured": {"immatriculation": "123456789"},
            "care_date": "2026-11-01",
            "amount_centimes": 10_000,
        }
    )
    with database.writing() as connection:
        for statement in _BEFORE_STATUSES:
            connection.execute(text(statement), {"manifest": manifest.encode(), "x": b"x" * 32})
        for table in ("office_words", "office_tokens", "tidings", "runs", "restorations"):
            connection.execute(text(f"DROP TABLE {table}"))
        for table in ("outgoing", "bundles", "former_keys", "scan_profiles", "cursor_claims"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("DROP INDEX ix_deposits_deposited_at"))
        connection.execute(text("DROP INDEX ix_deposits_person"))
        connection.execute(text("DROP INDEX uploads_to_clear"))
        for column in LATER_OF_DEPOSITS:
            connection.execute(text(f"ALTER TABLE deposits DROP COLUMN {column}"))
        for table, column in LATER_COLUMNS:
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        for table, column in LATER_THAN_HEARTBEATS:
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    database.close()
    again = open_postgresql(url) if url else open_sqlite(tmp_path / "central.db")
    with again.reading() as connection:
        assert connection.scalar(select(schema.deposits.c.deposited_at)) == datetime(
            2026, 11, 23, 10, tzinfo=UTC
        )
        facts = hashlib.sha256(b"123456789|2026-11-01|10000").digest()
        assert connection.scalar(select(schema.deposits.c.fingerprint)) == facts
        assert connection.scalar(text("SELECT count(*) FROM outgoing")) == 1
    assert _differences(again) == []
    again.close()


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
