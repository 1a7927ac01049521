"""Heads of the journal that the central holds: what shows a journal that was cut off or replaced.

The head that the central confirmed last is kept, and the chain must pass through it. When the
central says that it held another one before, which the chain does not pass through, that one is
kept for good: from then on the journal does not verify.
"""

import json

from kiosk.store.errors import named_faults
from kiosk.store.journal import Act, Head
from kiosk.store.kept_texts import read, write
from kiosk.store.sqlite import sqlite3

_CONFIRMED, _CONTRADICTED = "journal_head", "journal_head_missing"


@named_faults()
def to_pass_through(connection: sqlite3.Connection) -> Head | None:
    """Return the head that the chain must pass through; None before the central told any."""
    return _read(connection, _CONTRADICTED) or _read(connection, _CONFIRMED)


@named_faults()
def is_contradicted(connection: sqlite3.Connection) -> bool:
    """Tell whether the central held a head that is not in the chain."""
    return _read(connection, _CONTRADICTED) is not None


def take_in(connection: sqlite3.Connection, confirmed: Head | None, before: Head | None) -> None:
    """Keep what the central told, within the caller's transaction.

    Args:
        connection: Of the database.
        confirmed: The head it holds now; None, or one of fewer entries than the kept one, changes
            nothing.
        before: The head it held before.
    """
    kept = _read(connection, _CONFIRMED)
    is_in_chain = before is None or _passes_through(connection, before)
    # What was written between a backup and its restore is lost, and the journal says so.
    if before is not None and not is_in_chain and not _was_restored_since(connection, kept):
        _write(connection, _CONTRADICTED, before)
    if confirmed is not None and (kept is None or kept.entries < confirmed.entries):
        _write(connection, _CONFIRMED, confirmed)


def _passes_through(connection: sqlite3.Connection, head: Head) -> bool:
    if head.entries == 0:
        return True
    row = connection.execute("SELECT hash FROM journal WHERE entry = ?", (head.entries,)).fetchone()
    return row is not None and bytes(row[0]) == head.hash


def _was_restored_since(connection: sqlite3.Connection, kept: Head | None) -> bool:
    """Tell whether a backup was restored and no head was confirmed after it."""
    (entry,) = connection.execute(
        "SELECT max(entry) FROM journal WHERE act = ?", (Act.RESTORED.value,)
    ).fetchone()
    return entry is not None and (kept is None or kept.entries < entry)


def _read(connection: sqlite3.Connection, name: str) -> Head | None:
    text = read(connection, name)
    if text is None:
        return None
    value = json.loads(text)
    return Head(entries=value["entries"], hash=bytes.fromhex(value["hash"]))


def _write(connection: sqlite3.Connection, name: str, head: Head) -> None:
    write(connection, name, json.dumps({"entries": head.entries, "hash": head.hash.hex()}))
