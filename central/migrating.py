"""Brings a database to the schema this program knows, one numbered step at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from central.errors import NewerDatabaseError

_FIRST = "0001"
_BEFORE_STEPS = "schema_version"
"""The table by which a database made before steps were numbered is known."""
_ONE_AT_A_TIME = 0x5741534C
"""PostgreSQL's advisory lock while steps run: nodes may start together."""


def migrate(connection: Connection) -> None:
    """Run the steps that are missing, all in the caller's transaction.

    Raises:
        NewerDatabaseError: A later program ran steps that this one does not know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    config = _config(connection)
    script = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {step.revision for step in script.walk_revisions()}:
        raise NewerDatabaseError("the database belongs to a later version of the central")
    if current == script.get_current_head():
        return
    if current is None and inspect(connection).has_table(_BEFORE_STEPS):
        command.stamp(config, _FIRST)
    command.upgrade(config, "head")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
