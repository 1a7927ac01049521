"""What on a flat page costs a reader letters: how sharp, fine, evenly lit and washed out it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kiosk.scan.edges import EDGES, edge_slopes, measure_sharpness, sharpness_of, text_scale
from kiosk.scan.glare import burnt_paper, washed_share
from kiosk.scan.orient import WORK_SIDE, find_lines, page_darkness
from kiosk.scan.picture import Pixels
from kiosk.scan.shrink import shrunk_by

Box = tuple[int, int, int, int]
"""Left, top, width, height."""
_USUAL_TEXT_PX: Final = 20.0
_SMALL_PRINT: Final = 15
"""Percentile of the heights of lines that is the small print of a page."""
_LOOKED_AT: Final = 24
"""Lines whose edges are measured."""
_LENGTH: Final = 12
"""Length of them that is looked at, in heights."""
_AROUND_PX: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines of writing, in page pixels, and how much darker than its paper the page is there.

    Attributes:
        boxes: The longest first.
        text_px: Their usual height, ascenders and all.
        small_px: Height of the small print.
        darkness: (height, width) uint8 of the page at ``WORK_SIDE``.
        grow: Page pixels in one of *darkness*.
    """

    boxes: Sequence[Box]
    text_px: float
    small_px: float
    darkness: Pixels
    grow: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Legibility:
    """Measures of a page, each of which costs a reader letters beyond a limit.

    Attributes:
        sharpness: 0-1, how steep the edges of the smaller writing are.
        small_px: Height of the small print in page pixels, ascenders and all.
        shade: Light of the darkest paper against the brightest, 0-1.
        burnt: Share of the page whose paper has left the range of the picture.
        washed: Share of the writing that is washed out under light.
        light: Usual light of the paper, 0-255.
    """

    sharpness: float
    small_px: float
    shade: float
    burnt: float
    washed: float
    light: float

    @property
    def glare(self) -> float:
        """Return 0–1: how much writing is washed out, by light that is uneven.

        Where all of a page is bright, pale print is as pale as it was printed.
        """
        return self.washed * (1 - self.shade)


def lines_on(grey: Pixels) -> Lines:
    """Return the lines of writing on a page, (height, width) uint8."""
    grow = max(1.0, max(grey.shape) / WORK_SIDE)
    darkness = page_darkness(grey)
    boxes: list[Box] = []
    for left, top, width, height in find_lines(darkness):
        boxes.append(
            (round(left * grow), round(top * grow), round(width * grow), round(height * grow))
        )
    heights = [float(height) for _, _, _, height in boxes] or [_USUAL_TEXT_PX]
    return Lines(
        boxes=boxes,
        text_px=float(np.median(heights)),
        small_px=float(np.percentile(heights, _SMALL_PRINT)),
        darkness=darkness,
        grow=grow,
    )


def measure_legibility(grey: Pixels, lines: Lines, paper: Pixels) -> Legibility:
    """Return the measures of a page.

    Args:
        grey: (height, width) uint8.
        lines: Its writing.
        paper: Light of its paper, (height, width) uint8 of a smaller size.
    """
    rim = max(2, round(0.03 * max(paper.shape)))
    inner = paper[rim:-rim, rim:-rim]
    low, usual = (float(v) for v in np.percentile(inner if inner.size else paper, (5, 90)))
    return Legibility(
        sharpness=_sharpness_of_writing(grey, lines),
        small_px=lines.small_px,
        shade=low / max(usual, 1.0),
        burnt=float(burnt_paper(paper).mean()),
        washed=washed_share(lines.darkness, lines.boxes, lines.grow, paper),
        light=usual,
    )


def _sharpness_of_writing(grey: Pixels, lines: Lines) -> float:
    """Return how sharp the smaller half of the writing is; all of the page where little is found.

    Big letters stay sharp to the eye under a blur that takes the small print away.
    """
    small = [box for box in lines.boxes if box[3] <= lines.text_px][:_LOOKED_AT]
    edges = [edge_slopes(_line_of(grey, box)) for box in small]
    found = np.concatenate([np.zeros((0, 2)), *edges])
    if len(found) < EDGES:
        return measure_sharpness(grey, lines.text_px)
    return sharpness_of(found)


def _line_of(grey: Pixels, box: Box) -> Pixels:
    """Return the beginning of a line, at one height of text."""
    left, top, width, height = box
    right = left + min(width, _LENGTH * height) + _AROUND_PX
    rows = slice(max(0, top - _AROUND_PX), top + height + _AROUND_PX)
    return shrunk_by(grey[rows, max(0, left - _AROUND_PX) : right], text_scale(height))
