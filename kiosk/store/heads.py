"""Heads of the journal that the central holds: what shows a journal that was cut off or replaced.

The head that the central confirmed last is kept, and the chain must pass through it. When the
central says that it held another one before, which the chain does not pass through, that one is
kept for good: from then on the journal does not verify.

The central cannot see by a longer journal's head whether it passes through the one it held: it is
told what this chain has at the lengths that it named last.
"""

import json

from kiosk.store.errors import named_faults
from kiosk.store.journal import Act, Head
from kiosk.store.kept_texts import read, write
from kiosk.store.sqlite import sqlite3

_CONFIRMED, _CONTRADICTED = "journal_head", "journal_head_missing"
_NAMED = "journal_head_named"


@named_faults()
def to_pass_through(connection: sqlite3.Connection) -> Head | None:
    """Return the head that the chain must pass through; None before the central told any."""
    return _read(connection, _CONTRADICTED) or _read(connection, _CONFIRMED)


@named_faults()
def is_contradicted(connection: sqlite3.Connection) -> bool:
    """Tell whether the central held a head that is not in the chain."""
    return _read(connection, _CONTRADICTED) is not None


@named_faults()
def passed(connection: sqlite3.Connection) -> tuple[Head, ...]:
    """Return what this chain has where the heads ended that the central named last."""
    kept = (_read(connection, _CONFIRMED), _read(connection, _NAMED))
    lengths = sorted({one.entries for one in kept if one is not None})
    marks = ", ".join("?" * len(lengths))
    rows = connection.execute(
        f"SELECT entry, hash FROM journal WHERE entry IN ({marks}) ORDER BY entry",  # noqa: S608
        lengths,
    )
    return tuple(Head(entries=entry, hash=digest) for entry, digest in rows)


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
    if before is not None:
        _write(connection, _NAMED, before)
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
