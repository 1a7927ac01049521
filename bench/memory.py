"""Measures the memory of the capture child: ``python -m bench.memory [--pages 60]``.

Idle after its start, and over a dossier fed page by page as a sheet feeder does: scans of A4 at
300 dpi, grey and colour in turns. The peak of the whole run is what the kernel noted (VmHWM); what
is held between pages of a stack lies below it, and what is held after some pages is taken once the
child has been idle for as long as it waits for the next page.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench._report import Figure, Report, parser_of
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.heap import IDLE_S
from kiosk.scan.processed import ProcessedPage
from tests.paper import Kind, draw_page, jpeg_bytes, scan

MAX_IDLE_MB: Final = 100.0
MAX_PEAK_MB: Final = 300.0
MAX_GROWTH_MB: Final = 10.0
"""Between the tenth page and the last: more would grow with the dossier."""
_MARKS: Final = (10, 30, 60)
_KINDS: Final[tuple[Kind, ...]] = ("feuille_de_soins", "ordonnance", "vignettes", "resultats")


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


def main() -> int:
    """Measure, print, and write the figures."""
    parser = parser_of(__doc__)
    parser.add_argument("--pages", type=int, default=_MARKS[-1])
    options = parser.parse_args()
    if not Path("/proc/self/status").exists():
        print("skipped: memory is read from /proc, which only Linux has")
        return 0
    report = Report("memory", options.out)
    held: dict[int, float] = {}
    with (
        tempfile.TemporaryDirectory(prefix="wasl-bench-") as folder,
        CaptureProcess() as capture,
    ):
        files = write_pages(Path(folder))
        capture.start()
        pid = child_pid()
        idle = memory_mb(pid, "VmRSS")
        report.add(Figure(name="capture child, idle", ours=idle, unit="MB", limit=MAX_IDLE_MB))
        for number in range(1, options.pages + 1):
            path = files[number % len(files)]
            (page,) = capture.process(path, path.name)
            if not isinstance(page, ProcessedPage):
                raise RuntimeError(f"page {number} was refused: {page.error}")
            if number in _MARKS or number == options.pages:
                time.sleep(2 * IDLE_S)
                held[number] = memory_mb(pid, "VmRSS")
                report.add(Figure(name=f"held after {number} pages", ours=held[number], unit="MB"))
                peak = memory_mb(pid, "VmHWM")
                report.add(
                    Figure(name=f"peak of {number} pages", ours=peak, unit="MB", limit=MAX_PEAK_MB)
                )
    grown = held[options.pages] - held[min(held)]
    name = f"growth from page {min(held)} to page {options.pages}"
    report.add(Figure(name=name, ours=grown, unit="MB", limit=MAX_GROWTH_MB))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
