"""Databases come to today's schema by numbered steps, with rows in them, on both engines."""

from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from central import opening, schema
from central.database import Database, open_postgresql, open_sqlite
from central.errors import NewerDatabaseError
from central.opening import Place
from kiosk.domain.errors import InvalidInputError
from tests.central.running import run

_NOTED = text("INSERT INTO points VALUES ('C0417', 'Azrou', 3, 17)")
_READ = text("SELECT code, name, configuration_version, cursor FROM points")


def differences(database: Database) -> list[object]:
    with database.writing() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, schema.metadata))


def test_steps_lead_to_the_schema_in_code_on_sqlite(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "central.db")
    assert differences(database) == []
    database.close()


def test_steps_lead_to_the_schema_in_code_on_postgresql(empty_database: str) -> None:
    database = open_postgresql(empty_database)
    assert differences(database) == []
    database.close()


def test_a_missing_column_would_show(tmp_path: Path) -> None:
    database = open_sqlite(tmp_path / "central.db")
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE uploads DROP COLUMN finished_at"))
    assert differences(database) != []
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
