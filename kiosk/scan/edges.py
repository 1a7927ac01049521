"""How steep the edges of ink are: what tells sharp writing from blurred."""

from typing import Final

import cv2
import numpy as np

from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import shrunk_by

EDGES: Final = 50
"""Fewer points on edges than these say nothing about sharpness."""
TEXT_PX: Final = 20.0
"""Height writing is brought to before its edges are measured."""
_STEEPNESS: Final = (0.20, 0.45)
"""Slope of an edge per pixel against its height: hopeless, and as sharp as a lens gives it."""
FACINGS: Final = 4
"""Directions an edge may face, modulo a half turn."""
_STRIP_ROWS: Final = 256
_RIM_ROWS: Final = 2
"""Rows beside a strip that its edges depend on: one for the gradient, one for its summit."""
_COARSER: Final = (0.5, 0.25, 0.125)
"""Scales at which the edges of a hopelessly blurred page show again."""


def text_scale(text_px: float) -> float:
    """Return the scale, at most 1, that brings writing of a height to the one it is measured at."""
    return min(1.0, TEXT_PX / max(text_px, 8.0))


def measure_sharpness(grey: Pixels, text_px: float) -> float:
    """Return 0–1: how steep the edges of ink are against their height, at one height of text.

    Args:
        grey: (height, width) uint8.
        text_px: Height of its lines of writing.
    """
    small = shrunk_by(grey, text_scale(text_px))
    slopes = edge_slopes(small)
    if len(slopes) < EDGES:
        # Either nothing is on the page, or it is so blurred that no step is left at this scale.
        return 0.0 if _has_edges_when_coarse(small) else 1.0
    return sharpness_of(slopes)


def sharpness_of(edges: Floats) -> float:
    """Return 0–1 from the direction in which edges are least steep: a shaken hand blurs one.

    Args:
        edges: (n, 2) from ``edge_slopes``, at least ``EDGES`` of them.
    """
    low, high = _STEEPNESS
    facing = facing_of(edges[:, 1])
    slopes = [edges[facing == k, 0] for k in range(FACINGS)]
    medians = [float(np.median(part)) for part in slopes if len(part) >= EDGES]
    steepness = min(medians, default=float(np.median(edges[:, 0])))
    return float(np.clip((steepness - low) / (high - low), 0, 1))


def facing_of(angle: Floats) -> Floats:
    """Return which of ``FACINGS`` directions gradients of *angle* radians face."""
    return np.round(angle * (FACINGS / np.pi)).astype(np.int32) % FACINGS


def edge_slopes(small: Pixels) -> Floats:
    """Return (n, 2) of points on the crests of edges: slope against height, and where they face.

    The facing is the angle of the gradient in radians.
    """
    kernel = np.ones((7, 7), np.uint8)
    height = cv2.subtract(cv2.dilate(small, kernel), cv2.erode(small, kernel))
    least = max(30.0, 0.4 * float(np.percentile(height[::4, ::4], 99)))
    # In strips: what is derived from a page of A4 with no writing to look at alone is 200 MB.
    strips = [
        _slopes_in_strip(small, height, least, top) for top in range(0, len(small), _STRIP_ROWS)
    ]
    return np.concatenate(strips)


def _slopes_in_strip(small: Pixels, height: Pixels, least: float, top: int) -> Floats:
    end = min(top + _STRIP_ROWS, len(small))
    above, below = min(_RIM_ROWS, top), min(_RIM_ROWS, len(small) - end)
    values = small[top - above : end + below].astype(np.float32)
    gx = cv2.Sobel(values, cv2.CV_32F, 1, 0, scale=1 / 8)
    gy = cv2.Sobel(values, cv2.CV_32F, 0, 1, scale=1 / 8)
    slope = cv2.magnitude(gx, gy)
    summit = cv2.dilate(slope, np.ones((3, 3), np.uint8)) - 1e-3
    inner = slice(above, above + end - top)
    gx, gy, slope, summit = gx[inner], gy[inner], slope[inner], summit[inner]
    steps = height[top:end].astype(np.float32)
    edge = (steps > least) & (slope >= summit) & (slope > 0.05 * steps)
    return np.stack([slope[edge] / steps[edge], np.arctan2(gy[edge], gx[edge])], 1)


def _has_edges_when_coarse(small: Pixels) -> bool:
    for scale in _COARSER:
        coarse = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if len(edge_slopes(coarse)) >= EDGES:
            return True
    return False
