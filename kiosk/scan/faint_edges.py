"""The stage that finds the edges of a page on a lid as light as its paper.

Nothing around such a page is plainly not paper, so no search for a bright page finds it. What is
left is a line: a step of two levels of light, or the thread of shadow that the paper throws. Along
the length of a page either stands out of any noise. The page has been set level by its writing
before, so that its edges run along rows and columns. The outermost line with even paper inside is
the edge; of four such lines with no writing beyond them a page is made, of fewer none.
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import halved

_BANDS: Final = 32
"""Parts of an edge, each looked at on its own."""
_NEAR_PX: Final = 3
"""How far the edge in one band may lie from the line: together they may lean by 0.3 degrees."""
_STEP: Final = 1.5
"""Levels of light across an edge, in one band."""
_BESIDE: Final = 1.0
"""Levels by which lid or shadow differ from paper; both sides of a printed rule are paper."""
_EVEN: Final = 2.5
"""Levels by which the paper beside its edge may vary."""
_OFF_PAPER: Final = 12.0
"""Levels by which it may differ from the paper of the whole band: the lamp is not even."""
_LINE_SHARE, _BESIDE_SHARE, _EVEN_SHARE = 0.7, 0.6, 0.6
"""Bands that must show each of these."""
_APART_PX: Final = 4
"""How far from a line there is none that is clearer."""
_RIVALS_PX: Final = 30
"""Further in than the outermost line by so little, another is the edge: lids end in lines too."""
_THREAD_PX: Final = 8
"""Width of a thread of shadow, which has two sides."""
_A_SERIES: Final = 2**0.5
_ASPECT_OFF: Final = 0.01
"""A frame printed 5 mm within the edges of an A4 page is off by 0.015."""
_DEPTH: Final = 0.4
"""Share of the frame in which an edge is looked for, from each side."""
_PAD: Final = 16
_MOST_LEAN: Final = 0.01
"""Slope against level: paper that is printed on more askew than this was not understood."""
_SHADOW_MM: Final = 3.0
"""How far from an edge its shadow reaches."""
_INK: Final = 28
_SPECK_MM2, _SPECKS_MM2 = 1.0, 3.0
"""Dark areas beyond the edges, one and all, that dust leaves; a figure is larger."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Line:
    """A line that may be the left edge of paper.

    Attributes:
        offset: Where it lies in the middle of the frame's height, in pixels.
        slope: How far it moves by in a pixel down.
        is_plain: Beyond it is something else than paper, and not a thread of shadow alone.
    """

    offset: float
    slope: float
    is_plain: bool = False


def find_faint_edges(level: Pixels, mm_px: float) -> Floats | None:
    """Return the corners of the paper, (4, 2) x, y clockwise from the top-left; None when unsure.

    Args:
        level: (height, width) grey uint8, the whole frame set level by its writing.
        mm_px: Pixels of a millimetre.
    """
    sides = []
    for turned in (level, cv2.transpose(level)):
        bands = _bands_of(turned)
        for is_far in (False, True):
            line = _outermost(bands[:, ::-1] if is_far else bands, turned.shape[0])
            if line is None:
                return None
            sides.append(_mirrored(line, turned.shape[1]) if is_far else line)
    corners = _corners(sides, level.shape)
    if not all(line.is_plain for line in sides) and not _is_a_series(corners):
        return None
    return None if _has_writing_beyond(level, corners, mm_px) else corners


def _bands_of(level: Pixels) -> Floats:
    """Return (``_BANDS``, width) how light each part of each column is, fine print taken out."""
    rows = level.shape[0] // _BANDS * _BANDS  # a whole number in each band is averaged fast
    paper = cv2.dilate(level[:rows], np.ones((7, 1), np.uint8))
    size = (level.shape[1], _BANDS)
    return cv2.resize(paper, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _outermost(bands: Floats, length: int) -> _Line | None:
    """Return the first line from the left that may be the left edge of paper, *length* long."""
    width = bands.shape[1]
    paper = np.median(bands[:, width // 4 : -(width // 4)], axis=1)
    part = np.pad(bands[:, : int(_DEPTH * width)], ((0, 0), (_PAD, 0)), mode="edge")
    sums = np.cumsum(np.pad(part, ((0, 0), (1, 0))), 1)
    edges: list[_Line] = []
    for place, steps in _candidates(_steps(sums)):
        if edges and place > edges[0].offset + _RIVALS_PX:
            break
        line = _fitted(steps, place, length)
        seen = None if line is None else _seen_at(sums, line, length, paper)
        if line is not None and seen is not None:
            edges.append(replace(line, is_plain=seen))
    if not edges:
        return None
    found = [line for line in edges if line.is_plain] or [
        line for line in edges if line.offset <= edges[0].offset + _THREAD_PX
    ]
    return replace(found[-1], offset=found[-1].offset - _PAD)


def _steps(sums: Floats) -> Floats:
    """Return how much lighter the three columns from each one on are than the three before."""
    steps = np.zeros((sums.shape[0], sums.shape[1] - 1))
    ahead, here, behind = sums[:, 6:], sums[:, 3:-3], sums[:, :-6]
    steps[:, 3:-2] = (ahead - 2 * here + behind) / 3
    return steps


def _candidates(steps: Floats) -> list[tuple[int, Floats]]:
    """Return columns where most bands step the same way and the most, and steps of that way."""
    found = []
    near, around = (np.ones((1, 2 * px + 1), np.uint8) for px in (_NEAR_PX, _APART_PX))
    for signed in (steps, -steps):
        shared = (cv2.dilate(signed, near) > _STEP).mean(0) >= _LINE_SHARE
        mean = signed.mean(0, keepdims=True)
        is_peak = (mean >= cv2.dilate(mean, around))[0] & shared
        found += [(int(place), signed) for place in np.flatnonzero(is_peak)]
    return sorted(found, key=lambda one: one[0])


def _seen_at(sums: Floats, line: _Line, length: int, paper: Floats) -> bool | None:
    """Return what is on the left of a line with even paper on its right; None without that.

    True is something else than paper; False the same again behind a thread of shadow, which a
    printed rule looks like.
    """
    places = np.round(line.offset + line.slope * _along(length)).astype(int)
    if places.min() < 9 or places.max() + 13 >= sums.shape[1]:
        return None
    rows = np.arange(_BANDS)

    def mean(begin: int, end: int) -> Floats:
        """Return the mean of the columns from *begin* to before *end*, counted from the line."""
        found: Floats = (sums[rows, places + end] - sums[rows, places + begin]) / (end - begin)
        return found

    inside = mean(3, 7)
    is_even = (np.abs(inside - mean(9, 13)) < _EVEN) & (np.abs(inside - mean(6, 9)) < _EVEN)
    is_even &= np.abs(inside - paper) < _OFF_PAPER
    if is_even.mean() < _EVEN_SHARE:
        return None
    beside = mean(-8, -4) - inside
    if max((beside > _BESIDE).mean(), (beside < -_BESIDE).mean()) >= _BESIDE_SHARE:
        return True
    return False if (mean(-4, 0) < inside - _BESIDE).mean() >= _LINE_SHARE else None


def _along(length: int) -> Floats:
    """Return where the middles of the bands lie, counted from the middle of the frame."""
    rows = length // _BANDS * _BANDS
    return (np.arange(_BANDS) + 0.5) / _BANDS * rows - length / 2


def _fitted(steps: Floats, place: int, length: int) -> _Line | None:
    """Return the line through the steepest places near a column; None when it leans."""
    begin = max(0, place - 2 * _NEAR_PX)
    part = steps[:, begin : place + 2 * _NEAR_PX + 1]
    places, is_steep = part.argmax(1) + float(begin), part.max(1) > _STEP
    along = _along(length)
    slope, offset = 0.0, float(np.median(places[is_steep]))
    for most_off in (float(_NEAR_PX), 2.0, 1.0):
        is_used = is_steep & (np.abs(places - slope * along - offset) <= most_off)
        if is_used.mean() < _LINE_SHARE / 2:
            return None
        slope, offset = _least_squares(along[is_used], places[is_used])
    return _Line(offset=offset, slope=slope) if abs(slope) < _MOST_LEAN else None


def _least_squares(x: Floats, y: Floats) -> tuple[float, float]:
    """Return slope and offset of the line through points; numpy's own takes ten times as long."""
    off = x - x.mean()
    slope = float(off @ y) / max(float(off @ off), 1e-9)
    return slope, float(y.mean()) - slope * float(x.mean())


def _mirrored(line: _Line, width: int) -> _Line:
    return replace(line, offset=width - 1 - line.offset, slope=-line.slope)


def _corners(sides: list[_Line], shape: tuple[int, ...]) -> Floats:
    """Return where left and right cross top and bottom, clockwise from the top-left."""
    left, right, top, bottom = sides
    middle_y, middle_x = shape[0] / 2 - 0.5, shape[1] / 2 - 0.5
    found = []
    for upright, level in ((left, top), (right, top), (right, bottom), (left, bottom)):
        # x = a + b (y - middle_y), y = c + d (x - middle_x)
        x = upright.offset + upright.slope * (level.offset - level.slope * middle_x - middle_y)
        x /= 1 - upright.slope * level.slope
        found.append((x, level.offset + level.slope * (x - middle_x)))
    return np.array(found)


def _is_a_series(corners: Floats) -> bool:
    """Tell whether a page has the aspect of A4 and A5, which no frame within their margins has."""
    across, down = (float(np.hypot(*(corners[at] - corners[0]))) for at in (1, 3))
    return abs(max(across, down) / min(across, down) / _A_SERIES - 1) < _ASPECT_OFF


def _has_writing_beyond(level: Pixels, corners: Floats, mm_px: float) -> bool:
    """Tell whether anything larger than dust is dark outside of the corners, shadows left out."""
    small = halved(level)
    light = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    ink = cv2.threshold(cv2.subtract(light, small), _INK, 255, cv2.THRESH_BINARY)[1]
    inside = np.round(corners / 2).astype(np.int32)
    cv2.fillConvexPoly(ink, inside, 0)
    reach = max(1, round(_SHADOW_MM * mm_px))  # on both sides, at half the size
    cv2.polylines(ink, [inside], isClosed=True, color=0, thickness=reach)
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    areas = []
    for left, top, width, height, area in stats[1:count].tolist():
        # The dark beside an open lid comes in from the edge of the frame.
        is_inner = left > 1 and top > 1 and left + width < ink.shape[1] - 1
        if is_inner and top + height < ink.shape[0] - 1:
            areas.append(4 * area / mm_px**2)
    return max(areas, default=0.0) > _SPECK_MM2 or sum(areas) > _SPECKS_MM2
