"""Measures the dossier's PDF: ``python -m bench.pdf [--pages 200]``.

Ours, the same stored pages merged by pikepdf, and the same papers as JPEGs of quality 75 put
together by img2pdf, each in a process of its own: CPU time, peak memory above that of one page,
bytes, and whether our checker finds it to be PDF/A-2b.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image

from bench._report import Figure, Report, parser_of
from kiosk.scan.compress import compress_page
from kiosk.scan.onepage import write_one_page
from kiosk.scan.pdf import write_pdf
from tests.paper import draw_page
from tests.scan.pdfa import pdfa_faults

DEPOSIT = "0197c0de-0000-7000-8000-000000000001"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FLAT_KB = 1_000
"""By how much more the peak of all pages may stand above that of a fifth of them."""


def papers(folder: Path) -> tuple[Path, Path]:
    """Write a filled form of A4 at 300 dpi as it is kept, and as a JPEG of quality 75."""
    page = draw_page("feuille_de_soins", 1, dpi=300)
    stored, jpeg = folder / "page.pdf", folder / "page.jpg"
    stored.write_bytes(write_one_page(compress_page(page.image, page.dpi), page.dpi))
    Image.fromarray(page.image[:, :, ::-1]).save(jpeg, quality=75, dpi=(300, 300))
    return stored, jpeg


def ours(pages: Iterator[bytes], target: Path) -> None:
    """Write as the product does."""
    with target.open("wb") as file:
        write_pdf(file, pages, deposit_id=DEPOSIT, created_at=NOON)


def merged(pages: Iterator[bytes], target: Path) -> None:
    """Merge with pikepdf, as any program would: no PDF/A, all pages in memory."""
    with pikepdf.new() as whole:
        for content in pages:
            with pikepdf.open(io.BytesIO(content)) as one:
                whole.pages.extend(one.pages)
        whole.save(target)


def put_together(pages: Iterator[bytes], target: Path) -> None:
    """Put JPEGs together with img2pdf."""
    with target.open("wb") as file:
        img2pdf.convert(list(pages), outputstream=file, nodate=True)


WAYS: dict[str, Callable[[Iterator[bytes], Path], None]] = {
    "ours": ours,
    "pikepdf": merged,
    "img2pdf": put_together,
}


def peak_kb() -> int:
    """Return the highest resident memory since the last call (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def run(way: str, page_file: Path, count: int, target: Path) -> None:
    """Write *count* pages in this process and print what it took."""

    def pages(number: int) -> Iterator[bytes]:
        return (page_file.read_bytes() for _ in range(number))

    WAYS[way](pages(1), target)
    peak_kb()
    WAYS[way](pages(1), target)
    floor_kb = peak_kb()
    start = time.process_time()
    WAYS[way](pages(count), target)
    took = {
        "cpu_ms": round((time.process_time() - start) * 1000, 1),
        "peak_kb": peak_kb() - floor_kb,
        "bytes": target.stat().st_size,
    }
    print(json.dumps(took))


def measured(way: str, page_file: Path, count: int, target: Path) -> dict[str, float]:
    """Return what a process of its own took for *count* pages."""
    arguments = ["--run", way, str(page_file), str(count), str(target)]
    ran = subprocess.run(
        [sys.executable, "-m", "bench.pdf", *arguments], stdout=subprocess.PIPE, check=True
    )
    answer: dict[str, float] = json.loads(ran.stdout)
    return answer


def tell(report: Report, found: dict[str, dict[str, float]], pages: int) -> None:
    """Add ours beside each peer, whether it is flat in the pages, and whether it is PDF/A-2b."""
    mine = found["ours"]
    for way in ("pikepdf", "img2pdf"):
        for name, unit in (("cpu_ms", "ms"), ("bytes", "bytes"), ("peak_kb", "KB")):
            report.add(
                Figure(
                    name=f"{pages} pages of A4 at 300 dpi, {name}",
                    ours=mine[name],
                    unit=unit,
                    peer=way,
                    theirs=found[way][name],
                )
            )
    grown = mine["peak_kb"] - mine["peak_of_a_fifth_kb"]
    report.add(Figure(name="peak above a fifth's", ours=grown, unit="KB", limit=FLAT_KB))
    for way, took in found.items():
        limit = 0 if way == "ours" else None
        faulty = float(not took["is_pdfa_2b"])
        report.add(Figure(name=f"{way}: not PDF/A-2b", ours=faulty, limit=limit))


def main() -> int:
    """Measure, print, and write; 1 when ours is not flat or is no PDF/A-2b."""
    parser = parser_of(__doc__)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--run", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run:
        way, page_file, count, target = asked.run
        run(way, Path(page_file), int(count), Path(target))
        return 0
    report = Report("pdf", asked.out)
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as work:
        stored, jpeg = papers(Path(work))
        for way in WAYS:
            target = Path(work) / f"{way}.pdf"
            source = jpeg if way == "img2pdf" else stored
            few = measured(way, source, max(1, asked.pages // 5), target)
            found[way] = measured(way, source, asked.pages, target)
            found[way]["peak_of_a_fifth_kb"] = few["peak_kb"]
            found[way]["is_pdfa_2b"] = not pdfa_faults(target.read_bytes())
    tell(report, found, asked.pages)
    report.details["ways"] = found
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
