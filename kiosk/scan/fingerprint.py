"""A perceptual fingerprint of a page: which of its parts carry more ink than those around.

256 bits of its writing, set level and cut out, so that a margin of lid or table changes little, and
256 of the page as it lies: of two takes of a page one or the other are near each other. It tells
a kind of page from another, and the same form filled in by two people hardly: ``kiosk.scan.twins``
tells those, of the few pages that this says are alike. Nothing on a page can be read from it.
"""

from typing import Final

import cv2
import numpy as np

from kiosk.scan.inkprint import InkPrint
from kiosk.scan.picture import Floats
from kiosk.scan.shrink import halved

_CELLS: Final = 16
_FINE: Final = 96
_SHARPEST: Final = 2.0
_AROUND, _NEARER = 9.0, 4.5
"""Sigmas, in parts of which a page has ``_FINE``, of a cell and of what it is held against: the
writing that was cut out is less surely in its place than the page is."""
_LEANS_DEG: Final = np.arange(-5.0, 5.1, 0.5)
_OUTSIDE: Final = 0.05
"""Share of the ink left out at each side to find where the writing lies: stray lines go."""
_CROWDED: Final = 90
"""Percentile of rows and columns beyond which ink counts no more: a bar code is but one line."""


def fingerprint(page: InkPrint) -> str:
    """Return twice 64 hex digits, for the writing on a page and for the page.

    Each has a bit for each of 16 x 16 cells, row by row.
    """
    ink = np.sqrt(halved(halved(page.ink)).astype(np.float32))
    whole = cv2.resize(ink, (_FINE, _FINE), interpolation=cv2.INTER_AREA)
    return _cells(_cut_out(_level(ink)), _AROUND) + _cells(whole, _NEARER)


def _cells(ink: Floats, around_sigma: float) -> str:
    cells, around = (
        cv2.resize(
            cv2.GaussianBlur(ink, (0, 0), sigma), (_CELLS,) * 2, interpolation=cv2.INTER_AREA
        )
        for sigma in (_SHARPEST, around_sigma)
    )
    return np.packbits(cells > around).tobytes().hex()


def _level(ink: Floats) -> Floats:
    """Return ink turned so that its rows stand out most: what a scan of a whole frame leaves."""
    height, width = ink.shape
    middle = (width / 2 - 0.5, height / 2 - 0.5)

    def turned(lean_deg: float) -> Floats:
        matrix = cv2.getRotationMatrix2D(middle, lean_deg, 1.0)
        return cv2.warpAffine(ink, matrix, (width, height))

    def edges(lean_deg: float) -> float:
        return float(np.square(np.diff(turned(lean_deg).sum(1))).sum())

    return turned(max(map(float, _LEANS_DEG), key=edges))


def _cut_out(ink: Floats) -> Floats:
    """Return the writing on a page as a square."""
    left, right = _span(ink.sum(0))
    top, bottom = _span(ink.sum(1))
    across, down = _FINE / (right - left), _FINE / (bottom - top)
    matrix = np.array([[across, 0, -left * across], [0, down, -top * down]])
    return cv2.warpAffine(ink, matrix, (_FINE, _FINE))


def _span(amounts: Floats) -> tuple[float, float]:
    """Return where the writing begins and ends along one side, a little beyond it at each end."""
    counted = np.cumsum(np.minimum(amounts, np.percentile(amounts, _CROWDED) + 1e-3))
    ends = counted[-1] * np.array([_OUTSIDE, 1 - _OUTSIDE])
    begin, end = np.interp(ends, counted, np.arange(counted.size))
    beyond = (end - begin) * 1.1 * _OUTSIDE / (1 - 2 * _OUTSIDE)
    return float(begin - beyond), float(max(end + beyond, begin + 4))
