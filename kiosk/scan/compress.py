"""The stage that makes a page small: exact ink over a coarse picture of the paper.

A page of text is kept as mixed raster content (ITU-T T.44): one mask at full resolution for each
colour of ink, CCITT G4, painted over a low-resolution JPEG of everything else. Where print is small
in pixels the mask is finer than the page by half: the greys at the edges of its strokes say where
those lie between two pixels, and two levels alone would close its counters. A page that is a
photograph, or whose strokes the lens drew so soft that two levels would lose them, stays one JPEG.
JBIG2 is out: its symbol mode can change digits.
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from kiosk.scan.fax import g4_of
from kiosk.scan.flat import FlatPage, flat_of
from kiosk.scan.inks import Rgb, split_ink
from kiosk.scan.legibility import lines_on
from kiosk.scan.picture import Pixels
from kiosk.scan.shrink import Halvings, enlarged, halved, shrunk, shrunk_by

BACKGROUND_DPI: Final = 75
_BACKGROUND_QUALITY: Final = 35
_GRAIN: Final = 2.0
"""Light levels up to which the background may differ from its surroundings by grain alone."""
_SMOOTHING: Final = 1.1
"""Sigma in pixels: jagged edges cost bytes, and a reader sees no more in them."""
_FINER: Final = 1.5
"""Mask pixels along one of the page where print is small. Tesseract reads 2 no better, and it costs
a quarter more bytes."""
_SMALL_PRINT_PX: Final = 23.0
"""Height of the small print in page pixels, below which Tesseract loses letters to a mask no finer
than the page."""
_COARSE_BELOW_DPI: Final = 250
"""Print is sought on coarser pages alone: on none scanned at 300 dpi is it so small."""
_PHOTO_DPI: Final = 150
_PHOTO_QUALITY: Final = 62
_BLANK_QUALITY: Final = 50
_SOFT_DPI: Final = 200
_SOFT_QUALITY: Final = 30
_LEAST_STEEP: Final = 0.39
"""Steepness of strokes' edges below which two levels lose what the greys still say. Of 42 pictures
without a defect none is below 0.45; half of those that blur made illegible are below 0.27."""
_THRESHOLDS: Final = (110.0, 196.0)
"""Bounds of Otsu's threshold on ink against paper at 255."""
_PALEST: Final = 200.0
"""Highest threshold of pale strokes: beyond it grain and bleed-through would be ink."""
_BARE: Final = 225.0
_LEAST_BARE: Final = 0.4
_LINES_IN: Final = 0.12
"""Light of paper that strokes leave bare, the least share of it between them, and the inches over
which that is counted: half-tones of a picture leave little bare."""
_STROKES_IN: Final = 1 / 30
"""Inch: within it the darkest pixel says how dark a stroke is. More would take in bolder print."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InkLayer:
    """Ink of one colour: a CCITT G4 stream of the whole page, and the mask it codes.

    ``mask`` is 255 where there is ink; as large as the page, or ``_FINER`` times as large.
    """

    colour: Rgb
    g4: bytes
    mask: Pixels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compressed:
    """A page as few bytes: a JPEG, and the inks painted over it.

    Attributes:
        width_px: Size of the page; ink layers may be finer.
        height_px: The same.
        jpeg: What lies behind the ink; the whole page when there are no inks.
        jpeg_size: Width and height of ``jpeg`` in pixels.
        is_grey: The JPEG has one channel.
        inks: Layers of ink, none for a photograph.
    """

    width_px: int
    height_px: int
    jpeg: bytes
    jpeg_size: tuple[int, int]
    is_grey: bool
    inks: tuple[InkLayer, ...] = ()


def compress_page(page: Pixels | FlatPage, dpi: int, *, is_blank: bool = False) -> Compressed:
    """Return a page as few bytes as carry what can be read on it.

    Args:
        page: Flat and upright; as pixels (height, width, 3) BGR or grey, uint8.
        dpi: Its resolution.
        is_blank: Nothing was found on it: a coarse JPEG does.
    """
    flat = page if isinstance(page, FlatPage) else flat_of(page)
    if is_blank:
        return _as_jpeg(flat, _scaled_to(dpi, BACKGROUND_DPI * 2), _BLANK_QUALITY)
    paper = _paper_of(flat)
    drawn = _ink_against_paper(_darkest(flat), paper)
    relief = cv2.GaussianBlur(drawn, (5, 5), _SMOOTHING)
    solid = _solid(relief)
    if _is_photograph(relief, Halvings(solid)):
        return _as_jpeg(flat, _scaled_to(dpi, _PHOTO_DPI), _PHOTO_QUALITY)
    if _steepness(drawn, solid) < _LEAST_STEEP:
        return _as_jpeg(flat, _scaled_to(dpi, _SOFT_DPI), _SOFT_QUALITY)
    del solid
    if dpi < _COARSE_BELOW_DPI and lines_on(flat.grey).small_px < _SMALL_PRINT_PX:
        ink_mask = _ink_mask(_finer(drawn), _FINER * dpi)
        share = shrunk(ink_mask, relief.shape[::-1])
        mask = cv2.threshold(share, 0, 255, cv2.THRESH_BINARY)[1]
    else:
        ink_mask = mask = _ink_mask(relief, dpi)
    del drawn, relief  # 9 MB each of a page at 300 dpi, and most of what is yet to come
    background = _without_ink(flat, Halvings(mask), paper, _scaled_to(dpi, BACKGROUND_DPI))
    under = _jpeg_of_size(background, mask.shape, _BACKGROUND_QUALITY)
    inks = split_ink(flat, ink_mask)
    layers = tuple(InkLayer(colour=ink.colour, g4=g4_of(ink.mask), mask=ink.mask) for ink in inks)
    return replace(under, inks=layers)


def jpeg_of(pixels: Pixels, quality: int) -> bytes:
    """Return *pixels* as a JPEG file."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    done, encoded = cv2.imencode(".jpg", pixels, options)
    if not done:
        raise RuntimeError("the JPEG encoder refused an image")
    return bytes(encoded)


def _scaled_to(dpi: int, wanted: int) -> float:
    return min(1.0, wanted / dpi)


def _as_jpeg(flat: FlatPage, scale: float, quality: int) -> Compressed:
    return _jpeg_of_size(flat.at(_size_at(flat, scale)), flat.grey.shape, quality)


def _size_at(flat: FlatPage, scale: float) -> tuple[int, int]:
    height, width = flat.grey.shape
    return max(8, round(width * scale)), max(8, round(height * scale))


def _jpeg_of_size(pixels: Pixels, shape: tuple[int, ...], quality: int) -> Compressed:
    """Return *pixels* as what lies behind a page of *shape* (height, width)."""
    is_grey = pixels.ndim == 2 or not _has_colour(pixels)
    if is_grey and pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    return Compressed(
        width_px=shape[1],
        height_px=shape[0],
        jpeg=jpeg_of(pixels, quality),
        jpeg_size=(pixels.shape[1], pixels.shape[0]),
        is_grey=is_grey,
    )


def _has_colour(pixels: Pixels) -> bool:
    """Tell whether more than a trace of the picture is coloured."""
    side = max(pixels.shape[:2])
    scale = min(1.0, 400 / side)
    small = shrunk_by(pixels, scale)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    chroma = np.hypot(lab[:, :, 1] - 128, lab[:, :, 2] - 128)
    return float((chroma > 10).mean()) > 0.002


def _paper_of(flat: FlatPage) -> Pixels:
    """Return the paper behind the ink, at a sixteenth of the page, BGR where that has colour."""
    tiny = flat.at(_size_at(flat, 0.125))
    bright = cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, np.ones((11, 11), np.uint8))
    # OpenCV takes twenty times as long for a median of more than 5 by 5.
    return cv2.medianBlur(halved(bright), 5)


def _darkest(flat: FlatPage) -> Pixels:
    """Return the darkest of the three channels, in which ink of any colour is dark."""
    if flat.colour is None:
        return flat.grey
    below = cv2.subtract(cv2.cvtColor(flat.colour, cv2.COLOR_BGR2GRAY), _least(flat.colour))
    size = (flat.grey.shape[1], flat.grey.shape[0])
    return cv2.subtract(flat.grey, cv2.resize(below, size, interpolation=cv2.INTER_LINEAR))


def _least(pixels: Pixels) -> Pixels:
    if pixels.ndim == 2:
        return pixels
    blue, green, red = cv2.split(pixels)
    return cv2.min(cv2.min(blue, green), red)


def _most(pixels: Pixels) -> Pixels:
    if pixels.ndim == 2:
        return pixels
    blue, green, red = cv2.split(pixels)
    return cv2.max(cv2.max(blue, green), red)


def _ink_against_paper(darkest: Pixels, paper: Pixels) -> Pixels:
    """Return the page with its paper brought to 255 everywhere, whatever the light."""
    size = (darkest.shape[1], darkest.shape[0])
    floor = np.maximum(_least(paper), 1)
    behind = cv2.resize(floor, size, interpolation=cv2.INTER_LINEAR)
    relief: Pixels = cv2.divide(darkest, behind, scale=255)
    return relief


def _finer(relief: Pixels) -> Pixels:
    """Return *relief* ``_FINER`` times as large, with edges where its greys put them."""
    return cv2.resize(relief, None, fx=_FINER, fy=_FINER, interpolation=cv2.INTER_CUBIC)


def _ink_mask(relief: Pixels, dpi: float) -> Pixels:
    """Return 255 where there is ink, specks left out.

    Ink is darker than Otsu's threshold on the evenly lit page; where strokes are too pale for that,
    since the lens drew them soft, it is darker than half of what the darkest of them is.
    """
    halfway = _halfway(relief, dpi)
    between = cv2.resize(halfway, relief.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return _without_specks(cv2.compare(relief, between, cv2.CMP_LE))


def _halfway(relief: Pixels, dpi: float) -> Pixels:
    """Return the threshold of each place at a quarter of the page: Otsu's, or a paler one."""
    side = max(3, round(_STROKES_IN * dpi) | 1)
    darkest = cv2.erode(relief, np.ones((side, side), np.uint8))
    # A quarter is coarser than no stroke's surroundings.
    size = (max(1, relief.shape[1] // 4), max(1, relief.shape[0] // 4))
    dark = cv2.blur(cv2.resize(darkest, size, interpolation=cv2.INTER_NEAREST), (3, 3))
    bare = cv2.threshold(
        cv2.resize(relief, size, interpolation=cv2.INTER_NEAREST), _BARE, 255, cv2.THRESH_BINARY
    )[1]
    around = max(3, round(_LINES_IN * dpi / 4) | 1)
    share = cv2.blur(bare, (around, around))
    level = _level(relief)
    half = np.clip((np.arange(256) + 255) / 2, level, max(level, _PALEST)).astype(np.uint8)
    return np.where(share > 255 * _LEAST_BARE, cv2.LUT(dark, half), np.uint8(level))


def _steepness(drawn: Pixels, solid: Pixels) -> float:
    """Return by how much of all light a page changes across the edges of its ink, in 3 pixels.

    Counted on one row of four; 1.0 where there is no ink.
    """
    total, edges = 0.0, 0
    for top in range(0, len(drawn), 256):
        band = slice(top, top + 64)
        change = cv2.morphologyEx(drawn[band], cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        edge = cv2.morphologyEx(solid[band], cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8))
        count = cv2.countNonZero(edge)
        total += cv2.mean(change, edge)[0] * count
        edges += count
    return total / edges / 255 if edges else 1.0


def _solid(relief: Pixels) -> Pixels:
    """Return 255 where Otsu's threshold alone sees ink."""
    return cv2.threshold(relief, _level(relief), 255, cv2.THRESH_BINARY_INV)[1]


def _level(relief: Pixels) -> float:
    low, high = _THRESHOLDS
    return min(max(_otsu_below(relief, 245), low), high)


def _otsu_below(relief: Pixels, bound: int) -> float:
    """Return Otsu's threshold among the pixels darker than *bound* (IEEE SMC 9, 1979, eq. 18)."""
    count = cv2.calcHist([relief[::8]], [0], None, [bound], [0, bound]).ravel().astype(float)
    total, value = np.cumsum(count), np.cumsum(count * np.arange(bound))
    if not total[-1]:
        return 0.0
    left, right = np.maximum(total, 1), np.maximum(total[-1] - total, 1)
    apart = total * (total[-1] - total) * (value / left - (value[-1] - value) / right) ** 2
    return float(np.argmax(apart))


def _without_specks(mask: Pixels) -> Pixels:
    """Drop lone marks of fewer than 6 pixels: dust costs bytes, and no dot of a letter is so small.

    A mark of 6 pixels or more has as many within 5 of each of its own, so none of it goes. Counted
    at half the size, in squares of 14, at a third of the cost.
    """
    height, width = mask.shape
    share = cv2.blur(
        shrunk(mask, ((width + 1) // 2, (height + 1) // 2)),
        (7, 7),
        borderType=cv2.BORDER_CONSTANT,
    )
    dense = cv2.threshold(share, 255 * 5.5 / 4 / 49, 255, cv2.THRESH_BINARY)[1]
    return cv2.bitwise_and(mask, enlarged(dense, mask.shape))


def _is_photograph(relief: Pixels, masks: Halvings) -> bool:
    """Tell whether half-tones, not ink on paper, make up the page."""
    mask, small = masks.at_level(0), shrunk_by(relief, 0.125)
    ink = shrunk(masks.at_level(1), (small.shape[1], small.shape[0]))
    half_tones = (small < 205) & (ink < 40)
    covered = cv2.countNonZero(mask) / mask.size
    if float(half_tones.mean()) > 0.15:
        return True
    return covered > 0.22 and _soft_share(relief, mask) > 0.3


def _soft_share(relief: Pixels, mask: Pixels) -> float:
    """Return how much of the ink is neither black nor at an edge: none of black on white."""
    inner = cv2.erode(mask, np.ones((5, 5), np.uint8))
    soft = cv2.bitwise_and(inner, cv2.threshold(relief, 70, 255, cv2.THRESH_BINARY)[1])
    return cv2.countNonZero(soft) / max(1, cv2.countNonZero(inner))


def _without_ink(flat: FlatPage, masks: Halvings, paper: Pixels, scale: float) -> Pixels:
    """Return the page at a low resolution with its ink replaced by what is around it."""
    size = _size_at(flat, scale)
    pixels = flat.grey if flat.colour is None else flat.colour
    if flat.colour is None and 2 * size[0] <= pixels.shape[1]:
        pixels = halved(pixels)
    is_half = pixels.shape[:2] != flat.grey.shape
    around = np.ones((3, 3) if is_half else (5, 5), np.uint8)
    clear = cv2.inRange(cv2.dilate(masks.at_level(int(is_half)), around), 0, 0)
    kept = cv2.bitwise_and(pixels, pixels, mask=clear)
    weight, total = shrunk(clear, size), shrunk(kept, size)
    behind = cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR)
    few = 24.0  # of 255: below this share of clear pixels their mean is noise
    mixed = cv2.addWeighted(total, 255, behind, few, 0, dtype=cv2.CV_32F)
    share: Pixels = weight.astype(np.float32) + np.float32(few)
    share = share if mixed.ndim == 2 else cv2.merge([share] * 3)
    return _without_grain(cv2.divide(mixed, share, dtype=cv2.CV_8U))


def _without_grain(background: Pixels) -> Pixels:
    """Return the background with the grain of plain paper smoothed away: it is half of the bytes.

    What stands out from its surroundings, the palest stamp or pencil line, stays as it is.
    """
    plain = cv2.blur(cv2.medianBlur(background, 3), (9, 9))
    relief = _most(cv2.absdiff(cv2.blur(background, (3, 3)), plain))
    drawn = cv2.threshold(relief, _GRAIN, 255, cv2.THRESH_BINARY)[1]
    drawn = cv2.dilate(drawn, np.ones((5, 5), np.uint8))
    return cv2.copyTo(background, drawn, plain)
