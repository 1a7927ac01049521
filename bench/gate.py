"""Measures the quality gate: ``python -m bench.gate``; JSON with ``--out``, curve with ``--draw``.

Photographs with defects of six grades go through the pipeline. A page is bad when Tesseract (fra
and ara, on the printed lines) makes at least 10 points more errors on what is kept of it than on
its clean original. Pages whose outline was left to a person are counted apart.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from bench._gate_curve import Curve, gate_svg
from bench._gate_pages import PROBLEMS, GatePage, gate_pages
from kiosk.scan.judge import judge_page

TEST_SEED = 56_000
"""The limits were chosen on seeds from 55,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One page: what was done to it, what that cost a reader, and what was told."""

    problem: str
    grade: float
    points: float
    is_bad: bool
    is_uncertain: bool
    told: tuple[str, ...]


def judged(page: GatePage) -> Judged:
    """Return what is told of a page that was found, or whose corners a person has set."""
    told = {str(problem.kind) for problem in judge_page(page.flat.grey, page.dpi).problems}
    if page.is_cut:
        told.add("cut_off")
    return Judged(
        problem=page.problem,
        grade=page.grade,
        points=page.points,
        is_bad=page.is_bad,
        is_uncertain=page.is_uncertain,
        told=tuple(sorted(told)),
    )


def rates(found: Sequence[Judged], problem: str) -> dict[str, float]:
    """Return counts of bad and good pages with one defect, and the shares told."""
    pages = [j for j in found if j.problem == problem]
    sure = [j for j in pages if not j.is_uncertain]
    bad, good = [j for j in sure if j.is_bad], [j for j in sure if not j.is_bad]
    return {
        "bad": len(bad),
        "caught": sum(bool(j.told) for j in bad) / max(1, len(bad)),
        "caught by its name": sum(problem in j.told for j in bad) / max(1, len(bad)),
        "good": len(good),
        "refused": sum(bool(j.told) for j in good) / max(1, len(good)),
        "left to a person": len(pages) - len(sure),
    }


def curve_of(found: Sequence[Judged], problem: str) -> Curve:
    """Return for each grade the share of pages that are bad, and that are refused."""
    points = []
    pages = [j for j in found if j.problem in ("none", problem)]
    for grade in sorted({j.grade for j in pages}):
        here = [j for j in pages if j.grade == grade]
        bad = sum(j.is_bad for j in here) / len(here)
        points.append((grade, bad, sum(bool(j.told or j.is_uncertain) for j in here) / len(here)))
    return points


def report(found: Sequence[Judged], draw: Path | None, out: Path | None) -> None:
    """Print the rates, and write them and the curve where asked."""
    problems = [p for p in ("none", *PROBLEMS) if any(j.problem == p for j in found)]
    table = {problem: rates(found, problem) for problem in problems}
    for problem, row in table.items():
        print(
            f"{problem:15s} bad {row['bad']:3.0f}: caught {row['caught']:5.1%} (by its name "
            f"{row['caught by its name']:5.1%})   good {row['good']:3.0f}: "
            f"refused {row['refused']:5.1%}   left to a person {row['left to a person']:.0f}"
        )
    if draw:
        draw.write_text(gate_svg({p: curve_of(found, p) for p in problems if p != "none"}))
    if out:
        pages = [(j.problem, j.grade, j.points, j.is_uncertain, j.told) for j in found]
        out.write_text(json.dumps({"rates": table, "pages": pages}, indent=1) + "\n")


def main() -> int:
    """Measure, print, and write the figures and the curve where asked."""
    parser = argparse.ArgumentParser(prog="python -m bench.gate")
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--seed", type=int, default=TEST_SEED)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--draw", type=Path)
    options = parser.parse_args()
    if shutil.which("tesseract") is None:
        print("skipped: Tesseract with fra and ara is not installed")
        return 0
    cv2.setNumThreads(1)
    found: list[Judged] = []
    for page in gate_pages(options.seed, options.pages):
        found.append(judged(page))
        print(f"{len(found)} pages done", file=sys.stderr, flush=True)
    report(found, options.draw, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
