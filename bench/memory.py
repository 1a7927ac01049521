"""Measures the memory of the capture child: ``python -m bench.memory [--pages 60]``.

Idle after its start, and over a dossier of A4 at 300 dpi, grey and colour in turns: as JPEG files
page by page; and in stacks of ten sheets through SANE, from the feeder of a network scanner that
holds the same paper, and from that of SANE's test backend, whose sheets are a grid of black squares
from edge to edge. The peak of the whole run is what the kernel noted (VmHWM); what is held between
pages of a stack lies below it, and what is held after some pages is taken once the child has been
idle for as long as it waits for the next page.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench._report import Figure, Report, parser_of
from kiosk.domain.scans import Colour, Feed, ScanOrder, ScanProfile
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.heap import IDLE_S
from kiosk.scan.processed import ProcessedPage
from tests.fakes.escl import Feeder, escl_scanner
from tests.paper import Kind, draw_page, jpeg_bytes, scan

MAX_IDLE_MB: Final = 100.0
MAX_PEAK_MB: Final = 300.0
MAX_GROWTH_MB: Final = 10.0
"""Between the tenth page and the last: more would grow with the dossier."""
_MARKS: Final = (10, 30, 60)
_NETWORK_SCANNER: Final = "sane:escl:counter-mfp:counter-mfp"
_TEST_SCANNER: Final = "sane:noname:frontend-tester:0"
_SHEETS: Final = 10
"""What the feeder of SANE's test backend holds."""
_GRID: Final = """number_of_devices 1
geometry_max 300.0
br_x 210.0
br_y 297.0
test-picture "Grid"
"""
_KINDS: Final[tuple[Kind, ...]] = ("feuille_de_soins", "ordonnance", "vignettes", "resultats")


Taken = Callable[[CaptureProcess, Path, int], Iterator[int]]


def write_pages(folder: Path) -> list[Path]:
    """Write a grey and a colour scan of each kind of page; return the files."""
    files = []
    for number, kind in enumerate(_KINDS * 2):
        page = draw_page(kind, 40 + number, dpi=300)
        sample = scan(page, number, 300, is_colour=number >= len(_KINDS))
        path = folder / f"{number}.jpg"
        path.write_bytes(jpeg_bytes(sample))
        files.append(path)
    return files


def child_pid() -> int:
    """Return the id of the only child process of this one."""
    listed = (path.read_text("ascii") for path in Path("/proc/self/task").glob("*/children"))
    (pid,) = " ".join(listed).split()
    return int(pid)


def memory_mb(pid: int, what: str) -> float:
    """Return ``VmRSS`` or ``VmHWM`` of a process, in millions of bytes."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith(what):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"no {what} of process {pid}")


def by_files(capture: CaptureProcess, folder: Path, pages: int) -> Iterator[int]:
    """Take *pages* scans from files; yield how many are done, after each."""
    files = write_pages(folder)
    for number in range(1, pages + 1):
        path = files[number % len(files)]
        check_pages(capture.process(path, path.name), 1)
        yield number


def from_feeder(capture: CaptureProcess, device: str, pages: int) -> Iterator[int]:
    """Take *pages* sides from a feeder; yield how many are done, after each stack.

    Stacks are of colour and of grey in turns.
    """
    for done in range(0, pages, _SHEETS):
        sheets = min(_SHEETS, pages - done)
        colour = Colour.COLOUR if done // _SHEETS % 2 == 0 else Colour.GREY
        profile = ScanProfile(
            name="memory", device=device, dpi=300, duplex=False, colour=colour, feed=Feed.FEEDER
        )
        check_pages(capture.scan(ScanOrder(profile=profile, pages=sheets)), sheets)
        yield done + sheets


def by_grid(capture: CaptureProcess, _: Path, pages: int) -> Iterator[int]:
    """Take sheets of SANE's test backend."""
    yield from from_feeder(capture, _TEST_SCANNER, pages)


@contextmanager
def network_scanner(folder: Path) -> Iterator[Taken]:
    """Run a scanner with a feeder of paper on loopback, which SANE then sees alone."""
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as paper:
        sheets = [path.read_bytes() for path in write_pages(Path(paper))]
    half = len(sheets) // 2
    stack = [sheets[:half] * _SHEETS, sheets[half:] * _SHEETS]
    feeder = Feeder(grey=stack[0][:_SHEETS], colour=stack[1][:_SHEETS])

    def take(capture: CaptureProcess, _: Path, pages: int) -> Iterator[int]:
        for done in from_feeder(capture, _NETWORK_SCANNER, pages):
            feeder.taken = 0  # the next stack is laid in
            yield done

    with escl_scanner(feeder) as url:
        use_scanner(
            folder,
            "airscan",
            f'[devices]\n"Counter MFP" = {url}, eSCL\n[options]\ndiscovery = disable\n',
        )
        yield take


def use_scanner(folder: Path, backend: str, settings: str) -> None:
    """Let SANE see one backend alone, in children that are started from now on."""
    (folder / "dll.conf").write_text(f"{backend}\n")
    (folder / f"{backend}.conf").write_text(settings)
    os.environ["SANE_CONFIG_DIR"] = str(folder)


def check_pages(outcomes: Iterable[object], wanted: int) -> None:
    """Take what comes, one page at a time.

    Raises:
        RuntimeError: It was not *wanted* pages.
    """
    came = 0
    for outcome in outcomes:
        if not isinstance(outcome, ProcessedPage):
            raise RuntimeError(f"no page: {outcome}")
        came += 1
    if came != wanted:
        raise RuntimeError(f"{came} pages of {wanted}")


def watch(report: Report, way: str, take: Taken, pages: int) -> None:
    """Report idle, peak and what is held of a child that takes *pages* pages in one way."""
    held: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as work, CaptureProcess() as capture:
        done = take(capture, Path(work), pages)
        capture.start()
        pid = child_pid()
        idle = memory_mb(pid, "VmRSS")
        report.add(Figure(name=f"{way}: idle", ours=idle, unit="MB", limit=MAX_IDLE_MB))
        for number in done:
            if number in _MARKS or number == pages:
                time.sleep(2 * IDLE_S)
                held[number] = memory_mb(pid, "VmRSS")
                report.add(
                    Figure(name=f"{way}: held after {number} pages", ours=held[number], unit="MB")
                )
                peak = memory_mb(pid, "VmHWM")
                name = f"{way}: peak of {number} pages"
                report.add(Figure(name=name, ours=peak, unit="MB", limit=MAX_PEAK_MB))
    grown = held[pages] - held[min(held)]
    name = f"{way}: growth from page {min(held)} to page {pages}"
    report.add(Figure(name=name, ours=grown, unit="MB", limit=MAX_GROWTH_MB))


def main() -> int:
    """Measure, print, and write the figures."""
    parser = parser_of(__doc__)
    parser.add_argument("--pages", type=int, default=_MARKS[-1])
    options = parser.parse_args()
    if not Path("/proc/self/status").exists():
        print("skipped: memory is read from /proc, which only Linux has")
        return 0
    report = Report("memory", options.out)
    watch(report, "files", by_files, options.pages)
    if shutil.which("scanimage") is None:
        print("feeder: skipped, SANE (sane-utils) is not installed")
    else:
        with tempfile.TemporaryDirectory(prefix="wasl-bench-") as folder:
            with network_scanner(Path(folder)) as take:
                watch(report, "feeder", take, options.pages)
            use_scanner(Path(folder), "test", _GRID)
            watch(report, "feeder, grids", by_grid, options.pages)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
