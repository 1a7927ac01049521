"""Bundles no row refers to: never committed, or forgotten by a restored database.

Only the second kind was ever promised to anybody. What a restore finds is adopted: it waits, in
its sealed form, to be carried to the central. What is set aside at a start was never committed,
and is removed after 30 days.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from kiosk.domain.errors import NotAReceiptError, WaslError
from kiosk.domain.moments import ClockReading, ClockTrust, parse_rfc3339, rfc3339
from kiosk.domain.receipt_number import parse
from kiosk.durable import sync_folder
from kiosk.store import journal, kept_texts, memory, outbox_rows
from kiosk.store.database import OpenDatabase, transaction
from kiosk.store.errors import named_faults
from kiosk.store.journal import Act, Entry
from kiosk.store.sqlite import sqlite3
from kiosk.wire import bundles
from kiosk.wire.bundles import BundleHeader
from kiosk.wire.cose import ContentType, verify
from kiosk.wire.errors import DamagedBundleError
from kiosk.wire.keys import PublicKey

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A bundle taken in without a row of its own; its manifest can no longer be read here."""

    item_id: UUID
    receipt_number: str
    size_bytes: int
    adopted_at: datetime


def is_known(connection: sqlite3.Connection, item_id: UUID) -> bool:
    """Tell whether a bundle belongs in the spool."""
    return outbox_rows.knows(connection, item_id) or _is_adopted(connection, item_id)


@named_faults()
def strays(connection: sqlite3.Connection, names: Sequence[str]) -> frozenset[str]:
    """Return those of many file names that are not the bundle of anything known."""
    rows = connection.execute(
        """
        WITH asked AS (SELECT key AS place, value AS name, substr(value, 1, 36) AS item
                       FROM json_each(:names))
        SELECT place FROM asked
        WHERE name <> item || :suffix
           OR (NOT EXISTS (SELECT 1 FROM outbox WHERE item_id = item)
               AND NOT EXISTS (SELECT 1 FROM adopted WHERE item_id = item))
        """,
        {"names": json.dumps(names), "suffix": bundles.SUFFIX},
    )
    # By its place: a name that is no text on this system would not come back as it was.
    return frozenset(names[row[0]] for row in rows)


def was_set_aside(connection: sqlite3.Connection, name: str) -> bool:
    """Tell whether a complete database found nothing committed for that bundle."""
    return _one(connection, "SELECT 1 FROM orphans WHERE name = ?", name)


def own_header(bundle: Path, authors: Collection[PublicKey]) -> BundleHeader | None:
    """Return a bundle's header if it is whole and signed by one of *authors*; else None.

    Raises:
        OSError: The file cannot be read.
    """
    keys = {author.key_id: author for author in authors}
    try:
        header = bundles.check_bundle(bundle)
        signed = verify(header.signature, keys.get, ContentType.MANIFEST)
        parse(header.receipt_number)  # what is not signed is at least a number and nothing else
    except WaslError:
        return None
    return header if signed == header.manifest_sha256 else None


def adopt(connection: sqlite3.Connection, bundle: Path, header: BundleHeader, at: datetime) -> None:
    """Take a bundle in within the caller's transaction; twice does no harm."""
    connection.execute(
        "INSERT OR IGNORE INTO adopted (item_id, receipt_number, manifest_sha256, size_bytes,"
        " adopted_at) VALUES (?, ?, ?, ?, ?)",
        (
            str(header.item_id),
            header.receipt_number,
            header.manifest_sha256,
            bundle.stat().st_size,
            rfc3339(at),
        ),
    )


@named_faults()
def adopted(connection: sqlite3.Connection) -> tuple[Adopted, ...]:
    """Return what was adopted and the central has not acknowledged yet, oldest number first."""
    rows = connection.execute(
        "SELECT item_id, receipt_number, size_bytes, adopted_at FROM adopted"
        " WHERE acknowledged_at IS NULL ORDER BY receipt_number, item_id"
    )
    return tuple(
        Adopted(
            item_id=UUID(item),
            receipt_number=number,
            size_bytes=size,
            adopted_at=parse_rfc3339(at),
        )
        for item, number, size, at in rows
    )


def note_set_aside(
    db: OpenDatabase, folder: Path, moved: Iterable[str], clock: ClockReading
) -> None:
    """Journal what was just set aside, and note since when each orphan lies in *folder*."""
    with named_faults():
        # A name that is no text here is nobody's bundle: it lies there, and never expires.
        lying = sorted(entry.name for entry in folder.iterdir() if _is_text(entry.name))
        lying = [name for name in lying if (folder / name).is_file()]
    known = {row[0] for row in db.conn.execute("SELECT name FROM orphans")}
    moved, new = list(moved), [name for name in lying if name not in known]
    if not moved and not new:
        return
    with transaction(db) as connection:
        for _name in moved:
            journal.append(connection, Entry(act=Act.ORPHAN_SET_ASIDE, clock=clock))
        for name in new:
            connection.execute(
                "INSERT INTO orphans VALUES (?, ?, ?)",
                (name, _number_of(folder / name), rfc3339(clock.utc)),
            )


def expire(db: OpenDatabase, folder: Path, clock: ClockReading) -> int:
    """Remove orphans that were never committed and have lain 30 days; return how many.

    Never called at start-up. Nothing is removed while the clock is not believed, nor after a
    restore what bears a number of a letter from before it: that may have been promised.
    """
    if clock.trust is not ClockTrust.VERIFIED:
        return 0
    removed = 0
    for name, number in _expired(db.conn, clock.utc - KEPT):
        with named_faults(), transaction(db) as connection:
            entry = Entry(act=Act.ORPHAN_EXPIRED, clock=clock, receipt_number=number)
            journal.append(connection, entry)
            connection.execute("DELETE FROM orphans WHERE name = ?", (name,))
            # Inside: were the file removed first, a crash would leave no word of it.
            (folder / name).unlink(missing_ok=True)
            sync_folder(folder)
        removed += 1
    return removed


@named_faults()
def _expired(connection: sqlite3.Connection, before: datetime) -> list[tuple[str, str]]:
    rows = connection.execute(
        "SELECT name, receipt_number FROM orphans WHERE set_aside_at < ?", (rfc3339(before),)
    ).fetchall()
    epoch = kept_texts.read(connection, memory.EPOCH)
    if epoch is None:  # never restored: this database knows all that was ever committed
        return rows
    return [(name, number) for name, number in rows if epoch and number.startswith(f"{epoch}-")]


def _is_text(name: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _number_of(bundle: Path) -> str:
    try:
        header, _start = bundles.read_header(bundle)
        return str(parse(header.receipt_number))
    except (DamagedBundleError, OSError, NotAReceiptError):
        return ""


@named_faults()
def _is_adopted(connection: sqlite3.Connection, item_id: UUID) -> bool:
    return _one(connection, "SELECT 1 FROM adopted WHERE item_id = ?", str(item_id))


@named_faults()
def _one(connection: sqlite3.Connection, query: str, value: str) -> bool:
    return connection.execute(query, (value,)).fetchone() is not None
