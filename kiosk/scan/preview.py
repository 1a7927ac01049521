"""What the screen shows of a page, drawn from what is kept of it."""

import io
from typing import Final

import cv2
import numpy as np
from PIL import Image

from kiosk.scan.compress import Compressed, jpeg_of
from kiosk.scan.picture import Pixels

PREVIEW_SIDE_PX: Final = 1200
THUMBNAIL_SIDE_PX: Final = 240
_QUALITY: Final = 75


def preview_of(page: Compressed, side_px: int) -> Pixels:
    """Return what a viewer shows of *page*, (height, width, 3) BGR uint8, at most *side_px* long.

    Drawn from the compressed bytes, so that the agent judges what is kept and not what was seen.
    """
    scale = min(1.0, side_px / max(page.width_px, page.height_px))
    size = (max(1, round(page.width_px * scale)), max(1, round(page.height_px * scale)))
    under: Pixels | None = cv2.imdecode(np.frombuffer(page.jpeg, np.uint8), cv2.IMREAD_COLOR)
    if under is None:
        raise RuntimeError("a JPEG of our own cannot be read")
    shrinks = under.shape[1] > size[0]
    canvas = cv2.resize(
        under, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    ).astype(np.float32)
    for ink in page.inks:
        mask = _g4_pixels(ink.g4, page.width_px, page.height_px)
        cover = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        red, green, blue = ink.colour
        colour = np.array([blue, green, red], np.float32)
        canvas += cover[:, :, None] * (colour - canvas)
    shown: Pixels = np.clip(canvas + 0.5, 0, 255).astype(np.uint8)
    return shown


def preview_jpegs(shown: Pixels) -> tuple[bytes, bytes]:
    """Return the preview and the thumbnail of a page, as JPEG files, from how it is shown."""
    preview = _within(shown, PREVIEW_SIDE_PX)
    thumbnail = _within(preview, THUMBNAIL_SIDE_PX)
    return jpeg_of(preview, _QUALITY), jpeg_of(thumbnail, _QUALITY)


def _within(shown: Pixels, side_px: int) -> Pixels:
    scale = min(1.0, side_px / max(shown.shape[:2]))
    if scale == 1.0:
        return shown
    return cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _g4_pixels(g4: bytes, width: int, height: int) -> Pixels:
    """Return 255 where a G4 stream has ink, decoded from the smallest TIFF around it."""
    entries = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 1),
        (259, 3, 4),
        (262, 3, 1),
        (273, 4, 8 + 2 + 9 * 12 + 4),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, len(g4)),
    ]
    directory = len(entries).to_bytes(2, "little")
    for tag, kind, value in entries:
        directory += tag.to_bytes(2, "little") + kind.to_bytes(2, "little")
        directory += (1).to_bytes(4, "little") + value.to_bytes(4, "little")
    content = b"II*\0" + (8).to_bytes(4, "little") + directory + b"\0\0\0\0" + g4
    with Image.open(io.BytesIO(content), formats=["TIFF"]) as image:
        return np.asarray(image.convert("L"))
