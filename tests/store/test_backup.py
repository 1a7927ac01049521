"""Backups: whole or not there, readable by nobody on the way, and not too many of them."""

import os
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from kiosk.desk.backups import Backups
from kiosk.domain.errors import ErrorCode, InvalidInputError, NotEnrolledError
from kiosk.security.keystore import DeviceKeys
from kiosk.security.sealed_keys import open_keys
from kiosk.store import backup, backup_set, database, last_backup
from kiosk.store.backup import Rotation
from kiosk.store.errors import (
    AnotherWriterError,
    BackupPlaceError,
    DamagedBackupError,
    DamagedDatabaseError,
    DiskFullError,
    ReadOnlyError,
)
from kiosk.store.folder import DataFolder, WriterLock
from kiosk.store.store import open_for_reading, open_for_writing
from tests.database_key import connect
from tests.enrolled import TestCentral, TestClock
from tests.store import mounts
from tests.store.shop import Shop


@pytest.fixture
def shop(tmp_path: Path, central: TestCentral) -> Iterator[Shop]:
    made = Shop(root=tmp_path, central=central)
    made.found()
    yield made
    made.close()


def _names(place: Path) -> list[str]:
    return [one.path.name for one in backup_set.listed(place)]


def test_backup_holds_the_database_the_keys_and_what_is_unsent(shop: Shop) -> None:
    items = {shop.clerk.deposit() for _ in range(2)}
    sent = shop.clerk.deposit()
    shop.store.db.conn.execute("UPDATE outbox SET state = 'done' WHERE item_id = ?", (str(sent),))
    report = shop.back_up()
    assert {one.stem for one in (report.path / "spool").iterdir()} == {str(one) for one in items}
    assert report.manifest.last_number == 3
    assert report.manifest.epoch == "C0417A"
    opened = open_keys(backup_set.read_keys(report.path), [shop.central.recovery])
    assert opened == shop.keys
    copy = database.open(report.path / "wasl.db", shop.keys.database_key)
    with closing(copy.conn):
        assert database.is_sound(copy)
        assert copy.conn.execute("SELECT count(*) FROM deposits").fetchone() == (3,)


def test_backup_is_readable_by_its_owner_only_and_holds_nothing_in_clear(shop: Shop) -> None:
    shop.clerk.deposit()
    report = shop.back_up()
    secrets = [b"123456785", shop.keys.request_key.seed, shop.keys.database_key, b"SQLite"]
    for file in (one for one in report.path.rglob("*") if one.is_file()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert not any(secret in file.read_bytes() for secret in secrets), file.name
    assert stat.S_IMODE(report.path.stat().st_mode) == 0o700
    assert {one.name for one in report.path.iterdir()} == {
        *("wasl.db", "keys.age", "spool"),
        *("contents.sha256", "manifest.json", "manifest.sig"),
    }


def test_key_of_an_open_draft_is_in_no_backup(shop: Shop) -> None:
    # A key that lay in a backup could not be destroyed with its draft.
    key = os.urandom(32)
    shop.store.db.conn.execute(
        "INSERT INTO drafts VALUES (?, ?, '2026-11-23T08:00:00.000Z', 'window', '{}', '{}', NULL,"
        " 'technician')",
        (str(uuid4()), key),
    )
    report = shop.back_up()
    with closing(connect(report.path / "wasl.db", shop.keys.database_key)) as copy:
        assert copy.execute("SELECT count(*) FROM drafts").fetchone() == (0,)
    assert key not in _decrypted(report.path / "wasl.db", shop.keys.database_key)
    assert shop.store.db.conn.execute("SELECT count(*) FROM drafts").fetchone() == (1,)
    shop.store.clean_log()
    assert key in _decrypted(shop.folder.database, shop.keys.database_key)


def _decrypted(file: Path, key: bytes) -> bytes:
    """Return every page in clear, freed ones too: AES-256-CBC, the IV in the last 80 bytes."""
    content, pages = file.read_bytes(), []
    for start in range(0, len(content), 4096):
        page = content[start : start + 4096]
        cipher = Cipher(algorithms.AES256(key), modes.CBC(page[-80:-64])).decryptor()
        pages.append(cipher.update(page[16 if start == 0 else 0 : -80]) + cipher.finalize())
    return b"".join(pages)


def test_backup_of_a_reader_beside_the_writer_holds_one_moment(shop: Shop) -> None:
    shop.clerk.deposit()
    reader = open_for_reading(shop.folder, shop.clock.read, shop.keys.database_key)
    with closing(reader):
        stop, made = threading.Event(), []

        def write() -> None:
            clerk = shop.clerk
            while not stop.is_set():
                made.append(clerk.deposit())

        writer = threading.Thread(target=write)
        keys = shop.keys
        writer.start()
        try:
            clock = TestClock()
            reports = [
                backup.take(reader, keys, shop.place, clock.read, Rotation()) for _ in range(5)
            ]
        finally:
            stop.set()
            writer.join()
    assert len(made) > 5
    last = reports[-1]
    with closing(connect(last.path / "wasl.db", shop.keys.database_key)) as copy:
        rows = copy.execute("SELECT count(*), max(number) FROM deposits").fetchone()
        assert rows[0] == rows[1] == last.manifest.entries - 1  # one entry was the enrolment
        known = {row[0] for row in copy.execute("SELECT deposit_id FROM deposits")}
    assert known <= {one.stem for one in (last.path / "spool").iterdir()}
    shop.lose_pc()
    assert shop.restore(last.path).deposits == rows[0]


def test_backup_that_is_cut_short_is_not_taken_for_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shop.back_up()
    shop.clock.now += timedelta(hours=2)

    def cut(_part: Path, _keys: DeviceKeys) -> None:
        os._exit(0)

    child = os.fork()
    if child == 0:
        monkeypatch.setattr(backup, "_check", cut)
        shop.back_up()
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    left = list(shop.place.glob(backup_set.PART + "*"))
    assert len(left) == 1
    assert _names(shop.place) == [whole.path.name]
    shop.back_up()
    assert not left[0].exists()
    assert len(_names(shop.place)) == 2


def test_backup_that_does_not_read_back_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A stick that swallows bytes: what was written is not what is there.
    shop.clerk.deposit()
    real = backup._make_durable

    def lie(part: Path) -> int:
        size = real(part)
        (bundle,) = (part / "spool").iterdir()
        content = bundle.read_bytes()
        bundle.write_bytes(content[:100] + b"\x00" + content[101:])
        return size

    monkeypatch.setattr(backup, "_make_durable", lie)
    with pytest.raises(DamagedBackupError, match="changed"):
        shop.back_up()
    assert not _names(shop.place)
    assert not list(shop.place.glob(backup_set.PART + "*"))
    assert last_backup.read(shop.folder) is None


def test_full_stick_is_told_before_anything_is_written(shop: Shop, tmp_path: Path) -> None:
    for _ in range(8):
        shop.clerk.deposit(scan=os.urandom(300_000))
    with mounts.small_disk(tmp_path / "stick", 2048) as stick:
        with pytest.raises(DiskFullError, match="needs") as caught:
            shop.back_up(place=stick)
        assert caught.value.code is ErrorCode.DISK_FULL
        assert not _names(stick)
        assert not list(stick.glob(backup_set.PART + "*"))


def test_stick_that_fills_up_meanwhile_keeps_the_backup_before(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounts.small_disk(tmp_path / "stick", 2048) as stick:
        whole = shop.back_up(place=stick)
        for _ in range(8):
            shop.clerk.deposit(scan=os.urandom(300_000))
        shop.clock.now += timedelta(hours=2)
        monkeypatch.setattr(backup, "_check_room", lambda *_arguments: None)
        with pytest.raises(DiskFullError, match="where backups go"):
            shop.back_up(place=stick)
        assert _names(stick) == [whole.path.name]
        assert not list(stick.glob(backup_set.PART + "*"))


def test_stick_too_full_for_the_database_is_a_full_disk(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_check_room", lambda *_arguments: None)
    with (
        mounts.small_disk(tmp_path / "stick", 48) as stick,
        pytest.raises(DiskFullError),
    ):
        shop.back_up(place=stick)


def test_read_only_stick_and_missing_stick_are_named(shop: Shop, tmp_path: Path) -> None:
    with mounts.read_only(shop.place), pytest.raises(ReadOnlyError) as read_only:
        shop.back_up()
    assert "backup folder" in str(read_only.value)
    with pytest.raises(BackupPlaceError) as gone:
        shop.back_up(place=tmp_path / "stick")
    assert gone.value.code is ErrorCode.DEVICE_UNAVAILABLE
    assert not (tmp_path / "stick").exists()  # never written to the disk below the mount


def test_second_backup_at_the_same_time_waits_its_turn(shop: Shop) -> None:
    with WriterLock(shop.place / ".wasl-backup.lock"), pytest.raises(AnotherWriterError):
        shop.back_up()
    shop.back_up()


def test_backup_in_the_data_folder_and_before_enrolment_are_refused(
    shop: Shop, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError):
        shop.back_up(place=shop.folder.root / "spool")
    keys, folder = DeviceKeys.generate(uuid4()), DataFolder(tmp_path / "new")
    folder.make()
    with (
        closing(open_for_writing(folder, shop.clock.read, keys.database_key)) as store,
        pytest.raises(NotEnrolledError),
    ):
        backup.take(store, keys, shop.place, shop.clock.read)


def test_rotation_keeps_hours_and_days(shop: Shop) -> None:
    rotation = Rotation(hourly=4, daily=3)
    for _ in range(30):
        shop.clock.now += timedelta(hours=3)
        shop.clerk.event(None)
        shop.back_up(rotation)
    kept = [one.at for one in backup_set.listed(shop.place)]
    assert len(kept) == 5  # of three days the newest has its last one among the hours
    last_four = [f"{shop.clock.now - timedelta(hours=3 * n):%Y%m%dT%H}" for n in (3, 2, 1, 0)]
    assert [at[:11] for at in kept[-4:]] == last_four
    assert len({at[:8] for at in kept}) == 3


def test_newest_backup_stays_whatever_the_clock_says(shop: Shop) -> None:
    shop.clock.now += timedelta(days=365)
    ahead = shop.back_up(Rotation(hourly=1, daily=1))
    shop.clock.now -= timedelta(days=365)
    shop.clerk.deposit()
    newest = shop.back_up(Rotation(hourly=1, daily=1))
    assert _names(shop.place) == [newest.path.name]
    assert newest.path.name != ahead.path.name


def test_rotation_leaves_the_backups_of_others_alone(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Shop(root=tmp_path / "other", central=shop.central)
    other.found()
    theirs = other.back_up(place=shop.place)
    other.close()
    for _ in range(3):
        shop.clock.now += timedelta(hours=1)
        shop.back_up(Rotation(hourly=1, daily=1))
    assert theirs.path.is_dir()
    assert len(_names(shop.place)) == 2


def test_bundle_that_is_in_the_backup_before_takes_no_second_room(shop: Shop) -> None:
    item = shop.clerk.deposit()
    first = shop.back_up()
    shop.clock.now += timedelta(hours=1)
    second = shop.back_up()
    name = f"spool/{item}.wasl"
    assert (first.path / name).stat().st_ino == (second.path / name).stat().st_ino
    assert (shop.folder.root / name).stat().st_ino != (second.path / name).stat().st_ino


def test_bundle_changed_in_the_backup_before_is_copied_anew(shop: Shop) -> None:
    item = shop.clerk.deposit()
    first = shop.back_up()
    (first.path / f"spool/{item}.wasl").write_bytes(b"rot")
    shop.clock.now += timedelta(hours=1)
    second = shop.back_up()
    backup_set.check_contents(second.path, second.manifest)


def test_damaged_database_names_the_last_backup(shop: Shop) -> None:
    shop.clerk.deposit()
    report = shop.back_up()
    keys = shop.keys
    shop.close()
    shop.folder.database.write_bytes(bytes(8192))
    for opening in (open_for_writing, open_for_reading):
        with pytest.raises(DamagedDatabaseError, match=report.path.name):
            opening(shop.folder, shop.clock.read, keys.database_key)


def test_rolled_back_database_names_the_last_backup(shop: Shop) -> None:
    shop.clerk.deposit()
    report = shop.back_up()
    keys = shop.keys
    shop.clerk.deposit()
    shop.close()
    for file in shop.folder.root.glob("wasl.db*"):
        file.unlink()
    shutil.copyfile(report.path / "wasl.db", shop.folder.database)
    with pytest.raises(DamagedDatabaseError, match=f"older.*{report.path.name}"):
        open_for_writing(shop.folder, shop.clock.read, keys.database_key)


def test_scheduled_backup_of_one_place_does_not_wait_for_another(
    shop: Shop, tmp_path: Path
) -> None:
    gone = tmp_path / "stick"
    backups = Backups(shop.store, shop.keys, shop.clock.read, (gone, shop.place))
    backups.run_due()
    assert [fault.code for fault in backups.faults.values()] == [ErrorCode.DEVICE_UNAVAILABLE]
    assert len(_names(shop.place)) == 1
    gone.mkdir()
    shop.clock.now += timedelta(hours=1)
    backups.run_due()
    assert not backups.faults
    assert (len(_names(gone)), len(_names(shop.place))) == (1, 2)
    assert backups.last_at() is not None
