"""The stage that says what is wrong with a page, and where it shows.

How much of each line a reader is expected to miss is measured in ``legibility``; that, and from
where on it is too much of a page (``judge_limits``), was learned from pages that Tesseract read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.domain.page import Problem
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan import judge_limits
from kiosk.scan.glare import burnt_paper
from kiosk.scan.legibility import LOOKED_AT, Legibility, Lines, lines_on, measure_legibility
from kiosk.scan.line_measures import Box
from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.regions import around_boxes, around_largest
from kiosk.scan.shrink import shrunk_by

BLANK_INK: Final = 0.0003
"""Ink ratio below which a page without a line of writing is blank."""
LIGHT_DPI: Final = 75
_INK_BELOW: Final = 0.9
_LONG: Final = 0.6
_THIN: Final = 0.08
"""Share of its box that is ink in a line that runs along one or more sides of a sheet."""
_HOPELESS: Final = 0.12
"""Sharpness below which no print is read, found as lines or not."""
_COARSE_PX: Final = 11.0
"""Height of lost lines below which they have too few pixels, whatever their edges."""
_MUCH: Final = 0.5
"""Loss of a line against that of the worst line, from which it shows the problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was measured on a page, and the problems that follow from it."""

    sharpness: float
    ink_ratio: float
    problems: tuple[Problem, ...]


def judge_page(pixels: Pixels, dpi: int) -> Verdict:
    """Return the verdict on a flat, upright page.

    Args:
        pixels: (height, width, 3) BGR uint8, or (height, width) grey.
        dpi: Its resolution, as far as it is known.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if pixels.ndim == 3 else pixels
    lines = lines_on(grey)
    small = shrunk_by(grey, min(1.0, LIGHT_DPI / dpi))
    paper = paper_light(small)
    measured = measure_legibility(grey, lines, paper)
    ink_ratio = measure_ink(small, paper, is_written=bool(lines.boxes))
    if ink_ratio < BLANK_INK and not lines.boxes:
        problems = [Problem(kind=ProblemKind.BLANK)]
    else:
        problems = _of_writing(grey, lines, measured)
    problems += _of_light(measured, paper)
    return Verdict(sharpness=measured.sharpness, ink_ratio=ink_ratio, problems=tuple(problems))


def _of_writing(grey: Pixels, lines: Lines, measured: Legibility) -> list[Problem]:
    """Return what makes writing unreadable by itself: blur, too few pixels, a shadow's edge."""
    problems = []
    boxes = lines.boxes[:LOOKED_AT]
    if measured.unread > judge_limits.UNREAD_ABOVE:
        lost = np.where(measured.is_shaded, 0.0, measured.lost)
        shown = _shown(boxes, lost >= _MUCH * lost.max())
        is_coarse = float(np.median([height for _, _, _, height in shown])) < _COARSE_PX
        kind = ProblemKind.LOW_RESOLUTION if is_coarse else ProblemKind.BLURRED
        problems.append(Problem(kind=kind, region=around_boxes(shown, grey.shape)))
    elif boxes and measured.small_px < judge_limits.COARSE_BELOW:
        shown = [box for box in boxes if box[3] <= lines.text_px]
        region = around_boxes(shown, grey.shape)
        problems.append(Problem(kind=ProblemKind.LOW_RESOLUTION, region=region))
    elif measured.sharpness < _HOPELESS:
        problems.append(Problem(kind=ProblemKind.BLURRED))
    if measured.shaded > judge_limits.SHADED_ABOVE:
        shown = _shown(boxes, measured.is_shaded)
        region = around_boxes(shown, grey.shape)
        problems.append(Problem(kind=ProblemKind.SHADOW, region=region))
    return problems


def _shown(boxes: Sequence[Box], are_shown: Floats) -> list[Box]:
    return [box for box, is_shown in zip(boxes, are_shown, strict=True) if is_shown]


def _of_light(measured: Legibility, paper: Pixels) -> list[Problem]:
    """Return what the light did to the page: too little, or a burnt-out patch."""
    problems = []
    if measured.light < judge_limits.DARK_BELOW:
        problems.append(Problem(kind=ProblemKind.TOO_DARK))
    if measured.washed > judge_limits.WASHED_ABOVE:
        region = around_largest(burnt_paper(paper))
        problems.append(Problem(kind=ProblemKind.GLARE, region=region))
    return problems


def measure_ink(small: Pixels, paper: Pixels, *, is_written: bool = False) -> float:
    """Return the share of the page at least a tenth darker than its paper.

    What is joined to the rim is left out: the dark edges of a scan. So are specks, and a thin line
    most of the page long: the shadow of a sheet on the lid behind it. On a page known to be written
    on these are not looked for, only the rim is left out.
    """
    ink = cv2.compare(small, cv2.convertScaleAbs(paper, alpha=_INK_BELOW), cv2.CMP_LT)
    if is_written:
        rim = max(2, round(0.025 * max(ink.shape)))
        return cv2.countNonZero(ink[rim:-rim, rim:-rim]) / ink.size
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2]
    rim = max(2, round(0.025 * max(ink.shape)))
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    height, width = ink.shape
    inner = (left >= rim) & (top >= rim) & (right <= width - rim) & (bottom <= height - rim)
    area = stats[:, cv2.CC_STAT_AREA]
    box = stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT]
    spans = (right - left > _LONG * width) | (bottom - top > _LONG * height)
    counted = inner & (area >= 4) & ~(spans & (area < _THIN * box))
    counted[0] = False
    return float(area[counted].sum()) / ink.size


def paper_light(small: Pixels) -> Pixels:
    """Return the light of the paper behind the ink, (height, width) uint8."""
    tiny = cv2.resize(small, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    size = (small.shape[1], small.shape[0])
    return cv2.resize(cv2.medianBlur(closed, 5), size, interpolation=cv2.INTER_LINEAR)
