"""A real disk of 8 MB that fills up while dossiers are taken: named, and nothing is lost."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.store.errors import DiskFullError
from tests.faults.checks import bundles_in, examine
from tests.faults.counter import Counter, Device
from tests.faults.person import StandInCapture
from tests.faults.promised import Promised
from tests.store.mounts import small_disk

SIZE_KB = 8 * 1024
_PAGE_BYTES = 60_000


@pytest.fixture(scope="module")
def device() -> Device:
    return Device(capture=StandInCapture(_PAGE_BYTES))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", SIZE_KB) as mounted:
        yield mounted


@contextlib.contextmanager
def at_work(device: Device, disk: Path, promised: Promised) -> Iterator[Counter]:
    """Stand at a counter on that disk; whatever it promises is heard."""
    counter = Counter(device, disk / "data", promised.hear)
    counter.open()
    try:
        yield counter
    finally:
        counter.close()


def fill_up(disk: Path, leave: int = 0) -> Path:
    """Fill the disk with a file of somebody else's, but for *leave* bytes; return the file."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
        file.truncate(max(0, file.tell() - leave))
    return ballast


def take_many(counter: Counter) -> None:
    """Take more dossiers than the disk holds."""
    for _ in range(200):
        counter.take()


def faults(device: Device, disk: Path, promised: Promised) -> list[str]:
    """Carry what lies on the full disk to a roomy one, and return what is wrong there."""
    roomy = disk.with_name("roomy")
    roomy.mkdir()
    for name in ("data", "keys"):
        shutil.copytree(disk / name, roomy / name)
    return examine(device, roomy / "data", promised)


def test_intake_stops_by_name_and_what_was_begun_is_ended(device: Device, disk: Path) -> None:
    promised = Promised()
    with at_work(device, disk, promised) as counter:
        counter.enrol()
        assert counter.store.guard.stock_up()
        draft = counter.draft()
        with pytest.raises(DiskFullError, match="to begin a dossier"):
            take_many(counter)
        taken = len(promised.receipts)
        assert 20 < taken < 200
        fill_up(disk)
        with contextlib.suppress(DiskFullError):
            counter.add_page(draft)
        counter.confirm(draft)
        assert len(promised.receipts) == taken + 1
        assert not (disk / "data" / "reserve").exists()
    promised.bundles = bundles_in(disk / "data")
    assert len(promised.bundles) == taken + 1
    assert faults(device, disk, promised) == []


@pytest.mark.parametrize(("left_kb", "receipts"), [(0, 1), (80, 1), (240, 2)])
def test_disk_without_a_reserve_is_full_in_the_middle_of_a_dossier(
    left_kb: int, receipts: int, device: Device, disk: Path
) -> None:
    promised = Promised()
    with at_work(device, disk, promised) as counter:
        counter.enrol()
        counter.take()
        draft = counter.draft()
        fill_up(disk, left_kb * 1024)
        # A page is refused while there is room for the deposit of those before it.
        with pytest.raises(DiskFullError):
            counter.add_page(draft)
        with contextlib.suppress(DiskFullError):
            counter.confirm(draft)
    assert len(promised.receipts) == receipts
    promised.bundles = bundles_in(disk / "data")
    with contextlib.suppress(DiskFullError), at_work(device, disk, promised):
        pass  # a start is refused by name, or goes well; it takes nothing away
    assert faults(device, disk, promised) == []
