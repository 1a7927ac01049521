"""Makes an image smaller by averaging, or a map larger, several times faster than one resize."""

from typing import Final

import cv2

from kiosk.scan.picture import Pixels

_NEAR: Final = 1.5


def halved(pixels: Pixels) -> Pixels:
    """Return *pixels* at half its size, the mean of two by two; an odd last row or column goes."""
    height, width = pixels.shape[0] & ~1, pixels.shape[1] & ~1
    size = (width // 2, height // 2)
    return cv2.resize(pixels[:height, :width], size, interpolation=cv2.INTER_AREA)


def shrunk(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return *pixels* at *size* (width, height), by area; by halves first, which OpenCV does fast.

    Args:
        pixels: (height, width[, 3]) uint8.
        size: No larger than *pixels* is.
    """
    while pixels.shape[1] >= 2 * size[0] - 1 and pixels.shape[0] >= 2 * size[1] - 1:
        pixels = halved(pixels)
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    # So near its size each pixel is still a mean of its neighbours, at an eighth of the cost.
    is_near = pixels.shape[1] < _NEAR * size[0] and pixels.shape[0] < _NEAR * size[1]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR if is_near else cv2.INTER_AREA)


def shrunk_by(pixels: Pixels, scale: float) -> Pixels:
    """Return *pixels* at *scale* (0–1] of its size; itself at 1 or more."""
    if scale >= 1:
        return pixels
    height, width = pixels.shape[:2]
    return shrunk(pixels, (max(1, round(width * scale)), max(1, round(height * scale))))


def enlarged(pixels: Pixels, shape: tuple[int, ...]) -> Pixels:
    """Return a map of marks at *shape* (height, width), a power of two larger, each mark a square.

    Args:
        pixels: (height, width) uint8.
        shape: As large as *pixels*, or of what became *pixels* by halving; more than 2 rows.
    """
    while shape[0] > 1.5 * pixels.shape[0]:
        height, width = pixels.shape
        rows = cv2.merge([pixels, pixels]).reshape(height, 2 * width)
        pixels = cv2.hconcat([rows, rows]).reshape(2 * height, 2 * width)
    below, beside = (max(0, wanted - has) for wanted, has in zip(shape, pixels.shape, strict=True))
    if below or beside:
        pixels = cv2.copyMakeBorder(pixels, 0, below, 0, beside, cv2.BORDER_REPLICATE)
    return pixels[: shape[0], : shape[1]]


class Halvings:
    """A picture at its size, a half, a quarter and so on, each made once and only when wanted."""

    def __init__(self, pixels: Pixels) -> None:
        """Begin with *pixels*, (height, width[, 3]) uint8."""
        self._levels = [pixels]

    def at_level(self, level: int) -> Pixels:
        """Return the picture halved *level* times."""
        while len(self._levels) <= level:
            self._levels.append(halved(self._levels[-1]))
        return self._levels[level]

    def down_to(self, side_px: int) -> tuple[Pixels, int]:
        """Return the smallest at least *side_px* long, and its pixels' size in whole ones."""
        level = 0
        while max(self._levels[0].shape[:2]) >> (level + 1) >= side_px:
            level += 1
        return self.at_level(level), 2**level
