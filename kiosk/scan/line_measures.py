"""What each line of writing shows of how well it can be read, measured on all of them at once.

Every line is brought to one height and laid into a slot of one tall picture, so that a filter runs
once over all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.scan.edges import FACINGS, TEXT_PX, facing_of
from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import shrunk_by

Box = tuple[int, int, int, int]
"""Left, top, width, height."""
MEASURES: Final = 8
_AROUND_PX: Final = 4
_LENGTH: Final = 10
"""Length of a line that is looked at, in heights."""
_SLOT: Final = (round(TEXT_PX) + 2 * _AROUND_PX, _LENGTH * round(TEXT_PX) + 2 * _AROUND_PX)
"""Height and width of a slot; of writing still higher the top is left out."""
_RIM_PX: Final = 2
_FEW_EDGES: Final = 10
_HOPELESS: Final = 0.1
"""Slope of edges against their height where hardly any are found."""
_STEP: Final = 0.45
"""Height of an edge against the depth of the ink of its line."""
_LEAST_STEP: Final = 6.0
_MIDDLE: Final = (0.3, 0.7)
"""Depths between paper and ink that only soft edges have."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LineMeasures:
    """What the lines of a page show.

    Attributes:
        values: (lines, ``MEASURES``) for the network that says how much of a line is lost.
        steepness: (lines,) slope of its edges against their height, where they face least steep.
        evenness: (lines,) light of its darkest paper against its brightest.
        slopes: (edges, 2) slope against height, and facing, of all their edges.
        line_of: (edges,) the line of each.
    """

    values: Floats
    steepness: Floats
    evenness: Floats
    slopes: Floats
    line_of: Floats


def measure_lines(grey: Pixels, boxes: Sequence[Box], paper: Pixels) -> LineMeasures:
    """Measure lines of writing.

    Args:
        grey: (height, width) uint8 of the page.
        boxes: Its lines, in page pixels.
        paper: Light of its paper, (height, width) uint8 of any size.
    """
    if not boxes:
        return _of_nothing()
    slots, sizes, levels = _laid_out(grey, boxes)
    depth = levels[:, 0] - levels[:, 1]
    inside = _inside(sizes)
    slopes, line_of = _edges(slots, inside, depth)
    by_facing = _medians(
        slopes[:, 0], line_of * FACINGS + facing_of(slopes[:, 1]), len(boxes) * FACINGS
    )
    steepest = by_facing.reshape(-1, FACINGS).min(axis=1)
    usual, soft = _quantiles(slopes[:, 0], line_of, len(boxes))
    steepness = np.where(np.isfinite(steepest), steepest, usual)
    dark, bright, light = _paper_along(grey.shape, boxes, paper)
    evenness = (dark + 4) / (bright + 4)
    heights = np.array([height for _, _, _, height in boxes], np.float64)
    values = [
        np.log(np.clip(heights, 4, 60) / TEXT_PX),
        4 * steepness,
        4 * usual,
        4 * soft,
        2 * _middle_tones(slots, inside, levels),
        depth / np.maximum(levels[:, 0], 8),
        np.log(evenness),
        np.log((light + 4) / 100),
    ]
    return LineMeasures(
        values=np.stack(values, axis=1).astype(np.float32),
        steepness=steepness,
        evenness=evenness,
        slopes=slopes,
        line_of=line_of,
    )


def _of_nothing() -> LineMeasures:
    return LineMeasures(
        values=np.zeros((0, MEASURES), np.float32),
        steepness=np.zeros(0),
        evenness=np.zeros(0),
        slopes=np.zeros((0, 2)),
        line_of=np.zeros(0, np.int64),
    )


def _laid_out(grey: Pixels, boxes: Sequence[Box]) -> tuple[Pixels, Floats, Floats]:
    """Return the slots (lines, height, width) uint8, how much of each is filled, paper and ink."""
    slots = np.empty((len(boxes), *_SLOT), np.uint8)
    sizes, levels = np.empty((len(boxes), 2)), np.empty((len(boxes), 2))
    for number, (left, top, width, height) in enumerate(boxes):
        rows = slice(max(0, top - _AROUND_PX), top + height + _AROUND_PX)
        right = left + min(width, _LENGTH * height) + _AROUND_PX
        line = grey[rows, max(0, left - _AROUND_PX) : right]
        line = shrunk_by(line, min(1.0, TEXT_PX / height))[: _SLOT[0], : _SLOT[1]]
        tones = line[::2, ::2].ravel()
        ink, paper = round(0.05 * (tones.size - 1)), round(0.9 * (tones.size - 1))
        ranked = np.partition(tones, (ink, paper))
        levels[number] = ranked[paper], ranked[ink]
        slots[number] = ranked[paper]
        slots[number, : line.shape[0], : line.shape[1]] = line
        sizes[number] = line.shape
    levels[:, 1] = np.minimum(levels[:, 1], levels[:, 0] - 1)
    return slots, sizes, levels


def _inside(sizes: Floats) -> Pixels:
    """Return where the slots are filled, but for the rim, where writing is cut off."""
    rows, columns = np.arange(_SLOT[0]), np.arange(_SLOT[1])
    down = (rows >= _RIM_PX) & (rows < sizes[:, :1] - _RIM_PX)
    across = (columns >= _RIM_PX) & (columns < sizes[:, 1:] - _RIM_PX)
    return down[:, :, None] & across[:, None, :]


def _edges(slots: Pixels, inside: Pixels, depth: Floats) -> tuple[Floats, Floats]:
    """Return slope against height and facing of edges, and the line of each."""
    tall = slots.reshape(-1, _SLOT[1])
    values = tall.astype(np.float32)
    gx = cv2.Sobel(values, cv2.CV_32F, 1, 0, scale=1 / 8)
    gy = cv2.Sobel(values, cv2.CV_32F, 0, 1, scale=1 / 8)
    slope = cv2.magnitude(gx, gy)
    kernel = np.ones((7, 7), np.uint8)
    height = cv2.subtract(cv2.dilate(tall, kernel), cv2.erode(tall, kernel))
    crest = cv2.compare(slope, cv2.dilate(slope, np.ones((3, 3), np.uint8)) - 1e-3, cv2.CMP_GE)
    least = np.maximum(_LEAST_STEP, _STEP * depth)[:, None, None]
    found = inside & (height.reshape(slots.shape) > least) & (crest.reshape(slots.shape) > 0)
    at = np.flatnonzero(found)
    steep = slope.ravel()[at] / height.ravel()[at]
    at, steep = at[steep > 0.05], steep[steep > 0.05]
    facing = np.arctan2(gy.ravel()[at], gx.ravel()[at])
    return np.stack([steep, facing], axis=1), at // (_SLOT[0] * _SLOT[1])


def _medians(values: Floats, group: Floats, count: int) -> Floats:
    """Return the median of the values of each group; infinite where there are few."""
    order = np.lexsort((values, group))
    many = np.bincount(group, minlength=count)
    first = np.cumsum(many) - many
    middle = np.minimum(first + many // 2, max(0, len(values) - 1))
    found = values[order][middle] if len(values) else np.zeros(count)
    return np.where(many >= _FEW_EDGES, found, np.inf)


def _quantiles(values: Floats, group: Floats, count: int) -> tuple[Floats, Floats]:
    """Return the median and the lower quartile of each group; hopeless where there are few."""
    if not len(values):
        return np.full(count, _HOPELESS), np.full(count, _HOPELESS / 2)
    ranked = values[np.lexsort((values, group))]
    many = np.bincount(group, minlength=count)
    first = np.cumsum(many) - many
    last = len(values) - 1
    is_few = many < _FEW_EDGES
    median = np.where(is_few, _HOPELESS, ranked[np.minimum(first + many // 2, last)])
    return median, np.where(is_few, _HOPELESS / 2, ranked[np.minimum(first + many // 4, last)])


def _middle_tones(slots: Pixels, inside: Pixels, levels: Floats) -> Floats:
    """Return for each line the share of its ink that is of middle depth: much of it when soft."""
    paper, depth = levels[:, 0], levels[:, 0] - levels[:, 1]
    low, high = (
        np.clip(paper - share * depth, 0, 255).astype(np.uint8)[:, None, None] for share in _MIDDLE
    )
    ink = inside & (slots < low)
    share: Floats = (ink & (slots > high)).sum((1, 2)) / np.maximum(1, ink.sum((1, 2)))
    return share


def _paper_along(
    shape: tuple[int, ...], boxes: Sequence[Box], paper: Pixels
) -> tuple[Floats, Floats, Floats]:
    """Return the least, greatest and mean light of the paper along each line."""
    down, across = paper.shape[0] / shape[0], paper.shape[1] / shape[1]
    found = np.empty((len(boxes), 3))
    for number, (left, top, width, height) in enumerate(boxes):
        middle = min(paper.shape[0] - 1, int((top + height / 2) * down))
        row = paper[middle, int(left * across) : int((left + width) * across) + 1]
        found[number] = row.min(), row.max(), row.mean()
    return found[:, 0], found[:, 1], found[:, 2]
