"""Pages of a device through the capture child, whatever befalls device or child."""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.domain.errors import FileTooLargeError, SourceFault, SourceUnavailableError
from kiosk.domain.scans import StackToTurn
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.processed import FrameFault, ProcessedPage
from tests.scan.sources.scanners import order, with_test_scanner
from tests.scan.test_capture import child_of, sham

SAMPLE = Path(__file__).parents[2] / "kiosk" / "samples" / "2-ordonnance.jpg"
needs_sane = pytest.mark.skipif(
    shutil.which("scanimage") is None, reason="SANE (sane-utils) is not installed"
)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaptureProcess]:
    """Return a child that sees SANE's test scanner."""
    with pytest.MonkeyPatch.context() as patch, CaptureProcess() as process:
        with_test_scanner(tmp_path_factory.mktemp("sane"), patch)
        process.start()
        yield process


def indexes(outcomes: list[ProcessedPage | FrameFault | StackToTurn]) -> list[int]:
    return [one.page.index for one in outcomes if isinstance(one, ProcessedPage)]


@needs_sane
def test_pages_of_a_feeder_come_one_by_one(capture: CaptureProcess) -> None:
    outcomes = list(capture.scan(order(pages=2)))
    assert indexes(outcomes) == [1, 2]
    assert len(outcomes) == 2


@needs_sane
def test_stack_is_to_be_turned_when_the_device_sees_one_side(capture: CaptureProcess) -> None:
    *fronts, last = capture.scan(order(pages=2, duplex=True))
    assert indexes(fronts) == [1, 3]
    assert last == StackToTurn(sheets=2)
    assert indexes(list(capture.scan(order(pages=2, duplex=True, backs_of=2)))) == [4, 2]


@needs_sane
def test_scan_that_nobody_takes_to_its_end_lets_the_scanner_go(capture: CaptureProcess) -> None:
    outcomes = capture.scan(order())
    next(outcomes)
    before = child_of(capture)
    outcomes.close()  # type: ignore[attr-defined]
    assert not list(Path("/dev/shm").glob(f"wasl-scan-{before}-*"))  # noqa: S108 - looked at
    assert indexes(list(capture.scan(order(pages=1)))) == [1]
    assert child_of(capture) == before


@needs_sane
def test_unknown_device_is_named_and_the_child_lives(capture: CaptureProcess) -> None:
    before = child_of(capture)
    with pytest.raises(SourceUnavailableError) as caught:
        list(capture.scan(order("sane:acme:s1:7")))
    assert caught.value.fault is SourceFault.NOT_FOUND
    assert child_of(capture) == before


@needs_sane
def test_child_killed_between_pages_ends_the_scan_with_what_came(capture: CaptureProcess) -> None:
    outcomes = capture.scan(order())
    assert isinstance(next(outcomes), ProcessedPage)
    os.kill(child_of(capture), signal.SIGKILL)
    with pytest.raises(SourceUnavailableError) as caught:
        list(outcomes)
    assert caught.value.fault is SourceFault.NO_ANSWER


SCAN_SHAM = """
import sys
import threading
import time
sys.path.insert(0, {root!r})
from kiosk.scan.messages import receive, send
answers, requests = sys.stdout.buffer, sys.stdin.buffer
send(answers, {{"is": "ready"}})
while (request := receive(requests)) is not None:
    if request["ask"] == "scan":
        send(answers, {{"is": "opened"}})
        continue
    {act}
"""


def scan_sham(act: str) -> tuple[str, ...]:
    root = str(Path(__file__).parents[2])
    return (sys.executable, "-c", SCAN_SHAM.format(root=root, act=act))


def test_device_that_never_gives_a_page_is_given_up() -> None:
    hangs = scan_sham("import time; time.sleep(600)")
    with CaptureProcess(hangs, device_limit_s=0.3) as capture:
        with pytest.raises(SourceUnavailableError) as caught:
            list(capture.scan(order()))
        assert caught.value.fault is SourceFault.NO_ANSWER


def test_page_that_brings_the_child_down_is_a_fault_and_the_scan_ends() -> None:
    act = 'send(answers, {"is": "decoding", "index": 1}); import time; time.sleep(600)'
    with CaptureProcess(scan_sham(act), decode_limit_s=0.3) as capture:
        outcomes = capture.scan(order())
        fault = next(outcomes)
        assert isinstance(fault, FrameFault)
        assert isinstance(fault.error, FileTooLargeError)
        with pytest.raises(SourceUnavailableError):
            next(outcomes)


def test_folder_goes_on_after_a_page_that_brings_the_child_down() -> None:
    # One file of a hot folder must not hold up the others; three are the end of it.
    act = 'send(answers, {"is": "decoding", "index": 9}); import os; os.abort()'
    with CaptureProcess(scan_sham(act)) as capture:
        outcomes = capture.scan(order("folder:/nowhere"))
        assert [next(outcomes).index for _ in range(3)] == [1, 2, 3]  # type: ignore[union-attr]
        with pytest.raises(SourceUnavailableError):
            next(outcomes)


@pytest.mark.parametrize(
    "answer",
    ['{"is": "turn_over"}', '{"is": "turn_over", "sheets": "2"}', '{"is": "page", "index": 1}'],
)
def test_child_that_lies_about_a_device_is_not_believed(answer: str) -> None:
    with (
        CaptureProcess(scan_sham(f"send(answers, {answer})")) as capture,
        pytest.raises(SourceUnavailableError),
    ):
        list(capture.scan(order()))


def test_file_never_asks_to_turn_a_stack(tmp_path: Path) -> None:
    lie = sham('send(answers, {"is": "turn_over", "sheets": 2})')
    with CaptureProcess(lie) as capture:
        assert {type(one) for one in capture.process(tmp_path, "t")} == {FrameFault}


@needs_sane
def test_run_that_is_stopped_ends_with_what_came(capture: CaptureProcess) -> None:
    capture.start()
    before, stop = child_of(capture), threading.Event()
    outcomes = capture.scan(order(), stop)
    assert isinstance(next(outcomes), ProcessedPage)
    stop.set()
    assert list(outcomes) == []
    assert not list(Path("/dev/shm").glob(f"wasl-scan-{before}-*"))  # noqa: S108 - looked at
    assert child_of(capture) == before
    assert indexes(list(capture.scan(order(pages=1)))) == [1]


def test_run_that_waits_is_ended_at_once_when_it_is_stopped(tmp_path: Path) -> None:
    stop = threading.Event()
    with CaptureProcess() as capture:
        capture.start()
        threading.Timer(0.2, stop.set).start()
        began = time.monotonic()
        assert list(capture.scan(order(f"folder:{tmp_path}"), stop)) == []
        assert time.monotonic() - began < 30  # it waits 45 s for its first file


def test_stopped_folder_lets_the_file_go_whose_page_is_kept(tmp_path: Path) -> None:
    shutil.copy(SAMPLE, tmp_path / "one.jpg")
    stop = threading.Event()
    with CaptureProcess() as capture:
        outcomes = capture.scan(order(f"folder:{tmp_path}"), stop)
        assert isinstance(next(outcomes), ProcessedPage)
        stop.set()
        assert list(outcomes) == []
    assert not list(tmp_path.rglob("*.jpg"))


def test_child_that_is_lost_before_the_files_went_is_told() -> None:
    with CaptureProcess(scan_sham("send(answers, {'is': 'end'})")) as capture:
        assert list(capture.scan(order("folder:/nowhere"))) == []
        os.kill(child_of(capture), signal.SIGKILL)
        with pytest.raises(SourceUnavailableError) as caught:
            capture.all_kept([1])
    assert caught.value.fault is SourceFault.FILES_LEFT


def test_order_that_was_stopped_before_it_began_asks_no_device() -> None:
    stop = threading.Event()
    stop.set()
    with CaptureProcess(scan_sham("raise SystemExit(1)")) as capture:
        assert list(capture.scan(order(), stop)) == []
