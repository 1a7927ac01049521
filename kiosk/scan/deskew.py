"""The stage that measures how far the text lines of a page lean, by projection profile."""

from typing import Final

import cv2
import numpy as np

from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import shrunk, shrunk_by

MAX_SKEW_DEG: Final = 12.0
_WORK_SIDE: Final = 1200
_POINTS: Final = 60_000
_COARSE_POINTS: Final = 20_000
"""Points of ink, taken at random, by which an angle is found within half a degree."""
_PEAKED: Final = 1.15
"""How much sharper than at most other leans the lines of a page stand at their own."""


def measure_skew(pixels: Pixels) -> float:
    """Return the skew of the page's lines in degrees, clockwise, within ±12; 0 without lines.

    Rows and columns both count, so a page that lies on its side is measured as well.

    Source: Postl's projection profile (US patent 4,723,297), on ink moved by shearing.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if pixels.ndim == 3 else pixels
    ink = _ink(grey, _WORK_SIDE)
    if cv2.countNonZero(ink) < 200:
        return 0.0
    height, width = ink.shape
    spots = cv2.findNonZero(ink).reshape(-1, 2)
    chosen = np.random.default_rng(0).permutation(len(spots))[:_POINTS]
    points = spots[chosen].T.astype(np.float32) - np.array([[width / 2], [height / 2]], np.float32)
    size = int(np.hypot(height, width)) + 4
    leans = np.arange(-MAX_SKEW_DEG, MAX_SKEW_DEG + 0.01, 0.5)
    scores = _scores(points[:, :_COARSE_POINTS], size, leans, 2.0)
    if scores.max() < _PEAKED * np.median(scores):
        return 0.0  # nothing on the page runs in lines
    # Large letters in short lines make a peak too broad to stand out among leans so near it.
    leans = leans[scores.argmax()] + np.arange(-0.6, 0.61, 0.1)
    fine = leans[_scores(points, size, leans, 1.0).argmax()]
    return round(_peak(points, size, float(fine)), 2)


def _ink(grey: Pixels, side: int) -> Pixels:
    scale = min(1.0, side / max(grey.shape))
    small = shrunk_by(grey, scale)
    tiny = shrunk(small, (max(1, small.shape[1] // 4), max(1, small.shape[0] // 4)))
    paper = cv2.medianBlur(cv2.dilate(tiny, np.ones((3, 3), np.uint8)), 7)
    background = cv2.resize(paper, small.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    contrast = cv2.subtract(background, small)
    threshold = max(24.0, cv2.threshold(contrast, 0, 255, cv2.THRESH_OTSU)[0] * 0.8)
    ink = cv2.threshold(contrast, threshold, 1, cv2.THRESH_BINARY)[1]
    rim = max(2, round(0.015 * max(ink.shape)))
    ink[:rim] = ink[-rim:] = 0
    ink[:, :rim] = ink[:, -rim:] = 0
    return ink


def _sharpness_of(points: Floats, size: int, angle: float, bin_px: float) -> float:
    """Return how peaked the rows (or columns) of the ink are when turned back by *angle*."""
    turn = np.radians(angle)
    cosine, sine = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    best = 0.0
    for along in (points[1] * cosine - points[0] * sine, points[0] * cosine + points[1] * sine):
        profile = np.bincount(((along + size / 2) / bin_px).astype(np.intp))
        steps = np.diff(profile.astype(np.float64))
        best = max(best, float((steps**2).sum()))
    return best


def _scores(points: Floats, size: int, leans: Floats, bin_px: float) -> Floats:
    return np.array([_sharpness_of(points, size, float(lean), bin_px) for lean in leans])


def _peak(points: Floats, size: int, angle: float) -> float:
    """Return the vertex of a parabola through the scores around *angle*."""
    step = 0.1
    low, mid, high = (_sharpness_of(points, size, angle + d, 1.0) for d in (-step, 0.0, step))
    bend = low - 2 * mid + high
    return (
        angle
        if bend >= 0
        else angle + float(np.clip(step * 0.5 * (low - high) / bend, -step, step))
    )
