"""Quadrilaterals that may be a page: crossings of strong lines, and the shapes of regions."""

import itertools
from typing import Final

import cv2
import numpy as np

from kiosk.scan.outline_edges import areas_of
from kiosk.scan.picture import Floats, Pixels

_LINES: Final = 22
_MIN_AREA: Final = 0.10


def candidate_quads(small: Pixels, channels: list[Pixels]) -> Floats:
    """Return (n, 4, 2) quadrilaterals, clockwise, in pixels of the working image *small*."""
    height, width = small.shape[:2]
    lines = _strong_lines([channels[0], *channels[2:]], width, height)
    quads = [_quads_of_lines(lines, width, height), _quads_of_regions(channels, small)]
    return np.concatenate([q for q in quads if len(q)] or [np.zeros((0, 4, 2))])


def _strong_lines(channels: list[Pixels], width: int, height: int) -> Floats:
    """Return up to ``_LINES`` lines as (angle, distance) with the most edge along them."""
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, 0.5)
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
    area = np.abs(areas_of(quads))
    good = (
        (clockwise | backwards)
        & (sine > np.sin(np.radians(50))).all(1)
        & (area > _MIN_AREA * width * height)
        & (length.min(1) > 0.12 * max(width, height))
    )
    kept: Floats = quads[good]
    return kept
