"""Databases come to today's schema by numbered steps, with rows in them, on both engines."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from central import schema
from central.database import Database, open_postgresql, open_sqlite
from central.errors import NewerDatabaseError
from kiosk.domain.errors import InvalidInputError

LATER = (
    *("heartbeats", "journal_heads", "journal_faults", "whole_epochs"),
    *("upload_bytes", "upload_chunks", "identity", "alembic_version"),
    *("bundles", "former_keys"),
)
"""Tables that the first central did not have."""
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
        connection.execute(text("ALTER TABLE uploads DROP COLUMN closed_at"))
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
        connection.execute(text("CREATE TABLE schema_version (id INTEGER, version INTEGER)"))
        connection.execute(text("INSERT INTO schema_version VALUES (1, 1)"))
        connection.execute(_NOTED)
        connection.execute(text("UPDATE counters SET value = 5"))
    database.close()
    with closing(sqlite3.connect(made)) as checkpointed:
        checkpointed.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(made, file)
