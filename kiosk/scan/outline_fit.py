"""Lays the sides of a quadrilateral on the edges near them: paths of least cost, and parabolas."""

from typing import Final

import cv2
import numpy as np

from kiosk.scan.outline_edges import Edges, along_sides
from kiosk.scan.picture import Floats

_STATIONS: Final = np.array([0.0, 0.25, 0.75, 1.0])
"""Places along a side from which its two ends are drawn on to the corners."""
_BASIS_AT_STATIONS: Final = np.stack([np.ones(4), _STATIONS, 4 * _STATIONS * (1 - _STATIONS)])
_MOST_BOWED: Final = 0.06


def fitted_quads(
    quads: Floats, bows: Floats, edges: Edges, reach_px: float
) -> tuple[Floats, Floats]:
    """Return *quads* with each side laid on the strongest smooth edge near it, and their bows.

    The edge is looked for within *reach_px* of the bowed side. A bow, (n, 4), is how far the
    middle of a side lies inside the line between its corners, in lengths of the side.

    A side is followed as a path of least cost, so a finger or a gap does not lead it astray, and
    fitted as a parabola, because paper curls; corners are where neighbouring ends meet.
    """
    count = 48
    points, inward, outside = along_sides(quads, edges, count, bows)
    offsets = np.linspace(-reach_px, reach_px, 25, dtype=np.float32)
    at = points[:, :, :, None] + offsets[:, None] * inward[:, :, :, None]
    strength = _strength_at(at, inward[:, :, :, None], edges)
    strength[outside] = 0.0
    flat = strength.reshape(-1, count, len(offsets))
    path = _smooth_paths(np.sqrt(np.maximum(flat, 0.0)))
    weight = np.take_along_axis(flat, path[:, :, None], 2)[:, :, 0]
    share = (np.arange(count) + 0.5) / count * 0.94 + 0.03
    side = np.roll(quads, -1, 1) - quads
    length = np.hypot(side[..., 0], side[..., 1]) + 1e-6
    fit = _parabolas(share, offsets[path], np.minimum(weight, 6.0))
    fit[:, 2] += (bows * length).ravel()
    depth = (fit @ _BASIS_AT_STATIONS).reshape(-1, 4, 4)
    along = side[:, :, None] * _STATIONS[:, None]
    spots = quads[:, :, None] + along + depth[..., None] * inward
    before = np.roll(spots, 1, 1)
    fitted = _crossings(before[:, :, 3], before[:, :, 2], spots[:, :, 0], spots[:, :, 1])
    is_sane = (np.abs(fitted - quads) < 4 * reach_px).all((1, 2))  # not when they never meet
    bowed = np.clip(fit[:, 2].reshape(-1, 4) / length, -_MOST_BOWED, _MOST_BOWED)
    kept = np.where(is_sane[:, None, None], fitted, quads)
    return kept, np.where(is_sane[:, None], bowed, bows)


def _strength_at(at: Floats, inward: Floats, edges: Edges) -> Floats:
    x, y = (np.ascontiguousarray(at[..., i].reshape(-1, at.shape[-2])) for i in (0, 1))
    gx, gy, chroma = (
        cv2.remap(m, x, y, cv2.INTER_LINEAR).reshape(at.shape[:-1])
        for m in (edges.gx, edges.gy, edges.chroma)
    )
    across = gx * inward[..., 0] + gy * inward[..., 1]
    strength: Floats = np.maximum(np.maximum(across, -0.6 * across), 0.9 * chroma)
    return strength


def _smooth_paths(strength: Floats) -> Floats:
    """Return for each side the column to take at each row, moving at most one column a row."""
    sides, rows, columns = strength.shape
    total = np.full((sides, columns + 2), -1e9, np.float32)
    total[:, 1:-1] = strength[:, 0]
    came = np.zeros((sides, rows, columns), np.int8)
    for row in range(1, rows):
        left, same, right = total[:, :-2] - 0.3, total[:, 1:-1], total[:, 2:] - 0.3
        came[:, row] = np.where(left > np.maximum(same, right), -1, right > same)
        total[:, 1:-1] = np.maximum(np.maximum(left, right), same) + strength[:, row]
    path = np.zeros((sides, rows), np.intp)
    path[:, -1] = total[:, 1:-1].argmax(1)
    every = np.arange(sides)
    for row in range(rows - 1, 0, -1):
        path[:, row - 1] = path[:, row] + came[every, row, path[:, row]]
    return path


def _parabolas(share: Floats, depth: Floats, weight: Floats) -> Floats:
    """Return each side's constant, slope and bow by a robust fit (Tukey's biweight)."""
    basis = np.stack([np.ones_like(share), share, 4 * share * (1 - share)], 1)
    ridge = np.diag([0.5, 0.5, 2.0])  # keeps a side with little edge straight and where it was
    here, fit = weight, np.zeros((len(depth), 3))
    for _ in range(6):
        scaled = basis * here[:, :, None]
        right = (scaled * depth[:, :, None]).sum(1)
        fit = np.linalg.solve(basis.T @ scaled + ridge, right[:, :, None])[:, :, 0]
        off = np.abs(fit @ basis.T - depth)
        width = np.maximum(1.5, 4.0 * np.median(off, axis=1, keepdims=True))
        here = weight * np.clip(1 - (off / width) ** 2, 0, 1) ** 2
    return fit


def _crossings(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Return where the lines through *a*, *b* and through *c*, *d* meet; far off if nowhere."""
    u, v = b - a, d - c
    det = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    det = np.where(np.abs(det) < 1e-6, 1e-6, det)
    gap = c - a
    t = (gap[..., 0] * v[..., 1] - gap[..., 1] * v[..., 0]) / det
    meeting: Floats = a + t[..., None] * u
    return meeting
