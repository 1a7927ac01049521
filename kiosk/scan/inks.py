"""The stage that tells the inks of a page apart: black, and at most three hues."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.scan.flat import FlatPage
from kiosk.scan.picture import Pixels
from kiosk.scan.shrink import enlarged, halved, shrunk

_COLOURED: Final = 22.0
"""Chroma (Lab) above which ink counts as coloured."""
_LIKELY_COLOURED: Final = 20.0
"""Difference of the channels below which no ink reaches that chroma."""
_COLOURED_SHARE: Final = 0.01
"""Share of the ink that must be coloured, for any of it to be kept apart."""
_HUES: Final = 3
_COLOUR_SAMPLES: Final = 40_000
_ROWS_APART: Final = 4

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ink:
    """All ink of one colour; ``mask`` is 255 where it lies, as large as the mask of all ink."""

    colour: Rgb
    mask: Pixels


def split_ink(flat: FlatPage, mask: Pixels) -> list[Ink]:
    """Return the ink of a page by colour, black first; no ink, no layer.

    Args:
        flat: The page.
        mask: (height, width) uint8, 255 where there is ink; as large as the page or larger.
    """
    if not cv2.countNonZero(mask):
        return []
    pixels = halved(flat.grey) if flat.colour is None else flat.colour
    whole, touched = _at_size_of(pixels, mask)
    kinds = None if flat.colour is None else _kinds_of(flat.colour, touched)
    if kinds is None:
        return [Ink(colour=_colour_of(pixels, whole, touched), mask=mask)]
    fine = enlarged(kinds, flat.grey.shape)
    if fine.shape != mask.shape:
        fine = cv2.resize(fine, mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
    inks = []
    for kind in range(_HUES + 1):
        here = _where(kinds, kind)
        if not cv2.countNonZero(here):
            continue
        layer = cv2.bitwise_and(mask, _where(fine, kind))
        if cv2.countNonZero(layer):
            core, rim = cv2.bitwise_and(whole, here), cv2.bitwise_and(touched, here)
            inks.append(Ink(colour=_colour_of(pixels, core, rim), mask=layer))
    return inks


def _where(kinds: Pixels, kind: int) -> Pixels:
    return cv2.inRange(kinds, kind, kind)


def _at_size_of(pixels: Pixels, mask: Pixels) -> tuple[Pixels, Pixels]:
    """Return where each of *pixels* is ink all over, and where any of it is."""
    if mask.shape == pixels.shape[:2]:
        return mask, mask
    share = shrunk(mask, pixels.shape[1::-1])
    whole = cv2.threshold(share, 254, 255, cv2.THRESH_BINARY)[1]
    return whole, cv2.threshold(share, 0, 255, cv2.THRESH_BINARY)[1]


def _kinds_of(colour: Pixels, ink: Pixels) -> Pixels | None:
    """Return 0 for black and 1 to 3 for the hues at each pixel; None when hardly any has one."""
    blue, green, red = cv2.split(colour)
    spread = cv2.subtract(cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red))
    # The exact measure is taken of the few pixels that can reach it: it costs ten times as much.
    likely = cv2.threshold(spread, _LIKELY_COLOURED, 255, cv2.THRESH_BINARY)[1]
    ys, xs = _spots(cv2.bitwise_and(ink, likely))
    if not len(ys):
        return None
    lab = cv2.cvtColor(colour[ys, xs][None], cv2.COLOR_BGR2LAB)[0].astype(np.float32) - 128
    is_coloured = np.hypot(lab[:, 1], lab[:, 2]) > _COLOURED
    if np.count_nonzero(is_coloured) <= _COLOURED_SHARE * cv2.countNonZero(ink):
        return None
    hue = np.degrees(np.arctan2(lab[is_coloured, 2], lab[is_coloured, 1])) % 360
    kinds = np.zeros(ink.shape, np.uint8)
    kinds[ys[is_coloured], xs[is_coloured]] = 1 + (hue + 60) % 360 // (360 // _HUES)
    return kinds


def _spots(mask: Pixels) -> tuple[Pixels, Pixels]:
    """Return rows and columns of a mask; several times faster than numpy's own search."""
    if not cv2.countNonZero(mask):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    spots = cv2.findNonZero(mask).reshape(-1, 2)
    return spots[:, 1], spots[:, 0]


def _colour_of(pixels: Pixels, whole: Pixels, touched: Pixels) -> Rgb:
    """Return the colour of the darker half of the ink, where it is not mixed with paper."""
    rows = slice(None, None, _ROWS_APART)  # for a median of colours a quarter of them do
    ys, xs = _spots(whole[rows])
    ys = ys * _ROWS_APART
    if not len(ys):
        ys, xs = _spots(touched)
    step = max(1, len(ys) // _COLOUR_SAMPLES)
    ink = pixels[ys[::step], xs[::step]].reshape(len(ys[::step]), -1)
    light = ink.astype(np.int32).sum(1)
    core = np.median(ink[light <= np.median(light)], axis=0)
    blue, green, red = (int(v) for v in np.broadcast_to(core, 3))
    return red, green, blue
