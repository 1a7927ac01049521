"""A key for databases of tests, and a way in beside the store."""

from pathlib import Path
from typing import Any

from kiosk.store.sqlite import sqlite3

KEY = bytes(range(32))


def connect(database: Path, key: bytes = KEY, **options: Any) -> sqlite3.Connection:
    """Return a connection to an encrypted database that the store knows nothing of."""
    connection: sqlite3.Connection = sqlite3.connect(database, **options)
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    return connection
