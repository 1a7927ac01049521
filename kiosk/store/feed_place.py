"""How far updates of the central were taken in, and its proof of that."""

from kiosk.store.errors import named_faults
from kiosk.store.kept_texts import write
from kiosk.store.sqlite import sqlite3
from kiosk.sync.ports import Told
from kiosk.wire.messages import Updates

_CURSOR, _PROOF = "cursor", "cursor_proof"


@named_faults()
def read(connection: sqlite3.Connection) -> Told:
    """Return both as they are at one moment; cursor 0 before the first updates."""
    # One statement: another process may take updates in between two.
    rows = connection.execute(
        "SELECT name, value FROM memory WHERE name IN (?, ?)", (_CURSOR, _PROOF)
    )
    kept = dict(rows.fetchall())
    return Told(cursor=int(kept.get(_CURSOR, 0)), proof=kept.get(_PROOF, ""))


def move(connection: sqlite3.Connection, updates: Updates) -> None:
    """Go on to where *updates* lead, within the caller's transaction."""
    before = read(connection)
    write(connection, _CURSOR, str(updates.cursor))
    if updates.cursor_proof or updates.cursor != before.cursor:
        # A node of before gives no proof: where nothing moved, the one that is kept still holds.
        write(connection, _PROOF, updates.cursor_proof)
