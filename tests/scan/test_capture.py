"""The capture child: pages come back whatever the file does to it."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kiosk.domain.errors import (
    DeviceUnavailableError,
    EncryptedPdfError,
    FileTooLargeError,
    UnreadableFileError,
)
from kiosk.domain.page import Outline, Spot
from kiosk.domain.views import FrameView
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.one_child import capture_command
from kiosk.scan.processed import FrameFault, ProcessedPage
from tests.fakes.papers import draw_paper

ROOT = Path(__file__).parents[2]

SHAM = """
import sys
sys.path.insert(0, {root!r})
from kiosk.scan.messages import receive, send
answers, requests = sys.stdout.buffer, sys.stdin.buffer
send(answers, {{"is": "ready"}})
while (request := receive(requests)) is not None:
    if request["ask"] == "open":
        first = request["first"]
        send(answers, {{"is": "opened"}})
        continue
    {act}
"""


def sham(act: str) -> tuple[str, ...]:
    """Return a child that is ready and opens files, and then does *act*."""
    body = act.replace("\n", "\n    ")
    return (sys.executable, "-c", SHAM.format(root=str(ROOT), act=body))


@pytest.fixture(scope="module")
def capture() -> Iterator[CaptureProcess]:
    with CaptureProcess() as process:
        process.start()
        yield process


@pytest.fixture
def three_sides(tmp_path: Path) -> Path:
    """Return a TIFF of three small sides."""
    path = tmp_path / "three.tif"
    sides = [Image.new("L", (400, 560), shade) for shade in (250, 240, 230)]
    sides[0].save(path, save_all=True, append_images=sides[1:])
    return path


def child_of(capture: CaptureProcess) -> int:
    child = capture._children._child
    assert child is not None
    return child._process.pid


def test_page_comes_back_whole(capture: CaptureProcess, jpeg_file: Path) -> None:
    (page,) = capture.process(jpeg_file, "as given.jpg")
    assert isinstance(page, ProcessedPage)
    assert page.page.source == "as given.jpg"
    assert page.page.size_bytes == len(page.pdf)
    assert page.page.codes
    assert page.pdf.startswith(b"%PDF-")
    assert page.preview_jpeg.startswith(b"\xff\xd8")


def test_sides_of_one_file_come_in_order(capture: CaptureProcess, three_sides: Path) -> None:
    pages = list(capture.process(three_sides, "t"))
    assert [p.page.index for p in pages if isinstance(p, ProcessedPage)] == [1, 2, 3]


def test_page_can_be_turned(capture: CaptureProcess, jpeg_file: Path) -> None:
    (page,) = capture.process(jpeg_file, "a")
    assert isinstance(page, ProcessedPage)
    turned = capture.turn(replace(page.page, original_is_so=True), page.pdf, 3)
    assert isinstance(turned, ProcessedPage)
    assert turned.page.rotated_deg == (page.page.rotated_deg + 270) % 360
    assert turned.page.width_px == page.page.height_px
    assert turned.page.original_is_so
    assert turned.page.codes == page.page.codes


def test_turning_what_is_no_page_is_a_fault(capture: CaptureProcess, three_sides: Path) -> None:
    page = next(iter(capture.process(three_sides, "t")))
    assert isinstance(page, ProcessedPage)
    fault = capture.turn(page.page, b"not a page", 1)
    assert isinstance(fault, FrameFault)
    assert isinstance(fault.error, UnreadableFileError)
    assert (fault.source, fault.index) == ("t", 1)


def test_whole_frame_is_shown_and_cut_by_given_corners(
    capture: CaptureProcess, tmp_path: Path
) -> None:
    path = tmp_path / "wide.png"
    frame = Image.new("RGB", (900, 700), "#304050")
    frame.paste(draw_paper().resize((300, 420)), (500, 150))
    frame.save(path)
    view = capture.look(path, "wide", 1)
    assert isinstance(view, FrameView)
    assert (view.width_px, view.height_px) == (900, 700)
    with Image.open(io.BytesIO(view.jpeg)) as shown:
        assert shown.size == (900, 700)
    corners = Outline(Spot(500, 150), Spot(800, 150), Spot(800, 570), Spot(500, 570))
    placed = capture.place(path, "wide", 1, corners)
    assert isinstance(placed, ProcessedPage)
    assert placed.page.outline is not None
    assert sorted(placed.page.outline) == sorted(corners)
    assert placed.page.source == "wide"
    with Image.open(io.BytesIO(placed.preview_jpeg)) as cut:
        assert np.asarray(cut.convert("L")).min(0).min() > 60  # nothing of the dark desk
        assert max(cut.size) / min(cut.size) == pytest.approx(1.4, abs=0.03)


def test_frame_that_is_not_there_is_a_fault(capture: CaptureProcess, three_sides: Path) -> None:
    for path, index in ((three_sides, 4), (three_sides.with_name("gone.tif"), 1)):
        fault = capture.look(path, "t", index)
        assert isinstance(fault, FrameFault)
        assert isinstance(fault.error, UnreadableFileError)
        assert (fault.source, fault.index) == ("t", index)


def test_child_that_lies_about_a_frame_is_a_fault(three_sides: Path) -> None:
    for answer in ('"is": "frame", "jpeg": 7', '"is": "frame", "jpeg": b"", "size": [0, 9]'):
        with CaptureProcess(sham(f"send(answers, {{{answer}}})")) as capture:
            assert isinstance(capture.look(three_sides, "t", 1), FrameFault)


def test_bad_file_is_a_fault_and_the_next_goes_on(
    capture: CaptureProcess, jpeg_file: Path, three_sides: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(jpeg_file.read_bytes()[:-2_000])
    (fault,) = capture.process(cut, "cut.jpg")
    assert isinstance(fault, FrameFault)
    assert isinstance(fault.error, UnreadableFileError)
    assert (fault.source, fault.index) == ("cut.jpg", 1)
    assert len(list(capture.process(three_sides, "t"))) == 3


def test_encrypted_pdf_keeps_its_name(
    capture: CaptureProcess, tmp_path: Path, tiny_pdf: Callable[..., bytes]
) -> None:
    import pikepdf

    path = tmp_path / "locked.pdf"
    path.write_bytes(tiny_pdf(encryption=pikepdf.Encryption(owner="o", user="u")))
    (fault,) = capture.process(path, "locked.pdf")
    assert isinstance(fault, FrameFault)
    assert isinstance(fault.error, EncryptedPdfError)


def test_child_killed_between_two_sides_costs_nothing(three_sides: Path) -> None:
    with CaptureProcess() as capture:
        outcomes = capture.process(three_sides, "t")
        assert isinstance(next(outcomes), ProcessedPage)
        os.kill(child_of(capture), signal.SIGKILL)  # as the system does when memory runs out
        rest = list(outcomes)
    assert [o.page.index for o in rest if isinstance(o, ProcessedPage)] == [2, 3]


def test_child_killed_at_a_side_costs_that_side(three_sides: Path) -> None:
    act = (
        'send(answers, {"is": "decoding", "index": first})\n'
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    with CaptureProcess(sham(act)) as capture:
        outcomes = capture.process(three_sides, "t")
        assert [next(outcomes).index for _ in range(2)] == [1, 2]  # type: ignore[union-attr]


def test_child_that_hangs_is_killed_in_time(three_sides: Path) -> None:
    act = 'send(answers, {"is": "decoding", "index": first})\nimport time; time.sleep(600)'
    with CaptureProcess(sham(act), decode_limit_s=0.4) as capture:
        start = time.monotonic()
        faults = list(capture.process(three_sides, "t"))
        assert time.monotonic() - start < 15
    assert len(faults) == 3  # a file that brings down three children is given up
    for fault in faults:
        assert isinstance(fault, FrameFault)
        assert isinstance(fault.error, FileTooLargeError)


@pytest.mark.parametrize(
    "act",
    [
        'send(answers, {"is": "decoding", "index": first}); import os; os.abort()',
        'answers.write(b"\\xff\\xff\\xff\\xff"); answers.flush()',
        'answers.write(b"\\0\\0\\0\\x04junk"); answers.flush()',
        'answers.write(b"\\0\\0\\0\\x06\\xa1\\x01\\xd8\\x23\\x0e\\xc2"); answers.flush()',
        'send(answers, {"is": "page", "index": first, "pdf": "not bytes"})',
        'send(answers, {"is": "page", "pdf": b"", "size": [1.5, float("inf"), 1], "index": first})',
        'send(answers, {"is": "fault", "index": first, "code": ["a list"]})',
        'send(answers, {"is": "page", "index": 99})',
        'while True: send(answers, {"is": "decoding", "index": first})',
    ],
    ids=[
        *("aborts", "endless", "junk", "pattern that is none", "misshapen", "infinite"),
        *("nameless fault", "out of turn", "always decoding"),
    ],
)
def test_child_that_dies_or_lies_is_a_fault(act: str, three_sides: Path) -> None:
    with CaptureProcess(sham(act)) as capture:
        (first, *_) = capture.process(three_sides, "t")
    assert isinstance(first, FrameFault)
    assert isinstance(first.error, UnreadableFileError)


def test_command_that_is_not_there_is_named(jpeg_file: Path) -> None:
    with CaptureProcess(("/nowhere/capture",)) as capture, pytest.raises(DeviceUnavailableError):
        next(capture.process(jpeg_file, "a"))


def test_command_that_ends_at_once_is_named() -> None:
    with (
        CaptureProcess((sys.executable, "-c", "")) as capture,
        pytest.raises(DeviceUnavailableError),
    ):
        capture.start()


def test_closing_ends_a_call_that_waits(three_sides: Path) -> None:
    act = "import time; time.sleep(600)"
    capture = CaptureProcess(sham(act))
    capture.start()
    timer = threading.Timer(0.3, capture.close)
    timer.start()
    with pytest.raises(DeviceUnavailableError):
        list(capture.process(three_sides, "t"))
    timer.join()
    capture.close()


def test_stopped_file_gives_no_further_side_and_keeps_the_child(
    capture: CaptureProcess, three_sides: Path
) -> None:
    stop, child = threading.Event(), child_of(capture)
    outcomes = capture.process(three_sides, "t", stop=stop)
    assert isinstance(next(outcomes), ProcessedPage)
    stop.set()
    assert list(outcomes) == []
    assert len(list(capture.process(three_sides, "t"))) == 3
    assert child_of(capture) == child


def test_stop_does_not_wait_for_a_side_that_takes_long(three_sides: Path) -> None:
    act = 'send(answers, {"is": "decoding", "index": first})\nimport time; time.sleep(600)'
    stop = threading.Event()
    timer = threading.Timer(0.2, stop.set)
    with CaptureProcess(sham(act), decode_limit_s=500) as capture:
        capture.start()
        timer.start()
        assert list(capture.process(three_sides, "t", stop=stop)) == []  # no fault: it was asked
    timer.join()


def test_pages_say_of_how_many(capture: CaptureProcess, three_sides: Path) -> None:
    pages = capture.process(three_sides, "t")
    assert [one.file_pages for one in pages if isinstance(one, ProcessedPage)] == [3, 3, 3]


def test_closing_leaves_no_process() -> None:
    capture = CaptureProcess()
    capture.start()
    pid = child_of(capture)
    capture.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_parent_side_loads_nothing_heavy() -> None:
    heavy = "{'cv2', 'numpy', 'pikepdf', 'pypdfium2', 'PIL', 'zxingcpp', 'pyzbar'}"
    loads = "import sys, kiosk.scan.capture, kiosk.scan.devices"
    code = f"{loads}; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=30).returncode == 0


def test_frozen_program_calls_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert capture_command() == (sys.executable, "capture-child")
