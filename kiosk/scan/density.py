"""How finely an image says it was scanned, where that can be believed, and its pixels made square.

A fax has up to twice as many pixels across as along (ITU-T T.4, table 1: 204 by 98 to the inch).
"""

from typing import Final

import cv2
import numpy as np
from PIL import Image

from kiosk.scan.limits import MAX_PIXELS
from kiosk.scan.picture import Pixels

_BELIEVABLE_DPI: Final = range(97, 1201)
"""72 and 96 are what cameras and drawing programs write when they know nothing."""
_MOST_OBLONG: Final = 2.1
"""Of a pixel's sides; what says more is no scanner's and no fax's, and is not believed."""
_SQUARE: Final = 1.005


def density_of(image: Image.Image) -> tuple[float, float] | None:
    """Return dots per inch across and along the image as it is stored; None if not believable."""
    try:
        across, along = (float(value) for value in image.info.get("dpi", (0, 0)))
        is_known = all(round(value) in _BELIEVABLE_DPI for value in (across, along))
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None
    if not is_known or max(across, along) > _MOST_OBLONG * min(across, along):
        return None
    return across, along


def squared(pixels: Pixels, density: tuple[float, float]) -> tuple[Pixels, float]:
    """Return the image with square pixels, and how many of them there are to the inch.

    The coarser side is made as fine as the other; the finer one as coarse where there would be
    more than ``MAX_PIXELS``.
    """
    across, along = density
    fine, coarse = max(density), min(density)
    if fine <= _SQUARE * coarse:
        return pixels, across
    height, width = pixels.shape[:2]
    is_few = width * height * fine / coarse <= MAX_PIXELS
    dpi = fine if is_few else coarse
    size = max(1, round(width * dpi / across)), max(1, round(height * dpi / along))
    way = cv2.INTER_LINEAR if is_few else cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8), dpi
