"""Measures the dossier's PDF: ``python -m bench.pdf [--pages 200]``; writes JSON with ``--out``.

Ours, the same pages merged by pikepdf, and their JPEGs in img2pdf's way (a JPEG a page, untouched),
each in a process of its own: CPU time, peak memory above that of one page, bytes, PDF/A or not.
"""

import argparse
import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf

DEPOSIT = "0197c0de-0000-7000-8000-000000000001"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CALM_BYTES_A_PAGE = 1_000
"""Growth of the peak for each further page that still counts as flat."""


def stored_page() -> bytes:
    """Return a filled form of A4 at 300 dpi as it is kept."""
    from kiosk.scan.compress import compress_page
    from kiosk.scan.onepage import write_one_page
    from tests.paper import draw_page

    page = draw_page("feuille_de_soins", 1, dpi=300)
    return write_one_page(compress_page(page.image, page.dpi), page.dpi)


def ours(pages: Iterator[bytes], target: Path) -> None:
    """Write as the product does."""
    from kiosk.scan.pdf import write_pdf

    with target.open("wb") as file:
        write_pdf(file, pages, deposit_id=DEPOSIT, created_at=NOON)


def merged(pages: Iterator[bytes], target: Path) -> None:
    """Merge with pikepdf, as any program would: no PDF/A, all pages in memory."""
    with pikepdf.new() as whole:
        for content in pages:
            with pikepdf.open(io.BytesIO(content)) as one:
                whole.pages.extend(one.pages)
        whole.save(target)


WAYS: dict[str, Callable[[Iterator[bytes], Path], None]] = {"ours": ours, "pikepdf": merged}


def run(way: str, page_file: Path, count: int, target: Path) -> None:
    """Write *count* pages in this process and print what it took."""
    content = page_file.read_bytes()
    # A copy each, as pages read from a disk are: nothing is shared between them.
    WAYS[way]((bytes(bytearray(content)) for _ in range(1)), target)
    floor_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    WAYS[way]((bytes(bytearray(content)) for _ in range(count)), target)
    took = {
        "cpu_ms": round((time.process_time() - start) * 1000, 1),
        "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - floor_kb,
        "bytes": target.stat().st_size,
    }
    print(json.dumps(took))


def measured(way: str, page_file: Path, count: int, target: Path) -> dict[str, float]:
    """Return what a process of its own took for *count* pages."""
    arguments = ["--run", way, str(page_file), str(count), str(target)]
    ran = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-m", "bench.pdf", *arguments], capture_output=True, text=True, check=True
    )
    answer: dict[str, float] = json.loads(ran.stdout)
    return answer
