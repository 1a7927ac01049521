"""The data folder: its id, its one writer, and readers beside it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.store.errors import AnotherWriterError, DamagedDatabaseError, ReadOnlyError
from kiosk.store.folder import DataFolder
from kiosk.store.store import open_for_reading, open_for_writing
from tests.database_key import KEY
from tests.enrolled import DEVICE, TestClock
from tests.store.items import Clerk

_HOLD = """
import sys
from pathlib import Path
from kiosk.store.folder import DataFolder
from tests.database_key import KEY

lock = DataFolder(Path(sys.argv[1])).lock()
print("locked", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(folder: DataFolder) -> Iterator[subprocess.Popen[str]]:
    """Let a second process be the writer of *folder* for as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "locked\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=10)


def test_second_process_is_refused_while_the_first_one_writes(
    folder: DataFolder, clock: TestClock
) -> None:
    folder.make()
    with another_process(folder), pytest.raises(AnotherWriterError):
        open_for_writing(folder, clock.read, KEY)
    assert not folder.database.exists()


def test_lock_of_a_killed_process_is_free(folder: DataFolder, clock: TestClock) -> None:
    folder.make()
    with another_process(folder) as process:
        process.kill()
        process.wait(10)
        open_for_writing(folder, clock.read, KEY).close()


def test_second_writer_of_one_process_is_refused(clerk: Clerk, folder: DataFolder) -> None:
    with pytest.raises(AnotherWriterError):
        open_for_writing(folder, clerk.clock.read, KEY)
    clerk.deposit()
    clerk.store.close()
    open_for_writing(folder, clerk.clock.read, KEY).close()


def test_lock_is_released_once_and_by_its_block(folder: DataFolder) -> None:
    folder.make()
    with folder.lock() as held:
        pass
    held.release()
    with folder.lock():
        pass


def test_reader_sees_what_the_writer_commits(clerk: Clerk, folder: DataFolder) -> None:
    reader = open_for_reading(folder, clerk.clock.read, KEY)
    try:
        for number in range(1, 4):
            clerk.deposit()
            assert reader.next_slot(DEVICE).number == clerk.store.next_slot(DEVICE).number
            (count,) = reader.db.conn.execute("SELECT count(*) FROM deposits").fetchone()
            assert count == number
    finally:
        reader.close()


def test_reader_is_not_held_up_by_an_open_transaction(clerk: Clerk, folder: DataFolder) -> None:
    clerk.deposit()
    clerk.store.db.conn.execute("BEGIN IMMEDIATE")
    clerk.store.db.conn.execute("DELETE FROM print_intent")
    reader = open_for_reading(folder, clerk.clock.read, KEY)
    try:
        (count,) = reader.db.conn.execute("SELECT count(*) FROM print_intent").fetchone()
    finally:
        reader.close()
        clerk.store.db.conn.execute("ROLLBACK")
    assert count == 1


def test_each_thread_has_its_own_connection_and_all_are_closed(clerk: Clerk) -> None:
    found = [clerk.store.db.conn]
    thread = threading.Thread(target=lambda: found.append(clerk.store.db.conn))
    thread.start()
    thread.join(10)
    assert found[0] is not found[1]
    clerk.store.close()
    for connection in found:
        with pytest.raises(Exception, match="closed"):
            connection.execute("SELECT 1")


def test_id_is_kept_and_read(folder: DataFolder) -> None:
    folder.make()
    assert not folder.exists()
    own = folder.new_id()
    folder.keep_id(own, KEY)
    assert folder.exists()
    assert folder.read_id() == own


@pytest.mark.parametrize("content", [None, b"", b"not an id", b"\xff\xfe\x00"])
def test_lost_or_broken_id_is_damage(folder: DataFolder, content: bytes | None) -> None:
    folder.make()
    if content is not None:
        (folder.root / "store.id").write_bytes(content)
    with pytest.raises(DamagedDatabaseError):
        folder.read_id()


def test_file_in_the_place_of_the_folder_is_named(tmp_path: Path, clock: TestClock) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(ReadOnlyError):
        open_for_writing(DataFolder(tmp_path / "data"), clock.read, KEY)


def test_reading_makes_nothing(folder: DataFolder, clock: TestClock) -> None:
    with pytest.raises(DamagedDatabaseError):
        open_for_reading(folder, clock.read, KEY)
    assert not folder.root.exists()
