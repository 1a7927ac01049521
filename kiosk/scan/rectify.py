"""The stage that lays a page flat: paper shape, resolution, and one warp for all turns at once."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import Halvings, shrunk

MAX_DPI: Final = 300
"""Finer than this no reader of the page gains anything."""
_A_SERIES: Final = 2**0.5
_A4_MM: Final = (210.0, 297.0)
_A5_MM: Final = (148.0, 210.0)
_STRIP_MM: Final = 80.0
"""Width of a till receipt; what is more than 1.9 times as long as wide is taken for one."""
_USUAL_DPI: Final = (75, 100, 150, 200, 240, 300, 400, 600)
_FOCAL_PER_SIDE: Final = 0.8
"""Focal length of a telephone's main camera in long sides of its picture (26–28 mm equivalent)."""
_MIN_DPI: Final = 50
_FEW_PIXELS: Final = 3_000_000
"""A sheet with fewer is warped by cubic interpolation; for finer ones linear is as legible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Size of the flat page in pixels, and its resolution."""

    width_px: int
    height_px: int
    dpi: int

    def scale_to(self, side_px: int) -> float:
        """Return the scale at which the longer side is *side_px*; 1 when it is shorter."""
        return min(1.0, side_px / max(self.width_px, self.height_px))


def shape_of_scan(width_px: int, height_px: int, dpi: int | None) -> Sheet:
    """Return the sheet for a frame that is a whole page; a guess when the file gives no dpi."""
    if dpi is None:
        dpi = _guess_dpi(width_px, height_px)
    return _capped(width_px, height_px, float(dpi))


def shape_of_photograph(
    corners: Floats, frame: tuple[int, int], known_dpi: int | None = None
) -> Sheet:
    """Return the sheet a page seen in perspective has when laid flat.

    Its aspect comes from the perspective, with the focal length of a usual telephone; within 6 %
    of the A series it is taken for A4. Any other paper keeps its aspect.

    Args:
        corners: (4, 2) in picture pixels: top-left, top-right, bottom-right, bottom-left.
        frame: Width and height of the picture.
        known_dpi: Resolution of the picture when a scanner made it, else it is estimated.
    """
    across = max(_distance(corners[0], corners[1]), _distance(corners[3], corners[2]))
    down = max(_distance(corners[0], corners[3]), _distance(corners[1], corners[2]))
    aspect = _true_aspect(corners, frame)  # height / width
    is_tall = aspect >= 1
    ratio = aspect if is_tall else 1 / aspect
    if abs(ratio / _A_SERIES - 1) < 0.06:
        ratio = _A_SERIES
    long_px = max(across, down)
    short_px = long_px / ratio
    is_strip = ratio > 1.9
    dpi = known_dpi or (short_px / _STRIP_MM if is_strip else long_px / _A4_MM[1]) * 25.4
    width, height = (short_px, long_px) if is_tall else (long_px, short_px)
    return _capped(width, height, dpi)


def matrix_to_sheet(corners: Floats, sheet: Sheet) -> Floats:
    """Return the 3x3 homography from picture pixels to the sheet."""
    width, height = sheet.width_px, sheet.height_px
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return cv2.getPerspectiveTransform(corners.astype(np.float32), target).astype(np.float64)


def matrix_of_skew(skew_deg: float, sheet: Sheet) -> Floats:
    """Return the 3x3 turn about the sheet's middle that takes out a clockwise skew."""
    centre = (sheet.width_px / 2, sheet.height_px / 2)
    turn = cv2.getRotationMatrix2D(centre, skew_deg, 1.0)
    return np.vstack([turn, [0.0, 0.0, 1.0]])


def matrix_of_quarter_turns(turns: int, sheet: Sheet) -> tuple[Floats, Sheet]:
    """Return the 3x3 matrix of *turns* clockwise quarter turns, and the sheet afterwards."""
    width, height, dpi = sheet.width_px, sheet.height_px, sheet.dpi
    one = {
        0: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        1: [[0, -1, height - 1], [1, 0, 0], [0, 0, 1]],
        2: [[-1, 0, width - 1], [0, -1, height - 1], [0, 0, 1]],
        3: [[0, 1, 0], [-1, 0, width - 1], [0, 0, 1]],
    }[turns % 4]
    if turns % 2:
        width, height = height, width
    return np.array(one, np.float64), Sheet(width_px=width, height_px=height, dpi=dpi)


def lay_flat(pixels: Pixels, to_sheet: Floats, sheet: Sheet, *, is_read: bool = True) -> Pixels:
    """Return the page, (height, width, 3) BGR uint8, warped once by *to_sheet*.

    Unless *is_read*, it is only looked at, and a small one need not be as sharp as it can be.
    """
    shrink = _shrinking(pixels, to_sheet)
    if shrink > 1.5:  # the warp samples points: without this it would alias
        size = (round(pixels.shape[1] / shrink), round(pixels.shape[0] / shrink))
        grown = np.diag([pixels.shape[1] / size[0], pixels.shape[0] / size[1], 1.0])
        pixels = shrunk(pixels, size)
        to_sheet = to_sheet @ grown
    if _is_identity(to_sheet) and pixels.shape[:2] == (sheet.height_px, sheet.width_px):
        return pixels
    is_small = is_read and sheet.width_px * sheet.height_px < _FEW_PIXELS
    is_colour = pixels.ndim == 3
    flat = cv2.warpPerspective(
        # Four channels take OpenCV two thirds of the time of three.
        cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA) if is_colour else pixels,
        to_sheet,
        (sheet.width_px, sheet.height_px),
        flags=cv2.INTER_CUBIC if is_small and shrink <= 1.05 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return cv2.cvtColor(flat, cv2.COLOR_BGRA2BGR) if is_colour else flat


def glance_at(halvings: Halvings, to_sheet: Floats, sheet: Sheet, scale: float) -> Pixels:
    """Return the flat page at *scale* (0–1] of its size, from a picture already made small."""
    small = Sheet(
        width_px=max(1, int(sheet.width_px * scale)),
        height_px=max(1, int(sheet.height_px * scale)),
        dpi=max(1, round(sheet.dpi * scale)),
    )
    to_small = matrix_to_glance(to_sheet, scale)
    shrink = _shrinking(halvings.at_level(0), to_small)
    level = max(0, int(np.log2(max(1.0, shrink * 1.02))))
    to_small = to_small @ _scaling(2.0**level)
    return lay_flat(halvings.at_level(level), to_small, small, is_read=level == 0)


def matrix_to_glance(to_sheet: Floats, scale: float) -> Floats:
    """Return the 3x3 homography from picture pixels to the sheet at *scale* of its size."""
    return _scaling(scale) @ to_sheet


def _scaling(scale: float) -> Floats:
    """Return the 3x3 matrix that scales an image whose pixels are counted at their middles."""
    middle = (scale - 1) / 2
    return np.array([[scale, 0, middle], [0, scale, middle], [0, 0, 1.0]])


def _is_identity(matrix: Floats) -> bool:
    return bool(np.allclose(matrix, np.eye(3), atol=1e-3))


def _shrinking(pixels: Pixels, to_sheet: Floats) -> float:
    """Return source pixels per sheet pixel at the middle of the picture."""
    middle = np.array([pixels.shape[1] / 2, pixels.shape[0] / 2, 1.0])
    along = middle + np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    o, x, y = ((p := to_sheet @ m)[:2] / p[2] for m in along)
    area = abs((x - o)[0] * (y - o)[1] - (x - o)[1] * (y - o)[0])
    return float(1 / np.sqrt(max(area, 1e-9)))


def _distance(a: Floats, b: Floats) -> float:
    return float(np.hypot(*(a - b)))


def _true_aspect(corners: Floats, frame: tuple[int, int]) -> float:
    """Return height / width of the paper from the columns of its homography (Zhang 2000, 2.3)."""
    focal = _FOCAL_PER_SIDE * max(frame)
    camera = np.array([[focal, 0, frame[0] / 2], [0, focal, frame[1] / 2], [0, 0, 1.0]])
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    view = cv2.getPerspectiveTransform(unit, corners.astype(np.float32))
    rays = np.linalg.inv(camera) @ view
    across, down = (float(np.linalg.norm(rays[:, i])) for i in (0, 1))
    return down / max(across, 1e-9)


def _guess_dpi(width_px: int, height_px: int) -> int:
    """Return the usual resolution at which the frame is a known paper; an A4's when none fits."""
    long_px, short_px = max(width_px, height_px), min(width_px, height_px)
    for paper in (_A4_MM, _A5_MM):
        for dpi in _USUAL_DPI:
            off = abs(long_px / dpi * 25.4 / paper[1] - 1)
            if off < 0.015 and abs(short_px / dpi * 25.4 / paper[0] - 1) < 0.015:
                return dpi
    if long_px / short_px > 1.9:
        return round(short_px / _STRIP_MM * 25.4)
    return round(long_px / _A4_MM[1] * 25.4)


def _capped(width: float, height: float, dpi: float) -> Sheet:
    """Return the sheet, brought down to ``MAX_DPI``."""
    over = max(1.0, dpi / MAX_DPI)
    return Sheet(
        width_px=max(1, round(width / over)),
        height_px=max(1, round(height / over)),
        dpi=max(_MIN_DPI, round(dpi / over)),
    )
