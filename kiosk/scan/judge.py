"""The stage that says what is wrong with a page, and where it shows."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.domain.page import WHOLE_PAGE, Problem, Region
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan.glare import find_glare
from kiosk.scan.orient import WORK_SIDE, find_lines, page_darkness
from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.regions import around_all, around_boxes, around_largest
from kiosk.scan.shrink import shrunk_by

BLANK_INK: Final = 0.0003
"""Ink ratio below which a page without a line of writing is blank."""
BLURRED_BELOW: Final = 0.42
"""Sharpness of a blurred page."""
_TEXT_PX: Final = 20.0
"""Height writing is brought to before its edges are measured."""
_STEEPNESS: Final = (0.20, 0.45)
"""Slope of an edge per pixel against its height: hopeless, and as sharp as a lens gives it."""
_EDGES: Final = 50
"""Fewer points on edges than these say nothing about sharpness."""
_MANY_PIXELS: Final = 3_000_000
"""Of a page with more, sharpness is measured on strips of it: they have edges enough."""
_STRIP_LINES: Final = 4
"""Height of a strip in lines of writing."""
_EVERY: Final = 3
"""One strip in so many is measured."""
_ENOUGH_EDGES: Final = 1000
"""Points on edges that speak for a page of which only strips were measured."""
_FACINGS: Final = 4
_TILES: Final = 6
_COARSER: Final = (0.5, 0.25, 0.125)
"""Scales at which the edges of a hopelessly blurred page show again."""
_LIGHT_DPI: Final = 75
_INK_BELOW: Final = 0.9
_LONG: Final = 0.6
_THIN: Final = 0.08
"""Share of its box that is ink in a line that runs along one or more sides of a sheet."""
_DARK_PAPER: Final = 60.0
_SHADOW_SHARE: Final = 0.69
_COARSE_DPI: Final = 65
_SMALL_TEXT_PX: Final = (9.5, 14.5)
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
        pixels: (height, width, 3) BGR uint8, or (height, width) grey.
        dpi: Its resolution, as far as it is known.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if pixels.ndim == 3 else pixels
    lines, text_px = _lines_of(grey)
    small = _at_light_dpi(grey, dpi)
    paper = _paper_light(small)
    ink_ratio = measure_ink(small, paper)
    sharpness = measure_sharpness(grey, text_px)
    is_blank = ink_ratio < BLANK_INK and not lines
    problems = [Problem(kind=ProblemKind.BLANK)] if is_blank else []
    if not is_blank:
        if sharpness < BLURRED_BELOW:
            problems.append(Problem(kind=ProblemKind.BLURRED, region=_blurred_part(grey, text_px)))
        if _is_too_coarse(text_px, dpi):
            region = around_boxes(lines, grey.shape) if lines else WHOLE_PAGE
            problems.append(Problem(kind=ProblemKind.LOW_RESOLUTION, region=region))
    problems += _of_light(small, paper)
    return Verdict(sharpness=sharpness, ink_ratio=ink_ratio, problems=tuple(problems))


def measure_sharpness(grey: Pixels, text_px: float) -> float:
    """Return 0–1: how steep the edges of ink are against their height, at one height of text.

    Args:
        grey: (height, width) uint8.
        text_px: Height of its lines of writing.
    """
    if grey.size > _MANY_PIXELS:
        slopes = _edge_slopes(*(_at_text_scale(strip, text_px) for strip in _strips(grey, text_px)))
        if len(slopes) >= _ENOUGH_EDGES:
            return _sharpness_of(slopes)
    small = _at_text_scale(grey, text_px)
    slopes = _edge_slopes(small)
    if len(slopes) < _EDGES:
        # Either nothing is on the page, or it is so blurred that no step is left at this scale.
        return 0.0 if _has_edges_when_coarse(small) else 1.0
    return _sharpness_of(slopes)


def _strips(grey: Pixels, text_px: float) -> list[Pixels]:
    """Return strips across the page, spread over its height."""
    height = max(1, round(_STRIP_LINES * max(text_px, 8.0)))
    return [grey[top : top + height] for top in range(0, grey.shape[0], _EVERY * height)]


def _at_text_scale(grey: Pixels, text_px: float) -> Pixels:
    return shrunk_by(grey, min(1.0, _TEXT_PX / max(text_px, 8.0)))


def _sharpness_of(edges: Floats) -> float:
    """Return 0–1 from the direction in which edges are least steep: a shaken hand blurs one."""
    low, high = _STEEPNESS
    facing = np.round(edges[:, 1] * (_FACINGS / np.pi)).astype(np.int32) % _FACINGS
    slopes = [edges[facing == k, 0] for k in range(_FACINGS)]
    medians = [float(np.median(part)) for part in slopes if len(part) >= _EDGES]
    steepness = min(medians, default=float(np.median(edges[:, 0])))
    return float(np.clip((steepness - low) / (high - low), 0, 1))


def _edge_slopes(*parts: Pixels) -> Floats:
    """Return (n, 2) of points on the crests of edges: slope against height, and where they face.

    The facing is the angle of the gradient in radians.

    Args:
        parts: (height, width) uint8 each, of one page.
    """
    kernel = np.ones((7, 7), np.uint8)
    heights = [cv2.subtract(cv2.dilate(part, kernel), cv2.erode(part, kernel)) for part in parts]
    sample = np.concatenate([height[::4, ::4].ravel() for height in heights])
    least = max(30.0, 0.4 * float(np.percentile(sample, 99)))
    return np.concatenate(
        [_crests(part, height, least) for part, height in zip(parts, heights, strict=True)]
    )


def _crests(part: Pixels, height: Pixels, least: float) -> Floats:
    """Return what ``_edge_slopes`` does of one part, where edges are higher than *least*."""
    values = part.astype(np.float32)
    gx = cv2.Sobel(values, cv2.CV_32F, 1, 0, scale=1 / 8)
    gy = cv2.Sobel(values, cv2.CV_32F, 0, 1, scale=1 / 8)
    slope = cv2.magnitude(gx, gy)
    crest = slope >= cv2.dilate(slope, np.ones((3, 3), np.uint8)) - 1e-3
    edge = (height > least) & crest & (slope > 0.05 * height)
    return np.stack([slope[edge] / height[edge], np.arctan2(gy[edge], gx[edge])], 1)


def _has_edges_when_coarse(small: Pixels) -> bool:
    for scale in _COARSER:
        coarse = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if len(_edge_slopes(coarse)) >= _EDGES:
            return True
    return False


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


def _lines_of(grey: Pixels) -> tuple[list[tuple[int, int, int, int]], float]:
    """Return boxes (left, top, width, height) of lines of writing in page pixels, their height."""
    grow = max(1.0, max(grey.shape) / WORK_SIDE)
    boxes = [
        (round(left * grow), round(top * grow), round(width * grow), round(height * grow))
        for left, top, width, height in find_lines(page_darkness(grey))
    ]
    if not boxes:
        return [], _TEXT_PX
    return boxes, float(np.median([height for _, _, _, height in boxes]))


def _at_light_dpi(channel: Pixels, dpi: int) -> Pixels:
    scale = min(1.0, _LIGHT_DPI / dpi)
    return shrunk_by(channel, scale)


def _paper_light(small: Pixels) -> Pixels:
    """Return the light of the paper behind the ink, (height, width) uint8."""
    tiny = cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    size = (small.shape[1], small.shape[0])
    return cv2.resize(cv2.medianBlur(closed, 9), size, interpolation=cv2.INTER_LINEAR)


def _is_too_coarse(text_px: float, dpi: int) -> bool:
    never, coarse = _SMALL_TEXT_PX
    return text_px < never or (dpi < _COARSE_DPI and text_px < coarse)


def _blurred_part(grey: Pixels, text_px: float) -> Region:
    """Return the rectangle around the tiles of a page whose writing is blurred."""
    small = _at_text_scale(grey, text_px)
    tiles = np.zeros((_TILES, _TILES), np.uint8)
    rows = np.array_split(np.arange(small.shape[0]), _TILES)
    columns = np.array_split(np.arange(small.shape[1]), _TILES)
    for i, j in np.ndindex(_TILES, _TILES):
        tile = small[rows[i][0] : rows[i][-1] + 1, columns[j][0] : columns[j][-1] + 1]
        slopes = _edge_slopes(tile)
        tiles[i, j] = len(slopes) >= _EDGES and _sharpness_of(slopes) < BLURRED_BELOW
    return around_all(tiles)


def _of_light(small: Pixels, paper: Pixels) -> list[Problem]:
    """Return what the light did to the page: too little, a hard shadow, a burnt-out patch."""
    rim = max(2, round(0.03 * max(paper.shape)))
    inner = paper[rim:-rim, rim:-rim].astype(np.float32)
    if not inner.size:
        return []
    low, usual = (float(v) for v in np.percentile(inner, (5, 90)))
    problems = []
    if usual < _DARK_PAPER:
        problems.append(Problem(kind=ProblemKind.TOO_DARK))
    elif low < _SHADOW_SHARE * usual:
        dark = (paper < 0.8 * usual).astype(np.uint8)
        problems.append(Problem(kind=ProblemKind.SHADOW, region=around_largest(dark)))
    glare = find_glare(small, paper)
    if glare is not None:
        problems.append(Problem(kind=ProblemKind.GLARE, region=glare))
    return problems
