"""Measures the quality gate: ``python -m bench.gate``; the curve is drawn with ``--draw``.

Photographs and scans with a defect, from harmless to severe, go through the pipeline. A page is bad
when Tesseract (fra and ara) makes at least 10 points more errors on what is kept of it than on its
clean original, each line read where it is known to lie; ``--plain`` says beside it what whole pages
read without that knowledge give. Where the outline is left to a person its true corners stand for
theirs. Two broken judges, one that passes all pages and one that refuses all, must miss the target,
or the measure itself is refused.
"""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from bench._gate_curve import Curve, gate_svg
from bench._gate_pages import BAD_POINTS, GRADES, PROBLEMS, GatePage, gate_pages, plain_points
from bench._report import Figure, Report, parser_of
from kiosk.scan.judge import judge_page

TEST_SEED = 56_000
"""The judge was trained on seeds from 55,000."""
CAUGHT_TARGET, REFUSED_TARGET = 0.95, 0.02
_STEPS = 5
"""Points of the curve of a defect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One page: what was done to it, what that cost a reader, and what was told.

    Attributes:
        kind: What was drawn.
        source: ``scan``, or the category of photograph.
        problem: The defect, or ``none``.
        grade: Its strength.
        points: What it cost a reader.
        plain_points: The same read as a whole page; None when that was not asked for.
        is_asked: Its corners were asked of a person.
        told: Problems of the page as it then lies.
    """

    kind: str
    source: str
    problem: str
    grade: float
    points: float
    plain_points: float | None
    is_asked: bool
    told: tuple[str, ...]

    @property
    def is_bad(self) -> bool:
        """Tell whether a reader loses too much."""
        return self.points >= BAD_POINTS

    @property
    def is_stopped(self) -> bool:
        """Tell whether an agent is held up; who is asked for corners sees what is cut off."""
        return bool(self.told) or (self.is_asked and self.problem == "cut_off")


Judge = Callable[[GatePage], set[str]]


def told_of(page: GatePage) -> set[str]:
    """Return what the judge tells of a page."""
    told = {str(problem.kind) for problem in judge_page(page.flat, page.dpi).problems}
    return told | {"cut_off"} if page.is_cut and not page.is_uncertain else told


def judged(page: GatePage, judge: Judge, *, is_plain: bool) -> Judged:
    """Return what *judge* tells of a page."""
    return Judged(
        kind=page.kind,
        source=page.source,
        problem=page.problem,
        grade=page.grade,
        points=page.points,
        plain_points=plain_points(page) if is_plain else None,
        is_asked=page.is_uncertain,
        told=tuple(sorted(judge(page))),
    )


def rates(pages: Sequence[Judged]) -> dict[str, float]:
    """Return counts of bad and good pages, and the shares an agent is held up for."""
    bad, good = [j for j in pages if j.is_bad], [j for j in pages if not j.is_bad]
    return {
        "bad": len(bad),
        "caught": sum(j.is_stopped for j in bad) / max(1, len(bad)),
        "caught by its name": sum(j.problem in j.told for j in bad) / max(1, len(bad)),
        "good": len(good),
        "refused": sum(bool(j.told) for j in good) / max(1, len(good)),
        "asked for corners": sum(j.is_asked for j in pages),
    }


def is_met(row: dict[str, float]) -> bool:
    """Tell whether the targets are met; without a bad page there is none to catch."""
    return (not row["bad"] or row["caught"] >= CAUGHT_TARGET) and row["refused"] <= REFUSED_TARGET


def broken_judges_fail(found: Sequence[Judged]) -> bool:
    """Tell whether a judge that passes all pages, and one that refuses all, miss the target."""
    broken: tuple[tuple[str, ...], ...] = ((), ("blurred",))
    return not any(
        is_met(rates([replace(j, told=told, is_asked=False) for j in found])) for told in broken
    )


def curve_of(found: Sequence[Judged], problem: str) -> Curve:
    """Return for steps of the grade, 0 to 1, the share of pages that are bad, and refused."""
    least, most = next(GRADES[p] for p in PROBLEMS if p == problem)
    points = []
    for step in range(_STEPS):
        low, high = (least + (most - least) * (step + n) / _STEPS for n in (0, 1))
        here = [j for j in found if j.problem == problem and low <= j.grade < high]
        if here:
            bad = sum(j.is_bad for j in here) / len(here)
            stopped = sum(j.is_stopped for j in here) / len(here)
            points.append(((step + 0.5) / _STEPS, bad, stopped))
    return points


def figures_of(name: str, row: dict[str, float]) -> list[Figure]:
    """Return what is told of the pages with one defect, of those without, or of all."""
    figures = [
        Figure(
            name=f"{name}: of {row['good']:.0f} good pages refused",
            ours=100 * row["refused"],
            unit="%",
            limit=100 * REFUSED_TARGET,
        ),
        Figure(name=f"{name}: asked for corners", ours=row["asked for corners"]),
    ]
    if not row["bad"]:
        return figures
    return [
        Figure(
            name=f"{name}: of {row['bad']:.0f} bad pages caught",
            ours=100 * row["caught"],
            unit="%",
            limit=100 * CAUGHT_TARGET,
            is_more_better=True,
        ),
        Figure(name=f"{name}: by its name", ours=100 * row["caught by its name"], unit="%"),
        *figures,
    ]


def tell(report: Report, found: Sequence[Judged], draw: Path | None) -> None:
    """Add the rates to *report*, and draw the curve where asked."""
    groups = {p: [j for j in found if j.problem == p] for p in ("none", *PROBLEMS)}
    groups["all"] = list(found)
    table = {name: rates(pages) for name, pages in groups.items() if pages}
    for name, row in table.items():
        for figure in figures_of(name, row):
            report.add(figure)
    plain = [j for j in found if j.plain_points is not None]
    if plain:
        as_plain = sum((j.plain_points or 0) >= BAD_POINTS for j in plain)
        alike = sum(((j.plain_points or 0) >= BAD_POINTS) == j.is_bad for j in plain)
        print(f"read as whole pages {as_plain} of {len(plain)} are bad, {alike} judged alike")
    if draw:
        draw.write_text(gate_svg({p: curve_of(found, p) for p in PROBLEMS if p in table}))
    report.details["pages"] = [
        (j.kind, j.source, j.problem, j.grade, j.points, j.plain_points, j.is_asked, j.told)
        for j in found
    ]


def main() -> int:
    """Measure, print, and write the figures, and the curve where asked."""
    parser = parser_of(__doc__)
    parser.add_argument("--pages", type=int, default=21, help="pages drawn, 16 pictures of each")
    parser.add_argument("--seed", type=int, default=TEST_SEED)
    parser.add_argument("--kept", type=Path, help="folder that keeps the pictures for another run")
    parser.add_argument("--plain", type=int, default=0, help="read each so-manieth whole too")
    parser.add_argument("--draw", type=Path)
    options = parser.parse_args()
    if shutil.which("tesseract") is None:
        print("skipped: Tesseract with fra and ara is not installed")
        return 0
    cv2.setNumThreads(1)
    report = Report("gate", options.out)
    found: list[Judged] = []
    for page in gate_pages(options.seed, options.pages, options.kept):
        is_plain = options.plain > 0 and len(found) % options.plain == 0
        found.append(judged(page, told_of, is_plain=is_plain))
        print(f"{len(found)} pages done", file=sys.stderr, flush=True)
    tell(report, found, options.draw)
    if not broken_judges_fail(found):
        report.finish()
        print("these pages do not tell a judge from one that passes or refuses all")
        return 1
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
