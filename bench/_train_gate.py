"""Trains the judge: ``python -m bench._train_gate``.

Writes ``kiosk/scan/line_weights.py`` and ``judge_limits.py``, or two files of the folder of
``--out``: a few pages are enough to try this and say nothing about a limit. Learns from made pages
of its own seeds that Tesseract read: first how much of a line is lost, then from where on a page
is. The limits are those at which the shares of bad pages missed and of good ones refused, defect by
defect, add up to least; pages are measured by a network that has not seen them.
"""

import argparse
import base64
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench._gate_network import HIDDEN, Network, train
from bench._gate_pages import GatePage, gate_pages
from bench._gate_reading import ReadLine
from kiosk.scan import judge_limits
from kiosk.scan.judge import LIGHT_DPI, paper_light
from kiosk.scan.legibility import (
    LOOKED_AT,
    UNEVEN,
    lengths_of,
    light_of,
    lines_on,
    washed_writing,
)
from kiosk.scan.line_measures import MEASURES, Box, measure_lines
from kiosk.scan.picture import Floats
from kiosk.scan.shrink import shrunk_by

FIRST_SEED = 55_000
START: Mapping[str, float] = {
    "unread": 0.15,
    "shaded": 0.05,
    "washed": 0.06,
    "coarse": -9.0,
    "dark": -12.0,
}
"""Measures, and limits the search begins with."""
_ROUNDS = 4
_FOLDS = 5
_FEW_LETTERS = 1.5
_MANY_LETTERS = 60.0
_ON_LINE = 0.05
"""Share of a written line that a line found must cover to be told by it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """One page: what was done to it, whether it is bad, and how its lines look and were read.

    Attributes:
        seed: Of the page that was drawn.
        problem: The defect, or ``none``.
        is_bad: A reader loses too much of it.
        values: (lines, ``MEASURES``).
        letters: (lines,) letters written where each line was found.
        missed: (lines,) those of them that were not read.
        lengths: (lines,) how much each weighs in the judge.
        is_shaded: (lines,) a shadow crosses it.
        small_px: Height of the small print.
        washed: Share of the writing that is washed out.
        light: Of the paper.
    """

    seed: int
    problem: str
    is_bad: bool
    values: Floats
    letters: Floats
    missed: Floats
    lengths: Floats
    is_shaded: Floats
    small_px: float
    washed: float
    light: float

    def scores(self, network: Network) -> dict[str, float]:
        """Return for each measure a score that is the higher, the worse the page is."""
        share = self.lengths / max(1.0, self.lengths.sum()) * network.lost(self.values)
        return {
            "unread": float(share[~self.is_shaded].sum()),
            "shaded": float(share[self.is_shaded].sum()),
            "washed": self.washed,
            "coarse": -self.small_px,
            "dark": -self.light,
        }


def measured_page(page: GatePage) -> Measured:
    """Return what the judge sees of a page, beside what was read of it."""
    grey = page.flat
    lines = lines_on(grey)
    paper = paper_light(shrunk_by(grey, min(1.0, LIGHT_DPI / page.dpi)))
    boxes = lines.boxes[:LOOKED_AT]
    measures = measure_lines(grey, boxes, paper)
    letters, missed = _read_on(boxes, page.lines)
    return Measured(
        seed=page.seed,
        problem=page.problem,
        is_bad=page.is_bad,
        values=measures.values,
        letters=letters,
        missed=missed,
        lengths=lengths_of(boxes),
        is_shaded=measures.evenness < UNEVEN,
        small_px=lines.small_px,
        washed=washed_writing(lines, measures, paper),
        light=light_of(paper),
    )


def _read_on(boxes: Sequence[Box], lines: Sequence[ReadLine]) -> tuple[Floats, Floats]:
    """Return for each line found the letters written there, and those not read."""
    found = np.array(boxes, np.float64).reshape(-1, 4)
    left, top, right, bottom = (*found[:, :2].T, *(found[:, :2] + found[:, 2:]).T)
    letters, missed = np.zeros(len(found)), np.zeros(len(found))
    for line in lines:
        (x1, y1), (x2, y2) = line.quad.min(axis=0), line.quad.max(axis=0)
        y1, y2 = y1 + 0.15 * (y2 - y1), y2 - 0.15 * (y2 - y1)
        across = np.clip(np.minimum(right, x2) - np.maximum(left, x1), 0, None)
        down = np.clip(np.minimum(bottom, y2) - np.maximum(top, y1), 0, None)
        share = across / max(1.0, x2 - x1) * (down > 0.3 * np.minimum(y2 - y1, bottom - top))
        share[share < _ON_LINE] = 0
        letters += share * line.letters
        missed += share * line.missed
    return letters, missed


def train_on(pages: Sequence[Measured]) -> Network:
    """Return the network that is likeliest by the lines of *pages*."""
    letters = np.concatenate([page.letters for page in pages])
    told = letters >= _FEW_LETTERS
    missed = np.concatenate([page.missed for page in pages])[told]
    values = np.concatenate([page.values for page in pages])[told].astype(np.float64)
    return train(values, missed / letters[told], np.minimum(letters[told], _MANY_LETTERS))


def scores_of(pages: Sequence[Measured]) -> list[dict[str, float]]:
    """Return the scores of each page by a network that was trained on other drawn pages."""
    fold_of = {seed: n % _FOLDS for n, seed in enumerate(sorted({page.seed for page in pages}))}
    networks = [train_on([p for p in pages if fold_of[p.seed] != n]) for n in range(_FOLDS)]
    return [page.scores(networks[fold_of[page.seed]]) for page in pages]


def _told(scores: Floats, limits: Floats) -> Floats:
    told: Floats = np.any(scores > limits, axis=1)
    return told


def loss_of(scores: Floats, limits: Floats, pages: Sequence[Measured]) -> float:
    """Return the shares of bad pages missed and good ones refused, added up over the defects.

    Args:
        scores: (pages, measures).
        limits: (measures,); a page is refused where one score is above its limit.
        pages: What was done to each; bad pages that are cut off are not for these measures.
    """
    is_told = _told(scores, limits)
    is_bad = np.array([page.is_bad for page in pages])
    problems = np.array([page.problem for page in pages])
    loss = 0.0
    for problem in np.unique(problems):
        missed = ~is_told[(problems == problem) & is_bad]
        refused = is_told[(problems == problem) & ~is_bad]
        loss += float(refused.mean()) if len(refused) else 0.0
        loss += float(missed.mean()) if len(missed) and problem != "cut_off" else 0.0
    return loss


def choose_limits(pages: Sequence[Measured]) -> dict[str, float]:
    """Return the limit of each measure, chosen one after the other until none gets better.

    Each half-way between two pages; of equals the middle one.
    """
    scores = np.array([[found[name] for name in START] for found in scores_of(pages)])
    limits = np.array(list(START.values()))
    for _ in range(_ROUNDS):
        for column in range(len(limits)):
            seen = np.unique(scores[:, column])
            tried = np.tile(limits, (len(seen) - 1, 1))
            tried[:, column] = (seen[1:] + seen[:-1]) / 2
            losses = np.array([loss_of(scores, row, pages) for row in tried])
            best = np.flatnonzero(losses <= losses.min() + 1e-9)
            limits = tried[best[len(best) // 2]]
    _print_rates(scores, limits, pages)
    return dict(zip(START, limits.tolist(), strict=True))


def _print_rates(scores: Floats, limits: Floats, pages: Sequence[Measured]) -> None:
    is_told, is_bad = _told(scores, limits), np.array([page.is_bad for page in pages])
    for problem in sorted({page.problem for page in pages}):
        here = np.array([page.problem == problem for page in pages])
        bad, good = is_told[here & is_bad], is_told[here & ~is_bad]
        print(f"{problem:15s} caught {sum(bad)} of {len(bad)}, refused {sum(good)} of {len(good)}")


def write(network: Network, limits: Mapping[str, float], folder: Path) -> None:
    """Write the weights and the limits as modules into *folder*."""
    flat = np.concatenate(
        [network.inner.ravel(), network.bias, network.outer, [network.shift]]
    ).astype("<f4")
    text = base64.b85encode(flat.tobytes()).decode("ascii")
    lines = "\n".join(f'    "{text[n : n + 88]}"' for n in range(0, len(text), 88))
    weights = _WEIGHTS.replace("@MEASURES", str(MEASURES)).replace("@HIDDEN", str(HIDDEN))
    (folder / "line_weights.py").write_text(weights.replace("@TEXT", lines))
    (folder / "judge_limits.py").write_text(
        _LIMITS.format(
            unread=round(limits["unread"], 4),
            shaded=round(limits["shaded"], 4),
            washed=round(limits["washed"], 4),
            coarse=round(-limits["coarse"], 2),
            dark=round(-limits["dark"], 1),
        )
    )


_WEIGHTS = '''"""Weights of the network for lines; written by ``python -m bench._train_gate``."""

import base64
from functools import cache

import numpy as np

from kiosk.scan.picture import Floats

_MEASURES, _HIDDEN = @MEASURES, @HIDDEN


@cache
def load_weights() -> tuple[Floats, Floats, Floats, float]:
    """Return the inner weights, their bias, the outer weights and the last shift."""
    flat = np.frombuffer(base64.b85decode(_TEXT), "<f4")
    inner, bias, outer, shift = np.split(
        flat, [_MEASURES * _HIDDEN, (_MEASURES + 1) * _HIDDEN, (_MEASURES + 2) * _HIDDEN]
    )
    return inner.reshape(_MEASURES, _HIDDEN), bias, outer, float(shift[0])


# Single-precision floats, little-endian, in base 85.
_TEXT = (
@TEXT
)
'''
_LIMITS = '''"""Limits of the judge; written by ``python -m bench._train_gate``."""

from typing import Final

UNREAD_ABOVE: Final = {unread}
"""Share of the writing expected to be lost to blur or too few pixels."""
SHADED_ABOVE: Final = {shaded}
"""Share expected to be lost under the edge of a shadow."""
WASHED_ABOVE: Final = {washed}
"""Share of the writing that is washed out."""
COARSE_BELOW: Final = {coarse}
"""Height of the small print in page pixels, ascenders and all."""
DARK_BELOW: Final = {dark}
"""Usual light of the paper."""
'''


def main() -> int:
    """Train, choose and write; print the limits."""
    parser = argparse.ArgumentParser(prog="python -m bench._train_gate")
    parser.add_argument("--pages", type=int, default=21, help="pages drawn, 16 pictures of each")
    parser.add_argument("--kept", type=Path, help="folder that keeps the pictures for another run")
    parser.add_argument("--out", type=Path, default=Path(judge_limits.__file__).parent)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    pages = [measured_page(p) for p in gate_pages(FIRST_SEED, options.pages, options.kept)]
    limits = choose_limits(pages)
    print(limits)
    write(train_on(pages), limits, options.out)
    print(f"from {len(pages)} pictures of {options.pages} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
