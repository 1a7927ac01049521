"""The stage that says what is wrong with a page, and where it shows."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.domain.page import WHOLE_PAGE, Problem, Region
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan.orient import WORK_SIDE, find_lines, page_darkness
from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import shrunk_by

BLANK_INK: Final = 0.0003
"""Ink ratio below which a page without a line of writing is blank."""
BLURRED_BELOW: Final = 0.66
"""Sharpness of a blurred page."""
_TEXT_PX: Final = 20.0
"""Height writing is brought to before its edges are measured."""
_STEEPNESS: Final = (0.20, 0.45)
"""Slope of an edge per pixel against its height: hopeless, and as sharp as a lens gives it."""
_EDGES: Final = 50
"""Fewer points on edges than these say nothing about sharpness."""
_COARSER: Final = (0.5, 0.25, 0.125)
"""Scales at which the edges of a hopelessly blurred page show again."""
_LIGHT_DPI: Final = 75
_INK_BELOW: Final = 0.9
_DARK_PAPER: Final = 125.0
_SHADOW_SHARE: Final = 0.45
_GLARE_SHARE: Final = 0.03
_GLARE_UNDER: Final = 205.0
_COARSE_DPI: Final = 100
_SMALL_TEXT_PX: Final = (12.5, 17.5)
"""Heights of lines, ascenders and all: never legible, and not at a coarse resolution."""


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
        dpi: Its resolution, as far as it is known.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    text_px, lines = _text_height(grey)
    small = _at_light_dpi(grey, dpi)
    paper = _paper_light(small)
    ink_ratio = measure_ink(small, paper)
    sharpness = measure_sharpness(grey, text_px)
    is_blank = ink_ratio < BLANK_INK and not lines
    problems = [Problem(kind=ProblemKind.BLANK)] if is_blank else []
    if not is_blank:
        problems += _of_writing(sharpness, text_px, dpi)
    problems += _of_light(paper, _least(_at_light_dpi(pixels, dpi)))
    return Verdict(sharpness=sharpness, ink_ratio=ink_ratio, problems=tuple(problems))


def measure_sharpness(grey: Pixels, text_px: float) -> float:
    """Return 0–1: how steep the edges of ink are against their height, at one height of text.

    Args:
        grey: (height, width) uint8.
        text_px: Height of its lines of writing.
    """
    scale = min(1.0, _TEXT_PX / max(text_px, 8.0))
    small = shrunk_by(grey, scale)
    slopes = _edge_slopes(small)
    if len(slopes) < _EDGES:
        # Either nothing is on the page, or it is so blurred that no step is left at this scale.
        return 0.0 if _has_edges_when_coarse(small) else 1.0
    low, high = _STEEPNESS
    return float(np.clip((np.median(slopes) - low) / (high - low), 0, 1))


def _edge_slopes(small: Pixels) -> Floats:
    """Return the slope of every point on the crest of an edge against that edge's height."""
    values = small.astype(np.float32)
    gx = cv2.Sobel(values, cv2.CV_32F, 1, 0, scale=1 / 8)
    gy = cv2.Sobel(values, cv2.CV_32F, 0, 1, scale=1 / 8)
    slope = cv2.magnitude(gx, gy)
    kernel = np.ones((7, 7), np.uint8)
    height = cv2.subtract(cv2.dilate(small, kernel), cv2.erode(small, kernel)).astype(np.float32)
    enough = height > max(30.0, 0.4 * float(np.percentile(height[::4, ::4], 99)))
    crest = slope >= cv2.dilate(slope, np.ones((3, 3), np.uint8)) - 1e-3
    edge = enough & crest & (slope > 0.05 * height)
    slopes: Floats = slope[edge] / height[edge]
    return slopes


def _has_edges_when_coarse(small: Pixels) -> bool:
    for scale in _COARSER:
        coarse = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if len(_edge_slopes(coarse)) >= _EDGES:
            return True
    return False


def measure_ink(small: Pixels, paper: Pixels) -> float:
    """Return the share of the page at least a tenth darker than its paper.

    Specks are left out, and what is joined to the rim: the dark edges of a scan.
    """
    ink = (small.astype(np.float32) < _INK_BELOW * paper.astype(np.float32)).astype(np.uint8)
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2]
    rim = max(2, round(0.025 * max(ink.shape)))
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    height, width = ink.shape
    inner = (left >= rim) & (top >= rim) & (right <= width - rim) & (bottom <= height - rim)
    area = stats[:, cv2.CC_STAT_AREA]
    counted = inner & (area >= 4)
    counted[0] = False
    return float(area[counted].sum()) / ink.size


def _text_height(grey: Pixels) -> tuple[float, int]:
    """Return the median height of the lines of writing in page pixels, and how many there are."""
    boxes = find_lines(page_darkness(grey))
    if not boxes:
        return _TEXT_PX, 0
    shrink = min(1.0, WORK_SIDE / max(grey.shape))
    return float(np.median([height for _, _, _, height in boxes])) / shrink, len(boxes)


def _at_light_dpi(channel: Pixels, dpi: int) -> Pixels:
    scale = min(1.0, _LIGHT_DPI / dpi)
    return shrunk_by(channel, scale)


def _least(pixels: Pixels) -> Pixels:
    blue, green, red = cv2.split(pixels)
    return cv2.min(cv2.min(blue, green), red)


def _paper_light(small: Pixels) -> Pixels:
    """Return the light of the paper behind the ink, (height, width) uint8."""
    tiny = cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    size = (small.shape[1], small.shape[0])
    return cv2.resize(cv2.medianBlur(closed, 9), size, interpolation=cv2.INTER_LINEAR)


def _of_writing(sharpness: float, text_px: float, dpi: int) -> list[Problem]:
    problems = []
    if sharpness < BLURRED_BELOW:
        problems.append(Problem(kind=ProblemKind.BLURRED))
    never, coarse = _SMALL_TEXT_PX
    if text_px < never or (dpi < _COARSE_DPI and text_px < coarse):
        problems.append(Problem(kind=ProblemKind.LOW_RESOLUTION))
    return problems


def _of_light(paper: Pixels, least: Pixels) -> list[Problem]:
    """Return what the light did to the page: too little, a hard shadow, a burnt-out patch."""
    rim = max(2, round(0.03 * max(paper.shape)))
    inner = paper[rim:-rim, rim:-rim].astype(np.float32)
    if not inner.size:
        return []
    low, tenth, usual = (float(v) for v in np.percentile(inner, (5, 10, 90)))
    problems = []
    if usual < _DARK_PAPER:
        problems.append(Problem(kind=ProblemKind.TOO_DARK))
    elif low < _SHADOW_SHARE * usual:
        dark = (paper < 0.6 * usual).astype(np.uint8)
        problems.append(Problem(kind=ProblemKind.SHADOW, region=_region_of(dark)))
    burnt = (cv2.blur(least, (9, 9)) >= 254).astype(np.uint8)
    if float(burnt.mean()) > _GLARE_SHARE and tenth < _GLARE_UNDER:
        problems.append(Problem(kind=ProblemKind.GLARE, region=_region_of(burnt)))
    return problems


def _region_of(mask: Pixels) -> Region:
    """Return the box around the largest part of a mask."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return WHOLE_PAGE
    biggest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    left, top, width, height = (int(v) for v in stats[biggest, :4])
    rows, columns = mask.shape
    return Region(
        left=round(left / columns, 3),
        top=round(top / rows, 3),
        right=round((left + width) / columns, 3),
        bottom=round((top + height) / rows, 3),
    )
