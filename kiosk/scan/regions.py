"""Rectangles of a page that show a problem, for the window to point at."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from kiosk.domain.page import WHOLE_PAGE, Region
from kiosk.scan.picture import Pixels

_RIM: Final = 0.06
"""Depth of the strip along a side of the page, in its height or width."""
_SIDES: Final = (
    Region(left=0.0, top=0.0, right=1.0, bottom=_RIM),
    Region(left=1 - _RIM, top=0.0, right=1.0, bottom=1.0),
    Region(left=0.0, top=1 - _RIM, right=1.0, bottom=1.0),
    Region(left=0.0, top=0.0, right=_RIM, bottom=1.0),
)


def around_largest(mask: Pixels) -> Region:
    """Return the rectangle around the largest part of a mask; the whole page without any."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return WHOLE_PAGE
    biggest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    left, top, width, height = (int(v) for v in stats[biggest, :4])
    return around_boxes([(left, top, width, height)], mask.shape)


def around_all(mask: Pixels) -> Region:
    """Return the rectangle around everything in a mask; the whole page without any."""
    if not mask.any():
        return WHOLE_PAGE
    left, top, width, height = cv2.boundingRect(mask)
    return around_boxes([(left, top, width, height)], mask.shape)


def around_boxes(boxes: Sequence[tuple[int, int, int, int]], shape: tuple[int, ...]) -> Region:
    """Return the rectangle around *boxes* (left, top, width, height) of an image of *shape*."""
    rows, columns = shape[:2]
    return Region(
        left=round(min(left for left, _, _, _ in boxes) / columns, 3),
        top=round(min(top for _, top, _, _ in boxes) / rows, 3),
        right=round(max(left + width for left, _, width, _ in boxes) / columns, 3),
        bottom=round(max(top + height for _, top, _, height in boxes) / rows, 3),
    )


def along_sides(sides: Sequence[int]) -> Region:
    """Return the rectangle around strips along some sides: 0 top, 1 right, 2 bottom, 3 left."""
    strips = [_SIDES[side] for side in sides]
    return Region(
        left=min(strip.left for strip in strips),
        top=min(strip.top for strip in strips),
        right=max(strip.right for strip in strips),
        bottom=max(strip.bottom for strip in strips),
    )
