"""What the screen shows of a page, drawn from what is kept of it."""

from typing import Final

import cv2
import numpy as np

from kiosk.scan.compress import Compressed, jpeg_of
from kiosk.scan.picture import Pixels
from kiosk.scan.shrink import shrunk, shrunk_by

PREVIEW_SIDE_PX: Final = 1200
THUMBNAIL_SIDE_PX: Final = 240
_QUALITY: Final = 75


def preview_of(page: Compressed, side_px: int) -> Pixels:
    """Return what a viewer shows of *page*, at most *side_px* long.

    (height, width, 3) BGR uint8, or (height, width) where all of it is grey.

    Drawn from the compressed bytes, so that the agent judges what is kept and not what was seen.
    """
    scale = min(1.0, side_px / max(page.width_px, page.height_px))
    size = (max(1, round(page.width_px * scale)), max(1, round(page.height_px * scale)))
    is_grey = page.is_grey and all(len(set(ink.colour)) == 1 for ink in page.inks)
    kind = cv2.IMREAD_GRAYSCALE if is_grey else cv2.IMREAD_COLOR
    under: Pixels | None = cv2.imdecode(np.frombuffer(page.jpeg, np.uint8), kind)
    if under is None:
        raise RuntimeError("a JPEG of our own cannot be read")
    shrinks = under.shape[1] > size[0]
    canvas = cv2.resize(under, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    for ink in page.inks:
        cover = shrunk(ink.mask, size)
        clear = cv2.bitwise_not(cover)
        if is_grey:
            canvas = cv2.multiply(canvas, clear, scale=1 / 255)
            canvas = cv2.add(canvas, cv2.convertScaleAbs(cover, alpha=ink.colour[0] / 255))
            continue
        painted = [cv2.convertScaleAbs(cover, alpha=v / 255) for v in reversed(ink.colour)]
        canvas = cv2.multiply(canvas, cv2.merge([clear] * 3), scale=1 / 255)
        canvas = cv2.add(canvas, cv2.merge(painted))
    return canvas


def preview_jpegs(shown: Pixels) -> tuple[bytes, bytes]:
    """Return the preview and the thumbnail of a page, as JPEG files, from how it is shown."""
    preview = _within(shown, PREVIEW_SIDE_PX)
    thumbnail = _within(preview, THUMBNAIL_SIDE_PX)
    return jpeg_of(preview, _QUALITY), jpeg_of(thumbnail, _QUALITY)


def _within(shown: Pixels, side_px: int) -> Pixels:
    scale = min(1.0, side_px / max(shown.shape[:2]))
    return shrunk_by(shown, scale)
