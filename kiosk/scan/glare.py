"""The stage that tells where a reflection has washed writing out."""

from typing import Final

import cv2
import numpy as np

from kiosk.domain.page import Region
from kiosk.scan.picture import Pixels
from kiosk.scan.regions import around_largest

_TILE: Final = 12
"""Side of the tiles that are looked at: 4 mm, a line of writing."""
_BURNT: Final = 254.5
"""Light of paper that has left the range of the picture."""
_BRIGHT: Final = 225.0
_CALM: Final = 235.0
"""Light of paper up to which its ink says how deep ink is on this page."""
_MIN_CALM: Final = 0.1
_MIN_BURNT: Final = 0.02
"""Share of the page that is burnt out under a reflection."""
_NEAR: Final = np.ones((13, 13), np.uint8)
"""How far round what is burnt out, in tiles, washed-out writing is looked for."""
_INK: Final = 12.0
"""Depth of ink from which a tile has writing in it."""
_WASHED: Final = 0.55
"""Depth of washed-out ink against the deeper ink of the page."""
_MIN_WASHED: Final = 8
"""Tiles of washed-out writing that make a reflection one."""
_FEW: Final = 10
"""Fewer tiles of calm writing than these say nothing."""


def find_glare(small: Pixels, paper: Pixels) -> Region | None:
    """Return where a reflection has burnt the page out; None when it costs no writing.

    A page that is merely bright is burnt out too, but its ink is as deep there as anywhere. Under
    a reflection the ink itself grows light, all around what is lost altogether.

    Args:
        small: (height, width) grey uint8 at 75 dpi.
        paper: The light of the paper behind the ink, the same size.
    """
    depth = _tiled(cv2.subtract(paper, small)).max((1, 3), initial=0).astype(np.float32)
    light = _tiled(paper).mean((1, 3), dtype=np.float32)
    burnt = (light >= _BURNT).astype(np.uint8)
    if not burnt.size or burnt.mean() < _MIN_BURNT:
        return None
    is_written = depth > _INK
    is_calm = light < _CALM
    calm = depth[is_written & is_calm]
    if is_calm.mean() < _MIN_CALM or len(calm) < _FEW:
        return None  # white all over, as clean scans are: no reflection
    usual = max(float(np.percentile(calm, 60)), float(np.percentile(depth[is_written], 75)))
    around = cv2.dilate(depth, np.ones((3, 3), np.uint8))
    is_near = cv2.dilate(burnt, _NEAR) > 0
    washed = is_written & (around < _WASHED * usual) & (light >= _BRIGHT) & is_near
    return around_largest(burnt) if np.count_nonzero(washed) >= _MIN_WASHED else None


def _tiled(values: Pixels) -> Pixels:
    """Return (rows, _TILE, columns, _TILE); what is left over at the right and below goes."""
    rows, columns = values.shape[0] // _TILE, values.shape[1] // _TILE
    return values[: rows * _TILE, : columns * _TILE].reshape(rows, _TILE, columns, _TILE)
