"""Measures along each side of a quadrilateral that tell an edge of paper from any other line.

A fold, a hard shadow and the rule of a form are as straight and as sharp as an edge of paper; what
gives them away is the same paper on both sides, writing that crosses, or edges that run on beyond.
"""

from typing import Final

import numpy as np

from kiosk.scan.outline_edges import Edges, along_sides, areas_of, index_of, strength_at
from kiosk.scan.picture import Floats

FEATURES: Final = 38
_SAMPLES: Final = 40
_DISTANCES: Final = (-36.0, -24.0, -15.0, -9.0, -4.0, 5.0, 12.0, 20.0)
"""Where colours are taken, in pixels of the working image; negative is outside."""
_OUTSIDE: Final = 5
"""How many of them lie outside."""
_ACROSS: Final = (-2.0, -1.0, 0.0, 1.0, 2.0)
_ASTRIDE: Final = (4.0, 6.0, 8.0)
"""Distances on both sides of a side at which a stroke of writing that crosses it shows."""
_INK: Final = 22.0
"""Darkness against the paper from which a pixel is a stroke."""
_ONWARD: Final = np.array([0.03, 0.05, 0.07, 0.09, 0.11, 0.13], np.float32)
"""Places beyond a corner where a neighbouring side is followed, in its lengths."""
_A_SERIES: Final = np.log(2) / 2


def side_features(quads: Floats, bows: Floats, edges: Edges) -> Floats:
    """Return (n, 4, ``FEATURES``) measures of each side, each of about unit size.

    Args:
        quads: (n, 4, 2) clockwise, in pixels of the working image.
        bows: (n, 4) how far the middle of each side lies inside, in lengths of the side.
        edges: Of the working image.
    """
    points, inward, outside = along_sides(quads, edges, _SAMPLES, bows)
    seen = (~outside).astype(np.float32)
    parts = [
        *_of_colour(points, inward, seen, edges),
        *_of_gradient(points, inward, seen, edges),
        *_of_writing(points, inward, seen, edges),
        *_onward(quads, edges),
        *_of_shape(quads, edges),
        1 - seen.mean(2),
        np.abs(bows) * 20,
    ]
    return np.stack(parts, 2).astype(np.float32)


def _mean(values: Floats, seen: Floats) -> Floats:
    """Return the mean along each side of what lies in the picture."""
    mean: Floats = (values * seen).sum(2) / (seen.sum(2) + 0.001)
    return mean


def _of_colour(points: Floats, inward: Floats, seen: Floats, edges: Edges) -> list[Floats]:
    """Return how the two sides of each line differ, near and far, and how even each is."""
    distances = np.array(_DISTANCES, np.float32)[:, None]
    at = index_of(points[:, :, :, None] + distances * inward[:, :, :, None], edges.gx.shape)
    colour = np.take(edges.colour.reshape(-1, 3), at, axis=0)  # (n, 4, samples, distances, 3)
    paper = colour[:, :, :, _OUTSIDE]
    apart = paper[:, :, :, None] - colour
    light = apart[..., 0]
    hue = np.hypot(apart[..., 1], apart[..., 2])
    parts = []
    for k in range(_OUTSIDE):
        parts.append(np.clip(_mean(light[..., k], seen) / 25, -2, 2))
        parts.append(np.clip(_mean(hue[..., k], seen) / 12, 0, 2))
    total = np.hypot(light, hue)
    for k in (1, 3):
        parts.append(_mean((total[..., k] > 5).astype(np.float32), seen))
    for k in (6, 7):
        parts.append(_mean(np.clip(total[..., k] / 12, 0, 2), seen))
    for k in (3, _OUTSIDE):
        change = np.abs(np.diff(colour[:, :, :, k], axis=2)).max(-1)
        parts.append(np.clip(np.partition(change, 24, axis=2)[:, :, 24] / 6, 0, 2))
        parts.append(np.clip(colour[:, :, :, k, 0].std(2) / 20, 0, 2))
    middle = np.median(paper, axis=2)
    off = np.abs(middle - np.median(middle, axis=1, keepdims=True))
    parts += [np.clip(off[..., 0] / 25, 0, 2), np.clip(off[..., 1:].max(-1) / 12, 0, 2)]
    return parts


def _of_gradient(points: Floats, inward: Floats, seen: Floats, edges: Edges) -> list[Floats]:
    """Return how strong and how unbroken an edge runs along each line."""
    offsets = np.array(_ACROSS, np.float32)[:, None]
    at = index_of(points[:, :, :, None] + offsets * inward[:, :, :, None], edges.gx.shape)
    light, hue = strength_at(at, inward[:, :, :, None], edges)
    light, hue = light.max(3), hue.max(3)
    support = np.clip((np.maximum(light, hue) - 0.6) / 4.0, 0, 1)
    steps = [
        _mean(support, seen),
        np.log1p(np.maximum(_mean(light, seen), 0)) / 2,
        np.log1p(_mean(hue, seen)) / 2,
        _mean((support > 0.25).astype(np.float32), seen),
        _longest_gap((support < 0.15) & (seen > 0)),
    ]
    whole = _mean(support, seen)
    others = np.stack([np.delete(whole, i, 1) for i in range(4)], 1)
    return [*steps, others.min(2), others.mean(2)]


def _longest_gap(broken: Floats) -> Floats:
    """Return the longest run of True along each side, as a share of it."""
    run = np.zeros(broken.shape[:2], np.float32)
    longest = run.copy()
    for k in range(broken.shape[2]):
        run = (run + 1) * broken[:, :, k]
        np.maximum(longest, run, out=longest)
    share: Floats = longest / broken.shape[2]
    return share


def _of_writing(points: Floats, inward: Floats, seen: Floats, edges: Edges) -> list[Floats]:
    """Return the share of each line that writing crosses, and ink in a band on either side."""
    distances = np.array([*_ASTRIDE, 14.0, 20.0, 26.0], np.float32)
    distances = np.concatenate([distances, -distances])[:, None]
    at = index_of(points[:, :, :, None] + distances * inward[:, :, :, None], edges.gx.shape)
    ink = np.take(edges.ink.ravel(), at)
    is_stroke = ink > _INK
    crossed = is_stroke[..., :3].any(3) & is_stroke[..., 6:9].any(3)
    within, beyond = is_stroke[..., 3:6].any(3), is_stroke[..., 9:].any(3)
    shares = [_mean(np.asarray(part, np.float32), seen) for part in (crossed, within, beyond)]
    return [np.clip(shares[0] * 8, 0, 2), shares[1] * 3, shares[2] * 3]


def _onward(quads: Floats, edges: Edges) -> list[Floats]:
    """Return how surely the two neighbours of each side run on past it as edges.

    They end at the corners of a sheet; at a fold, a shadow or a rule they do not.
    """
    before = _edge_beyond(quads, np.roll(quads, 1, 1), 1.0, edges)
    after = _edge_beyond(quads, np.roll(quads, -1, 1), -1.0, edges)
    one, other = before, np.roll(after, -1, 1)
    return [np.minimum(one, other), np.maximum(one, other)]


def _edge_beyond(corners: Floats, neighbours: Floats, turn: float, edges: Edges) -> Floats:
    """Return (n, 4) 0-1, how surely the line from a neighbour goes on beyond each corner."""
    height, width = edges.gx.shape
    along = (corners - neighbours).astype(np.float32)
    length = np.hypot(along[..., 0], along[..., 1])[..., None] + np.float32(1e-6)
    normal = np.float32(turn) * np.stack([-along[..., 1], along[..., 0]], 2) / length
    points = corners[:, :, None].astype(np.float32) + _ONWARD[:, None] * along[:, :, None]
    offsets = np.array((-2.0, 0.0, 2.0), np.float32)[:, None]
    at = index_of(points[:, :, :, None] + offsets * normal[:, :, None, None], edges.gx.shape)
    light, hue = strength_at(at, normal[:, :, None, None], edges)
    support = np.clip((np.maximum(light, hue).max(3) - 0.6) / 4.0, 0, 1)
    x, y = points[..., 0], points[..., 1]
    is_seen = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    beyond: Floats = (support * is_seen).mean(2)
    return beyond


def _of_shape(quads: Floats, edges: Edges) -> list[Floats]:
    """Return each side's length, alone and against the opposite one, the area and the aspect."""
    height, width = edges.gx.shape
    side = np.roll(quads, -1, 1) - quads
    length = np.hypot(side[..., 0], side[..., 1]) + 1e-6
    mean = (length + np.roll(length, 2, 1)) / 2
    aspect = np.abs(np.log(mean / np.roll(mean, 1, 1)))
    share = np.sqrt(np.abs(areas_of(quads)) / (width * height))
    return [
        length / max(height, width),
        np.abs(np.log(length / np.roll(length, 2, 1))) * 3,
        np.repeat(share[:, None], 4, 1),
        np.clip(np.abs(aspect - _A_SERIES) * 4, 0, 2),
    ]
