"""``scan --device`` and ``devices``, as the contract has them, on SANE's test scanner."""

import io
import shutil
import sys
from pathlib import Path

import pikepdf
import pytest

from tests.e2e.commands import run
from tests.fakes.escl import Feeder, escl_scanner
from tests.scan.sources.scanners import TEST_SCANNER, with_network_scanner, with_test_scanner
from tests.scan.sources.test_escl import DEVICE, _has_airscan, sheet

pytestmark = pytest.mark.skipif(
    shutil.which("scanimage") is None, reason="SANE (sane-utils) is not installed"
)

PROFILES = f"""
[[profiles]]
name = "Comptoir"
device = "{TEST_SCANNER}"
dpi = 75
colour = "grey"
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with_test_scanner(tmp_path / "sane", monkeypatch)
    (tmp_path / "kiosk.toml").write_text(PROFILES)
    return tmp_path


def test_devices_lists_profiles_and_scanners(data: Path) -> None:
    ran = run("devices", "--data", data)
    ids = [one["id"] for one in ran.fields["devices"]]
    assert ids[:4] == ["Comptoir", "files", TEST_SCANNER, "sane:noname:frontend-tester:1"]
    assert ran.fields["devices"][0]["device"] == TEST_SCANNER
    assert ran.exit_code == 0


def test_both_sides_of_a_one_sided_scanner_come_in_order(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))  # the stack is turned over
    words = ("scan", "--device", "Comptoir", "--duplex", "--pages", 2)
    ran = run(*words, "--out", tmp_path, "--data", data)
    assert [page["index"] for page in ran.fields["pages"]] == [1, 3, 4, 2]
    assert {page["source"] for page in ran.fields["pages"]} == {TEST_SCANNER}
    with pikepdf.open(ran.fields["pdf"]) as pdf:
        assert len(pdf.pages) == 4
    assert ran.exit_code == 0


@pytest.mark.skipif(not _has_airscan(), reason="sane-airscan is not installed")
def test_scanner_that_goes_away_at_page_three_leaves_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeder = Feeder(grey=[], colour=[sheet(n, "RGB") for n in (1, 2, 3)], breaks_at=3)
    feeder.grey = feeder.colour
    with escl_scanner(feeder) as url:
        with_network_scanner(tmp_path / "sane", monkeypatch, url)
        ran = run("scan", "--device", DEVICE, "--out", tmp_path, "--data", tmp_path)
    assert (ran.error, ran.exit_code) == ("device_unavailable", 1)
    assert [page["index"] for page in ran.fields["pages"]] == [1, 2]
    with pikepdf.open(ran.fields["pdf"]) as pdf:
        assert len(pdf.pages) == 2


def test_no_sheet_is_drawn_in_for_a_pdf_that_cannot_be_written(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A scanner of no name would be asked for first, and told of: nothing of it is.
    monkeypatch.setenv("SANE_CONFIG_DIR", str(tmp_path / "nowhere"))
    (tmp_path / "out" / "dossier.pdf").mkdir(parents=True)
    ran = run("scan", "--device", "Comptoir", "--out", tmp_path / "out", "--data", data)
    assert (ran.error, ran.exit_code) == ("invalid_input", 2)
    assert ran.fields["error"]["message"].startswith("out: cannot be written")


@pytest.mark.parametrize(
    "words",
    [
        ("--device", "who"),
        ("--device", "files"),
        ("a.jpg", "--device", "Comptoir"),
        ("--device", "Comptoir", "--pages", "0"),
        ("--device", "Comptoir", "--pages", "201"),
        ("a.jpg", "--duplex"),
        ("a.jpg", "--pages", "2"),
        (),
    ],
    ids=" ".join,
)
def test_wrong_use_is_refused(data: Path, words: tuple[str, ...]) -> None:
    ran = run("scan", *words, "--data", data)
    assert (ran.error, ran.exit_code) == ("invalid_input", 2)


@pytest.mark.parametrize("words", [(TEST_SCANNER,), ("Comptoir", "--duplex")], ids=" ".join)
def test_locked_profiles_are_all_there_is(data: Path, words: tuple[str, ...]) -> None:
    (data / "kiosk.toml").write_text("profiles_locked = true\n" + PROFILES)
    ran = run("scan", "--device", *words, "--data", data)
    assert (ran.error, ran.exit_code) == ("forbidden", 2)
    said = ran.fields["error"]["message"]
    assert "administrator" in said
    assert "Comptoir" in said
