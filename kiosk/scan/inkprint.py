"""What is kept of a page to know it when it comes again: where its ink lies, in a few kilobytes."""

import io
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from kiosk.domain.errors import UnreadableFileError
from kiosk.scan.messages import MAX_INK_BYTES
from kiosk.scan.picture import Pixels
from kiosk.scan.shrink import shrunk, shrunk_by

SIDE: Final = 800
"""Pixels of the longer side: on A4 one is 0.37 mm, the width of a fine pen."""
WEAK, STRONG = 128, 255
"""Levels of ink. Strong ink on one page asks for weak ink on the other, so that a pale stroke, now
above and now below one threshold, is no difference."""
_WEAK_FROM, _STRONG_FROM = 36, 75
"""Darkness against the paper around, of 255."""
_SMALL: Final = 4
"""Paper, fingers and rims are looked at in squares of so many pixels."""
_PAPER_PX: Final = 9
_THICK: Final = 0.55
"""Share of ink in a square that no stroke of a pen fills."""
_FINGER_PX: Final = 29
"""Width of a finger in squares: between its dark edges nothing of the page is seen either."""
_RIM_PX: Final = 3
"""Squares along the edges of which nothing is said: paper ends there, lids and tables begin."""
_REACHED_PX: Final = 6
"""Squares from the edge within which something thick comes from outside."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InkPrint:
    """The ink of a page, ``SIDE`` pixels long.

    Attributes:
        ink: (height, width) uint8: 0, ``WEAK`` or ``STRONG``.
        hidden: (height, width) uint8, 255 where nobody can tell: at the rim, under a finger.
    """

    ink: Pixels
    hidden: Pixels


def print_of(shown: Pixels) -> InkPrint:
    """Return the print of a page as it is shown, (height, width[, 3]) uint8."""
    darkness = _darkness(_sized(shown))
    weak = cv2.threshold(darkness, _WEAK_FROM, WEAK, cv2.THRESH_BINARY)[1]
    strong = cv2.threshold(darkness, _STRONG_FROM, STRONG, cv2.THRESH_BINARY)[1]
    hidden = _hidden(strong)
    seen = cv2.bitwise_not(hidden)
    return InkPrint(ink=cv2.bitwise_and(cv2.max(weak, strong), seen), hidden=hidden)


def _sized(shown: Pixels) -> Pixels:
    grey = cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY) if shown.ndim == 3 else shown
    scale = SIDE / max(grey.shape)
    if scale <= 1:
        return shrunk_by(grey, scale)
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR)


def _small_size(pixels: Pixels) -> tuple[int, int]:
    height, width = pixels.shape
    return max(1, width // _SMALL), max(1, height // _SMALL)


def _darkness(grey: Pixels) -> Pixels:
    """Return how much darker than the paper around it each pixel is, of 255."""
    small = shrunk(grey, _small_size(grey))
    bright = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((_PAPER_PX, _PAPER_PX), np.uint8))
    paper = np.maximum(cv2.medianBlur(bright, _PAPER_PX), 1)
    behind = cv2.resize(paper, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.bitwise_not(cv2.divide(grey, behind, scale=255))


def _hidden(strong: Pixels) -> Pixels:
    """Return 255 at the rim, and where something thick and dark reaches in from outside."""
    small = shrunk(strong, _small_size(strong))
    thick = cv2.threshold(small, 255 * _THICK, 255, cv2.THRESH_BINARY)[1]
    thick = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    labels = cv2.connectedComponents(cv2.max(thick, _frame(thick, _REACHED_PX)))[1]
    reaching = np.where(labels == labels[0, 0], thick, 0).astype(np.uint8)
    rim = _frame(thick, _RIM_PX)
    around = cv2.copyMakeBorder(
        cv2.max(reaching, rim), *(_FINGER_PX,) * 4, cv2.BORDER_CONSTANT, value=0
    )
    finger = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_FINGER_PX, _FINGER_PX))
    closed = cv2.morphologyEx(around, cv2.MORPH_CLOSE, finger)
    closed = closed[_FINGER_PX:-_FINGER_PX, _FINGER_PX:-_FINGER_PX]
    # Its edge is soft, and its shadow falls beside it.
    wider = cv2.dilate(cv2.subtract(closed, rim), np.ones((5, 5), np.uint8))
    return cv2.resize(cv2.max(rim, wider), strong.shape[::-1], interpolation=cv2.INTER_NEAREST)


def _frame(like: Pixels, wide_px: int) -> Pixels:
    frame = np.full_like(like, 255)
    frame[wide_px:-wide_px, wide_px:-wide_px] = 0
    return frame


def pack(page: InkPrint) -> bytes:
    """Return a print as bytes, none where that is more than may be kept.

    Two masks in fax code, one over the other: ink, and strong ink. Strong ink that is no ink at
    all there is not, so that stands for what is hidden.
    """
    ink = cv2.threshold(page.ink, WEAK - 1, 255, cv2.THRESH_BINARY)[1]
    strong = cv2.threshold(page.ink, STRONG - 1, 255, cv2.THRESH_BINARY)[1]
    masks = np.vstack([ink, cv2.max(strong, page.hidden)])
    bits = np.packbits(masks > 0, axis=1).tobytes()
    file = io.BytesIO()
    Image.frombytes("1", masks.shape[::-1], bits).save(file, "TIFF", compression="group4")
    packed = file.getvalue()
    return packed if len(packed) <= MAX_INK_BYTES else b""


def unpack(packed: bytes) -> InkPrint:
    """Return the print that was packed.

    Raises:
        UnreadableFileError: These bytes are none.
    """
    try:
        with Image.open(io.BytesIO(packed), formats=("TIFF",)) as image:
            width, height = image.size
            if image.mode != "1" or width > SIDE or not 2 <= height <= 2 * SIDE or height % 2:
                raise UnreadableFileError("not the print of a page")
            masks = np.where(np.array(image), 255, 0).astype(np.uint8)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise UnreadableFileError("not the print of a page") from error
    ink, strong = masks[: height // 2], masks[height // 2 :]
    levels = np.where(cv2.bitwise_and(ink, strong), STRONG, np.minimum(ink, WEAK)).astype(np.uint8)
    return InkPrint(ink=levels, hidden=cv2.subtract(strong, ink))
