"""A store that a kiosk would have after years: rows written in bulk, as its own code would."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from kiosk.domain.ids import uuid7
from kiosk.domain.moments import ClockReading, ClockTrust, rfc3339
from kiosk.domain.receipt_number import MAX_SEQUENCE, ReceiptNumber
from kiosk.domain.vocabulary import DepositState
from kiosk.store import high_water, journal
from kiosk.store.journal import Act, Entry
from kiosk.store.sqlite import sqlite3
from kiosk.store.store import Store
from kiosk.wire.bundles import SUFFIX
from tests.enrolled import DEVICE, NOW

RECENT = 7 * 180
"""Deposits whose scan still lies here: seven days of a busy point."""
UNSENT = 180
_MANIFEST_BYTES = 1_300
_BATCH = 50_000
_CACHE_KB = 1_500_000
_LOG_PAGES = 200_000
_OLDER = "C0417B"
_DEPOSITS = (
    "INSERT INTO deposits (deposit_id, request_id, receipt_number, epoch, number, state, stage,"
    " stage_at, kind, created_at, page_count, size_bytes, document_sha256, manifest,"
    " manifest_sha256, signature, qr_text, warnings, group_id, person_day, claim, acknowledged_at)"
    " VALUES (?, ?, ?, ?, ?, ?, 'copy_received', ?, 'maladie', ?, 5, 150000, ?, ?, ?, ?, ?, '[]',"
    " NULL, ?, ?, ?)"
)


def fill(store: Store, count: int, unsent: int = UNSENT) -> None:
    """Put *count* deposits into an enrolled store: old ones purged, a week kept, a day unsent.

    *unsent* of them wait: more than a day's for a kiosk that was long without a line. Only the
    newest of those have a bundle: a file has 65,000 names at most.

    Simulated: manifests, signatures, keyed hashes and QR texts are noise of the usual length, and
    all bundles are names of one file. Real: the schema with its checks and triggers, every index,
    the journal's chain, states, ages, numbers and the high-water file.
    """
    with_bundle: list[UUID] = []
    connection = store.db.conn
    with _in_bulk(connection):
        for first in range(1, count + 1, _BATCH):
            numbers = range(first, min(first + _BATCH, count + 1))
            connection.execute("BEGIN IMMEDIATE")
            _insert(connection, list(_rows(numbers, count, unsent, with_bundle)))
            connection.execute("COMMIT")
        last = _number(count, count)
        connection.execute(
            "UPDATE receipt_sequence SET last = ? WHERE epoch = ?", (last.sequence, DEVICE)
        )
        connection.execute("INSERT OR REPLACE INTO counters VALUES ('act', ?)", (count,))
    high_water.note(store.folder, last.device, last.sequence)
    _lay_bundles(store, with_bundle)


@contextmanager
def _in_bulk(connection: sqlite3.Connection) -> Iterator[None]:
    """Write without waiting for the disk, and make the plain indexes once, at the end."""
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _sql in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    yield
    for _name, sql in indexes:
        connection.execute(sql)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("PRAGMA wal_autocheckpoint = 1000")
    connection.execute("PRAGMA cache_size = -2000")


def _insert(connection: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    connection.executemany(_DEPOSITS, rows)
    connection.executemany(
        "INSERT INTO outbox (item_id, item_kind, deposit_id, receipt_number, state, created_at)"
        " VALUES (?1, 'deposit', ?1, ?2, ?3, ?4)",
        [(row[0], row[2], "queued" if row[5] == "queued" else "done", row[7]) for row in rows],
    )
    connection.executemany(
        "INSERT INTO print_intent (receipt_number, created_at, mark, state)"
        " VALUES (?, ?, '', 'printed')",
        [(row[2], row[7]) for row in rows],
    )
    for row in rows:
        _journalled(connection, str(row[2]))


def _rows(
    numbers: range, count: int, unsent: int, with_bundle: list[UUID]
) -> Iterator[tuple[object, ...]]:
    for position in numbers:
        age = count - position
        number = _number(position, count)
        made = NOW - timedelta(minutes=3 * age)
        item, at = uuid7(made), rfc3339(made)
        state = DepositState.PURGED
        if age < RECENT + UNSENT:
            state = DepositState.ACKNOWLEDGED
            with_bundle.append(item)
        if age < unsent:
            state = DepositState.QUEUED
        manifest = secrets.token_bytes(_MANIFEST_BYTES)
        yield (
            *(str(item), str(uuid4()), str(number), number.device, number.sequence, state.value),
            *(at, at, secrets.token_bytes(32), manifest),
            *(hashlib.sha256(manifest).digest(), secrets.token_bytes(110), "Q" * 400),
            *(secrets.token_bytes(32), secrets.token_bytes(32)),
            None if state is DepositState.QUEUED else at,
        )


def _number(position: int, count: int) -> ReceiptNumber:
    # A letter has 999,999 numbers: past that the older half was given out under another.
    older = count // 2 if count > MAX_SEQUENCE - 1_000 else 0
    if position <= older:
        return ReceiptNumber(device=_OLDER, sequence=position)
    return ReceiptNumber(device=DEVICE, sequence=position - older)


def _journalled(connection: sqlite3.Connection, number: str) -> None:
    clock = ClockReading(utc=NOW, monotonic_ms=1_000, trust=ClockTrust.VERIFIED)
    for act in (Act.DEPOSITED, Act.PRINTED, Act.ACKNOWLEDGED):
        entry = Entry(act=act, clock=clock, receipt_number=number, agent="technician")
        journal.append(connection, entry)


def _lay_bundles(store: Store, items: list[UUID]) -> None:
    # Many names of one file: starting looks at names, and a disk need not hold a week of scans.
    spool = store.folder.spool
    whole = spool.parent / "bench-bundle"
    whole.write_bytes(secrets.token_bytes(150_000))
    for item in items:
        os.link(whole, spool / f"{item}{SUFFIX}")
