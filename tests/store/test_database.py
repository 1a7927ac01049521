"""What a database may be when the program starts: newer, damaged, gone, rolled back, full."""

import os
import shutil
import sqlite3 as codes
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.domain.errors import ErrorCode
from kiosk.store import database, high_water
from kiosk.store.database import transaction
from kiosk.store.errors import (
    AnotherWriterError,
    DamagedDatabaseError,
    DiskFullError,
    NewerDatabaseError,
    ReadOnlyError,
    StoreError,
    from_os_error,
    from_sqlite_error,
)
from kiosk.store.folder import DataFolder
from kiosk.store.sqlite import sqlite3
from kiosk.store.store import Store, open_for_reading, open_for_writing
from tests.database_key import KEY, connect
from tests.enrolled import DEVICE, TestCentral, TestClock
from tests.store.faults import numbers_are_gap_free, snapshot, stands_or_falls_whole
from tests.store.items import SCAN, Clerk
from tests.store.mounts import read_only, small_disk

Damage = Callable[[Path], None]


@pytest.fixture
def used(folder: DataFolder, clock: TestClock, central: TestCentral) -> DataFolder:
    """Return a data folder with five deposits, closed."""
    store = open_for_writing(folder, clock.read, KEY)
    store.memory.keep_enrolment(central.enrolment())
    clerk = Clerk(store=store, clock=clock)
    for _ in range(5):
        clerk.deposit()
    store.close()
    return folder


def contents(folder: DataFolder) -> dict[str, bytes]:
    """Return the bytes of every file of the data folder but the lock."""
    files = (file for file in folder.root.rglob("*") if file.is_file())
    return {
        str(file.relative_to(folder.root)): file.read_bytes()
        for file in files
        if file.name != "writer.lock"
    }


def test_connection_is_durable_and_strict(store: Store) -> None:
    told = {
        name: store.db.conn.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
    }
    assert told == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 5000,
    }
    kinds = store.db.conn.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict"
    ).fetchall()
    assert {name for (name,) in kinds} <= {"sqlite_schema", "sqlite_sequence", "_sqlite_migrations"}


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_nobody_else_may_read_the_database(tmp_path: Path, clock: TestClock) -> None:
    root = tmp_path / "open to all"
    root.mkdir(mode=0o755)
    folder = DataFolder(root)
    store = open_for_writing(folder, clock.read, KEY)
    try:
        files = list(root.glob("wasl.db*"))
        assert len(files) == 3
        assert [stat.S_IMODE(file.stat().st_mode) & 0o077 for file in files] == [0, 0, 0]
        assert stat.S_IMODE(folder.spool.stat().st_mode) == 0o700
    finally:
        store.close()


def test_newer_database_is_refused_and_not_touched(used: DataFolder, clock: TestClock) -> None:
    with closing(connect(used.database)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('wasl', '0999_from_the_future', '2031-01-01')"
        )
    before = contents(used)
    for opening in (open_for_writing, open_for_reading):
        with pytest.raises(NewerDatabaseError):
            opening(used, clock.read, KEY)
    assert contents(used) == before


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def cut_in_half(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def gone(path: Path) -> None:
    path.unlink()


def another_kind(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n" * 1000)


def first_page_lost(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(4096))


@pytest.mark.parametrize(
    "damage", [zeroed, cut_in_half, emptied, gone, another_kind, first_page_lost]
)
def test_damaged_database_is_named_and_not_replaced(
    used: DataFolder, clock: TestClock, damage: Damage
) -> None:
    damage(used.database)
    before = contents(used)
    with pytest.raises(DamagedDatabaseError):
        open_for_writing(used, clock.read, KEY)
    assert contents(used) == before
    with pytest.raises(DamagedDatabaseError):
        open_for_reading(used, clock.read, KEY).db.conn.execute("SELECT * FROM deposits")


def test_database_of_another_device_is_refused_and_not_touched(
    used: DataFolder, clock: TestClock, tmp_path: Path
) -> None:
    theirs, their_key = DataFolder(tmp_path / "theirs"), bytes(range(1, 33))
    open_for_writing(theirs, clock.read, their_key).close()
    shutil.copy(theirs.database, used.database)
    before = contents(used)
    for opening in (open_for_writing, open_for_reading):
        with pytest.raises(DamagedDatabaseError):
            opening(used, clock.read, KEY)
    assert contents(used) == before


def test_writer_is_let_in_after_one_was_refused(used: DataFolder, clock: TestClock) -> None:
    whole = used.database.read_bytes()
    zeroed(used.database)
    with pytest.raises(DamagedDatabaseError):
        open_for_writing(used, clock.read, KEY)
    used.database.write_bytes(whole)
    open_for_writing(used, clock.read, KEY).close()


def test_broken_page_is_found_and_named(used: DataFolder, clock: TestClock) -> None:
    # A sector that went bad inside a table, far behind the header.
    with used.database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (used.database.stat().st_size - 8192))
    reader = Store(used, clock.read, KEY, None)
    try:
        assert not database.is_sound(reader.db)
    except StoreError as error:
        assert error.code is ErrorCode.DAMAGED_DATABASE  # noqa: PT017 either way of telling is right
    finally:
        reader.close()


def test_sound_database_is_told(store: Store) -> None:
    assert database.is_sound(store.db)


def test_rolled_back_database_is_refused(
    used: DataFolder, clock: TestClock, tmp_path: Path
) -> None:
    # Somebody puts yesterday's copy of wasl.db back: it would give out the same numbers again.
    older = tmp_path / "older.db"
    shutil.copy(used.database, older)
    store = open_for_writing(used, clock.read, KEY)
    Clerk(store=store, clock=clock).deposit()
    store.close()
    shutil.copy(older, used.database)
    before = contents(used)
    with pytest.raises(DamagedDatabaseError, match="repeat numbers"):
        open_for_writing(used, clock.read, KEY)
    after = contents(used)
    assert {name: content for name, content in after.items() if "spool" in name} == {
        name: content for name, content in before.items() if "spool" in name
    }


def test_number_committed_just_before_a_crash_is_noted_at_start(
    used: DataFolder, clock: TestClock, tmp_path: Path
) -> None:
    # The power went between COMMIT and the high-water file; the receipt is printed afterwards.
    older, noted = tmp_path / "older.db", tmp_path / "high-water"
    shutil.copy(used.database, older)
    shutil.copy(used.high_water, noted)
    store = open_for_writing(used, clock.read, KEY)
    Clerk(store=store, clock=clock).deposit()
    store.close()
    shutil.copy(noted, used.high_water)
    open_for_writing(used, clock.read, KEY).close()
    assert high_water.read(used) == (DEVICE, 6)
    shutil.copy(older, used.database)
    with pytest.raises(DamagedDatabaseError):
        open_for_writing(used, clock.read, KEY)


def test_another_epoch_goes_on_beside_the_noted_one(
    used: DataFolder, clock: TestClock, central: TestCentral
) -> None:
    store = open_for_writing(used, clock.read, KEY)
    try:
        store.memory.keep_enrolment(central.enrolment("C0417B"))
        first = store.next_slot("C0417B").number
        assert first is not None
        store.note_number(first)
        assert high_water.read(used) == ("C0417B", 1)
        store.note_number(first)
    finally:
        store.close()


@pytest.mark.parametrize("content", [b"", bytes(256), b"{}", b'{"epoch": "C0417A"}', b"[]"])
def test_broken_high_water_file_is_named(
    used: DataFolder, clock: TestClock, content: bytes
) -> None:
    used.high_water.write_bytes(content)
    with pytest.raises(DamagedDatabaseError, match="high-water"):
        open_for_writing(used, clock.read, KEY)


def test_reader_refuses_the_database_of_an_older_program(
    folder: DataFolder, clock: TestClock
) -> None:
    folder.make()
    with closing(connect(folder.database)) as connection:
        connection.execute("CREATE TABLE other (x)")
    with pytest.raises(ReadOnlyError):
        open_for_reading(folder, clock.read, KEY)


def test_read_only_folder_is_named_and_loses_nothing(used: DataFolder, clock: TestClock) -> None:
    before = contents(used)
    with read_only(used.root), pytest.raises(ReadOnlyError):
        open_for_writing(used, clock.read, KEY)
    assert contents(used) == before
    open_for_writing(used, clock.read, KEY).close()


def test_disk_that_turns_read_only_refuses_the_next_deposit(
    used: DataFolder, clock: TestClock
) -> None:
    # What a kernel does with a filesystem whose disk reports errors.
    store = open_for_writing(used, clock.read, KEY)
    clerk = Clerk(store=store, clock=clock)
    before = snapshot(store)
    try:
        with read_only(used.root), pytest.raises(ReadOnlyError):
            clerk.deposit()
        assert snapshot(store) == before
        clerk.deposit()
        assert numbers_are_gap_free(store)
    finally:
        store.close()


def test_full_disk_is_named_and_loses_nothing(
    tmp_path: Path, clock: TestClock, central: TestCentral
) -> None:
    with small_disk(tmp_path / "disk", 1280) as disk:
        folder = DataFolder(disk / "data")
        store = open_for_writing(folder, clock.read, KEY)
        try:
            store.memory.keep_enrolment(central.enrolment())
            clerk = Clerk(store=store, clock=clock)
            taken = _fill(clerk)
            assert taken > 2
            assert numbers_are_gap_free(store)
            assert stands_or_falls_whole(store)
            assert database.is_sound(store.db)
            assert not list(folder.spool.glob("*.part"))
            (disk / "ballast").unlink()
            clerk.deposit()
            assert numbers_are_gap_free(store)
        finally:
            store.close()


def _fill(clerk: Clerk) -> int:
    (clerk.store.folder.root.parent / "ballast").write_bytes(bytes(400 * 1024))
    for taken in range(200):
        before = snapshot(clerk.store)
        try:
            clerk.deposit(SCAN * 8)
        except DiskFullError:
            assert snapshot(clerk.store) == before
            return taken
    return 0


def test_no_room_for_a_new_database_is_named(tmp_path: Path, clock: TestClock) -> None:
    with small_disk(tmp_path / "disk", 64) as disk:
        (disk / "ballast").write_bytes(bytes(44 * 1024))
        with pytest.raises(DiskFullError):
            open_for_writing(DataFolder(disk / "data"), clock.read, KEY)


def test_database_locked_by_another_program_is_named(store: Store, folder: DataFolder) -> None:
    with closing(connect(folder.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        store.db.conn.execute("PRAGMA busy_timeout = 50")
        with pytest.raises(AnotherWriterError), transaction(store.db):
            pytest.fail("the other program holds the lock")
        other.execute("ROLLBACK")
    with transaction(store.db) as connection:
        connection.execute("SELECT 1")


@pytest.mark.parametrize(
    ("number", "named"),
    [
        (28, DiskFullError),
        (122, DiskFullError),
        (30, ReadOnlyError),
        (13, ReadOnlyError),
        (5, ReadOnlyError),
    ],
)
def test_faults_of_the_file_system_have_names(number: int, named: type[StoreError]) -> None:
    assert type(from_os_error(OSError(number, "said the system"))) is named


@pytest.mark.parametrize(
    ("result", "named"),
    [
        (codes.SQLITE_FULL, DiskFullError),
        (codes.SQLITE_READONLY, ReadOnlyError),
        (codes.SQLITE_CANTOPEN, ReadOnlyError),
        (codes.SQLITE_IOERR_FSYNC, ReadOnlyError),
        (codes.SQLITE_BUSY_SNAPSHOT, AnotherWriterError),
        (codes.SQLITE_LOCKED, AnotherWriterError),
        (codes.SQLITE_CORRUPT, DamagedDatabaseError),
        (codes.SQLITE_NOTADB, DamagedDatabaseError),
    ],
)
def test_faults_of_sqlite_have_names(result: int, named: type[StoreError]) -> None:
    error = sqlite3.OperationalError("said SQLite")
    error.sqlite_errorcode = result
    assert type(from_sqlite_error(error)) is named
