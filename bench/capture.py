"""Measures the page pipeline: ``python -m bench.capture``.

CPU of an A4 page at 300 dpi, JPEG in and compressed page out, and the share of each stage, beside
programs that only set such a page straight (OCRmyPDF, unpaper, ImageMagick, as whole processes).
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2

from bench._report import Figure, Report, least_of, parser_of, took
from kiosk.scan.codes import read_codes
from kiosk.scan.compress import compress_page
from kiosk.scan.decode import decode_image
from kiosk.scan.deskew import measure_skew
from kiosk.scan.fingerprint import fingerprint
from kiosk.scan.heap import keep_for_next_page
from kiosk.scan.inkprint import print_of
from kiosk.scan.judge import judge_page
from kiosk.scan.onepage import write_one_page
from kiosk.scan.orient import WORK_SIDE, find_turns
from kiosk.scan.outline import WORK_SIDE as OUTLINE_SIDE
from kiosk.scan.outline import find_outline
from kiosk.scan.page import Seen, flat_page, place_page, process_picture
from kiosk.scan.preview import PREVIEW_SIDE_PX, preview_jpegs, preview_of
from kiosk.scan.rectify import glance_at
from kiosk.scan.whole import is_whole_page
from tests.paper import Kind, Sample, draw_page, jpeg_bytes, scan

LIMIT_MS: Final = 350.0
"""A page of A4 at 300 dpi with its codes read, on one core."""
LIMIT_WITHOUT_CODES_MS: Final = 200.0
_ROOT: Final = Path(__file__).resolve().parents[1]
_TURNS: Final = 5
_PEER_LIMIT_S: Final = 120
_PAGES: Final[tuple[tuple[str, Kind, bool, bool], ...]] = (
    ("results, grey, on the glass", "resultats", False, False),
    ("results, colour, on the glass", "resultats", True, False),
    ("form, grey, on the glass", "feuille_de_soins", False, False),
    ("form, colour, on the glass", "feuille_de_soins", True, False),
    ("results, grey, from a feeder", "resultats", False, True),
    ("results, colour, from a feeder", "resultats", True, True),
)
_ONE_CORE: Final = {"OMP_THREAD_LIMIT": "1", "MAGICK_THREAD_LIMIT": "1"}


def scanned(kind: Kind, *, is_colour: bool, is_cropped: bool = False) -> Sample:
    """Return an A4 page at 300 dpi, askew on the glass, or as a feeder crops it."""
    page = draw_page(kind, 1, dpi=300)
    if is_cropped:
        return scan(page, 1, 300, skew_deg=0.4, is_colour=is_colour, margin_mm=-1.5)
    return scan(page, 1, 300, skew_deg=1.2, is_colour=is_colour)


def processed(content: bytes) -> object:
    """Run the whole pipeline on an encoded page."""
    return process_picture(decode_image(content), source="", index=1)


def stages_of(sample: Sample) -> dict[str, Callable[[], object]]:
    """Return each stage alone, on what the one before hands it."""
    content = jpeg_bytes(sample)
    picture = decode_image(content)
    seen, place = Seen(picture), place_page(picture)
    flat, dpi = flat_page(seen, place), place.sheet.dpi
    glance = glance_at(seen.grey, place.to_page, place.sheet, place.sheet.scale_to(WORK_SIDE))
    compressed = compress_page(flat, dpi)
    shown = preview_of(compressed, PREVIEW_SIDE_PX)
    return {
        "decode": lambda: decode_image(content),
        "halves": lambda: Seen(picture).colour.down_to(OUTLINE_SIDE),
        "whole page?": lambda: is_whole_page(seen.small(OUTLINE_SIDE)),
        "outline": lambda: find_outline(seen.colour.down_to(OUTLINE_SIDE)[0]),
        "deskew": lambda: measure_skew(glance),
        "orient": lambda: find_turns(glance),
        "rectify": lambda: flat_page(seen, place),
        "judge": lambda: judge_page(flat.grey, dpi),
        "codes": lambda: read_codes(flat.grey),
        "compress": lambda: compress_page(flat, dpi),
        "one-page pdf": lambda: write_one_page(compressed, dpi),
        "ink and fingerprint": lambda: fingerprint(print_of(shown)),
        "preview": lambda: preview_jpegs(preview_of(compressed, PREVIEW_SIDE_PX)),
        "preview, JPEG alone": lambda: preview_jpegs(shown),
    }


def codes_ms(content: bytes) -> float:
    """Return the CPU of reading the codes of an encoded page."""
    seen = Seen(decode_image(content))
    grey = flat_page(seen, place_page(seen.picture)).grey
    return least_of(_TURNS, lambda: read_codes(grey)).cpu_ms


def peer_times(content: bytes) -> dict[str, float]:
    """Return the CPU that programs take to set an encoded page straight, as whole processes."""
    convert = shutil.which("convert-im6.q16") or "convert"
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as folder:
        page, grey = Path(folder) / "page.jpg", Path(folder) / "page.pgm"
        page.write_bytes(content)
        pixels = decode_image(content).pixels
        cv2.imwrite(str(grey), cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))
        commands = {
            "OCRmyPDF --deskew": ["ocrmypdf", "--jobs", "1", "--deskew", "--tesseract-timeout", "0",
                                  "--image-dpi", "300", str(page), f"{folder}/o.pdf"],
            "unpaper": ["unpaper", "--overwrite", str(grey), f"{folder}/u.pgm"],
            "ImageMagick -deskew": [convert, str(page), "-deskew", "40%", f"{folder}/m.jpg"],
            "ours, whole process": [sys.executable, str(_ROOT / "main.py"), "scan", str(page),
                                    "--json", "--out", f"{folder}/ours"],
        }  # fmt: skip
        return {
            name: took(lambda command=command: _run(command)).cpu_ms  # type: ignore[misc]
            for name, command in commands.items()
            if shutil.which(command[0])
        }


def _run(command: list[str]) -> None:
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=_PEER_LIMIT_S,
        env=os.environ | _ONE_CORE,
    )


def time_pages(report: Report) -> None:
    """Report the pipeline on each kind of page beside its peers, and its stages on one."""
    for name, kind, is_colour, is_cropped in _PAGES:
        sample = scanned(kind, is_colour=is_colour, is_cropped=is_cropped)
        content = jpeg_bytes(sample)
        whole = least_of(_TURNS, lambda content=content: processed(content)).cpu_ms  # type: ignore[misc]
        bare = whole - codes_ms(content)
        report.add(Figure(name=name, ours=whole, unit="ms", limit=LIMIT_MS))
        report.add(
            Figure(name=f"{name}, no codes", ours=bare, unit="ms", limit=LIMIT_WITHOUT_CODES_MS)
        )
    name, kind, is_colour, is_cropped = _PAGES[0]
    sample = scanned(kind, is_colour=is_colour, is_cropped=is_cropped)
    content = jpeg_bytes(sample)
    times = {stage: least_of(_TURNS, run).cpu_ms for stage, run in stages_of(sample).items()}
    whole = least_of(_TURNS, lambda: processed(content)).cpu_ms
    for stage, milliseconds in times.items():
        report.add(Figure(name=f"  {stage}", ours=milliseconds, unit="ms"))
        report.add(Figure(name=f"  {stage}, share", ours=100 * milliseconds / whole, unit="%"))
    for peer, milliseconds in peer_times(content).items():
        report.add(Figure(name=name, ours=whole, unit="ms", peer=peer, theirs=milliseconds))


def main() -> int:
    """Measure, print, and write the figures."""
    parser = parser_of(__doc__)
    options = parser.parse_args()
    cv2.setNumThreads(1)  # both as in the capture child
    keep_for_next_page()
    report = Report("capture", options.out)
    time_pages(report)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
