"""The chained log: it grows, nothing in it changes unseen, and it names nobody."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.domain.vocabulary import EventKind
from kiosk.store import journal
from kiosk.store.folder import DataFolder
from kiosk.store.journal import GENESIS, Act, Entry, Head, JournalBrokenError
from kiosk.store.sqlite import sqlite3
from kiosk.store.store import Store
from tests.database_key import connect
from tests.enrolled import NOW
from tests.store.items import Clerk


@pytest.fixture
def written(clerk: Clerk) -> Store:
    """Return a store with some twenty entries."""
    for _ in range(9):
        clerk.event(clerk.deposit(), EventKind.AMENDMENT)
    return clerk.store


def tampered(store: Store, copy: Path, *statements: str) -> sqlite3.Connection:
    """Return a copy of the database, changed by somebody who took the triggers away first."""
    store.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(store.folder.database, copy)
    connection = connect(copy)
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in triggers.fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    return connection


def test_whole_chain_verifies_and_returns_its_head(written: Store) -> None:
    head = journal.verify(written.db.conn)
    assert head == journal.head(written.db.conn)
    assert head.entries == 19


def test_empty_journal_ends_at_its_beginning(folder: DataFolder, written: Store) -> None:
    with closing(tampered(written, folder.root / "copy.db", "DELETE FROM journal")) as empty:
        assert journal.verify(empty) == Head(entries=0, hash=GENESIS)
        assert journal.verify(empty, Head(entries=0, hash=GENESIS)).entries == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET agent = 'somebody' WHERE entry = 3",
        "DELETE FROM journal WHERE entry = 3",
        "DELETE FROM journal",
        "REPLACE INTO journal SELECT 3, at, monotonic_ms, clock, act, receipt_number, 'x', reason,"
        " previous, randomblob(32) FROM journal WHERE entry = 3",
        "INSERT INTO journal SELECT 0, at, monotonic_ms, clock, act, receipt_number, agent, reason,"
        " previous, randomblob(32) FROM journal WHERE entry = 3",
        "UPDATE OR REPLACE journal SET entry = 4 WHERE entry = 3",
    ],
)
def test_entries_cannot_be_changed_through_sql(written: Store, statement: str) -> None:
    before = journal.verify(written.db.conn)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        written.db.conn.execute(statement)
    assert journal.verify(written.db.conn) == before


_SWAP = (
    "UPDATE journal SET entry = -1 WHERE entry = 7",
    "UPDATE journal SET entry = 7 WHERE entry = 8",
    "UPDATE journal SET entry = 8 WHERE entry = -1",
)
_SHUT_THE_GAP = ("DELETE FROM journal WHERE entry = 7", "UPDATE journal SET entry = entry - 1")


@pytest.mark.parametrize(
    "statements",
    [
        ("UPDATE journal SET receipt_number = 'C0417A-000009-00' WHERE entry = 5",),
        ("UPDATE journal SET at = '2020-01-01T00:00:00.000Z' WHERE entry = 19",),
        ("UPDATE journal SET monotonic_ms = monotonic_ms + 1 WHERE entry = 1",),
        ("UPDATE journal SET hash = randomblob(32) WHERE entry = 4",),
        ("UPDATE journal SET previous = randomblob(32) WHERE entry = 4",),
        ("DELETE FROM journal WHERE entry = 1",),
        ("DELETE FROM journal WHERE entry = 10",),
        _SWAP,
        _SHUT_THE_GAP,
    ],
)
def test_change_removal_and_reordering_are_found(
    written: Store, tmp_path: Path, statements: tuple[str, ...]
) -> None:
    with (
        closing(tampered(written, tmp_path / "copy.db", *statements)) as connection,
        pytest.raises(JournalBrokenError),
    ):
        journal.verify(connection)


def test_truncation_is_found_by_a_head_known_elsewhere(written: Store, tmp_path: Path) -> None:
    known = journal.head(written.db.conn)
    cut = tampered(written, tmp_path / "copy.db", "DELETE FROM journal WHERE entry > 17")
    with closing(cut):
        assert journal.verify(cut).entries == 17
        with pytest.raises(JournalBrokenError):
            journal.verify(cut, known)


def test_chain_that_went_on_still_passes_through_a_known_head(written: Store, clerk: Clerk) -> None:
    known = journal.head(written.db.conn)
    clerk.deposit()
    assert journal.verify(written.db.conn, known).entries == known.entries + 1


def test_chain_written_anew_is_found_by_a_known_head(
    written: Store, clerk: Clerk, tmp_path: Path
) -> None:
    known = journal.head(written.db.conn)
    with closing(tampered(written, tmp_path / "copy.db", "DELETE FROM journal")) as anew:
        for _ in range(known.entries):
            journal.append(anew, Entry(act=Act.DEPOSITED, clock=clerk.clock.read()))
        assert journal.verify(anew).entries == known.entries
        with pytest.raises(JournalBrokenError):
            journal.verify(anew, known)


def test_entry_that_is_not_committed_is_not_there(written: Store, clerk: Clerk) -> None:
    before = journal.head(written.db.conn)
    written.db.conn.execute("BEGIN")
    journal.append(written.db.conn, Entry(act=Act.CONSULTED, clock=clerk.clock.read()))
    assert journal.head(written.db.conn) != before
    written.db.conn.execute("ROLLBACK")
    assert journal.head(written.db.conn) == before


def test_head_the_central_told_is_kept_and_never_replaced_by_an_older_one(
    written: Store, clerk: Clerk
) -> None:
    assert written.memory.journal_head() is None
    first = journal.head(written.db.conn)
    written.memory.keep_word(first, None, NOW)
    clerk.deposit()
    later = journal.head(written.db.conn)
    written.memory.keep_word(later, None, NOW)
    written.memory.keep_word(first, None, NOW)
    assert written.memory.journal_head() == later
