"""Reasons to doubt a quadrilateral whose sides all look like edges of paper.

A fold, a hard shadow and the rule of a form are as straight and as sharp as an edge. What gives
them away is that the same paper, or writing, goes on beyond them.
"""

from typing import Final

import numpy as np

from kiosk.scan.outline_edges import Edges, along_sides, index_of
from kiosk.scan.outline_scores import judged
from kiosk.scan.picture import Floats

_SAMPLES: Final = 96
_ASTRIDE: Final = (4.0, 6.0, 8.0)
"""Distances on both sides of a side at which a stroke of writing that crosses it shows."""
_ONWARD: Final = 0.1
"""How far beyond a side its neighbours are followed, in their lengths."""
_INK: Final = 22.0
"""Darkness against the paper from which a pixel is a stroke."""


def crossing_ink(quads: Floats, edges: Edges) -> Floats:
    """Return (n, 4) the share of each side that writing crosses; 0.02 at most on nearly all."""
    points, inward, outside = along_sides(quads, edges, _SAMPLES)
    ink = edges.ink.ravel()
    both = np.ones(points.shape[:3], bool)
    for sign in (1.0, -1.0):
        there = np.zeros_like(both)
        for distance in _ASTRIDE:
            at = index_of(points + np.float32(sign * distance) * inward, edges.gx.shape)
            there |= ink[at] > _INK
        both &= there
    share: Floats = (both & ~outside).mean(2)
    return share


def goes_on_beyond(quad: Floats, edges: Edges) -> Floats:
    """Return (4,) how surely the two neighbours of each side run on past it as edges of paper.

    They end at the corners of a sheet; at a fold, a shadow or a rule they do not.
    """
    before, after = np.roll(quad, 1, 0), np.roll(quad, -1, 0)
    far = np.roll(quad, -2, 0)
    start = quad + _ONWARD * (quad - before)
    end = after + _ONWARD * (after - far)
    strips = np.stack([start, end, after, quad], 1)
    _, sides = judged(strips, edges)
    least: Floats = np.minimum(sides[:, 1], sides[:, 3])
    return least
