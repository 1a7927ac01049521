"""The papers that are printed on, and how many dots they take."""

from dataclasses import dataclass
from typing import Final

_ROLL_DPI: Final = 203
_ROLL_DOTS_PER_MM: Final = 8.0  # what "203 dpi" heads have: 203.2
_LASER_DPI: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A roll (no height: cut after the last line) or a sheet.

    A roll's raster covers the printable width only, a sheet's raster the whole sheet; a PDF
    always shows the whole paper with its margins.

    Attributes:
        width_mm: The whole paper.
        height_mm: None for a roll.
        margin_mm: Left and right.
        end_margin_mm: Above and below.
        dpi: As printers name it.
        dots_per_mm: As they do it.
        text_scale: Type is this much larger than on an 80 mm roll.
        module_scale: QR modules likewise.
    """

    name: str
    width_mm: float
    height_mm: float | None
    margin_mm: float
    end_margin_mm: float
    dpi: int
    dots_per_mm: float
    text_scale: float = 1.0
    module_scale: float = 1.0

    @property
    def is_roll(self) -> bool:
        """Tell whether the paper is as long as what is printed on it."""
        return self.height_mm is None

    @property
    def content_dots(self) -> int:
        """Return the dots across between the margins."""
        return round((self.width_mm - 2 * self.margin_mm) * self.dots_per_mm)


def _roll(name: str, width_mm: float, margin_mm: float, text_scale: float) -> Paper:
    return Paper(
        name=name,
        width_mm=width_mm,
        height_mm=None,
        margin_mm=margin_mm,
        end_margin_mm=4,
        dpi=_ROLL_DPI,
        dots_per_mm=_ROLL_DOTS_PER_MM,
        text_scale=text_scale,
    )


def _sheet(name: str, width_mm: float, height_mm: float, margin_mm: float) -> Paper:
    return Paper(
        name=name,
        width_mm=width_mm,
        height_mm=height_mm,
        margin_mm=margin_mm,
        end_margin_mm=10,
        dpi=_LASER_DPI,
        dots_per_mm=_LASER_DPI / 25.4,
        text_scale=1.2,
        module_scale=1.2,
    )


ROLL_80: Final = _roll("80mm", 80, 4, 1.0)
"""72 mm printable, 576 dots."""

ROLL_58: Final = _roll("58mm", 58, 5, 0.9)
"""48 mm printable, 384 dots."""

A5: Final = _sheet("a5", 148, 210, 18)
A4: Final = _sheet("a4", 210, 297, 40)

PAPERS: Final[dict[str, Paper]] = {paper.name: paper for paper in (ROLL_80, ROLL_58, A5, A4)}
