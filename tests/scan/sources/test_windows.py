"""TWAIN and WIA against stand-ins of their libraries: what is called, and what faults become.

No such scanner was at hand: these tests hold our side of the calls, not the drivers'.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.domain.scans import Colour, DeviceKind, Feed
from kiosk.scan.sources.acquire import AcquiredSource, Acquirer
from kiosk.scan.sources.base import Source
from kiosk.scan.sources.opening import open_device
from kiosk.scan.sources.twain import PytwainDriver
from kiosk.scan.sources.wia import WiaAutomation
from kiosk.scan.sources.windows_devices import list_windows
from tests.contracts.source_contract import SourceContract
from tests.fakes.vendors import (
    JAMMED,
    NAME,
    ComError,
    DSTransferCancelled,
    FakeTwain,
    FakeWia,
    PaperJam,
    TwainError,
    picture,
)
from tests.scan.sources.scanners import order

BMP, PNG = picture("BMP"), picture("PNG")


def twain(*pages: bytes | Exception, unknown: tuple[int, ...] = ()) -> tuple[FakeTwain, Acquirer]:
    library = FakeTwain(pages or (BMP, BMP, BMP), unknown)
    return library, PytwainDriver(library)


def wia(*pages: bytes | Exception, able: int = 3) -> tuple[FakeWia, Acquirer]:
    library = FakeWia(list(pages or (PNG, PNG, PNG)), able)
    return library, WiaAutomation(library.create, ComError)


def source(acquirer: Acquirer, device: str = f"twain:{NAME}", **asked: object) -> AcquiredSource:
    return AcquiredSource(order(device, **asked), acquirer, name="three")  # type: ignore[arg-type]


class TestTwain(SourceContract):
    @pytest.fixture
    def source(self) -> Source:
        return source(twain()[1])

    @pytest.fixture
    def barren(self) -> Source:
        return source(PytwainDriver(FakeTwain(())))


class TestWia(SourceContract):
    @pytest.fixture
    def source(self) -> Source:
        return source(wia()[1])

    @pytest.fixture
    def barren(self) -> Source:
        return source(WiaAutomation(FakeWia([], 3).create, ComError))


def fault(one: AcquiredSource) -> SourceFault:
    with pytest.raises(SourceUnavailableError) as caught:
        list(one.frames())
    return caught.value.fault


def test_twain_is_told_what_is_asked_and_lets_everything_go() -> None:
    library, acquirer = twain()
    frames = list(source(acquirer, dpi=300, colour=Colour.GREY, duplex=True).frames())
    assert [bytes(frame.content)[:2] for frame in frames] == [b"II"] * 3
    assert library.set_to[library.ICAP_XRESOLUTION] == 300.0
    assert library.set_to[library.ICAP_PIXELTYPE] == 1
    assert library.set_to[library.CAP_DUPLEXENABLED] is True
    assert library.set_to[library.CAP_FEEDERENABLED] is True
    assert (library.open_handles, library.opened) == (set(), 0)


def test_twain_takes_the_nearest_value_the_device_has() -> None:
    library, acquirer = twain()
    assert len(list(source(acquirer, dpi=77).frames())) == 3
    assert library.set_to[library.ICAP_XRESOLUTION] == 77.0


def test_wia_is_told_what_is_asked() -> None:
    library, acquirer = wia(able=0x7)
    frames = list(source(acquirer, dpi=300, duplex=True).frames())
    assert [frame.content for frame in frames] == [PNG] * 3
    assert library.set_to["6147"] == library.set_to["6148"] == 300
    assert library.set_to["3088"] == 0x1 | 0x4


def test_flatbed_gives_one_side() -> None:
    library, acquirer = wia()
    assert len(list(source(acquirer, feed=Feed.FLATBED).frames())) == 1
    assert library.set_to["3088"] == 0x2
    assert len(list(source(twain(unknown=(FakeTwain.CAP_FEEDERENABLED,))[1]).frames())) == 1


@pytest.mark.parametrize(
    "acquirer",
    [twain(unknown=(FakeTwain.CAP_DUPLEXENABLED,))[1], wia(able=0x1)[1]],
    ids=["twain", "wia"],
)
def test_stack_is_turned_where_the_device_sees_one_side(acquirer: Acquirer) -> None:
    one = source(acquirer, duplex=True)
    assert [frame.index for frame in one.frames()] == [1, 3, 5]
    assert one.backs_left == 3


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: twain(BMP, BMP, PaperJam())[1], SourceFault.JAMMED),
        (lambda: twain(DSTransferCancelled())[1], SourceFault.NO_PAPER),
        (lambda: twain(BMP, TwainError())[1], SourceFault.BROKEN_OFF),
        (lambda: twain(b"no picture")[1], SourceFault.BROKEN_OFF),
        (lambda: wia(PNG, PNG, ComError(JAMMED))[1], SourceFault.JAMMED),
        (lambda: wia(ComError(0x80210003))[1], SourceFault.NO_PAPER),
        (lambda: wia(ComError(0x80210016))[1], SourceFault.COVER_OPEN),
        (lambda: wia(ComError(0x80004005))[1], SourceFault.BROKEN_OFF),
    ],
)
def test_fault_of_the_device_is_named(make: Callable[[], Acquirer], named: SourceFault) -> None:
    assert fault(source(make())) is named


def test_pages_before_a_jam_stand() -> None:
    library, acquirer = twain(BMP, BMP, PaperJam())
    frames = source(acquirer).frames()
    assert [next(frames).index, next(frames).index] == [1, 2]
    with pytest.raises(SourceUnavailableError):
        next(frames)
    assert (library.open_handles, library.opened) == (set(), 0)


def test_run_that_nobody_takes_to_its_end_lets_the_device_go() -> None:
    library, acquirer = twain()
    one = source(acquirer)
    frames = one.frames()
    next(frames)
    one.close()
    assert (library.open_handles, library.opened) == (set(), 0)


@pytest.mark.parametrize("acquirer", [twain()[1], wia()[1]], ids=["twain", "wia"])
def test_scanner_that_is_not_there_is_named(acquirer: Acquirer) -> None:
    assert fault(source(acquirer, "twain:Other")) is SourceFault.NOT_FOUND


def test_feeder_that_is_not_there_is_refused() -> None:
    assert fault(source(wia(able=0x2)[1], feed=Feed.FEEDER)) is SourceFault.CANNOT


@pytest.mark.skipif(sys.platform == "win32", reason="these libraries may be there on Windows")
@pytest.mark.parametrize("kind", [DeviceKind.TWAIN, DeviceKind.WIA])
def test_without_the_library_it_is_said_so(kind: DeviceKind) -> None:
    with pytest.raises(SourceUnavailableError) as caught:
        list(open_device(order(f"{kind}:{NAME}")).frames())
    assert caught.value.fault is SourceFault.NO_DRIVER
    assert list_windows("linux") == ()
    assert list_windows("win32") == ()  # both libraries are missing, and nothing breaks


def test_libraries_are_loaded_when_a_device_is_asked_for() -> None:
    loads = "import sys, kiosk.scan.sources.twain, kiosk.scan.sources.wia"
    code = f"{loads}; sys.exit(bool({{'twain', 'comtypes'}} & set(sys.modules)))"
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, timeout=30).returncode == 0
