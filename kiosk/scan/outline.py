"""The stage that finds the four corners of a page in a photograph, and knows when it does not.

Straight edges of several kinds (brightness, colour, text closed away) give lines; lines and the
outlines of bright regions give quadrilaterals; the likeliest are laid on the edges near them. A
small network, trained by ``python -m bench._train_outline``, then says of every side how surely it
is an edge of paper. A page is as sure as its weakest side, less when another answer is sure too.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.scan.outline_candidates import candidate_quads
from kiosk.scan.outline_edges import Edges, areas_of, edges_of
from kiosk.scan.outline_fit import fitted_quads
from kiosk.scan.outline_scores import glanced, judged
from kiosk.scan.outline_sides import side_features
from kiosk.scan.outline_weights import load_weights
from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import shrunk_by

WORK_SIDE: Final = 640
"""Longest side of the image the search works on."""
CONFIDENCE_GATE: Final = 0.65
"""Below this an answer is not used: the whole frame is taken and the agent is asked."""
_RIVAL_COSTS: Final = 0.5
"""What another answer takes from the confidence of the best, for each part it is sure itself."""
_SAME_OVERLAP: Final = 0.85
"""Intersection over union from which two answers are the same page."""
_JUDGED: Final = 90
"""Quadrilaterals that are looked at closely."""
_LEADERS: Final = 20
"""Quadrilaterals that are fitted to the edges before the best is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundOutline:
    """A page's corners and how far they are to be trusted.

    Attributes:
        corners: (4, 2) x, y in pixels of the picture, clockwise from the one nearest the top-left.
        confidence: 0–1.
    """

    corners: Floats
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leaders:
    """The quadrilaterals that may be the page, on the working image.

    Attributes:
        quads: (n, 4, 2) x, y in pixels of the working image, clockwise.
        features: (n, 4, ``FEATURES``) what each side was measured to be like.
        scale: Of the working image against the picture.
    """

    quads: Floats
    features: Floats
    scale: float


def find_outline(pixels: Pixels) -> FoundOutline | None:
    """Return the best four corners, or None when nothing in the picture looks like a page.

    Args:
        pixels: (height, width, 3) BGR uint8.
    """
    leaders = find_leaders(pixels)
    if leaders is None:
        return None
    sides = surenesses(leaders.features)
    best = int(np.argmax(np.log(sides).sum(1)))
    weakest = sides.min(1)
    is_other = _overlaps(leaders.quads, leaders.quads[best]) < _SAME_OVERLAP
    rival = float(weakest[is_other].max()) if is_other.any() else 0.0
    return FoundOutline(
        corners=(_clockwise(leaders.quads[best]) + 0.5) / leaders.scale - 0.5,
        confidence=max(0.0, float(weakest[best]) - _RIVAL_COSTS * rival),
    )


def find_leaders(pixels: Pixels) -> Leaders | None:
    """Return the quadrilaterals that are likeliest to be the page; None when there is none."""
    scale = min(1.0, WORK_SIDE / max(pixels.shape[:2]))
    small = shrunk_by(pixels, scale)
    edges, closed = edges_of(small)
    quads = candidate_quads(small, closed)
    if not len(quads):
        return None
    quads = quads[np.argsort(-glanced(quads, edges))[:_JUDGED]]
    leaders = _distinct(quads[np.argsort(-judged(quads, edges))])
    fitted, bows = _fitted(leaders, edges)
    return Leaders(quads=fitted, features=side_features(fitted, bows, edges), scale=scale)


def surenesses(features: Floats) -> Floats:
    """Return (n, 4) how surely, above 0 and below 1, each side is an edge of the page's paper."""
    inner, bias, outer, shift = load_weights()
    score = np.tanh(features @ inner + bias) @ outer + shift
    sure: Floats = 1 / (1 + np.exp(-np.clip(score, -30, 30)))
    return sure


def _fitted(quads: Floats, edges: Edges) -> tuple[Floats, Floats]:
    """Return *quads* laid on the edges near them, first from afar and then closely."""
    bows = np.zeros(quads.shape[:2])
    for reach_px in (10.0, 5.0):
        quads, bows = fitted_quads(quads, bows, edges, reach_px)
    return quads, bows


def _distinct(quads: Floats) -> Floats:
    """Return the first few of *quads* that are not nearly one of those before."""
    chosen: list[Floats] = []
    for quad in quads:
        if all(np.abs(quad - other).max() > 8.0 for other in chosen):
            chosen.append(quad)
            if len(chosen) == _LEADERS:
                break
    return np.stack(chosen)


def _overlaps(quads: Floats, one: Floats) -> Floats:
    """Return (n,) intersection over union of each of *quads* with *one*; 0 for what is folded."""
    mine = one.astype(np.float32)
    found = np.zeros(len(quads))
    for k, quad in enumerate(quads.astype(np.float32)):
        if cv2.isContourConvex(quad):
            shared = cv2.intersectConvexConvex(quad, mine)[0]
            found[k] = shared / (cv2.contourArea(quad) + cv2.contourArea(mine) - shared)
    return found


def _clockwise(corners: Floats) -> Floats:
    """Return the corners from the one nearest the top-left of the picture, clockwise."""
    if areas_of(corners[None])[0] < 0:
        corners = corners[::-1]
    start = int(np.argmin(corners.sum(1)))
    return np.roll(corners, -start, 0)
