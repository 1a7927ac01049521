"""Scanned pages: their geometry, what is wrong with them, what codes they carry."""

from dataclasses import dataclass, field
from typing import NamedTuple

from kiosk.domain.vocabulary import ProblemKind


class Spot(NamedTuple):
    """A point in an image: pixels right of and below the top-left corner."""

    x: float
    y: float


class Outline(NamedTuple):
    """Four corners of a page or code, as it is read; source pixels after EXIF rotation."""

    top_left: Spot
    top_right: Spot
    bottom_right: Spot
    bottom_left: Spot

    def is_sheet(self) -> bool:
        """Tell whether the corners go clockwise round a convex area, as those of a sheet do."""
        return all(
            _turn(self[n], self[(n + 1) % 4], self[(n + 2) % 4]) > 0 for n in range(len(self))
        )


def _turn(a: Spot, b: Spot, c: Spot) -> float:
    """Return above 0 when the way from a over b to c turns clockwise (y goes down)."""
    return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A rectangle of the compressed page that shows a problem; fractions 0–1 of its size."""

    left: float
    top: float
    right: float
    bottom: float


WHOLE_PAGE = Region(left=0.0, top=0.0, right=1.0, bottom=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a page, and where it shows."""

    kind: ProblemKind
    region: Region = WHOLE_PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A bar code or QR code read on a page.

    ``format`` and ``text`` are what zxing-cpp names and reads; ``outline`` is in source pixels.
    """

    format: str
    text: str
    outline: Outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One scanned side after the page pipeline.

    Attributes:
        source: Where it came from, exactly as given (a path or a device id).
        index: Position within the source, counted from 1.
        width_px: Width of the compressed page.
        height_px: Height of the compressed page.
        dpi: Resolution of the compressed page.
        outline: Corners in source pixels; None when the whole frame was taken.
        outline_confidence: 0–1; 1 for a whole frame that needed no search.
        skew_deg: Skew found and removed, clockwise.
        rotated_deg: Quarter turns applied, clockwise: 0, 90, 180 or 270.
        sharpness: 0–1 at text scale.
        ink_ratio: Share of dark pixels, 0–1.
        fingerprint: Two perceptual hashes of 256 bits, hex, of its writing and of the page; one of
            64 bits in drafts of an earlier version.
        problems: What the agent should look at.
        codes: What was read on it.
        size_bytes: Size of the compressed page.
        original_is_so: The agent kept a page with problems: the original is like that.
    """

    source: str
    index: int
    width_px: int
    height_px: int
    dpi: int
    outline: Outline | None
    outline_confidence: float
    skew_deg: float
    rotated_deg: int
    sharpness: float
    ink_ratio: float
    fingerprint: str
    problems: tuple[Problem, ...] = ()
    codes: tuple[Code, ...] = ()
    size_bytes: int
    original_is_so: bool = field(default=False)
