"""The stage that finds the four corners of a page in a photograph, and knows when it does not.

Straight edges of several kinds (brightness, colour, text closed away) give lines; lines and the
outlines of bright regions give quadrilaterals; each is judged by how much of its four sides runs
along an edge with paper inside. The best one is then fitted to the edge on a larger image.
"""

import itertools
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.scan.picture import Floats, Pixels

WORK_SIDE: Final = 640
"""Longest side of the image the search works on."""
CONFIDENCE_GATE: Final = 0.65
"""Below this an answer is not used: the whole frame is taken and the agent is asked."""
_LINES: Final = 22
_MIN_AREA: Final = 0.10
_SAMPLES: Final = 32
_JUDGED: Final = 90
"""Quadrilaterals that are looked at closely."""
_LEADERS: Final = 12
"""Quadrilaterals that are fitted to the edges before the best is chosen."""
_STATIONS: Final = np.array([0.0, 0.25, 0.75, 1.0])
"""Places along a side from which its two ends are drawn on to the corners."""
_UNSEEN: Final = 0.3
"""What a part of a side counts that lies at or beyond the rim of the picture."""
_AREA_WEIGHT: Final = 0.35
_BOWS: Final = (0.0, -0.012, 0.012, -0.025, 0.025)
"""How far the middle of a side may lie off the straight line, in lengths of the side."""
_BEYOND: Final = (4.0, 9.0, 15.0, 24.0, 36.0)
"""Distances outside a side, in pixels, where the paper must have ended."""
_WITHIN: Final = (12.0, 20.0)
"""Distances inside a side where it must be the same paper as at 5 pixels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundOutline:
    """A page's corners and how far they are to be trusted.

    Attributes:
        corners: (4, 2) x, y in pixels of the picture, clockwise from the one nearest the top-left.
        confidence: 0–1.
    """

    corners: Floats
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """What a side is judged by: gradients across it on a working image."""

    gx: Floats
    gy: Floats
    chroma: Floats
    colour: Floats


def find_outline(pixels: Pixels) -> FoundOutline | None:
    """Return the best four corners, or None when nothing in the picture looks like a page.

    Args:
        pixels: (height, width, 3) BGR uint8.
    """
    scale = min(1.0, WORK_SIDE / max(pixels.shape[:2]))
    small = _reduced(pixels, scale)
    edges, closed = _edges_of(small)
    quads = _candidates(small, closed)
    if not len(quads):
        return None
    quads = quads[np.argsort(-_glanced(quads, edges))[:_JUDGED]]
    scores, _ = _judged(quads, edges)
    leaders = _distinct(quads[np.argsort(-scores)])
    fitted = np.concatenate([_fitted(leaders, edges, 10.0), leaders])
    scores, sides = _judged(fitted, edges)
    best, is_close = _chosen(fitted, scores)
    corners = _fitted(fitted[best : best + 1], edges, 4.0)[0]
    confidence = _confidence(sides[best]) * (0.9 if is_close else 1.0)
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
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _edges_of(small: Pixels) -> tuple[_Edges, list[Pixels]]:
    """Return the gradient maps and the closed single-channel images lines are looked for in."""
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (3, 3), 0), cv2.COLOR_BGR2LAB)
    light, a, b = (np.ascontiguousarray(lab[:, :, i]) for i in range(3))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    closed = cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel)
    closed = cv2.medianBlur(closed, 5)
    clahe = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(closed)
    a, b = cv2.medianBlur(a, 5), cv2.medianBlur(b, 5)
    gx, gy = _gradient(closed)
    chroma = np.zeros_like(gx)
    for channel in (a, b):
        cx, cy = _gradient(channel)
        chroma = np.maximum(chroma, np.hypot(cx, cy))
    spread = [clahe, closed, *(c for c in (a, b) if int(c.max()) - int(c.min()) > 12)]
    stretched = [cv2.normalize(c, None, 0, 255, cv2.NORM_MINMAX) for c in spread]  # type: ignore[call-overload]
    colour = np.dstack([closed, a, b]).astype(np.float32)
    colour[:, :, 1:] *= 1.6  # a difference in hue is surer than one in light
    return _Edges(gx, gy, chroma, colour), stretched


def _gradient(channel: Pixels) -> tuple[Floats, Floats]:
    soft = cv2.GaussianBlur(channel, (0, 0), 1.0)
    gx = cv2.Scharr(soft, cv2.CV_32F, 1, 0) / 16
    gy = cv2.Scharr(soft, cv2.CV_32F, 0, 1) / 16
    return gx, gy


def _candidates(small: Pixels, channels: list[Pixels]) -> Floats:
    height, width = small.shape[:2]
    lines = _strong_lines([channels[0], *channels[2:]], width, height)
    quads = [_quads_of_lines(lines, width, height), _quads_of_regions(channels, small)]
    return np.concatenate([q for q in quads if len(q)] or [np.zeros((0, 4, 2))])


def _strong_lines(channels: list[Pixels], width: int, height: int) -> Floats:
    """Return up to ``_LINES`` lines as (angle, distance) with the most edge along them."""
    detector = cv2.createLineSegmentDetector()
    found = []
    for channel in channels:
        segments = detector.detect(channel)[0]
        if segments is not None:
            found.append(segments.reshape(-1, 4))
    if not found:
        return np.zeros((0, 2))
    segments = np.concatenate(found)
    delta = segments[:, 2:] - segments[:, :2]
    length = np.hypot(delta[:, 0], delta[:, 1])
    keep = length > 0.04 * max(width, height)
    segments, delta, length = segments[keep], delta[keep], length[keep]
    order = np.argsort(-length)[:160]
    segments, delta, length = segments[order], delta[order], length[order]
    centre = np.array([width / 2, height / 2])
    normal = np.stack([-delta[:, 1], delta[:, 0]], 1) / length[:, None]
    middle = (segments[:, :2] + segments[:, 2:]) / 2 - centre
    distance = (normal * middle).sum(1)
    angle = np.arctan2(normal[:, 1], normal[:, 0])
    flip = angle < 0
    angle = np.where(flip, angle + np.pi, angle)
    distance = np.where(flip, -distance, distance)
    return _merged(angle, distance, length, 0.012 * max(width, height))


def _merged(angle: Floats, distance: Floats, length: Floats, near_px: float) -> Floats:
    """Merge segments that lie on one line; the longest sum of lengths first."""
    lines: list[tuple[float, float, float]] = []
    left = np.ones(len(angle), bool)
    for i in np.argsort(-length):
        if not left[i]:
            continue
        turn = np.abs(angle - angle[i])
        wrapped = np.minimum(turn, np.pi - turn)
        there = np.where(turn > np.pi / 2, -distance, distance)
        same = left & (wrapped < np.radians(2.5)) & (np.abs(there - distance[i]) < near_px)
        left &= ~same
        lines.append((float(length[same].sum()), float(angle[i]), float(distance[i])))
    lines.sort(reverse=True)
    return np.array([line[1:] for line in lines[:_LINES]]).reshape(-1, 2)


def _quads_of_lines(lines: Floats, width: int, height: int) -> Floats:
    if len(lines) < 4:
        return np.zeros((0, 4, 2))
    angle, distance = lines[:, 0], lines[:, 1]
    first, second = np.array(list(itertools.combinations(range(len(lines)), 2))).T
    turn = np.abs(angle[first] - angle[second])
    turn = np.minimum(turn, np.pi - turn)
    parallel = turn < np.radians(30)
    pairs = np.stack([first[parallel], second[parallel]], 1)
    if len(pairs) < 2:
        return np.zeros((0, 4, 2))
    p, q = np.triu_indices(len(pairs), 1)
    one, other = pairs[p], pairs[q]
    cross = np.abs(np.sin(angle[one[:, 0]] - angle[other[:, 0]]))
    apart = (cross > np.sin(np.radians(50))) & ~((one[:, :, None] == other[:, None, :]).any((1, 2)))
    one, other = one[apart], other[apart]
    if not len(one):
        return np.zeros((0, 4, 2))
    normal = np.stack([np.cos(angle), np.sin(angle)], 1)
    rings = [(0, 0), (0, 1), (1, 1), (1, 0)]
    corners = np.stack(
        [_meet(normal, distance, one[:, i], other[:, j]) for i, j in rings], 1
    ) + np.array([width / 2, height / 2])
    return _plausible(corners, width, height)


def _meet(normal: Floats, distance: Floats, i: Floats, j: Floats) -> Floats:
    a, b = normal[i], normal[j]
    det = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    det = np.where(np.abs(det) < 1e-6, 1e-6, det)
    x = (distance[i] * b[:, 1] - distance[j] * a[:, 1]) / det
    y = (a[:, 0] * distance[j] - b[:, 0] * distance[i]) / det
    return np.stack([x, y], 1)


def _quads_of_regions(channels: list[Pixels], small: Pixels) -> Floats:
    """Return quadrilaterals around bright regions and around what differs from the border."""
    height, width = small.shape[:2]
    masks = []
    for channel in channels:
        soft = cv2.GaussianBlur(channel, (5, 5), 0)
        masks.append(cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1])
    masks.append(_unlike_border(small))
    quads = []
    for mask in masks:
        opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
        contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:2]:
            hull = cv2.convexHull(contour)
            quads.append(cv2.boxPoints(cv2.minAreaRect(hull)))
            quads.extend(_four_sided(hull))
    return _plausible(np.array(quads, np.float64).reshape(-1, 4, 2), width, height)


def _four_sided(hull: Floats) -> list[Floats]:
    length = cv2.arcLength(hull, True)
    for share in (0.02, 0.03, 0.05, 0.08):
        polygon = cv2.approxPolyDP(hull, share * length, True)
        if len(polygon) == 4:
            return [polygon.reshape(4, 2)]
    return []


def _unlike_border(small: Pixels) -> Pixels:
    """Mark what differs in colour from the rim of the picture, where the table shows."""
    half = cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(cv2.GaussianBlur(half, (3, 3), 0), cv2.COLOR_BGR2LAB).astype(np.float32)
    rim = max(2, round(0.02 * max(half.shape[:2])))
    strips = [lab[:rim], lab[-rim:], lab[:, :rim], lab[:, -rim:]]
    border = np.concatenate([s.reshape(-1, 3) for s in strips])
    centre = np.median(border, axis=0)
    spread = np.median(np.abs(border - centre), axis=0) + 3
    off = cv2.transform((lab - centre) ** 2, (1 / spread**2)[None])
    byte = np.clip(np.sqrt(off) * 12, 0, 255).astype(np.uint8)
    mask = cv2.threshold(byte, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1]
    size = (small.shape[1], small.shape[0])
    grown: Pixels = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    return grown


def _plausible(quads: Floats, width: int, height: int) -> Floats:
    """Keep convex quadrilaterals of a page's shape that lie mostly in the picture, clockwise."""
    if not len(quads):
        return quads
    slack = 0.12 * max(width, height)
    inside = (
        (quads[:, :, 0] > -slack)
        & (quads[:, :, 0] < width + slack)
        & (quads[:, :, 1] > -slack)
        & (quads[:, :, 1] < height + slack)
    ).all(1)
    quads = quads[inside]
    side = np.roll(quads, -1, 1) - quads
    following = np.roll(side, -1, 1)
    cross = side[:, :, 0] * following[:, :, 1] - side[:, :, 1] * following[:, :, 0]
    clockwise = (cross > 0).all(1)
    backwards = (cross < 0).all(1)
    quads = np.where(backwards[:, None, None], quads[:, ::-1], quads)
    length = np.hypot(side[:, :, 0], side[:, :, 1])
    sine = np.abs(cross) / (length * np.roll(length, -1, 1) + 1e-9)
    area = np.abs(_areas(quads))
    good = (
        (clockwise | backwards)
        & (sine > np.sin(np.radians(50))).all(1)
        & (area > _MIN_AREA * width * height)
        & (length.min(1) > 0.12 * max(width, height))
    )
    kept: Floats = quads[good]
    return kept


def _areas(quads: Floats) -> Floats:
    x, y = quads[:, :, 0], quads[:, :, 1]
    areas: Floats = 0.5 * (x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(1)
    return areas


def _glanced(quads: Floats, edges: _Edges) -> Floats:
    """Return a quick score per quadrilateral, to choose which are worth a closer look."""
    points, inward, outside = _along(quads, edges, 10)
    support = _edge_support(points, inward, edges, (-1.5, 0.0, 1.5))
    support[outside] = _UNSEEN
    sides = support.mean(2)
    scores: Floats = sides.mean(1) * 0.6 + sides.min(1) * 0.4 + _AREA_WEIGHT * _size(quads, edges)
    return scores


def _judged(quads: Floats, edges: _Edges) -> tuple[Floats, Floats]:
    """Return a score per quadrilateral and how surely (0–1) each of its sides is an edge of paper.

    A side counts by the gradient along it and by how different the two sides of it are, near and
    far: the rule of a table has paper on both sides of it. A side may be bowed: paper curls.
    """
    sides = np.zeros((len(quads), 4), np.float32)
    for bow in _BOWS:
        points, inward, outside = _along(quads, edges, _SAMPLES, bow)
        support = _edge_support(points, inward, edges, (-2.0, 0.0, 2.0))
        certain = np.sqrt(support * _step(points, inward, edges))
        certain[outside] = _UNSEEN
        np.maximum(sides, certain.mean(2) - 2.0 * abs(bow), out=sides)
    scores = sides.mean(1) * 0.6 + sides.min(1) * 0.4 + _AREA_WEIGHT * _size(quads, edges)
    return scores, sides


def _size(quads: Floats, edges: _Edges) -> Floats:
    height, width = edges.gx.shape
    share: Floats = np.sqrt(np.clip(np.abs(_areas(quads)) / (width * height), 0, 1))
    return share


def _along(
    quads: Floats, edges: _Edges, count: int, bow: float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """Return points along the four sides, unit normals that point inside, and what is off frame.

    With a *bow* the middle of each side lies that share of its length further inside.
    """
    height, width = edges.gx.shape
    quads = quads.astype(np.float32)
    side = np.roll(quads, -1, 1) - quads
    length = np.hypot(side[:, :, 0], side[:, :, 1])[:, :, None] + np.float32(1e-6)
    inward = np.stack([-side[:, :, 1], side[:, :, 0]], 2) / length
    share = ((np.arange(count, dtype=np.float32) + 0.5) / count * 0.94 + 0.03)[:, None]
    points = quads[:, :, None] + share * side[:, :, None]
    if bow:
        depth = np.float32(4 * bow) * share * (1 - share) * length[:, :, None]
        points = points + depth * inward[:, :, None]
    x, y = points[..., 0], points[..., 1]
    outside = (x < 2) | (x > width - 3) | (y < 2) | (y > height - 3)
    return points, inward[:, :, None], outside


def _index(points: Floats, shape: tuple[int, ...]) -> Floats:
    x = np.clip(points[..., 0] + 0.5, 0, shape[1] - 1).astype(np.int32)
    y = np.clip(points[..., 1] + 0.5, 0, shape[0] - 1).astype(np.int32)
    index: Floats = y * shape[1] + x
    return index


def _edge_support(
    points: Floats, inward: Floats, edges: _Edges, offsets: tuple[float, ...]
) -> Floats:
    """Return 0–1 a point: the strongest gradient across the side within *offsets* of it."""
    gx, gy, chroma = edges.gx.ravel(), edges.gy.ravel(), edges.chroma.ravel()
    best = np.zeros(points.shape[:3], np.float32)
    for offset in offsets:
        at = _index(points + np.float32(offset) * inward, edges.gx.shape)
        across = gx[at] * inward[..., 0] + gy[at] * inward[..., 1]
        # Paper is mostly lighter than what it lies on, so the other way round counts less.
        np.maximum(best, np.maximum(across, -0.6 * across), out=best)
        np.maximum(best, 0.9 * chroma[at], out=best)
    support: Floats = np.clip((best - 0.6) / 4.0, 0, 1)
    return support


def _step(points: Floats, inward: Floats, edges: _Edges) -> Floats:
    """Return 0–1 a point: how far a surface that is even inside differs from the one outside."""
    colour = edges.colour.reshape(-1, 3)
    inside = colour[_index(points + np.float32(5) * inward, edges.gx.shape)]
    total = np.zeros(points.shape[:3], np.float32)
    for distance in _BEYOND:
        beyond = colour[_index(points - np.float32(distance) * inward, edges.gx.shape)]
        apart = np.sqrt(((inside - beyond) ** 2).sum(-1))
        total += np.clip((apart - 2.0) / 8.0, 0, 1)
    for distance in _WITHIN:
        deeper = colour[_index(points + np.float32(distance) * inward, edges.gx.shape)]
        apart = np.sqrt(((inside - deeper) ** 2).sum(-1))
        total -= np.clip((apart - 6.0) / 12.0, 0, 1)
    certain: Floats = np.maximum(total, 0) / len(_BEYOND)
    return certain


def _fitted(quads: Floats, edges: _Edges, reach_px: float) -> Floats:
    """Return *quads* with each side laid on the strongest smooth edge within *reach_px* of it.

    A side is followed as a path of least cost, so a finger or a gap does not lead it astray, and
    fitted as a parabola, because paper curls; corners are where neighbouring ends meet.
    """
    count = 48
    points, inward, outside = _along(quads, edges, count)
    offsets = np.linspace(-reach_px, reach_px, 25, dtype=np.float32)
    at = points[:, :, :, None] + offsets[:, None] * inward[:, :, :, None]
    strength = _strength_at(at, inward[:, :, :, None], edges)
    strength[outside] = 0.0
    flat = strength.reshape(-1, count, len(offsets))
    path = _smooth_paths(np.sqrt(np.maximum(flat, 0.0)))
    weight = np.take_along_axis(flat, path[:, :, None], 2)[:, :, 0]
    share = (np.arange(count) + 0.5) / count * 0.94 + 0.03
    depth = _parabolas(share, offsets[path], np.minimum(weight, 6.0)).reshape(-1, 4, 4)
    along = (np.roll(quads, -1, 1) - quads)[:, :, None] * _STATIONS[:, None]
    spots = quads[:, :, None] + along + depth[..., None] * inward
    before = np.roll(spots, 1, 1)
    fitted = _crossings(before[:, :, 3], before[:, :, 2], spots[:, :, 0], spots[:, :, 1])
    is_sane = (np.abs(fitted - quads) < 4 * reach_px).all((1, 2))  # not when they never meet
    return np.where(is_sane[:, None, None], fitted, quads)


def _strength_at(at: Floats, inward: Floats, edges: _Edges) -> Floats:
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
    """Return each side's depth at ``_STATIONS`` by a robust fit (Tukey's biweight)."""
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
    at = _STATIONS
    values: Floats = fit @ np.stack([np.ones(4), at, 4 * at * (1 - at)], 1).T
    return values


def _crossings(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Return where the lines through *a*, *b* and through *c*, *d* meet; far off if nowhere."""
    u, v = b - a, d - c
    det = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    det = np.where(np.abs(det) < 1e-6, 1e-6, det)
    gap = c - a
    t = (gap[..., 0] * v[..., 1] - gap[..., 1] * v[..., 0]) / det
    meeting: Floats = a + t[..., None] * u
    return meeting


def _chosen(quads: Floats, scores: Floats) -> tuple[int, bool]:
    """Return which quadrilateral is the page, and whether a smaller one scored a hair better.

    A block of a form inside the page can do so: among near equals the one that encloses the other
    by far is the paper.
    """
    best = int(np.argmax(scores))
    areas = np.abs(_areas(quads))
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


def _clockwise(corners: Floats) -> Floats:
    """Return the corners from the one nearest the top-left of the picture, clockwise."""
    if _areas(corners[None])[0] < 0:
        corners = corners[::-1]
    start = int(np.argmin(corners.sum(1)))
    return np.roll(corners, -start, 0)
