"""A network scanner, through SANE's airscan backend and a real exchange of eSCL on loopback."""

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.domain.scans import Colour
from kiosk.scan.sources.base import Source
from kiosk.scan.sources.sane import SaneSource
from kiosk.scan.sources.sane_devices import list_sane
from tests.contracts.source_contract import SourceContract
from tests.fakes.escl import Feeder, escl_scanner, resolution_of
from tests.scan.sources.scanners import order, with_network_scanner


def _has_airscan() -> bool:
    if shutil.which("scanimage") is None:
        return False
    held = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    beside = Path("/usr/lib").glob("*/sane/libsane-airscan.so.1")
    return "libsane-airscan" in held or any(beside)


pytestmark = pytest.mark.skipif(not _has_airscan(), reason="sane-airscan is not installed")
DEVICE = "sane:escl:counter-mfp:counter-mfp"


def sheet(number: int, mode: str) -> bytes:
    """Return an A4 sheet at 75 dpi with its number as so many bars."""
    paper = Image.new(mode, (620, 877), 250 if mode == "L" else (250, 248, 240))
    pen = ImageDraw.Draw(paper)
    for bar in range(number):
        pen.rectangle((60, 60 + 90 * bar, 560, 100 + 90 * bar), fill=30 if mode == "L" else "navy")
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=80)
    return out.getvalue()


@pytest.fixture
def feeder() -> Feeder:
    return Feeder(
        grey=[sheet(n, "L") for n in (1, 2, 3)], colour=[sheet(n, "RGB") for n in (1, 2, 3)]
    )


@pytest.fixture
def device(feeder: Feeder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    with escl_scanner(feeder) as url:
        with_network_scanner(tmp_path / "sane", monkeypatch, url)
        yield DEVICE


@pytest.mark.usefixtures("device")
class TestNetworkFeeder(SourceContract):
    @pytest.fixture
    def source(self) -> Source:
        return SaneSource(order(DEVICE), name="three")

    @pytest.fixture
    def barren(self, feeder: Feeder) -> Source:
        feeder.grey = feeder.colour = []
        return SaneSource(order(DEVICE))


@pytest.mark.usefixtures("device")
def test_network_scanner_is_listed_by_its_name() -> None:
    assert [one.id for one in list_sane()] == [DEVICE]


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("colour", list(Colour))
def test_three_sheets_come_over_the_network(feeder: Feeder, colour: Colour) -> None:
    frames = list(SaneSource(order(DEVICE, colour=colour)).frames())
    seen = [Image.open(io.BytesIO(bytes(frame.content))) for frame in frames]
    assert [one.mode for one in seen] == ["L" if colour is Colour.GREY else "RGB"] * 3
    dark = [(sum(one.convert("L").histogram()[:128]) / one.width / one.height) for one in seen]
    assert dark == sorted(dark)  # one bar, two, three: each sheet once and in order
    assert len(set(dark)) == 3
    assert resolution_of(feeder.settings[0]) == "75"


@pytest.mark.usefixtures("device")
def test_scanner_unplugged_in_the_middle_of_page_three_keeps_two(feeder: Feeder) -> None:
    feeder.breaks_at = 3
    frames = SaneSource(order(DEVICE)).frames()
    assert [next(frames).index, next(frames).index] == [1, 2]
    with pytest.raises(SourceUnavailableError) as caught:
        next(frames)
    assert caught.value.fault is SourceFault.BROKEN_OFF
