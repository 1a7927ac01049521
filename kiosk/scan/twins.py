"""Are two pages one sheet, taken twice? Laid on each other, no ink may lack its counterpart.

A form filled in by another hand agrees with the first in all of its print, nine tenths of the ink,
so that no mean tells them apart. What tells is where they differ most: a written word leaves ink
alone in several places, a second scan in none.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.scan.aligning import is_same_shape, lay_on, turns_between
from kiosk.scan.inkprint import STRONG, WEAK, InkPrint
from kiosk.scan.picture import Pixels

_WINDOW_PX: Final = 16
"""6 mm of an A4 page: a written letter or two."""
_RANKS: Final = (0, 3, 7)
"""The worst window, the fourth and the eighth: a speck makes one, a word more."""
WORST_LIMITS: Final = (80, 28, 15)
"""Pixels of lonely ink in those, from which pages differ (``bench.duplicates``)."""
_LONELY_SHARE: Final = 0.08
"""Share of all ink, for pages with little of it."""
_ENOUGH_INK_PX: Final = 600
_SEEN_SHARE: Final = 0.5
_SOFT: Final = WEAK // 2
_HARD: Final = (WEAK + STRONG) // 2
"""From which levels there is ink, and strong ink, on a page that was laid on another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is left of two pages laid on each other.

    Attributes:
        worst_px: Pixels of ink without a counterpart in the worst window, the fourth, the eighth.
        lonely: Share of the ink without a counterpart, 0-1.
        ink_px: Strong ink that both pages could show, of the page that has less.
        seen: Share of the page that neither hides.
    """

    worst_px: tuple[int, int, int]
    lonely: float
    ink_px: int
    seen: float

    @property
    def is_none(self) -> bool:
        """Tell whether the two are one page."""
        return (
            self.ink_px >= _ENOUGH_INK_PX
            and self.seen >= _SEEN_SHARE
            and self.lonely <= _LONELY_SHARE
            and all(n < most for n, most in zip(self.worst_px, WORST_LIMITS, strict=True))
        )


def are_same(one: InkPrint, other: InkPrint) -> bool:
    """Tell whether two prints are of one sheet."""
    difference = difference_of(one, other)
    return difference is not None and difference.is_none


def difference_of(one: InkPrint, other: InkPrint) -> Difference | None:
    """Return what is left of two pages; None when they do not even look alike."""
    turns = turns_between(other.ink, one.ink)
    ink = np.ascontiguousarray(np.rot90(other.ink, -turns))
    hidden = np.ascontiguousarray(np.rot90(other.hidden, -turns))
    if not is_same_shape(one.ink, ink):
        return None
    height, width = one.ink.shape
    size = (width, height)
    ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    hidden = cv2.resize(hidden, size, interpolation=cv2.INTER_NEAREST)
    places = lay_on(ink, one.ink)
    if places is None:
        return None
    laid = cv2.remap(ink, *places, cv2.INTER_LINEAR)
    covered = cv2.remap(hidden, *places, cv2.INTER_NEAREST, borderValue=255)
    seen = cv2.bitwise_not(cv2.max(one.hidden, covered))
    return _left_over(one.ink, laid, seen)


def _left_over(one: Pixels, other: Pixels, seen: Pixels) -> Difference:
    mine, theirs = (cv2.bitwise_and(_from(ink, _HARD), seen) for ink in (one, other))
    lonely = cv2.max(cv2.subtract(mine, _near(other)), cv2.subtract(theirs, _near(one)))
    in_window = cv2.boxFilter(
        lonely,
        cv2.CV_32F,
        (_WINDOW_PX, _WINDOW_PX),
        normalize=False,
        borderType=cv2.BORDER_CONSTANT,
    )
    half = _WINDOW_PX // 2
    tiles = np.sort(in_window[half::_WINDOW_PX, half::_WINDOW_PX].ravel())[::-1] / 255
    worst = [int(tiles[rank]) if rank < tiles.size else 0 for rank in _RANKS]
    worst[0] = int(in_window.max() / 255)
    counts = [cv2.countNonZero(ink) for ink in (mine, theirs)]
    return Difference(
        worst_px=(worst[0], worst[1], worst[2]),
        lonely=cv2.countNonZero(lonely) / max(1, sum(counts)),
        ink_px=min(counts),
        seen=cv2.countNonZero(seen) / seen.size,
    )


def _from(ink: Pixels, level: int) -> Pixels:
    return cv2.threshold(ink, level, 255, cv2.THRESH_BINARY)[1]


def _near(ink: Pixels) -> Pixels:
    """Return where ink of any kind is at most a pixel away."""
    return cv2.dilate(_from(ink, _SOFT), np.ones((3, 3), np.uint8))
