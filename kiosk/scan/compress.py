"""The stage that makes a page small: exact ink over a coarse picture of the paper.

A page of text is kept as mixed raster content (ITU-T T.44): one mask at full resolution for each
colour of ink, CCITT G4, painted over a low-resolution JPEG of everything else. A page that is a
photograph stays one JPEG. JBIG2 is out: its symbol mode can change digits.
"""

import io
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image

from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import shrunk, shrunk_by

BACKGROUND_DPI: Final = 75
_BACKGROUND_QUALITY: Final = 45
_PHOTO_DPI: Final = 150
_PHOTO_QUALITY: Final = 62
_BLANK_QUALITY: Final = 50
_THRESHOLDS: Final = (110.0, 196.0)
"""Bounds of Otsu's threshold on ink against paper at 255."""
_COLOURED: Final = 22.0
"""Chroma (Lab) above which ink counts as coloured."""
_LIKELY_COLOURED: Final = 20.0
"""Difference of the channels below which no ink reaches that chroma."""
_HUES: Final = 3
_COLOUR_SAMPLES: Final = 40_000
_ROWS_PER_STRIP: Final = 278
_STRIP_OFFSETS: Final = 273
_STRIP_BYTES: Final = 279

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InkLayer:
    """Ink of one colour: a CCITT G4 stream of the whole page's size, and what it codes."""

    colour: Rgb
    g4: bytes
    mask: Pixels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compressed:
    """A page as few bytes: a JPEG, and the inks painted over it.

    Attributes:
        width_px: Size of the page, and of each ink layer.
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


def compress_page(pixels: Pixels, dpi: int, *, is_blank: bool = False) -> Compressed:
    """Return *pixels* as few bytes as carry what can be read on it.

    Args:
        pixels: (height, width, 3) BGR uint8, flat and upright.
        dpi: Its resolution.
        is_blank: Nothing was found on it: a coarse JPEG does.
    """
    if is_blank:
        return _as_jpeg(pixels, _scaled_to(dpi, BACKGROUND_DPI * 2), _BLANK_QUALITY)
    paper = _paper_of(pixels)
    relief = _ink_against_paper(pixels, paper)
    mask = _ink_mask(relief)
    if _is_photograph(relief, mask):
        return _as_jpeg(pixels, _scaled_to(dpi, _PHOTO_DPI), _PHOTO_QUALITY)
    background = _without_ink(pixels, mask, paper, _scaled_to(dpi, BACKGROUND_DPI))
    under = _as_jpeg(background, 1.0, _BACKGROUND_QUALITY)
    return Compressed(
        width_px=pixels.shape[1],
        height_px=pixels.shape[0],
        jpeg=under.jpeg,
        jpeg_size=under.jpeg_size,
        is_grey=under.is_grey,
        inks=tuple(
            InkLayer(colour=colour, g4=_g4(layer), mask=layer)
            for colour, layer in _inks(pixels, mask)
        ),
    )


def jpeg_of(pixels: Pixels, quality: int) -> bytes:
    """Return *pixels* as a JPEG file."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    done, encoded = cv2.imencode(".jpg", pixels, options)
    if not done:
        raise RuntimeError("the JPEG encoder refused an image")
    return bytes(encoded)


def _scaled_to(dpi: int, wanted: int) -> float:
    return min(1.0, wanted / dpi)


def _as_jpeg(pixels: Pixels, scale: float, quality: int) -> Compressed:
    height, width = pixels.shape[:2]
    if scale < 1:
        size = (max(8, round(width * scale)), max(8, round(height * scale)))
        pixels = shrunk(pixels, size)
    is_grey = not _has_colour(pixels)
    if is_grey:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    return Compressed(
        width_px=width,
        height_px=height,
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


def _paper_of(pixels: Pixels) -> Pixels:
    """Return the paper behind the ink, (height, width, 3) at one eighth of the page."""
    size = (max(8, pixels.shape[1] // 8), max(8, pixels.shape[0] // 8))
    tiny = shrunk(pixels, size)
    bright = cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, np.ones((11, 11), np.uint8))
    return cv2.medianBlur(bright, 11)


def _darkest(pixels: Pixels) -> Pixels:
    """Return the darkest of the three channels: coloured ink is dark in one of them."""
    blue, green, red = cv2.split(pixels)
    return cv2.min(cv2.min(blue, green), red)


def _ink_against_paper(pixels: Pixels, paper: Pixels) -> Pixels:
    """Return the page with its paper brought to 255 everywhere, whatever the light."""
    size = (pixels.shape[1], pixels.shape[0])
    floor = np.maximum(_darkest(paper), 1)
    behind = cv2.resize(floor, size, interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(_darkest(pixels), (3, 3), 0)
    relief: Pixels = cv2.divide(soft, behind, scale=255)
    return relief


def _ink_mask(relief: Pixels) -> Pixels:
    """Return 255 where there is ink: Otsu's threshold on the evenly lit page, specks left out."""
    otsu, _ = cv2.threshold(relief[relief < 245], 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    low, high = _THRESHOLDS
    mask = cv2.threshold(relief, min(max(otsu, low), high), 255, cv2.THRESH_BINARY_INV)[1]
    return _without_specks(mask)


def _without_specks(mask: Pixels) -> Pixels:
    """Drop lone marks of fewer than 6 pixels: dust costs bytes, and no dot of a letter is so small.

    A mark of 6 pixels or more has as many within 5 of each of its own, so none of it goes.
    """
    share = cv2.blur(mask, (11, 11), borderType=cv2.BORDER_CONSTANT)
    dense = cv2.threshold(share, 255 * 5.5 / 121, 255, cv2.THRESH_BINARY)[1]
    return cv2.bitwise_and(mask, dense)


def _is_photograph(relief: Pixels, mask: Pixels) -> bool:
    """Tell whether half-tones, not ink on paper, make up the page."""
    small = shrunk_by(relief, 0.125)
    ink = shrunk(mask, (small.shape[1], small.shape[0]))
    half_tones = (small < 205) & (ink < 40)
    return float(half_tones.mean()) > 0.15 or float((mask > 0).mean()) > 0.22


def _without_ink(pixels: Pixels, mask: Pixels, paper: Pixels, scale: float) -> Pixels:
    """Return the page at a low resolution with its ink replaced by what is around it."""
    size = (max(8, round(pixels.shape[1] * scale)), max(8, round(pixels.shape[0] * scale)))
    grown = cv2.dilate(mask, np.ones((5, 5), np.uint8))
    clear = cv2.bitwise_not(grown)
    kept = cv2.bitwise_and(pixels, pixels, mask=clear)
    weight = shrunk(clear, size).astype(np.float32)[:, :, None]
    total = shrunk(kept, size).astype(np.float32) * 255
    behind = cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR).astype(np.float32)
    few = 24.0  # of 255: below this share of clear pixels their mean is noise
    mixed = (total + few * behind) / (weight + few)
    background: Pixels = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
    return background


def _inks(pixels: Pixels, mask: Pixels) -> list[tuple[Rgb, Pixels]]:
    """Split the ink by colour: black first, then at most three hues."""
    total = cv2.countNonZero(mask)
    if not total:
        return []
    ys, xs, hue = _coloured_ink(pixels, mask)
    if len(ys) <= 0.01 * total:
        return [(_colour_of(pixels, mask), mask)]
    black = mask.copy()
    black[ys, xs] = 0
    layers = [black]
    group = (hue + 60) % 360 // 120
    for number in range(_HUES):
        layer = np.zeros_like(mask)
        chosen = group == number
        layer[ys[chosen], xs[chosen]] = 255
        layers.append(layer)
    return [(_colour_of(pixels, layer), layer) for layer in layers if cv2.countNonZero(layer)]


def _coloured_ink(pixels: Pixels, mask: Pixels) -> tuple[Floats, Floats, Floats]:
    """Return rows, columns and hue in degrees of the ink that has a colour."""
    blue, green, red = cv2.split(pixels)
    spread = cv2.subtract(cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red))
    # The exact measure is taken of the few pixels that can reach it: it costs ten times as much.
    likely = cv2.threshold(spread, _LIKELY_COLOURED, 255, cv2.THRESH_BINARY)[1]
    ys, xs = _spots(cv2.bitwise_and(mask, likely))
    if not len(ys):
        return ys, xs, np.zeros(0)
    lab = cv2.cvtColor(pixels[ys, xs][None], cv2.COLOR_BGR2LAB)[0].astype(np.float32) - 128
    is_coloured = np.hypot(lab[:, 1], lab[:, 2]) > _COLOURED
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    return ys[is_coloured], xs[is_coloured], hue[is_coloured]


def _spots(mask: Pixels) -> tuple[Floats, Floats]:
    """Return rows and columns of the ink; several times faster than numpy's own search."""
    if not cv2.countNonZero(mask):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    spots = cv2.findNonZero(mask).reshape(-1, 2)
    return spots[:, 1], spots[:, 0]


def _colour_of(pixels: Pixels, mask: Pixels) -> Rgb:
    """Return the colour of the darker half of the ink, where it is not mixed with paper."""
    ys, xs = _spots(mask)
    step = max(1, len(ys) // _COLOUR_SAMPLES)
    ink = pixels[ys[::step], xs[::step]]
    light = ink.astype(np.int32).sum(1)
    core = ink[light <= np.median(light)]
    blue, green, red = (int(v) for v in np.median(core, axis=0))
    return red, green, blue


def _g4(mask: Pixels) -> bytes:
    """Return the CCITT G4 code of a mask, one strip; ink is the fax's black."""
    file = io.BytesIO()
    height, width = mask.shape
    bits = Image.frombytes("1", (width, height), np.packbits(mask, axis=1).tobytes())
    bits.save(file, "TIFF", compression="group4", tiffinfo={_ROWS_PER_STRIP: mask.shape[0]})
    with Image.open(file) as written:
        offsets = written.tag_v2[_STRIP_OFFSETS]  # type: ignore[attr-defined]
        sizes = written.tag_v2[_STRIP_BYTES]  # type: ignore[attr-defined]
    if len(offsets) != 1:
        raise RuntimeError("the TIFF writer made more than one strip")
    return file.getvalue()[offsets[0] : offsets[0] + sizes[0]]
