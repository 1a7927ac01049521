"""The stage that finds which way up a page is read."""

from typing import Final

import numpy as np

from kiosk.scan.deskew import _ink
from kiosk.scan.picture import Floats, Pixels

_WORK_SIDE: Final = 1200


def find_turns(grey: Pixels) -> int:
    """Return the clockwise quarter turns (0–3) that set the page upright.

    Args:
        grey: (height, width) uint8, already deskewed.
    """
    ink = _ink(grey, _WORK_SIDE)
    if _lining(ink) >= _lining(np.rot90(ink)):
        return 0 if _top_heaviness(ink) >= 0 else 2
    turned = np.rot90(ink, -1)  # clockwise once
    return 1 if _top_heaviness(turned) >= 0 else 3


def _lining(ink: Pixels) -> float:
    """Return how strongly the ink falls into rows."""
    rows = ink.sum(1).astype(np.float64)
    return float((np.diff(rows) ** 2).sum() / max(1.0, rows.sum()))


def _top_heaviness(ink: Floats) -> float:
    """Return above 0 when more ink sticks out over the bodies of the lines than under them."""
    rows = ink.sum(1).astype(np.float64)
    above = below = 0.0
    level = np.percentile(rows, 90) * 0.5
    body = rows > level
    edges = np.flatnonzero(np.diff(body.astype(np.int8)))
    for start, end in zip(edges[::2], edges[1::2], strict=False):
        reach = max(2, int((end - start) * 0.6))
        above += rows[max(0, start - reach) : start].sum()
        below += rows[end + 1 : end + 1 + reach].sum()
    return float(above - below)
