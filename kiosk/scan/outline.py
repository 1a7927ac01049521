"""The stage that finds the four corners of a page in a photograph, and knows when it does not.

Straight edges of several kinds (brightness, colour, text closed away) give lines; lines and the
outlines of bright regions give quadrilaterals; each is judged by how much of its four sides runs
along an edge with paper inside. The best one is then fitted to the edge on a larger image.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from kiosk.scan.outline_candidates import candidate_quads
from kiosk.scan.outline_doubt import crossing_ink, goes_on_beyond
from kiosk.scan.outline_edges import Edges, areas_of, edges_of
from kiosk.scan.outline_fit import fitted_quads
from kiosk.scan.outline_scores import glanced, judged
from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import shrunk

WORK_SIDE: Final = 640
"""Longest side of the image the search works on."""
CONFIDENCE_GATE: Final = 0.65
"""Below this an answer is not used: the whole frame is taken and the agent is asked."""
_CROSSED: Final = (0.02, 0.06)
"""Share of a side crossed by writing: as chance has it, and never on an edge of paper."""
_GOES_ON: Final = (0.45, 0.62)
"""How surely the edges of a sheet run on past a side: now and then, and hardly ever if it ends."""
_CROSSED_COSTS: Final = 0.3
_JUDGED: Final = 90
"""Quadrilaterals that are looked at closely."""
_LEADERS: Final = 12
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


def find_outline(pixels: Pixels) -> FoundOutline | None:
    """Return the best four corners, or None when nothing in the picture looks like a page.

    Args:
        pixels: (height, width, 3) BGR uint8.
    """
    scale = min(1.0, WORK_SIDE / max(pixels.shape[:2]))
    small = _reduced(pixels, scale)
    edges, closed = edges_of(small)
    quads = candidate_quads(small, closed)
    if not len(quads):
        return None
    quads = quads[np.argsort(-glanced(quads, edges))[:_JUDGED]]
    scores, _ = judged(quads, edges)
    leaders = _distinct(quads[np.argsort(-scores)])
    fitted = np.concatenate([fitted_quads(leaders, edges, 10.0), leaders])
    scores, sides = judged(fitted, edges)
    crossed = crossing_ink(fitted, edges).max(1)
    scores = scores - _CROSSED_COSTS * np.clip((crossed - _CROSSED[0]) / 0.1, 0, 1)
    best, is_close = _chosen(fitted, scores)
    corners = fitted_quads(fitted[best : best + 1], edges, 4.0)[0]
    confidence = _confidence(sides[best]) * (0.9 if is_close else 1.0) * _trust(corners, edges)
    return FoundOutline(corners=(_clockwise(corners) + 0.5) / scale - 0.5, confidence=confidence)


def _distinct(quads: Floats) -> Floats:
    """Return the first few of *quads* that are not nearly one of those before."""
    chosen: list[Floats] = []
    for quad in quads:
        if all(np.abs(quad - other).max() > 8.0 for other in chosen):
            chosen.append(quad)
            if len(chosen) == _LEADERS:
                break
    return np.stack(chosen)


def _reduced(pixels: Pixels, scale: float) -> Pixels:
    if scale >= 1:
        return pixels
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return shrunk(pixels, size)


def _chosen(quads: Floats, scores: Floats) -> tuple[int, bool]:
    """Return which quadrilateral is the page, and whether a smaller one scored a hair better.

    A block of a form inside the page can do so: among near equals the one that encloses the other
    by far is the paper.
    """
    best = int(np.argmax(scores))
    areas = np.abs(areas_of(quads))
    rivals = (scores > scores[best] - 0.06) & (areas > 1.25 * areas[best])
    if not rivals.any():
        return best, False
    return int(np.argmax(np.where(rivals, scores, -1.0))), True


def _confidence(sides: Floats) -> float:
    """Return 0–1 from how surely the weakest side, and all together, are edges of paper."""
    weakest, mean = float(sides.min()), float(sides.mean())
    by_weakest = np.clip((weakest - 0.45) / 0.35, 0, 1)
    by_mean = np.clip((mean - 0.6) / 0.3, 0, 1)
    return float(0.6 * by_weakest + 0.4 * by_mean)


def _trust(corners: Floats, edges: Edges) -> float:
    """Return 0–1, low where writing or the paper's own edges go on beyond a side."""
    crossed = np.interp(crossing_ink(corners[None], edges).max(), _CROSSED, (1.0, 0.0))
    goes_on = np.interp(goes_on_beyond(corners, edges).max(), _GOES_ON, (1.0, 0.4))
    return float(crossed * goes_on)


def _clockwise(corners: Floats) -> Floats:
    """Return the corners from the one nearest the top-left of the picture, clockwise."""
    if areas_of(corners[None])[0] < 0:
        corners = corners[::-1]
    start = int(np.argmin(corners.sum(1)))
    return np.roll(corners, -start, 0)
