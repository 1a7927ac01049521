"""Room on the disk: real small disks, a reserve, and the days that are left."""

import errno
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from kiosk.security.draft_key import DraftKey, new_key
from kiosk.store.database import transaction
from kiosk.store.drafts import DraftPages, PageParts
from kiosk.store.errors import DiskFullError, ReadOnlyError
from kiosk.store.folder import DataFolder
from kiosk.store.guard import LEAST_BYTES
from kiosk.store.reserve import RESERVE_BYTES
from kiosk.store.store import Store, open_for_reading, open_for_writing
from kiosk.ui.i18n import texts
from kiosk.ui.widgets.frame import disk_words
from tests.database_key import KEY
from tests.enrolled import TestCentral, TestClock
from tests.store.items import Clerk
from tests.store.mounts import read_only, small_disk

MB = 1024 * 1024


@pytest.fixture
def small(tmp_path: Path, clock: TestClock, central: TestCentral) -> Iterator[Store]:
    """A store alone on a disk of 16 MB."""
    with small_disk(tmp_path / "disk", 16 * 1024) as disk:
        store = open_for_writing(DataFolder(disk / "data"), clock.read, KEY)
        store.memory.keep_enrolment(central.enrolment())
        yield store
        store.close()


def fill_disk(folder: Path, leave: int = 0) -> Path:
    """Fill the disk to its last byte with a file of somebody else's, but for *leave* bytes."""
    stranger = folder.parent / "stranger"
    with stranger.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
        except OSError:
            pass
        file.truncate(max(0, file.tell() - leave))
    return stranger


def test_reserve_holds_real_room_and_is_smaller_on_a_small_disk(small: Store) -> None:
    assert small.guard.stock_up()
    reserve = small.folder.root / "reserve"
    assert reserve.stat().st_blocks * 512 == reserve.stat().st_size == 1 * MB
    assert small.guard.stock_up()


def test_reserve_on_a_roomy_disk_is_32_mb(store: Store) -> None:
    assert store.guard.stock_up()
    assert (store.folder.root / "reserve").stat().st_size == RESERVE_BYTES
    assert store.guard.state().takes_dossiers


def test_intake_stops_before_the_limit(small: Store) -> None:
    small.guard.stock_up()
    small.guard.check_room()
    fill_disk(small.folder.root, leave=1 * MB)
    with pytest.raises(DiskFullError):
        small.guard.check_room()
    assert not small.guard.state().takes_dossiers
    Clerk(store=small, clock=TestClock()).deposit()  # what was begun can still be ended


def test_deposit_under_way_is_finished_on_the_reserve(small: Store) -> None:
    small.guard.stock_up()
    clerk = Clerk(store=small, clock=TestClock())
    fill_disk(small.folder.root)
    item = clerk.deposit(bytes(200_000))
    assert small.spool.path(item).exists()
    assert not (small.folder.root / "reserve").exists()


def test_disk_full_without_a_reserve_is_told(small: Store) -> None:
    fill_disk(small.folder.root)
    clerk = Clerk(store=small, clock=TestClock())
    with pytest.raises(DiskFullError):
        clerk.deposit(bytes(200_000))


def test_commit_refused_all_the_same_has_the_reserve_at_the_next_try(store: Store) -> None:
    # Stands for a quota, and for somebody who is faster: the disk looked roomy when it was asked.
    assert store.guard.stock_up()
    with pytest.raises(DiskFullError), transaction(store.db):
        raise OSError(errno.EDQUOT, "quota")
    assert not store.folder.reserve.room()


def test_reader_never_gives_up_the_reserve(small: Store) -> None:
    small.guard.stock_up()
    reader = open_for_reading(small.folder, TestClock().read, KEY)
    fill_disk(small.folder.root)
    assert reader.outbox.waiting().waiting == 0
    reader.close()
    assert small.folder.reserve.stands()


def test_page_leaves_room_for_the_deposit_of_them_all(small: Store) -> None:
    # Ten pages fit on the reserve; then their PDF would not, and nobody would get a receipt.
    small.guard.stock_up()
    pages = DraftPages(small.folder, uuid4(), DraftKey(uuid4(), new_key()))
    pages.make()
    fill_disk(small.folder.root)
    parts, kept, refusal = PageParts(pdf=bytes(80_000), preview=b"", thumbnail=b""), 0, None
    while refusal is None and kept < 12:
        try:
            pages.keep(kept + 1, 1, parts)
            kept += 1
        except DiskFullError as error:
            refusal = error
    assert "the deposit after it" in str(refusal)
    assert kept >= 3
    Clerk(store=small, clock=TestClock()).deposit(bytes(80_000 * kept))


def test_reserve_is_made_again_once_there_is_room(small: Store) -> None:
    small.guard.stock_up()
    stranger = fill_disk(small.folder.root)
    assert small.folder.reserve.release()
    assert not small.guard.stock_up()
    stranger.unlink()
    small.guard.check_room()  # the next dossier is begun
    assert small.folder.reserve.stands()


def test_fault_that_is_not_a_full_disk_leaves_the_reserve(store: Store) -> None:
    store.guard.stock_up()

    with pytest.raises(ValueError, match="a bug"), transaction(store.db):
        raise ValueError("a bug")
    with pytest.raises(ReadOnlyError):
        store.folder.write(store.folder.root / "absent" / "file", lambda file: None)
    assert store.folder.reserve.stands()


def test_days_left_follow_from_what_the_last_days_brought(clerk: Clerk) -> None:
    store = clerk.store
    assert store.guard.state().days_left is None
    for _day in range(6):
        for _ in range(5):
            clerk.deposit(bytes(100_000))
        clerk.clock.now += timedelta(days=1)
    clerk.clock.monotonic_ms += 3_600_000
    state = store.guard.state()
    a_day = 30 * (100_000 + 8 * 1024) / 6
    assert state.days_left is not None
    assert state.days_left == pytest.approx((state.free_bytes - LEAST_BYTES) / a_day, rel=0.05)


def test_disk_that_cannot_be_written_is_told(clerk: Clerk) -> None:
    store = clerk.store
    assert store.guard.state().is_writable
    with read_only(store.folder.root):
        assert not store.guard.state().is_writable


def test_state_says_the_worst(store: Store) -> None:
    state = replace(store.guard.state(), free_bytes=3 * 10**9, days_left=None, takes_dossiers=True)
    assert disk_words(state).fr.startswith("Disque : 3")
    assert disk_words(replace(state, days_left=9)).fr.replace("\N{NO-BREAK SPACE}", " ") == (
        "Disque plein dans 9 jours"
    )
    assert disk_words(replace(state, days_left=400)) == disk_words(state)
    assert disk_words(replace(state, takes_dossiers=False)) == texts.DISK_FULL
    assert disk_words(replace(state, is_writable=False)) == texts.DISK_READ_ONLY
