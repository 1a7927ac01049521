"""The stage that finds which way up a page is read, in French and Arabic, print and handwriting.

No letters are recognised. Every line of writing is brought to one height and described by where
its ink lies and which way its edges face; a small network, trained by ``python -m
bench._train_orient``, says how surely that line stands upright. The lines vote.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from kiosk.scan.orient_weights import load_weights
from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import shrunk_by

WORK_SIDE: Final = 1300
"""Longest side of the image that is looked at."""
LINE_HEIGHT: Final = 24
_ZONES: Final = 6
_FACINGS: Final = 8
FEATURES: Final = LINE_HEIGHT + _ZONES * _FACINGS
_SURE_SHARE: Final = 0.8
"""Mean log-odds of the lines below which no turn is made: what is too blurred to read says nothing.

Written pages reach 2 and more; the same pages blurred beyond reading stay below 0.7.
"""
PLAIN_SHARE: Final = 2.5
"""Mean log-odds of a page that plainly stands upright: most reach 3.6, others stay below 1."""
_MANY_LINES: Final = 12
_FIRST_LINES: Final = 24
_MAX_LINES: Final = 90
_MAX_WIDTH: Final = 14 * LINE_HEIGHT


def find_turns(grey: Pixels) -> int:
    """Return the clockwise quarter turns (0–3) that set the page upright; 0 without writing.

    Args:
        grey: (height, width) uint8, without skew.
    """
    votes, weight = turn_votes(grey)
    best = int(np.argmax(votes))
    return best if votes[best] > _SURE_SHARE * weight else 0


def turn_votes(grey: Pixels) -> tuple[Floats, float]:
    """Return (4,) how strongly the lines ask for each number of quarter turns, and their weight.

    The weight is that of the lines along or across the page, whichever weigh more. Of a page that
    plainly stands upright by its longest lines the others are not looked at.
    """
    darkness = page_darkness(grey)
    weights, votes, weight = load_weights(), np.zeros(4), 0.0
    for turns in (0, 1):
        turned, cast, lines = np.rot90(darkness, -turns), 0.0, 0
        boxes = find_lines(turned)
        for some in (boxes[:_FIRST_LINES], boxes[_FIRST_LINES:]):
            upright, flipped, length = line_features(turned, some)
            votes[turns] += (_uprightness(upright, weights) * length).sum()
            votes[turns + 2] += (_uprightness(flipped, weights) * length).sum()
            cast, lines = cast + float(length.sum()), lines + len(some)
            weight = max(weight, cast)
            is_plain = votes[0] > PLAIN_SHARE * weight and lines >= _MANY_LINES
            if turns == 0 and is_plain:
                return votes, weight
    return votes, weight


def line_features(
    darkness: Pixels, boxes: Sequence[tuple[int, int, int, int]]
) -> tuple[Floats, Floats, Floats]:
    """Return what describes each line of writing as it stands and upside down, and its weight.

    Args:
        darkness: (height, width) uint8, 0 is paper, from ``page_darkness``.
        boxes: Around the lines, from ``find_lines``.

    Returns:
        Two arrays (lines, ``FEATURES``) and one (lines,).
    """
    described, weight = [], []
    for left, top, width, height in boxes:
        described.append(_describe(_patch(darkness[top : top + height, left : left + width])))
        weight.append(min(6.0, width / height) ** 0.5)
    upright = np.array(described, np.float32).reshape(-1, FEATURES)
    return upright, _upside_down(upright), np.array(weight, np.float32)


def _upside_down(features: Floats) -> Floats:
    """Return what describes the same lines turned by half: rows swap, edges face the other way."""
    rows, bins = features[:, :LINE_HEIGHT], features[:, LINE_HEIGHT:]
    facing = np.roll(bins.reshape(-1, _ZONES, _FACINGS)[:, ::-1], _FACINGS // 2, 2)
    return np.concatenate([rows[:, ::-1], facing.reshape(-1, _ZONES * _FACINGS)], 1)


def page_darkness(grey: Pixels) -> Pixels:
    """Return how much darker than its paper each pixel is, rules of tables taken out."""
    scale = min(1.0, WORK_SIDE / max(grey.shape))
    if scale < 1:
        grey = shrunk_by(grey, scale)
    tiny = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    closed = cv2.medianBlur(cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)), 5)
    size = (grey.shape[1], grey.shape[0])
    darkness: Pixels = cv2.subtract(cv2.resize(closed, size), grey)
    ink = cv2.threshold(darkness, 28, 255, cv2.THRESH_BINARY)[1]
    for kernel in (np.ones((1, 70), np.uint8), np.ones((70, 1), np.uint8)):
        rules = cv2.dilate(cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel), np.ones((3, 3), np.uint8))
        darkness = cv2.subtract(darkness, rules)
    rim = max(4, round(0.012 * max(darkness.shape)))
    darkness[:rim] = darkness[-rim:] = 0
    darkness[:, :rim] = darkness[:, -rim:] = 0
    return darkness


def find_lines(darkness: Pixels) -> list[tuple[int, int, int, int]]:
    """Return boxes (left, top, width, height) around runs of writing, the longest first."""
    level = max(24.0, cv2.threshold(darkness, 0, 255, cv2.THRESH_OTSU)[0] * 0.7)
    ink = cv2.threshold(darkness, level, 1, cv2.THRESH_BINARY)[1]
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 15), np.uint8))
    # Closed by 3 by 15 there cannot be 65,536 of them, and 16 bits take a third of the time.
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8, ltype=cv2.CV_16U)
    boxes = []
    for left, top, width, height, area in stats[1:count].tolist():
        is_line = 7 <= height <= 60 and width >= 2.2 * height
        if is_line and 0.25 < area / (width * height) < 0.97:
            boxes.append((left, top, width, height))
    boxes.sort(key=lambda box: -min(6.0, box[2] / box[3]) * box[3])
    return boxes[:_MAX_LINES]


def _patch(line: Pixels) -> Floats:
    """Return a line at ``LINE_HEIGHT`` pixels, its darkest ink at 1."""
    width = min(_MAX_WIDTH, max(LINE_HEIGHT, round(line.shape[1] * LINE_HEIGHT / line.shape[0])))
    small = cv2.resize(line, (width, LINE_HEIGHT), interpolation=cv2.INTER_AREA)
    patch = small.astype(np.float32)
    rank = int(0.97 * (patch.size - 1))
    return patch / max(20.0, float(np.partition(patch, rank, None)[rank]))


def _describe(patch: Floats) -> Floats:
    """Return the share of ink in each row, and of edges by height and by the way they face."""
    ink = np.clip(patch, 0, 1)
    rows = ink.sum(1)
    gx = cv2.Sobel(ink, cv2.CV_32F, 1, 0)
    gy = cv2.Sobel(ink, cv2.CV_32F, 0, 1)
    strength, angle = cv2.cartToPolar(gx, gy)
    facing = (angle * (_FACINGS / (2 * np.pi)) + 0.5).astype(np.int32) % _FACINGS
    zone = np.repeat(np.arange(_ZONES), LINE_HEIGHT // _ZONES)[:, None]
    bins = np.bincount(
        (zone * _FACINGS + facing).ravel(), strength.ravel(), minlength=_ZONES * _FACINGS
    )
    return np.concatenate(
        [rows / (rows.sum() + 1e-3) * LINE_HEIGHT, bins / (bins.sum() + 1e-3) * len(bins)]
    ).astype(np.float32)


def _uprightness(features: Floats, weights: tuple[Floats, Floats, Floats, float]) -> Floats:
    """Return the log-odds, bounded, that each line stands upright."""
    inner, bias, outer, shift = weights
    hidden = np.tanh((features - 1.0) @ inner + bias)
    odds: Floats = np.clip(hidden @ outer + shift, -4.0, 4.0)
    return odds
