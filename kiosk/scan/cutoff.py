"""The stage that tells a page that runs out of its picture, and where."""

from typing import Final

import cv2
import numpy as np

from kiosk.domain.page import Region
from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.regions import along_sides, around_all
from kiosk.scan.shrink import shrunk_by

_SIDE: Final = 320
_GRID: Final = 41
_BEYOND: Final = 0.012
"""Share of the frame's longest side a corner may lie outside it."""
_ALONG: Final = 0.3
"""Share of one side of the frame with paper on it that means the page goes on outside."""


def find_cut(
    pixels: Pixels, corners: Floats | None, *, is_uncertain: bool, turns: int
) -> Region | None:
    """Return where the page runs out of the picture; None when all of it is there.

    Args:
        pixels: (height, width, 3) BGR uint8.
        corners: (4, 2) x, y of the page as it is read; None when the whole frame is taken.
        is_uncertain: No page was surely found; then paper along the rim is what shows it.
        turns: Clockwise quarter turns that set the whole frame upright.
    """
    height, width = pixels.shape[:2]
    if corners is not None:
        slack = _BEYOND * max(height, width)
        limit = np.array([width, height]) - 1
        is_cut = bool((corners < -slack).any() or (corners > limit + slack).any())
        return _unseen_part(corners, width, height) if is_cut else None
    sides = _sides_with_paper(pixels) if is_uncertain else []
    return along_sides([(side + turns) % 4 for side in sides]) if sides else None


def _unseen_part(corners: Floats, width: int, height: int) -> Region:
    """Return the rectangle of the page around all that lies outside the picture."""
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    to_picture = cv2.getPerspectiveTransform(unit, corners.astype(np.float32))
    steps = np.linspace(0, 1, _GRID, dtype=np.float32)
    across, down = np.meshgrid(steps, steps)
    at = cv2.perspectiveTransform(np.dstack([across, down]), to_picture)
    x, y = at[..., 0], at[..., 1]
    unseen = (x < 0) | (x > width - 1) | (y < 0) | (y > height - 1)
    return around_all(unseen.astype(np.uint8))


def _sides_with_paper(pixels: Pixels) -> list[int]:
    """Return the sides of the frame, 0 top and clockwise, along which there is paper."""
    scale = min(1.0, _SIDE / max(pixels.shape[:2]))
    small = shrunk_by(pixels, scale)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    light = cv2.morphologyEx(lab[:, :, 0], cv2.MORPH_CLOSE, np.ones((11, 11), np.uint8))
    height, width = light.shape
    middle = (slice(height // 3, -(height // 3)), slice(width // 3, -(width // 3)))
    paper = np.median(light[middle])
    hue = np.median(lab[middle][:, :, 1:].reshape(-1, 2), axis=0)
    like = (light > 0.82 * paper) & (np.abs(lab[:, :, 1:] - hue).max(2) < 9)
    rims = (like[:2], like[:, -2:], like[-2:], like[:, :2])
    return [side for side, rim in enumerate(rims) if float(rim.mean()) > _ALONG]
