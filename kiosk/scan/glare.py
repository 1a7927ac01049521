"""What a reflection or too much light has washed out of a page."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from kiosk.scan.picture import Floats, Pixels

_BURNT: Final = 253
"""Light of paper that has left the range of the picture."""
_BRIGHT: Final = 245.0
"""Light of paper beside which ink may be washed out."""
_WASHED: Final = 0.6
"""Depth of washed-out ink against the usual ink of the page."""
_USUAL: Final = 60
"""Percentile of the depth of ink that is usual on a page."""
_DEEPEST: Final = 0.95
_LENGTH: Final = 1.5
"""Length of the pieces a line is looked at in, in heights."""
_FEW: Final = 5
"""Fewer pieces of writing than these say nothing."""
_ENOUGH: Final = 0.02
"""Share of burnt paper below which nothing is looked for."""
_ALL: Final = 0.95
"""Share of burnt paper from which a page is white all over, as one drawn by a program is."""


def burnt_paper(paper: Pixels) -> Pixels:
    """Return 1 where paper, given by its light (height, width) uint8, is burnt out, else 0."""
    return (paper >= _BURNT).astype(np.uint8)


def washed_share(
    darkness: Pixels, boxes: Sequence[tuple[int, int, int, int]], grow: float, paper: Pixels
) -> float:
    """Return the share of the writing that light has washed out, 0–1.

    A page that is merely bright is burnt out too, but its ink is as deep there as anywhere. Under
    a reflection the ink itself grows light, all around what is lost altogether.

    Args:
        darkness: How much darker than its paper the page is, (height, width) uint8.
        boxes: Lines of writing: left, top, width, height in page pixels.
        grow: Page pixels in one of *darkness*.
        paper: Light of the paper, (height, width) uint8 of any size.
    """
    if not _ENOUGH <= burnt_paper(paper).mean() < _ALL:
        return 0.0
    pieces: Floats = np.array([_depth_and_light(darkness, paper, *p) for p in _pieces(boxes, grow)])
    if len(pieces) < _FEW:
        return 0.0
    depth = pieces[:, 0] / np.maximum(pieces[:, 1], 1)
    is_washed = (depth < _WASHED * np.percentile(depth, _USUAL)) & (pieces[:, 1] > _BRIGHT)
    return float(is_washed.mean())


def _pieces(
    boxes: Sequence[tuple[int, int, int, int]], grow: float
) -> Iterator[tuple[int, int, int, int]]:
    """Yield left, top, right, bottom of short pieces of lines, in pixels of the darkness."""
    for box in boxes:
        left, top, width, height = (round(v / grow) for v in box)
        count = max(1, round(width / (_LENGTH * height)))
        ends = [left + width * n // count for n in range(count + 1)]
        for start, end in pairwise(ends):
            yield start, top, end, top + height


def _depth_and_light(
    darkness: Pixels, paper: Pixels, left: int, top: int, right: int, bottom: int
) -> tuple[float, float]:
    ink = darkness[top:bottom, left:right].ravel()
    rank = int(_DEEPEST * (ink.size - 1))
    down, across = paper.shape[0] / darkness.shape[0], paper.shape[1] / darkness.shape[1]
    rows = slice(int(top * down), int(bottom * down) + 1)
    columns = slice(int(left * across), int(right * across) + 1)
    return float(np.partition(ink, rank)[rank]), float(paper[rows, columns].mean())
