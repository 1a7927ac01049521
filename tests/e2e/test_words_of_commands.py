"""What a newcomer reads on the command line: no object of the program, and what to do next."""

from pathlib import Path

import pytest

import main
from kiosk.cli.parser import build_parser

SAMPLE = Path(__file__).resolve().parents[2] / "kiosk" / "samples" / "2-ordonnance.jpg"


def test_scan_is_told_in_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    gone = tmp_path / "gone.jpg"
    code = main.main(["scan", str(SAMPLE), str(gone), "--out", str(tmp_path / "out")])
    page, fault, pdf = capsys.readouterr().out.splitlines()
    assert code == 2
    assert page.startswith(f"{SAMPLE} 1: ")
    assert fault.startswith(f"{gone}: unreadable_file: ")
    assert pdf.startswith(f"{tmp_path / 'out' / 'dossier.pdf'}: ")
    assert not any(mark in page + fault + pdf for mark in "[]{}")


@pytest.mark.parametrize("words", [["scan", "--devise", "Fatima"], ["scan", "a.jpg", "-x"]])
def test_unknown_option_is_named_and_no_value(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main.main(words) == 2
    told = capsys.readouterr().err
    assert "is not known here" in told
    assert "Fatima" not in told


def test_help_tells_exit_codes() -> None:
    assert "3 verification failed" in " ".join(build_parser().format_help().split())
