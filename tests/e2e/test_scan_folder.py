"""``scan --device folder:PATH``: a file goes when its pages are in a PDF on disk."""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pikepdf
import pytest
from PIL import Image

from tests.e2e.commands import ROOT, run

IN_HAND = ".wasl-en-cours"


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """Return a folder into which a printer has put two pages."""
    folder = tmp_path / "share"
    folder.mkdir()
    for number in (1, 2):
        Image.effect_noise((200, 280), 90).save(folder / f"{number}.jpg")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def lying(share: Path) -> list[str]:
    return sorted(file.name for file in share.rglob("*.*") if file.is_file())


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Refuse this process a larger file, as a disk does that fills up in the middle of one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_pages_that_nobody_keeps_leave_their_files(share: Path, data: Path, tmp_path: Path) -> None:
    words = ("--pages", 2, "--no-pdf", "--out", tmp_path / "out", "--data", data)
    ran = run("scan", "--device", f"folder:{share}", *words)
    assert ([page["index"] for page in ran.fields["pages"]], ran.exit_code) == ([1, 2], 0)
    assert sorted(file.name for file in share.iterdir()) == ["1.jpg", "2.jpg"]


def test_files_go_once_their_pdf_is_written(share: Path, data: Path, tmp_path: Path) -> None:
    words = ("--pages", 2, "--out", tmp_path / "made" / "out", "--data", data)
    ran = run("scan", "--device", f"folder:{share}", *words)
    with pikepdf.open(ran.fields["pdf"]) as pdf:
        assert len(pdf.pages) == 2
    assert (lying(share), ran.exit_code) == ([], 0)


def test_files_stay_where_out_cannot_be_written(share: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    words = ("--out", tmp_path / "out", "--data", data)
    ran = run("scan", "--device", f"folder:{share}", *words)
    assert (ran.error, ran.exit_code) == ("invalid_input", 2)
    assert sorted(file.name for file in share.iterdir()) == ["1.jpg", "2.jpg"]


@pytest.mark.parametrize("place", ["", ".", "share", "{data}", "{data}/drafts", "{home}", "/"])
def test_folder_that_holds_something_else_is_refused(
    share: Path, data: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    # The empty path was the folder in which the command was run: it took what lay there.
    monkeypatch.chdir(share)
    monkeypatch.setenv("HOME", str(share))
    named = place.format(data=data, home=share)
    ran = run("scan", "--device", f"folder:{named}", "--data", data)
    assert (ran.error, ran.exit_code) == ("invalid_input", 2)
    assert "device" in ran.fields["error"]["message"]
    assert sorted(file.name for file in share.iterdir()) == ["1.jpg", "2.jpg"]


def test_files_stay_where_the_pdf_ends_in_a_full_disk(
    share: Path, data: Path, tmp_path: Path
) -> None:
    with files_of_at_most(1000):
        words = ("--pages", 2, "--out", tmp_path / "out", "--data", data)
        ran = run("scan", "--device", f"folder:{share}", *words)
    assert (ran.error, ran.exit_code) == ("invalid_input", 2)
    assert "2 pages are in no PDF" in ran.fields["error"]["message"]
    assert (len(ran.fields["pages"]), ran.fields["pdf"]) == (2, None)
    assert len(lying(share)) == 2
    assert list((tmp_path / "out").iterdir()) == []


def test_interrupted_run_keeps_what_came_and_every_file(
    share: Path, data: Path, tmp_path: Path
) -> None:
    words = ["--device", f"folder:{share}", "--out", str(tmp_path / "out"), "--data", str(data)]
    command = [sys.executable, str(ROOT / "main.py"), "scan", *words, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        due = monotonic() + 60
        while not (share / IN_HAND / "000002~2.jpg").exists() and monotonic() < due:
            sleep(0.02)
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
    fields = json.loads(printed)
    with pikepdf.open(fields["pdf"]) as pdf:
        assert len(pdf.pages) == len(fields["pages"]) > 0
    assert "interrupted" in fields["error"]["message"]
    assert (process.returncode, lying(share)) == (130, ["000001~1.jpg", "000002~2.jpg"])
