"""The stage that tells a page that runs out of its picture."""

from typing import Final

import cv2
import numpy as np

from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import shrunk_by

_SIDE: Final = 320
_BEYOND: Final = 0.012
"""Share of the frame's longest side a corner may lie outside it."""
_ALONG: Final = 0.3
"""Share of one side of the frame with paper on it that means the page goes on outside."""


def is_cut_off(pixels: Pixels, corners: Floats | None, *, is_uncertain: bool) -> bool:
    """Tell whether part of the page lies outside the picture.

    Args:
        pixels: (height, width, 3) BGR uint8.
        corners: (4, 2) x, y of the page; None when the whole frame is taken.
        is_uncertain: No page was surely found; then paper along the rim is what shows it.
    """
    height, width = pixels.shape[:2]
    if corners is not None:
        slack = _BEYOND * max(height, width)
        limit = np.array([width, height]) - 1
        return bool((corners < -slack).any() or (corners > limit + slack).any())
    return is_uncertain and _has_paper_on_rim(pixels)


def _has_paper_on_rim(pixels: Pixels) -> bool:
    scale = min(1.0, _SIDE / max(pixels.shape[:2]))
    small = shrunk_by(pixels, scale)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    light = cv2.morphologyEx(lab[:, :, 0], cv2.MORPH_CLOSE, np.ones((11, 11), np.uint8))
    height, width = light.shape
    middle = (slice(height // 3, -(height // 3)), slice(width // 3, -(width // 3)))
    paper = np.median(light[middle])
    hue = np.median(lab[middle][:, :, 1:].reshape(-1, 2), axis=0)
    like = (light > 0.82 * paper) & (np.abs(lab[:, :, 1:] - hue).max(2) < 9)
    sides = (like[:2], like[-2:], like[:, :2], like[:, -2:])
    return any(float(side.mean()) > _ALONG for side in sides)
