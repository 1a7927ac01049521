"""A 256-bit perceptual fingerprint of a page: which parts of it carry more ink than those around.

It tells a kind of page from another, however each was taken, and the same form filled in by two
people hardly: ``kiosk.scan.twins`` tells those, of the few pages that this says are alike.
"""

from typing import Final

import cv2
import numpy as np

from kiosk.scan.inkprint import InkPrint

_CELLS: Final = 16
_FINE: Final = 64
_AROUND: Final = 6.0
"""Sigma, in parts of which a page has ``_FINE``, of what a cell is held against."""


def fingerprint(page: InkPrint) -> str:
    """Return 64 hex digits: a bit for each of 16 x 16 cells, row by row."""
    fine = np.sqrt(
        cv2.resize(page.ink, (_FINE, _FINE), interpolation=cv2.INTER_AREA).astype(np.float32)
    )
    cells, around = (
        cv2.resize(one, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
        for one in (fine, cv2.GaussianBlur(fine, (0, 0), _AROUND))
    )
    return np.packbits(cells > around).tobytes().hex()
