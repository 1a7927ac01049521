"""Scanning through SANE, against the test backend that SANE itself ships."""

import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.domain.scans import Colour, Feed
from kiosk.scan.sources import sane_tool
from kiosk.scan.sources.base import RawFrame, Source, TurnsStack
from kiosk.scan.sources.sane import SaneSource
from kiosk.scan.sources.sane_devices import list_sane, resolve, serial_of
from tests.contracts.source_contract import SourceContract
from tests.scan.sources.scanners import TEST_SCANNER, order, with_test_scanner

pytestmark = pytest.mark.skipif(
    shutil.which("scanimage") is None, reason="SANE (sane-utils) is not installed"
)
SLOW = ("read-delay true", "read-delay-duration 20000", "read-limit true", "read-limit-size 2000")


@pytest.fixture(autouse=True)
def _scanner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_test_scanner(tmp_path / "sane", monkeypatch)


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    return lambda *lines: with_test_scanner(tmp_path / "sane", monkeypatch, *lines)


class TestFeeder(SourceContract):
    @pytest.fixture
    def source(self) -> Source:
        return SaneSource(order(pages=3), name="three")

    @pytest.fixture
    def barren(self, set_up: Callable[..., None]) -> Source:
        set_up('read-status-code "SANE_STATUS_NO_DOCS"')
        return SaneSource(order())


def image_of(frame: RawFrame) -> Image.Image:
    assert isinstance(frame.content, bytes)
    return Image.open(io.BytesIO(frame.content))


def fault(source: SaneSource) -> SourceUnavailableError:
    with pytest.raises(SourceUnavailableError) as caught:
        list(source.frames())
    return caught.value


def scratch_folders() -> set[Path]:
    return set(Path("/dev/shm").glob("wasl-scan-*"))  # noqa: S108 - only looked at


def test_feeder_gives_all_there_is() -> None:
    # The backend's feeder holds ten sheets.
    assert [frame.index for frame in SaneSource(order()).frames()] == list(range(1, 11))


def test_flatbed_gives_one_side() -> None:
    assert len(list(SaneSource(order(feed=Feed.FLATBED)).frames())) == 1


def test_resolution_and_colour_are_asked_of_the_device() -> None:
    (grey,) = SaneSource(order(dpi=75, feed=Feed.FLATBED)).frames()
    (colour,) = SaneSource(order(dpi=150, colour=Colour.COLOUR, feed=Feed.FLATBED)).frames()
    assert (image_of(grey).mode, image_of(grey).info["dpi"]) == ("L", (75, 75))
    assert (image_of(colour).mode, image_of(colour).info["dpi"]) == ("RGB", (150, 150))
    assert image_of(colour).width == pytest.approx(2 * image_of(grey).width, abs=2)


def test_page_is_a4_or_what_the_device_has() -> None:
    (page,) = SaneSource(order(feed=Feed.FLATBED)).frames()
    assert image_of(page).width == pytest.approx(60 / 25.4 * 75, abs=1)  # the backend has 60 mm


def test_fronts_then_backs_make_a_dossier() -> None:
    fronts = SaneSource(order(duplex=True, pages=4))
    assert isinstance(fronts, TurnsStack)
    seen = [frame.index for frame in fronts.frames()]
    assert (seen, fronts.backs_left) == ([1, 3, 5, 7], 4)
    backs = SaneSource(order(duplex=True, pages=4, backs_of=4))
    assert [frame.index for frame in backs.frames()] == [8, 6, 4, 2]
    assert backs.backs_left == 0


def test_backs_that_are_missing_are_told_after_those_that_came() -> None:
    backs = SaneSource(order(duplex=True, pages=2, backs_of=3)).frames()
    assert [next(backs).index, next(backs).index] == [6, 4]
    with pytest.raises(SourceUnavailableError) as caught:
        next(backs)
    assert caught.value.fault is SourceFault.BACKS_MISSING


@pytest.fixture
def _hangs_in_closing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # SANE's own test backend does so once in some thousand scans that break off.
    real = shutil.which("scanimage")
    program = tmp_path / "bin" / "scanimage"
    program.parent.mkdir()
    hang = 'case "$*" in *--batch=*) sleep 600;; esac'
    program.write_text(f'#!/bin/sh\n{real} "$@"\ncode=$?\n{hang}\nexit $code\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sane_tool, "_CLOSE_LIMIT_S", 0.5)


@pytest.mark.usefixtures("_hangs_in_closing")
def test_driver_that_hangs_in_closing_loses_no_page_and_no_fault(
    set_up: Callable[..., None],
) -> None:
    assert [frame.index for frame in SaneSource(order(pages=2)).frames()] == [1, 2]
    assert [frame.index for frame in SaneSource(order()).frames()] == list(range(1, 11))
    for status, named in (
        ("SANE_STATUS_IO_ERROR", SourceFault.BROKEN_OFF),
        ("SANE_STATUS_JAMMED", SourceFault.JAMMED),
        ("SANE_STATUS_NO_DOCS", SourceFault.NO_PAPER),
    ):
        set_up(f'read-status-code "{status}"')
        assert fault(SaneSource(order())).fault is named


@pytest.mark.parametrize(
    ("status", "named"),
    [
        ("SANE_STATUS_JAMMED", SourceFault.JAMMED),
        ("SANE_STATUS_NO_DOCS", SourceFault.NO_PAPER),
        ("SANE_STATUS_COVER_OPEN", SourceFault.COVER_OPEN),
        ("SANE_STATUS_IO_ERROR", SourceFault.BROKEN_OFF),  # the cable is out
        ("SANE_STATUS_DEVICE_BUSY", SourceFault.BUSY),
        ("SANE_STATUS_ACCESS_DENIED", SourceFault.DENIED),
    ],
)
def test_fault_of_the_device_is_named(set_up: object, status: str, named: SourceFault) -> None:
    set_up(f'read-status-code "{status}"')  # type: ignore[operator]
    assert fault(SaneSource(order())).fault is named
    assert not scratch_folders()


def driver_of(source: SaneSource) -> subprocess.Popen[bytes]:
    scan = source._scan
    assert scan is not None
    return scan._process


def test_driver_killed_in_the_middle_of_page_three_keeps_two(set_up: object) -> None:
    # As when the cable is pulled and the vendor's driver falls over.
    set_up(*SLOW)  # type: ignore[operator]
    source = SaneSource(order(feed=Feed.FEEDER))
    frames = source.frames()
    assert [next(frames).index, next(frames).index] == [1, 2]
    os.killpg(driver_of(source).pid, signal.SIGKILL)
    with pytest.raises(SourceUnavailableError) as caught:
        list(frames)
    assert caught.value.fault is SourceFault.BROKEN_OFF
    assert not scratch_folders()


def test_driver_that_hangs_is_ended_in_time(set_up: object) -> None:
    source = SaneSource(order(), page_limit_s=0.3)
    frames = source.frames()
    next(frames)
    driver = driver_of(source)
    os.kill(driver.pid, signal.SIGSTOP)  # hangs as a driver that waits for a dead device does
    began = time.monotonic()
    with pytest.raises(SourceUnavailableError) as caught:
        list(frames)
    assert caught.value.fault is SourceFault.NO_ANSWER
    assert time.monotonic() - began < 30
    assert driver.poll() is not None


def test_feeder_waits_for_who_takes_the_pages() -> None:
    # Otherwise sixty colour pages would lie in memory while the first is worked on.
    source = SaneSource(order())
    frames = source.frames()
    next(frames)
    scan = source._scan
    assert scan is not None
    last = scan._folder / "4.tif"
    deadline = time.monotonic() + 10
    while not last.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sorted(file.name for file in scan._folder.glob("*.tif*")) == ["2.tif", "3.tif", "4.tif"]
    assert not (scan._folder / "5.tif.part").exists()
    source.close()
    assert not scratch_folders()


def test_driver_does_not_outlive_who_asked() -> None:
    # The capture child may be killed at any moment, by its owner or for want of memory.
    program = (
        "import sys; from tests.scan.sources.scanners import order\n"
        "from kiosk.scan.sources.sane import SaneSource\n"
        "source = SaneSource(order()); frames = source.frames(); next(frames)\n"
        "print(source._scan._process.pid, source._scan._folder, flush=True); sys.stdin.read()"
    )
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=root, stdin=-1, stdout=-1, text=True
    ) as owner:
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().split()
        owner.kill()
    gone = threading.Event()
    for _ in range(500):
        if not alive(int(pid)):
            gone.set()
            break
        time.sleep(0.01)
    assert gone.is_set()
    assert Path(folder) in scratch_folders()
    assert len(list(SaneSource(order(pages=1)).frames())) == 1  # the next scan clears it away
    assert not scratch_folders()


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_scanner_that_is_unplugged_is_named() -> None:
    assert fault(SaneSource(order("sane:canon:lide:1"))).fault is SourceFault.NOT_FOUND


def test_without_sane_it_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert fault(SaneSource(order())).fault is SourceFault.NO_DRIVER


def test_driver_that_never_lists_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = tmp_path / "scanimage"
    sleeper.write_text("#!/bin/sh\nsleep 600 & wait\n")
    sleeper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SourceUnavailableError) as caught:
        list_sane(limit_s=0.2)
    assert caught.value.fault is SourceFault.NO_ANSWER


def test_devices_are_named_by_what_stays() -> None:
    ids = [device.id for device in list_sane()]
    assert ids == [TEST_SCANNER, "sane:noname:frontend-tester:1"]
    assert resolve(ids[1]).address == "test:1"


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    """Return USB devices as the kernel shows them: one with a serial number, one without."""
    for place, device, serial in (
        ("1-1", "7", "KY12"),
        ("1-2", "9", None),
        ("1-1:1.0", None, None),
    ):
        folder = tmp_path / "usb" / place
        folder.mkdir(parents=True)
        if device:
            (folder / "busnum").write_text("1\n")
            (folder / "devnum").write_text(f"{device}\n")
        if serial:
            (folder / "serial").write_text(f"{serial}\n")
    return tmp_path / "usb"


@pytest.mark.parametrize(
    ("address", "serial"),
    [
        ("genesys:libusb:001:007", "KY12"),
        ("genesys:libusb:001:009", ""),
        ("genesys:libusb:001:099", ""),
        ("hpaio:/usb/HP_ScanJet?serial=CN5C", "CN5C"),
        ("airscan:e3:Counter MFP", "Counter MFP"),
        ("fujitsu:fi-7160:123456", "fi-7160:123456"),
    ],
)
def test_serial_number_is_found_behind_an_address(usb: Path, address: str, serial: str) -> None:
    assert serial_of(address, usb) == serial


def test_two_that_cannot_be_told_apart_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins = tmp_path / "scanimage"
    line = r"x:libusb:009:00%s\037Acme\037S1\037flatbed\n"
    twins.write_text(f"#!/bin/sh\nprintf '{line % 1}{line % 2}'\n")
    twins.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SourceUnavailableError) as caught:
        resolve("sane:acme:s1:")
    assert caught.value.fault is SourceFault.AMBIGUOUS
    with pytest.raises(SourceUnavailableError) as caught:
        resolve("sane:acme:s1:*")
    assert caught.value.fault is SourceFault.AMBIGUOUS


def test_any_serial_number_of_a_model_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "scanimage"
    line = r"x:/usb/%s?serial=%s\037Acme\037%s\037flatbed\n"
    listed.write_text(f"#!/bin/sh\nprintf '{line % ('a', 'K1', 'S1')}{line % ('b', 'K2', 'S2')}'\n")
    listed.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert resolve("sane:acme:s2:*").id == "sane:acme:s2:k2"
    with pytest.raises(SourceUnavailableError) as caught:
        resolve("sane:acme:*")
    assert caught.value.fault is SourceFault.NOT_FOUND


def test_words_of_an_open_that_fails_are_understood() -> None:
    told = "scanimage: open of device x failed: Device busy"
    assert sane_tool.fault_of(1, told).fault is SourceFault.BUSY
    told = "scanimage: open of device x failed: Something new"
    assert sane_tool.fault_of(1, told).fault is SourceFault.NOT_FOUND
