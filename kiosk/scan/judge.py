"""The stage that says what is wrong with a page, and where it shows."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.domain.page import Problem, Region
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan.picture import Floats, Pixels

BLANK_INK: Final = 0.0002
BLURRED_BELOW: Final = 0.35
LOW_DPI: Final = 110
_DARK_PAPER: Final = 75
_JUDGE_DPI: Final = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was measured on a page, and the problems that follow from it."""

    sharpness: float
    ink_ratio: float
    problems: tuple[Problem, ...]


def judge_page(pixels: Pixels, dpi: int) -> Verdict:
    """Return the verdict on a flat, upright page.

    Args:
        pixels: (height, width, 3) BGR uint8.
        dpi: Its resolution.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    scale = min(1.0, _JUDGE_DPI / dpi)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    paper = _paper_light(small)
    ink = _ink_mask(small, paper)
    ink_ratio = float(ink.mean())
    sharpness = measure_sharpness(grey, dpi)
    problems = []
    if ink_ratio < BLANK_INK:
        problems.append(Problem(kind=ProblemKind.BLANK))
    elif sharpness < BLURRED_BELOW:
        problems.append(Problem(kind=ProblemKind.BLURRED))
    if float(np.percentile(paper, 60)) < _DARK_PAPER:
        problems.append(Problem(kind=ProblemKind.TOO_DARK))
    if dpi < LOW_DPI:
        problems.append(Problem(kind=ProblemKind.LOW_RESOLUTION))
    return Verdict(sharpness=sharpness, ink_ratio=ink_ratio, problems=tuple(problems))


def _paper_light(small: Pixels) -> Pixels:
    """Return the light of the paper behind the ink, (height, width) uint8."""
    tiny = cv2.resize(small, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    soft = cv2.medianBlur(closed, 9)
    size = (small.shape[1], small.shape[0])
    return cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR)


def _ink_mask(small: Pixels, paper: Pixels) -> Pixels:
    """Mark pixels at least a fifth darker than their paper, rim and single specks left out."""
    ink = (small.astype(np.float32) < 0.8 * paper.astype(np.float32)).astype(np.uint8)
    rim = max(3, round(0.02 * max(ink.shape)))
    ink[:rim] = ink[-rim:] = 0
    ink[:, :rim] = ink[:, -rim:] = 0
    return cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)).astype(
        np.uint8, copy=False
    )


def measure_sharpness(grey: Pixels, dpi: int) -> float:
    """Return 0–1: how steep the edges of the ink are against their height, at 150 dpi.

    An edge of one pixel at that scale gives 1, one of four pixels or more gives 0.
    """
    scale = min(1.0, _JUDGE_DPI / dpi)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    values: Floats = small.astype(np.float32)
    gx = cv2.Sobel(values, cv2.CV_32F, 1, 0) / 8
    gy = cv2.Sobel(values, cv2.CV_32F, 0, 1) / 8
    slope = np.hypot(gx, gy)
    kernel = np.ones((7, 7), np.uint8)
    height = cv2.dilate(values, kernel) - cv2.erode(values, kernel)
    enough = height > max(30.0, 0.4 * float(np.percentile(height, 99)))
    peak = enough & (slope >= cv2.dilate(slope, np.ones((3, 3), np.uint8)) - 1e-3)
    if peak.sum() < 50:
        return 1.0
    steepness = float(np.median(slope[peak] / height[peak]))
    return float(np.clip((steepness - 0.12) / (0.42 - 0.12), 0, 1))


def whole(kind: ProblemKind) -> Problem:
    """Return a problem of the whole page."""
    return Problem(kind=kind, region=Region(left=0.0, top=0.0, right=1.0, bottom=1.0))
