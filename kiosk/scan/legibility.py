"""What on a flat page costs a reader letters: how much of its writing is lost, and to what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kiosk.scan.edges import EDGES, measure_sharpness, sharpness_of
from kiosk.scan.glare import washed_share
from kiosk.scan.line_measures import Box, LineMeasures, measure_lines
from kiosk.scan.line_weights import load_weights
from kiosk.scan.orient import WORK_SIDE, find_lines, page_darkness
from kiosk.scan.picture import Floats, Pixels

_USUAL_TEXT_PX: Final = 20.0
_SMALL_PRINT: Final = 15
"""Percentile of the heights of lines that is the small print of a page."""
LOOKED_AT: Final = 60
"""Lines that are measured, the longest first."""
_LONG: Final = 40.0
"""Length in heights from which a longer line weighs no more."""
_SOFT: Final = 0.27
"""Slope of edges against their height, up to which print is pale by blur."""
UNEVEN: Final = 0.65
"""Light of the darkest paper along a line against its brightest, where a shadow crosses it."""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Legibility:
    """Measures of a page, each of which costs a reader letters beyond a limit.

    Attributes:
        sharpness: 0-1, how steep the edges of the smaller writing are.
        lost: (lines,) share of each line measured that a reader is expected to miss.
        is_shaded: (lines,) a shadow crosses it.
        unread: Share of the writing expected to be lost to blur or too few pixels, 0-1.
        shaded: Share expected to be lost under the edge of a shadow, 0-1.
        small_px: Height of the small print in page pixels, ascenders and all.
        washed: Share of the writing that is washed out under light, 0-1.
        light: Usual light of the paper, 0-255.
    """

    sharpness: float
    lost: Floats
    is_shaded: Floats
    unread: float
    shaded: float
    small_px: float
    washed: float
    light: float


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
    boxes = lines.boxes[:LOOKED_AT]
    measures = measure_lines(grey, boxes, paper)
    lost = expected_loss(measures.values)
    is_shaded = measures.evenness < UNEVEN
    weight = lengths_of(boxes)
    weight = weight / max(1.0, weight.sum())
    small = np.array([height <= lines.text_px for _, _, _, height in boxes], bool)
    edges = measures.slopes[small[measures.line_of]]
    is_written = len(edges) >= EDGES
    return Legibility(
        sharpness=sharpness_of(edges) if is_written else measure_sharpness(grey, lines.text_px),
        lost=lost,
        is_shaded=is_shaded,
        unread=float((weight * lost)[~is_shaded].sum()),
        shaded=float((weight * lost)[is_shaded].sum()),
        small_px=lines.small_px,
        washed=washed_writing(lines, measures, paper),
        light=light_of(paper),
    )


def washed_writing(lines: Lines, measures: LineMeasures, paper: Pixels) -> float:
    """Return the share, 0-1, of the writing that light has washed out.

    Blur too makes fine print paler than the rest, but soft: light leaves its edges steep.
    """
    steep = [box for box, s in zip(lines.boxes, measures.steepness, strict=False) if s > _SOFT]
    return washed_share(lines.darkness, steep, lines.grow, paper)


def light_of(paper: Pixels) -> float:
    """Return the usual light, 0-255, of paper given by its light everywhere."""
    return float(np.percentile(paper[::4, ::4], 90))


def expected_loss(values: Floats) -> Floats:
    """Return the share, 0-1, of each line that a reader is expected to miss.

    Args:
        values: (lines, ``MEASURES``) from ``measure_lines``.
    """
    inner, bias, outer, shift = load_weights()
    lost: Floats = 1 / (1 + np.exp(-(np.tanh(values @ inner + bias) @ outer + shift)))
    return lost


def lengths_of(boxes: Sequence[Box]) -> Floats:
    """Return (lines,) how much each line weighs: its letters, by its length in heights."""
    return np.array([min(_LONG, width / height) for _, _, width, height in boxes])
