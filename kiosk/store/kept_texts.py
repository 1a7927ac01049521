"""Texts remembered under a name, in the database."""

from kiosk.store.errors import named_faults
from kiosk.store.sqlite import sqlite3


@named_faults()
def read(connection: sqlite3.Connection, name: str) -> str | None:
    """Return a remembered text."""
    row = connection.execute("SELECT value FROM memory WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def write(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Remember a text within the caller's transaction."""
    connection.execute(
        "INSERT INTO memory VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
