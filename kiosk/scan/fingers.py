"""The stage that tells a finger that lies over a page, and where.

A finger that holds a sheet comes in over one of its edges: a smooth, solid patch as warm as skin,
about as deep as it is wide. Skin of every tone has one colour but for its light, so that is judged
by the ratios of the channels; a strip of wooden table along a bent edge has it too, but is shallow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.domain.page import Region
from kiosk.scan.picture import Pixels
from kiosk.scan.regions import around_boxes

SIDE: Final = 400
"""Longest side of the flat page that is looked at."""
_LOGARITHMS: Final = np.log(np.maximum(np.arange(256), 1)).astype(np.float32)
_DARKEST: Final = float(np.log(24))
"""Red below which a colour says nothing."""
_REDDER: Final = (0.12, 0.75)
_LESS_BLUE: Final = (-0.80, -0.07)
"""Logarithms of red and of blue against green of skin, with the casts of lamps."""
_LEANING: Final = (0.45, 2.6)
"""The first against the second: skin is as much redder than it is less blue."""
_UNLIKE_PAPER: Final = 0.13
"""How far from the paper's own in both; coloured paper is warm too."""
_RIM: Final = 0.0125
"""What is left out along each edge, in the page's longer side: a strip of table shows there."""
_DEPTH: Final = 0.022
"""How far a finger reaches into the page, in its longer side: some 6 mm of A4."""
_BREADTH: Final = (0.025, 0.22)
"""How broad it is at the edge, one or two of them, in the same measure."""
_DEPTH_TO_BREADTH: Final = 0.35
_GAP_PX: Final = 3
_SOLID: Final = 0.6
_ROUGH: Final = 40.0
"""Mean step of light between neighbours inside it; print on warm paper is rougher."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patch:
    """A patch of the colour of skin at an edge of the page, in pixels."""

    box: tuple[int, int, int, int]
    depth: int
    breadth: int
    solid: float
    rough: float

    def is_finger(self, side_px: int) -> bool:
        """Tell whether it has the shape of a finger; *side_px* is the page's longer side."""
        low, high = _BREADTH
        return (
            self.depth >= _DEPTH * side_px
            and low * side_px <= self.breadth <= high * side_px
            and self.depth >= _DEPTH_TO_BREADTH * self.breadth
            and self.solid >= _SOLID
            and self.rough <= _ROUGH
        )


def find_fingers(small: Pixels) -> Region | None:
    """Return the rectangle of a flat page around the fingers that lie over it; None without.

    Args:
        small: (height, width, 3) BGR uint8, ``SIDE`` at its longer side.
    """
    side_px = max(small.shape[:2])
    found = [patch.box for patch in _patches(small) if patch.is_finger(side_px)]
    return around_boxes(found, small.shape) if found else None


def _patches(small: Pixels) -> Iterator[_Patch]:
    """Yield what has the colour of skin and goes on to an edge of the page."""
    side_px = max(small.shape[:2])
    rim = max(1, round(_RIM * side_px))
    within = (slice(rim, -rim), slice(rim, -rim))
    grey = cv2.blur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (3, 3))
    step = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))[within]
    skin = np.ascontiguousarray(_like_skin(small)[within])
    count, labels, stats, _ = cv2.connectedComponentsWithStats(skin, connectivity=4)
    for label in range(1, count):
        left, top, across, down, area = (int(v) for v in stats[label])
        place = (slice(top, top + down), slice(left, left + across))
        part = labels[place] == label
        reached = _reach(part, left, top, skin.shape)
        if reached is None or area < (_DEPTH * side_px) ** 2:
            continue
        yield _Patch(
            box=(left + rim, top + rim, across, down),
            depth=reached[0] + rim,
            breadth=reached[1],
            solid=_solidity(part),
            rough=_roughness(step[place], part),
        )


def _like_skin(small: Pixels) -> Pixels:
    """Return 1 where a page, (height, width, 3) BGR, has the colour of skin and not its paper's."""
    blue, green, red = cv2.split(cv2.LUT(cv2.blur(small, (3, 3)), _LOGARITHMS))
    redder, less_blue = cv2.subtract(red, green), cv2.subtract(blue, green)
    few = (slice(None, None, 4), slice(None, None, 4))
    bright = green[few] >= np.percentile(green[few], 60)
    off = cv2.magnitude(
        redder - np.median(redder[few][bright]), less_blue - np.median(less_blue[few][bright])
    )
    is_warm = (
        (redder >= _REDDER[0])
        & (redder <= _REDDER[1])
        & (less_blue >= _LESS_BLUE[0])
        & (less_blue <= _LESS_BLUE[1])
        & (redder >= -_LEANING[0] * less_blue)
        & (redder <= -_LEANING[1] * less_blue)
    )
    skin = is_warm & (off > _UNLIKE_PAPER) & (red > _DARKEST)
    nail, speck = (cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (px, px)) for px in (11, 5))
    whole = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_CLOSE, nail)
    return cv2.morphologyEx(whole, cv2.MORPH_OPEN, speck)


def _reach(part: Pixels, left: int, top: int, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return how deep a patch reaches from the edge it touches most, and how broad it is."""
    down, across = part.shape
    sides = []
    for gap, turned in (
        (top, part),
        (shape[0] - top - down, part[::-1]),
        (left, part.T),
        (shape[1] - left - across, part.T[::-1]),
    ):
        if gap <= _GAP_PX:
            rows = turned.sum(1)
            sides.append((int(rows[0]), gap + len(rows), int(rows.max())))
    if not sides:
        return None
    _, depth, breadth = max(sides)
    return depth, breadth


def _roughness(step: Pixels, part: Pixels) -> float:
    """Return the mean step of light between neighbours well inside a patch."""
    inner = cv2.erode(part.astype(np.uint8), np.ones((7, 7), np.uint8), borderValue=0)
    return float(cv2.mean(step, inner)[0])


def _solidity(part: Pixels) -> float:
    """Return the share of a patch in its convex hull."""
    outlines, _ = cv2.findContours(
        part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    hull = cv2.contourArea(cv2.convexHull(np.concatenate(outlines)))
    return float(part.sum()) / max(hull, 1.0)
