"""Files made to hurt: a named error or a picture of the page, within bounds of time and memory."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.errors import (
    EncryptedPdfError,
    FileTooLargeError,
    TooManyPagesError,
    UnreadableFileError,
    WaslError,
)
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.processed import FrameFault, ProcessedPage
from tests.scan import hostile
from tests.scan.hostile import Maker

MAX_PEAK_KB = 750_000
"""What the child may ever take: a picture of 40 Mpx in colour is 120 MB, and is copied thrice."""
MAX_CPU_S = 8.0
SLOW = (hostile.jpeg_of_many_scans, hostile.pdf_of_a_billion_laughs)
"""Those that only the clock stops."""


@pytest.fixture(scope="module")
def capture() -> Iterator[CaptureProcess]:
    with CaptureProcess() as process:
        process.start()
        yield process


def _child_of(capture: CaptureProcess) -> Path:
    child = capture._children._child
    assert child is not None
    return Path("/proc") / str(child._process.pid)


def _cpu_s(child: Path) -> float:
    fields = (child / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _taken(
    capture: CaptureProcess, file: Path, source: str
) -> tuple[list[ProcessedPage | FrameFault], int, float]:
    """Return what became of *file*, and the child's peak in kB and CPU seconds meanwhile."""
    capture.start()
    child = _child_of(capture)
    (child / "clear_refs").write_text("5")  # the peak counts from here
    before = _cpu_s(child)
    outcomes = list(capture.process(file, source))
    peak = (child / "status").read_text().partition("VmHWM:")[2].split()[0]
    return outcomes, int(peak), _cpu_s(child) - before


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize(
    ("make", "error"),
    [
        (hostile.png_of_a_gigabyte, FileTooLargeError),
        (hostile.png_just_within, UnreadableFileError),
        (hostile.png_with_a_bomb_for_a_profile, UnreadableFileError),
        (hostile.tiff_of_gigabytes, FileTooLargeError),
        (hostile.tiff_that_goes_round, None),
        (hostile.tiff_with_endless_strips, UnreadableFileError),
        (hostile.jpeg_that_lies, UnreadableFileError),
        (hostile.jpeg_of_161_mpx, FileTooLargeError),
        (hostile.jpeg_of_41_mb, FileTooLargeError),
        (hostile.pdf_of_10_000_pages, TooManyPagesError),
        (hostile.pdf_that_lies_about_its_pages, None),
        (hostile.pdf_that_goes_round, UnreadableFileError),
        (hostile.pdf_with_a_bomb_for_a_picture, None),
        (hostile.pdf_that_is_encrypted, EncryptedPdfError),
        (hostile.pdf_cut_short, UnreadableFileError),
        (hostile.pdf_with_luggage, None),
        (hostile.pdf_form_with_scripts, None),
        (hostile.pdf_form_with_a_bomb_for_an_appearance, None),
        (hostile.nothing, UnreadableFileError),
        (hostile.text, UnreadableFileError),
        (hostile.animation, UnreadableFileError),
    ],
)
def test_file_made_to_hurt_does_not(
    capture: CaptureProcess, tmp_path: Path, make: Maker, error: type[WaslError] | None
) -> None:
    file = tmp_path / "hostile"
    make(file)
    (outcome,), peak_kb, cpu_s = _taken(capture, file, make.__name__)
    if error is None:
        assert isinstance(outcome, ProcessedPage)
        assert b"WASL-LUGGAGE" not in outcome.pdf
    else:
        assert isinstance(outcome, FrameFault)
        assert type(outcome.error) is error
        assert str(file) not in str(outcome.error)
    assert peak_kb < MAX_PEAK_KB
    assert cpu_s < MAX_CPU_S


def test_work_without_end_is_ended(tmp_path: Path) -> None:
    with CaptureProcess(decode_limit_s=0.7) as capture:
        for make in SLOW:
            file = tmp_path / make.__name__
            make(file)
            capture.start()
            child = _child_of(capture)
            start = time.monotonic()
            outcome = next(iter(capture.process(file, make.__name__)))
            assert time.monotonic() - start < 15
            assert isinstance(outcome, FrameFault)
            assert isinstance(outcome.error, FileTooLargeError)
            assert not child.exists()
