"""Boxes of a paper, from top to bottom: pure values without a device, a font or a position.

Lengths are millimetres, type sizes points; the drawing side scales both for its paper.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from kiosk.domain.words import Words

_ISOLATE: Final = "\u2066"  # LEFT-TO-RIGHT ISOLATE
_ISOLATE_RTL: Final = "\u2067"  # RIGHT-TO-LEFT ISOLATE
_END_ISOLATE: Final = "\u2069"  # POP DIRECTIONAL ISOLATE


class Language(Enum):
    """Language of a paragraph; it decides the direction and the side it starts from."""

    FRENCH = "fr"
    ARABIC = "ar"


class Align(Enum):
    """Where the lines of a paragraph stand."""

    START = "start"
    CENTER = "center"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a text looks. ``size_pt`` is for an 80 mm roll."""

    size_pt: float
    bold: bool = False
    mono: bool = False


NUMBER: Final = Style(size_pt=14.5, bold=True, mono=True)
TITLE: Final = Style(size_pt=9.5, bold=True)
MARK: Final = Style(size_pt=11.5, bold=True)
HEAD: Final = Style(size_pt=8.3, bold=True)
LABEL: Final = Style(size_pt=8)
VALUE: Final = Style(size_pt=8, bold=True)
SMALL: Final = Style(size_pt=7)
TALON_NUMBER: Final = Style(size_pt=11, bold=True, mono=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One paragraph in one language.

    Attributes:
        is_one_line: Too long a line is set smaller; otherwise it is wrapped.
    """

    text: str
    language: Language = Language.FRENCH
    style: Style = LABEL
    align: Align = Align.CENTER
    is_one_line: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same words in both languages, on one line «fr · ar» when they fit, else on two."""

    words: Words
    style: Style = LABEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Words in white on a black band: what must be seen before anything else."""

    words: Words
    style: Style = MARK


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fact: French label on the left, Arabic label on the right, the value between them.

    Attributes:
        label: Name of the fact.
        value: Digits read left to right, or words shown in both languages.
        note: A remark under the value.
    """

    label: Words
    value: str | Words
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A dotted line across the paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Empty paper."""

    height_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Qr:
    """A QR code in the middle, with its quiet zone.

    Attributes:
        text: What a reader gets; see :func:`kiosk.papers.qr.matrix` for what it may hold.
        module_mm: Size wanted for a module; the nearest whole number of dots that fits is drawn.
    """

    text: str
    module_mm: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class QrBeside:
    """A QR code with short texts to its right."""

    qr: Qr
    texts: tuple[Text, ...]


Box = Text | Pair | Band | Row | Rule | Space | Qr | QrBeside


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A paper to draw.

    Attributes:
        title: Name of the print job and of the PDF; holds no personal data.
        boxes: From top to bottom.
        scale: 1 for ordinary print; large print has more.
    """

    title: str
    boxes: tuple[Box, ...]
    scale: float = 1.0


def isolated(text: str) -> str:
    """Return *text* as one left-to-right piece inside an Arabic line.

    Without it the figures of an amount or a date change places (Unicode TR9, isolates).
    """
    return f"{_ISOLATE}{text}{_END_ISOLATE}"


def isolated_rtl(text: str) -> str:
    """Return Arabic *text* as one right-to-left piece inside a French line.

    Without it a closing bracket or a full stop at its end jumps to the other side.
    """
    return f"{_ISOLATE_RTL}{text}{_END_ISOLATE}"
