"""The chained log: every act on a deposit, no personal data, no way to edit it unseen."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import cbor2

from kiosk.domain.errors import ErrorCode, WaslError
from kiosk.domain.moments import ClockReading, rfc3339
from kiosk.store.errors import named_faults
from kiosk.store.sqlite import sqlite3

GENESIS = bytes(32)


class Act(StrEnum):
    """What the journal records."""

    ENROLLED = "enrolled"
    KEYS_RENEWED = "keys_renewed"
    DEPOSITED = "deposited"
    CANCELLED = "cancelled"
    AMENDED = "amended"
    COMPLEMENTED = "complemented"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    ACKNOWLEDGED = "acknowledged"
    HELD = "held"
    RECALLED = "recalled"
    EXPORTED = "exported"
    PRINTED = "printed"
    REPRINTED = "reprinted"
    CONSULTED = "consulted"
    SCAN_REMOVED = "scan_removed"
    DETAILS_REMOVED = "details_removed"
    ORPHAN_SET_ASIDE = "orphan_set_aside"
    ORPHAN_ADOPTED = "orphan_adopted"
    ORPHAN_EXPIRED = "orphan_expired"
    RESTORED = "restored"
    AGENT_ADDED = "agent_added"
    PIN_RESET = "pin_reset"
    AGENT_DISABLED = "agent_disabled"
    LOCKED_OUT = "locked_out"
    CODE_ASKED = "code_asked"
    RELEASED = "released"
    SHIFT_HANDED_OVER = "shift_handed_over"
    SHIFT_TAKEN_OVER = "shift_taken_over"
    DAY_CLOSED = "day_closed"
    SETTINGS_CHANGED = "settings_changed"


class JournalBrokenError(WaslError):
    """An entry was changed, removed, reordered or cut off."""

    code = ErrorCode.JOURNAL_BROKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act. ``reason`` is a code, never an agent's own words: those may name a person."""

    act: Act
    clock: ClockReading
    receipt_number: str = ""
    agent: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the chain ends: how many entries, and the hash of the last."""

    entries: int
    hash: bytes


def append(connection: sqlite3.Connection, entry: Entry) -> Head:
    """Add *entry* within the caller's transaction; return the new head."""
    before = head(connection)
    fields = (
        before.entries + 1,
        rfc3339(entry.clock.utc),
        entry.clock.monotonic_ms,
        entry.clock.trust.value,
        entry.act.value,
        entry.receipt_number,
        entry.agent,
        entry.reason,
    )
    digest = _chained(before.hash, fields)
    connection.execute(
        "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*fields, before.hash, digest)
    )
    return Head(entries=before.entries + 1, hash=digest)


def head(connection: sqlite3.Connection) -> Head:
    """Return the end of the chain."""
    row = connection.execute(
        "SELECT entry, hash FROM journal ORDER BY entry DESC LIMIT 1"
    ).fetchone()
    return Head(entries=row[0], hash=row[1]) if row else Head(entries=0, hash=GENESIS)


@named_faults()
def verify(connection: sqlite3.Connection, known: Head | None = None) -> Head:
    """Walk the whole chain and return its head.

    Args:
        connection: Of the database.
        known: A head held elsewhere (by the central): the chain must still pass through it.

    Raises:
        JournalBrokenError: Any entry changed, missing, out of order, or *known* not in it.
        StoreError: The database cannot be read.
    """
    previous, count = GENESIS, 0
    passed_known = known is None or known.entries == 0
    rows = connection.execute(
        "SELECT entry, at, monotonic_ms, clock, act, receipt_number, agent, reason, previous, hash "
        "FROM journal ORDER BY entry"
    )
    for *fields, stored_previous, stored_hash in rows:
        count += 1
        if fields[0] != count or stored_previous != previous:
            raise JournalBrokenError(f"the journal breaks before entry {count}")
        previous = _chained(previous, tuple(fields))
        if previous != stored_hash:
            raise JournalBrokenError(f"journal entry {count} is not the one that was written")
        if known is not None and count == known.entries:
            passed_known = previous == known.hash
    if not passed_known:
        raise JournalBrokenError("the journal does not lead to the head known elsewhere")
    return Head(entries=count, hash=previous)


def _chained(previous: bytes, fields: tuple[object, ...]) -> bytes:
    return hashlib.sha256(previous + cbor2.dumps(list(fields))).digest()
