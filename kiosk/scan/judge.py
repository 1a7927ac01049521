"""The stage that says what is wrong with a page, and where it shows.

What costs a reader letters is measured in ``legibility``; from where on it costs too many was
learned from pages that Tesseract read (``judge_limits``).
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.domain.page import WHOLE_PAGE, Problem, Region
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan import judge_limits
from kiosk.scan.edges import EDGES, edge_slopes, sharpness_of, text_scale
from kiosk.scan.glare import burnt_paper
from kiosk.scan.legibility import Legibility, Lines, lines_on, measure_legibility
from kiosk.scan.picture import Pixels
from kiosk.scan.regions import around_all, around_boxes, around_largest
from kiosk.scan.shrink import shrunk_by

BLANK_INK: Final = 0.0003
"""Ink ratio below which a page without a line of writing is blank."""
_TILES: Final = 6
LIGHT_DPI: Final = 75
_INK_BELOW: Final = 0.9
_LONG: Final = 0.6
_THIN: Final = 0.08
"""Share of its box that is ink in a line that runs along one or more sides of a sheet."""
_DARK_PAPER: Final = 60.0
_BURNT: Final = 0.08
"""Share of a page that is burnt out under a reflection that matters."""
_EVEN: Final = 0.9
"""Light of the darkest paper against the brightest, from which a page is white, not lit up."""
_SHADED: Final = 0.8
"""Light of shaded paper against the usual, where a shadow is pointed at."""


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
    ink_ratio = measure_ink(small, paper)
    if ink_ratio < BLANK_INK and not lines.boxes:
        problems = [Problem(kind=ProblemKind.BLANK)]
    else:
        problems = _of_writing(grey, lines, measured)
    problems += _of_light(measured, paper)
    return Verdict(sharpness=measured.sharpness, ink_ratio=ink_ratio, problems=tuple(problems))


def _of_writing(grey: Pixels, lines: Lines, measured: Legibility) -> list[Problem]:
    """Return what makes writing unreadable by itself: blur, or too few pixels."""
    problems = []
    if measured.sharpness < judge_limits.BLURRED_BELOW:
        region = _blurred_part(grey, lines.text_px)
        problems.append(Problem(kind=ProblemKind.BLURRED, region=region))
    if lines.boxes and measured.small_px < judge_limits.SMALL_PRINT_PX:
        small = [box for box in lines.boxes if box[3] < judge_limits.SMALL_PRINT_PX]
        region = around_boxes(small, grey.shape) if small else WHOLE_PAGE
        problems.append(Problem(kind=ProblemKind.LOW_RESOLUTION, region=region))
    return problems


def _of_light(measured: Legibility, paper: Pixels) -> list[Problem]:
    """Return what the light did to the page: too little, a hard shadow, a burnt-out patch."""
    problems = []
    if measured.light < _DARK_PAPER:
        problems.append(Problem(kind=ProblemKind.TOO_DARK))
    elif measured.shade < judge_limits.SHADE_BELOW:
        dark = (paper < _SHADED * measured.light).astype(np.uint8)
        problems.append(Problem(kind=ProblemKind.SHADOW, region=around_largest(dark)))
    is_lit_up = measured.burnt >= _BURNT and measured.shade < _EVEN
    if is_lit_up and measured.glare > judge_limits.GLARE_ABOVE:
        region = around_largest(burnt_paper(paper))
        problems.append(Problem(kind=ProblemKind.GLARE, region=region))
    return problems


def measure_ink(small: Pixels, paper: Pixels) -> float:
    """Return the share of the page at least a tenth darker than its paper.

    Specks are left out, and what is joined to the rim: the dark edges of a scan. So is a thin line
    most of the page long: the shadow of a sheet on the lid behind it.
    """
    ink = (small.astype(np.float32) < _INK_BELOW * paper.astype(np.float32)).astype(np.uint8)
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
    tiny = cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    size = (small.shape[1], small.shape[0])
    return cv2.resize(cv2.medianBlur(closed, 9), size, interpolation=cv2.INTER_LINEAR)


def _blurred_part(grey: Pixels, text_px: float) -> Region:
    """Return the rectangle around the tiles of a page whose writing is blurred."""
    small = shrunk_by(grey, text_scale(text_px))
    tiles = np.zeros((_TILES, _TILES), np.uint8)
    rows = np.array_split(np.arange(small.shape[0]), _TILES)
    columns = np.array_split(np.arange(small.shape[1]), _TILES)
    for i, j in np.ndindex(_TILES, _TILES):
        tile = small[rows[i][0] : rows[i][-1] + 1, columns[j][0] : columns[j][-1] + 1]
        slopes = edge_slopes(tile)
        is_written = len(slopes) >= EDGES
        tiles[i, j] = is_written and sharpness_of(slopes) < judge_limits.BLURRED_BELOW
    return around_all(tiles)
