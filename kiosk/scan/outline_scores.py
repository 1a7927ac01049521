"""How surely each side of a quadrilateral is an edge of paper."""

from typing import Final

import numpy as np

from kiosk.scan.outline_edges import Edges, along_sides, areas_of, index_of, strength_at
from kiosk.scan.picture import Floats

_SAMPLES: Final = 32
_UNSEEN: Final = 0.3
"""What a part of a side counts that lies at or beyond the rim of the picture."""
_AREA_WEIGHT: Final = 0.35
_BEYOND: Final = (4.0, 9.0, 15.0, 24.0, 36.0)
"""Distances outside a side, in pixels, where the paper must have ended."""
_WITHIN: Final = (12.0, 20.0)
"""Distances inside a side where it must be the same paper as at 5 pixels."""


def glanced(quads: Floats, edges: Edges) -> Floats:
    """Return a quick score per quadrilateral, to choose which are worth a closer look."""
    points, inward, outside = along_sides(quads, edges, 10)
    support = _edge_support(points, inward, edges, (-1.5, 0.0, 1.5))
    support[outside] = _UNSEEN
    sides = support.mean(2)
    scores: Floats = sides.mean(1) * 0.6 + sides.min(1) * 0.4 + _AREA_WEIGHT * _size(quads, edges)
    return scores


def judged(quads: Floats, edges: Edges) -> Floats:
    """Return a score per quadrilateral from how surely each of its sides is an edge of paper.

    A side counts by the gradient along it and by how different the two sides of it are, near and
    far: the rule of a table has paper on both sides of it.
    """
    points, inward, outside = along_sides(quads, edges, _SAMPLES)
    support = _edge_support(points, inward, edges, (-4.0, -2.0, 0.0, 2.0, 4.0))
    inside = _colour_at(points, 7.0, inward, edges)
    certain = np.sqrt(support * _step(points, inward, inside, edges))
    certain[outside] = _UNSEEN
    sides = certain.mean(2) * _evenness(inside)
    scores: Floats = sides.mean(1) * 0.6 + sides.min(1) * 0.4 + _AREA_WEIGHT * _size(quads, edges)
    return scores


def _evenness(inside: Floats) -> Floats:
    """Return (n, 4) 0.4 to 1: whether the strip inside a side is of one piece, as paper is.

    The checks of a tablecloth change at every other sample; paper at a finger or a shadow only.
    """
    change = np.sqrt((np.diff(inside, axis=2) ** 2).sum(-1))
    place = change.shape[2] * 6 // 10
    usual = np.partition(change, place, axis=2)[:, :, place]
    even: Floats = 1 - 0.6 * np.clip((usual - 4.0) / 6.0, 0, 1)
    return even


def _size(quads: Floats, edges: Edges) -> Floats:
    height, width = edges.gx.shape
    share: Floats = np.sqrt(np.clip(np.abs(areas_of(quads)) / (width * height), 0, 1))
    return share


def _edge_support(
    points: Floats, inward: Floats, edges: Edges, offsets: tuple[float, ...]
) -> Floats:
    """Return 0–1 a point: the strongest gradient across the side within *offsets* of it."""
    best = np.zeros(points.shape[:3], np.float32)
    for offset in offsets:
        at = index_of(points + np.float32(offset) * inward, edges.gx.shape)
        light, hue = strength_at(at, inward, edges)
        np.maximum(best, np.maximum(light, hue), out=best)
    support: Floats = np.clip((best - 0.6) / 4.0, 0, 1)
    return support


def _colour_at(points: Floats, distance: float, inward: Floats, edges: Edges) -> Floats:
    at = index_of(points + np.float32(distance) * inward, edges.gx.shape)
    colour: Floats = np.take(edges.colour.reshape(-1, 3), at, axis=0)
    return colour


def _step(points: Floats, inward: Floats, inside: Floats, edges: Edges) -> Floats:
    """Return 0–1 a point: how far a surface that is even inside differs from the one outside."""
    total = np.zeros(points.shape[:3], np.float32)
    for distance in _BEYOND:
        beyond = _colour_at(points, -distance, inward, edges)
        apart = np.sqrt(((inside - beyond) ** 2).sum(-1))
        total += np.clip((apart - 2.0) / 8.0, 0, 1)
    for distance in _WITHIN:
        deeper = _colour_at(points, distance, inward, edges)
        apart = np.sqrt(((inside - deeper) ** 2).sum(-1))
        total -= np.clip((apart - 6.0) / 12.0, 0, 1)
    certain: Floats = np.maximum(total, 0) / len(_BEYOND)
    return certain
