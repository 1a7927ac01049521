"""What the maker of sample paper hands out: pages, photographs, scans and their truth."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""(height, width, 3) BGR or (height, width) grey; 0 is black."""
Floats = npt.NDArray[np.float32]
Point = tuple[float, float]
"""x to the right and y downwards, in pixels of the image it belongs to."""
Quad = tuple[Point, Point, Point, Point]
"""Top-left, top-right, bottom-right, bottom-left of a thing *as it is read*."""

Kind = Literal[
    "feuille_de_soins", "ordonnance", "facture", "ticket", "vignettes", "resultats", "fse", "blank"
]
Category = Literal["plain", "hand_and_curl", "low_contrast", "glare_and_shadow"]
Defect = Literal[
    "blurred", "glare", "shadow", "cut_off", "too_dark", "low_resolution", "blank", "faint"
]
Script = Literal["latin", "arabic"]

KINDS: tuple[Kind, ...] = get_args(Kind)
CATEGORIES: tuple[Category, ...] = get_args(Category)
DEFECTS: tuple[Defect, ...] = get_args(Defect)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """A run of words in one script, and where it stands in the image."""

    text: str
    script: Script
    is_handwritten: bool
    outline: Quad


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A bar code: ``format`` as ``zxingcpp.BarcodeFormat.name`` gives it, ``text`` as ``.text``."""

    format: str
    text: str
    outline: Quad


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CleanPage:
    """A drawn page before any camera or scanner: white paper, exact ink.

    ``image`` is (height, width, 3) BGR uint8 at ``dpi``; outlines are in its pixels.
    """

    image: Image
    dpi: int
    kind: Kind
    text_lines: tuple[TextLine, ...]
    codes: tuple[Code, ...]

    @property
    def paper_mm(self) -> tuple[float, float]:
        """Width and height of the paper in millimetres."""
        height, width = self.image.shape[:2]
        return width * 25.4 / self.dpi, height * 25.4 / self.dpi


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is known about a photograph or scan because it was made.

    All outlines are in pixels of the image. ``corners`` are the true corners of the paper,
    whether bent, covered by a finger or outside the frame; ``edge`` runs around the paper from
    its top-left corner, clockwise as read, and follows a bent edge. The page lies turned
    clockwise by ``rotated_deg`` (0, 90, 180, 270) plus ``skew_deg`` (its top edge against the
    nearest quarter turn). ``dpi`` is the mean resolution of the page in the image.
    ``defects`` are deliberate faults that make the page a bad one; the ordinary hardships of
    ``category`` are not among them. ``category`` is None for a scan.
    """

    kind: Kind
    corners: Quad
    edge: tuple[Point, ...]
    skew_deg: float
    rotated_deg: int
    paper_mm: tuple[float, float]
    dpi: float
    text_lines: tuple[TextLine, ...]
    codes: tuple[Code, ...]
    category: Category | None
    defects: frozenset[Defect]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """An image as a camera or scanner gives it, and its truth."""

    image: Image
    truth: Truth
