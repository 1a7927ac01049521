"""The flat page the later stages work on: exact in light, and half as fine in colour.

An eye and a JPEG see colour half as finely as light, so a page is warped once in grey, and once
more at half its size only where there is colour to keep.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.rectify import Sheet, glance_at, lay_flat
from kiosk.scan.shrink import Halvings, halved, shrunk

_GLANCE_SIDE: Final = 800
_SPREAD: Final = 16
"""Difference of the channels from which a pixel shows a colour and not the sensor's noise."""
_COLOURED_SHARE: Final = 0.0002
"""Share of such pixels that is a stroke of a coloured pen, and not a speck."""
_FEW_PIXELS: Final = 3_000_000
"""A page with fewer keeps its colour as fine as its light: halving it would spare little."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlatPage:
    """A page laid flat and upright.

    Attributes:
        grey: (height, width) uint8.
        colour: (height, width, 3) BGR uint8 of the same page, as large or half as large (an
            odd last row or column left out); None when all of it is grey.
    """

    grey: Pixels
    colour: Pixels | None = None

    def at(self, size: tuple[int, int]) -> Pixels:
        """Return the page at *size* (width, height), BGR where it has colour."""
        if self.colour is None:
            return shrunk(self.grey, size)
        if size[0] <= self.colour.shape[1] and size[1] <= self.colour.shape[0]:
            return shrunk(self.colour, size)
        grey = shrunk(self.grey, size)
        colour = cv2.resize(self.colour, size, interpolation=cv2.INTER_LINEAR)
        lost = cv2.subtract(grey, cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY), dtype=cv2.CV_16S)
        return cv2.add(colour, cv2.merge([lost] * 3), dtype=cv2.CV_8U)


def flat_of(pixels: Pixels) -> FlatPage:
    """Return a page that is flat already; *pixels* is (height, width, 3) BGR or grey, uint8."""
    if pixels.ndim == 2:
        return FlatPage(grey=pixels)
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    if not _shows_colour(Halvings(pixels).down_to(_GLANCE_SIDE)[0]):
        return FlatPage(grey=grey)
    return FlatPage(grey=grey, colour=pixels if grey.size < _FEW_PIXELS else halved(pixels))


def lay_page(colour: Halvings | None, grey: Halvings, to_page: Floats, sheet: Sheet) -> FlatPage:
    """Return the page of a picture, warped by *to_page*, the 3x3 homography to its *sheet*.

    Args:
        colour: The picture, BGR; None when it is known to be grey.
        grey: The picture in grey.
        to_page: From picture pixels to page pixels.
        sheet: Size of the page.
    """
    flat = lay_flat(grey.at_level(0), to_page, sheet)
    if colour is None:
        return FlatPage(grey=flat)
    if not _shows_colour(_part_with_page(colour, to_page, sheet)):
        return FlatPage(grey=flat)
    if flat.size < _FEW_PIXELS:
        return FlatPage(grey=flat, colour=lay_flat(colour.at_level(0), to_page, sheet))
    return FlatPage(grey=flat, colour=glance_at(colour, to_page, sheet, 0.5))


def _part_with_page(colour: Halvings, to_page: Floats, sheet: Sheet) -> Pixels:
    """Return the part of a picture, made small, in which the page lies: no warp is needed."""
    small, factor = colour.down_to(_GLANCE_SIDE)
    ends = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (sheet.width_px, sheet.height_px)
    spots = np.c_[ends, np.ones(4)] @ np.linalg.inv(to_page).T
    spots = spots[:, :2] / spots[:, 2:] / factor
    limit = np.array(small.shape[1::-1])
    left, top = np.clip(spots.min(0), 0, limit - 1).astype(int)
    right, bottom = np.clip(spots.max(0), (left + 1, top + 1), limit).astype(int)
    return small[top:bottom, left:right]


def _shows_colour(pixels: Pixels) -> bool:
    """Tell whether more than specks of a picture, (height, width, 3) BGR, are coloured."""
    blue, green, red = cv2.split(pixels)
    spread = cv2.subtract(cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red))
    coloured = cv2.countNonZero(cv2.threshold(spread, _SPREAD, 255, cv2.THRESH_BINARY)[1])
    return coloured > _COLOURED_SHARE * spread.size
