"""A decoded frame: the value that the stages of the pipeline work on."""

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

Pixels = npt.NDArray[Any]
"""(height, width, 3) BGR, or (height, width) grey; uint8, 0 is black.

Typed loosely, because OpenCV's own annotations do not say what its functions return.
"""
Floats = npt.NDArray[Any]
"""Floating point; the shape is said where it is used."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A frame as decoded, upright by its EXIF orientation and with square pixels.

    Places in it are told in pixels of its source, which are those that it had unreduced.

    Attributes:
        pixels: (height, width, 3) BGR uint8.
        dpi: What the file says about its resolution; None when it says nothing believable.
        reduction: Source pixels per pixel of ``pixels``: 1, or more when decoded reduced.
        grey: (height, width) uint8, the same in one channel, when it holds no colour at all.
        is_rendered: Drawn from a PDF page, which is a whole page by its nature.
    """

    pixels: Pixels
    dpi: int | None = None
    reduction: float = 1.0
    grey: Pixels | None = None
    is_rendered: bool = False
