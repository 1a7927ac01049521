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

from kiosk.scan.picture import Floats, Picture, Pixels

WORK_SIDE: Final = 640
"""Longest side of the image the search works on."""
CONFIDENCE_GATE: Final = 0.5
"""Below this an answer is not used: the whole frame is taken and the agent is asked."""
_LINES: Final = 22
_MIN_AREA: Final = 0.10
_SAMPLES: Final = 40


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
    light: Floats


def find_outline(pixels: Pixels) -> FoundOutline | None:
    """Return the best four corners, or None when nothing in the picture looks like a page.

    Args:
        pixels: (height, width, 3) BGR uint8.
    """
    scale = WORK_SIDE / max(pixels.shape[:2])
    small = _reduced(pixels, scale)
    edges, closed = _edges_of(small)
    quads = _candidates(small, closed, edges)
    if not len(quads):
        return None
    scores, sides = _judge(quads, edges)
    best = int(np.argmax(scores))
    corners = _refined(quads[best], edges)
    _, fitted = _judge(corners[None], edges)
    if fitted[0].mean() < sides[best].mean() - 0.02:
        corners, fitted = quads[best], sides[best : best + 1]
    confidence = _confidence(fitted[0], corners, small.shape)
    order = _clockwise(corners)
    return FoundOutline(corners=order / scale, confidence=confidence)


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
    return _Edges(gx, gy, chroma, closed.astype(np.float32)), stretched


def _gradient(channel: Pixels) -> tuple[Floats, Floats]:
    soft = cv2.GaussianBlur(channel, (0, 0), 1.0)
    gx = cv2.Scharr(soft, cv2.CV_32F, 1, 0) / 16
    gy = cv2.Scharr(soft, cv2.CV_32F, 0, 1) / 16
    return gx, gy


def _candidates(small: Pixels, channels: list[Pixels], edges: _Edges) -> Floats:
    height, width = small.shape[:2]
    lines = _strong_lines(channels, width, height)
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
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (7, 7), 0), cv2.COLOR_BGR2LAB).astype(np.float32)
    rim = max(4, round(0.02 * max(small.shape[:2])))
    strips = [lab[:rim], lab[-rim:], lab[:, :rim], lab[:, -rim:]]
    border = np.concatenate([s.reshape(-1, 3) for s in strips])
    centre = np.median(border, axis=0)
    spread = np.median(np.abs(border - centre), axis=0) + 3
    far = np.sqrt((((lab - centre) / spread) ** 2).sum(2))
    byte = np.clip(far * 12, 0, 255).astype(np.uint8)
    mask: Pixels = cv2.threshold(byte, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1]
    return mask


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


def _judge(quads: Floats, edges: _Edges) -> tuple[Floats, Floats]:
    """Return a score per quadrilateral and the support (0–1) of each of its four sides."""
    height, width = edges.light.shape
    start, end = quads, np.roll(quads, -1, 1)
    side = end - start
    length = np.hypot(side[:, :, 0], side[:, :, 1])
    inward = np.stack([-side[:, :, 1], side[:, :, 0]], 2) / (length[:, :, None] + 1e-9)
    share = (np.arange(_SAMPLES) + 0.5) / _SAMPLES * 0.94 + 0.03
    points = start[:, :, None] + share[None, None, :, None] * side[:, :, None]
    best = np.zeros(points.shape[:3])
    for offset in (-2.0, -1.0, 0.0, 1.0, 2.0):
        at = points + offset * inward[:, :, None]
        x = np.clip(np.rint(at[..., 0]), 0, width - 1).astype(np.intp)
        y = np.clip(np.rint(at[..., 1]), 0, height - 1).astype(np.intp)
        across = edges.gx[y, x] * inward[:, :, None, 0] + edges.gy[y, x] * inward[:, :, None, 1]
        strength = np.maximum(np.maximum(across, -0.6 * across), 0.9 * edges.chroma[y, x])
        best = np.maximum(best, strength)
    outside = (
        (points[..., 0] < 1)
        | (points[..., 0] > width - 2)
        | (points[..., 1] < 1)
        | (points[..., 1] > height - 2)
    )
    support = np.clip((best - 1.0) / 4.0, 0, 1)
    support[outside] = 0.25
    sides = support.mean(2)
    area = np.abs(_areas(quads)) / (width * height)
    scores = sides.mean(1) * 0.6 + sides.min(1) * 0.4 + 0.12 * np.sqrt(np.clip(area, 0, 1))
    return scores, sides


def _refined(quad: Floats, edges: _Edges) -> Floats:
    """Fit each side to the strongest edge near it and return where the sides meet."""
    height, width = edges.light.shape
    lines = []
    for i in range(4):
        start, end = quad[i], quad[(i + 1) % 4]
        side = end - start
        length = float(np.hypot(*side))
        inward = np.array([-side[1], side[0]]) / length
        share = (np.arange(60) + 0.5) / 60 * 0.92 + 0.04
        offsets = np.arange(-5, 5.5, 0.5)
        at = start + share[:, None, None] * side + offsets[None, :, None] * inward
        x, y = at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)
        gx = cv2.remap(edges.gx, x, y, cv2.INTER_LINEAR)
        gy = cv2.remap(edges.gy, x, y, cv2.INTER_LINEAR)
        chroma = cv2.remap(edges.chroma, x, y, cv2.INTER_LINEAR)
        strength = np.maximum(np.abs(gx * inward[0] + gy * inward[1]), 0.9 * chroma)
        peak = strength.argmax(1)
        value = strength[np.arange(60), peak]
        spot = at[np.arange(60), peak]
        within = (
            (value > 2)
            & (spot[:, 0] > 1)
            & (spot[:, 0] < width - 2)
            & (spot[:, 1] > 1)
            & (spot[:, 1] < height - 2)
        )
        if within.sum() < 12:
            lines.append((start, side / length))
            continue
        vx, vy, x0, y0 = cv2.fitLine(
            spot[within].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01
        ).ravel()
        lines.append((np.array([x0, y0]), np.array([vx, vy])))
    corners = []
    for i in range(4):
        (p, d), (q, e) = lines[i - 1], lines[i]
        det = d[0] * e[1] - d[1] * e[0]
        if abs(det) < 0.3:
            return quad
        t = ((q[0] - p[0]) * e[1] - (q[1] - p[1]) * e[0]) / det
        corners.append(p + t * d)
    fitted = np.array(corners, np.float64)
    moved = np.abs(fitted - quad).max()
    return fitted if moved < 0.05 * max(width, height) else quad


def _confidence(sides: Floats, corners: Floats, shape: tuple[int, ...]) -> float:
    """Return 0–1 from how much of the weakest side and of the whole outline is edge."""
    weakest, mean = float(sides.min()), float(sides.mean())
    return float(np.clip(0.35 * weakest / 0.5 + 0.65 * mean / 0.8, 0, 1))


def _clockwise(corners: Floats) -> Floats:
    """Return the corners from the one nearest the top-left of the picture, clockwise."""
    if _areas(corners[None])[0] < 0:
        corners = corners[::-1]
    start = int(np.argmin(corners.sum(1)))
    return np.roll(corners, -start, 0)


def is_whole_page(picture: Picture) -> bool:
    """Tell whether the frame is all paper, as from a scanner, so that no page needs finding.

    True when the rim of the picture is one light, even, colourless surface like its middle.
    """
    if picture.is_rendered:
        return True
    pixels = picture.pixels
    small = _reduced(pixels, 400 / max(pixels.shape[:2]))
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    height, width = small.shape[:2]
    rim = max(3, round(0.02 * max(height, width)))
    light = lab[:, :, 0]
    paper = np.percentile(light, 80)
    like_paper = (light > paper - 28) & (np.abs(lab[:, :, 1:] - 128).max(2) < 22)
    if paper < 150:
        return False
    strips = [
        s[rim:-rim] if i > 1 else s[:, rim:-rim]
        for i, s in enumerate(
            (like_paper[:rim], like_paper[-rim:], like_paper[:, :rim], like_paper[:, -rim:])
        )
    ]
    shares = sorted(float(s.mean()) for s in strips)
    return shares[0] > 0.55 and shares[1] > 0.9
