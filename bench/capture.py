"""Measures the page pipeline: ``python -m bench.capture [--photos N]``; writes JSON with ``--out``.

Prints milliseconds a stage on an A4 page at 300 dpi, outline overlap on photographs beside the
usual Canny search, orientation, and bytes a page beside JPEG quality 75.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from kiosk.scan import rectify
from kiosk.scan.codes import read_codes
from kiosk.scan.compress import compress_page
from kiosk.scan.decode import decode_image
from kiosk.scan.deskew import measure_skew
from kiosk.scan.judge import judge_page
from kiosk.scan.onepage import write_one_page
from kiosk.scan.orient import find_turns
from kiosk.scan.outline import CONFIDENCE_GATE, find_outline
from kiosk.scan.page import place_page, process_picture
from kiosk.scan.picture import Picture, Pixels
from kiosk.scan.preview import preview_of
from kiosk.scan.whole import is_whole_page
from tests.paper import draw_page, jpeg_bytes, photo_set, scan
from tests.scan.conftest import overlap
from tests.scan.test_outline import naive_outline

LIMIT_MS = 350.0
"""A page of A4 at 300 dpi with its codes read, on one core."""
TARGET_BYTES = 60_000


def best_of(times: int, call: Callable[[], object]) -> float:
    """Return the least milliseconds of CPU time that *call* took."""
    took = []
    for _ in range(times):
        start = time.process_time()
        call()
        took.append((time.process_time() - start) * 1000)
    return min(took)


def stage_times() -> dict[str, float]:
    """Return milliseconds a stage on a scanned A4 page at 300 dpi, and of all of them."""
    sample = scan(draw_page("feuille_de_soins", 1, dpi=300), seed=1, dpi=300, skew_deg=1.2)
    content = jpeg_bytes(sample)
    picture = decode_image(content)
    place = place_page(picture)
    flat = rectify.lay_flat(picture.pixels, place.to_page, place.sheet)
    grey = cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, None, fx=0.37, fy=0.37, interpolation=cv2.INTER_AREA)
    compressed = compress_page(flat, place.sheet.dpi)
    stages: dict[str, Callable[[], object]] = {
        "decode": lambda: decode_image(content),
        "whole page?": lambda: is_whole_page(picture),
        "outline": lambda: find_outline(picture.pixels),
        "rectify": lambda: rectify.lay_flat(picture.pixels, place.to_page, place.sheet),
        "deskew": lambda: measure_skew(small),
        "orient": lambda: find_turns(small),
        "judge": lambda: judge_page(flat, place.sheet.dpi),
        "codes": lambda: read_codes(flat),
        "compress": lambda: compress_page(flat, place.sheet.dpi),
        "one-page pdf": lambda: write_one_page(compressed, place.sheet.dpi),
        "preview": lambda: preview_of(compressed, 1200),
        "whole pipeline": lambda: process_picture(decode_image(content), source="", index=1),
    }
    return {name: best_of(3, call) for name, call in stages.items()}


def outlines(count: int) -> dict[str, float]:
    """Return overlaps on *count* photographs, ours and the naive search's, and orientation."""
    ours, naive, sure, upright = [], [], [], 0
    for sample in photo_set(count, seed=20_261_123):
        found, guess = find_outline(sample.image), naive_outline(sample.image)
        true = sample.truth.corners
        ours.append(overlap(found.corners, true) if found else 0.0)
        naive.append(_overlap_or_zero(guess.corners, true) if guess else 0.0)
        if found and found.confidence >= CONFIDENCE_GATE:
            sure.append(ours[-1])
        turns = place_page(Picture(pixels=sample.image)).turns
        upright += turns * 90 == -sample.truth.rotated_deg % 360
    return {
        "mean": float(np.mean(ours)),
        "min": min(ours),
        "naive mean": float(np.mean(naive)),
        "above gate": len(sure) / count,
        "above gate, below 0.85": sum(v < 0.85 for v in sure) / count,
        "upright": upright / count,
    }


def _overlap_or_zero(corners: Pixels, true: object) -> float:
    if not cv2.isContourConvex(corners.astype(np.float32)):
        return 0.0
    return overlap(corners, true)


def page_bytes() -> dict[str, list[int]]:
    """Return for some kinds of page, scanned grey at 300 dpi, our bytes and JPEG q75's."""
    sizes = {}
    for kind in ("feuille_de_soins", "ordonnance", "facture", "resultats"):
        sample = scan(draw_page(kind, 2, dpi=300), seed=2, dpi=300, is_colour=False)
        picture = Picture(pixels=sample.image)
        page = process_picture(picture, source="", index=1).page
        jpeg = cv2.imencode(".jpg", sample.image, [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
        sizes[kind] = [page.size_bytes, len(jpeg)]
    return sizes


def main() -> int:
    """Measure, print, and write the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m bench.capture")
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    times = stage_times()
    for name, milliseconds in times.items():
        print(f"{name:16s} {milliseconds:7.1f} ms")
    print(f"{'of the limit':16s} {times['whole pipeline'] / LIMIT_MS:7.2f}")
    found = outlines(options.photos)
    print(f"outline on {options.photos} photographs:")
    for name, value in found.items():
        print(f"  {name:24s} {value:.4f}")
    sizes = page_bytes()
    for kind, (ours, jpeg) in sizes.items():
        print(f"{kind:16s} {ours:7d} bytes, JPEG q75 {jpeg:7d}, ratio {jpeg / ours:.1f}")
    if options.out:
        figures = {"ms": times, "outline": found, "bytes": sizes}
        options.out.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
