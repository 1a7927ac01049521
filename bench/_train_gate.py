"""Chooses the limits of the judge: ``python -m bench._train_gate``.

Writes ``kiosk/scan/judge_limits.py``, or the file of ``--out``: a few pages are enough to try this
and say nothing about a limit. Learns from made pages of its own seeds that Tesseract read;
for each problem the limit is the one at which missed bad pages and refused good ones add up to
least, each as a share of what is allowed of it.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench._gate_pages import GatePage, gate_pages
from kiosk.scan import judge_limits
from kiosk.scan.judge import LIGHT_DPI, paper_light
from kiosk.scan.legibility import Legibility, lines_on, measure_legibility
from kiosk.scan.shrink import shrunk_by

FIRST_SEED = 55_000
MISSED_LIMIT, REFUSED_LIMIT = 0.05, 0.02
"""Shares of bad pages that may be missed and of good ones that may be refused."""
SCANNED_PRINT_PX = 13.0
"""Small print of a form scanned sharply at 150 dpi, which is read: no limit goes above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One page: what was done to it, whether it is bad, and how bad each problem looks on it."""

    problem: str
    is_bad: bool
    scores: Mapping[str, float]


def scores_of(measured: Legibility) -> dict[str, float]:
    """Return for each problem a score that is the higher, the worse it is."""
    return {
        "blurred": -measured.sharpness,
        "low_resolution": -measured.small_px,
        "shadow": -measured.shade,
        "glare": measured.glare,
    }


def measured_page(page: GatePage) -> Measured:
    """Return the scores of a page, as the judge sees it."""
    grey = page.flat.grey
    paper = paper_light(shrunk_by(grey, min(1.0, LIGHT_DPI / page.dpi)))
    measured = measure_legibility(grey, lines_on(grey), paper)
    return Measured(problem=page.problem, is_bad=page.is_bad, scores=scores_of(measured))


def choose_limit(pages: Sequence[Measured], problem: str) -> float:
    """Return the score above which a page is refused.

    Half-way between two pages, where the bad pages with that defect that are missed and all good
    pages that are refused weigh least; of equals the one that refuses fewer.

    Raises:
        ValueError: No page with that defect is bad.
    """
    bad = np.array([p.scores[problem] for p in pages if p.problem == problem and p.is_bad])
    good = np.array([p.scores[problem] for p in pages if not p.is_bad])
    if not len(bad):
        raise ValueError(f"no bad page is {problem}")
    seen = np.unique(np.concatenate([bad, good]))
    limits = (seen[1:] + seen[:-1]) / 2
    losses = [
        (bad <= limit).mean() / MISSED_LIMIT + (good > limit).mean() / REFUSED_LIMIT
        for limit in limits
    ]
    return float(limits[::-1][int(np.argmin(losses[::-1]))])


def write(limits: Mapping[str, float], target: Path) -> None:
    """Write the limits as a module."""
    target.write_text(
        _MODULE.format(
            blurred=round(-limits["blurred"], 3),
            small=min(SCANNED_PRINT_PX, round(-limits["low_resolution"], 2)),
            shade=round(-limits["shadow"], 3),
            glare=round(limits["glare"], 5),
        )
    )


_MODULE = '''"""Limits of the judge; written by ``python -m bench._train_gate``."""

from typing import Final

BLURRED_BELOW: Final = {blurred}
"""Sharpness of the smaller writing."""
SMALL_PRINT_PX: Final = {small}
"""Height of the small print in page pixels, below which it is too coarse."""
SHADE_BELOW: Final = {shade}
"""Light of the darkest paper against the brightest, in a shadow."""
GLARE_ABOVE: Final = {glare}
"""Share of the writing that is washed out, times how uneven the light is."""
'''


def main() -> int:
    """Choose and write; print the limits."""
    parser = argparse.ArgumentParser(prog="python -m bench._train_gate")
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--out", type=Path, default=Path(judge_limits.__file__))
    options = parser.parse_args()
    cv2.setNumThreads(1)
    pages = [measured_page(page) for page in gate_pages(FIRST_SEED, options.pages)]
    limits = {
        problem: choose_limit(pages, problem)
        for problem in ("blurred", "low_resolution", "shadow", "glare")
    }
    write(limits, options.out)
    print(f"limits from {len(pages)} pages: {limits}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
