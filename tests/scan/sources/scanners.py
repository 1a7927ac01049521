"""SANE set up for a test: its own ``test`` backend, or our eSCL scanner through ``airscan``."""

from pathlib import Path

import pytest

from kiosk.domain.scans import Colour, Feed, ScanOrder, ScanProfile

TEST_SCANNER = "sane:noname:frontend-tester:0"
_TEST = """number_of_devices 2
resolution 75.0
geometry_max 60.0
br_x 60.0
br_y 60.0
test-picture "Grid"
"""


def with_test_scanner(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Let SANE see its test backend alone, set up by the lines of its ``test.conf``."""
    folder.mkdir(exist_ok=True)
    (folder / "dll.conf").write_text("test\n")
    (folder / "test.conf").write_text(_TEST + "\n".join(lines) + "\n")
    monkeypatch.setenv("SANE_CONFIG_DIR", str(folder))


def with_network_scanner(folder: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let SANE see one eSCL scanner, by its address and without discovery."""
    folder.mkdir(exist_ok=True)
    (folder / "dll.conf").write_text("airscan\n")
    (folder / "airscan.conf").write_text(
        f'[devices]\n"Counter MFP" = {url}, eSCL\n[options]\ndiscovery = disable\n'
    )
    monkeypatch.setenv("SANE_CONFIG_DIR", str(folder))


def order(
    device: str = TEST_SCANNER,
    *,
    pages: int = 0,
    backs_of: int = 0,
    dpi: int = 75,
    duplex: bool = False,
    colour: Colour = Colour.GREY,
    feed: Feed = Feed.AUTO,
) -> ScanOrder:
    """Return an order that is quickly done."""
    profile = ScanProfile(
        name="test", device=device, dpi=dpi, duplex=duplex, colour=colour, feed=feed
    )
    return ScanOrder(profile=profile, pages=pages, backs_of=backs_of)
