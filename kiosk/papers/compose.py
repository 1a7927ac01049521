"""Gives every box of a layout its place on a paper: pure geometry, in dots.

What a text measures is asked of a :class:`Typesetter`, so that nothing here knows fonts or Qt.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, NamedTuple, Protocol

from kiosk.domain.words import Words
from kiosk.papers import qr
from kiosk.papers.layout import (
    LABEL,
    SMALL,
    VALUE,
    Align,
    Band,
    Box,
    Language,
    Layout,
    Pair,
    Qr,
    QrBeside,
    Row,
    Rule,
    Space,
    Style,
    Text,
    isolated_rtl,
)
from kiosk.papers.paper import Paper

_MM_PER_PT: Final = 25.4 / 72
_GAP_MM: Final = 1.5
_SMALLEST_PT: Final = 6.0
_SMALLEST_MODULE_MM: Final = 0.25
_SHRINK: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)


class Rect(NamedTuple):
    """A rectangle in dots, from the top left corner between the margins."""

    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """Return the lower edge."""
        return self.top + self.height


class Paragraph(Protocol):
    """Text broken into lines, and what it measures in dots.

    Attributes:
        left: Where its longest line begins.
        width: The length of its longest line.
        ascent: How far the first baseline lies under its top.
    """

    text: str
    left: float
    width: float
    height: float
    ascent: float
    is_single: bool


class Typesetter(Protocol):
    """Breaks texts into lines."""

    def paragraph(
        self, text: str, style: Style, size_px: int, width: float, language: Language, align: Align
    ) -> Paragraph:
        """Return *text* in lines of at most *width* dots, the type *size_px* dots high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """A paragraph, the corner of the width it was broken for, and its ink."""

    paragraph: Paragraph
    x: int
    y: int
    is_white: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Black rectangles on whole dots."""

    rects: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A piece of ink and the place that is its own."""

    rect: Rect
    ink: Lettering | Fill

    @property
    def text(self) -> str:
        """Return what is written there; empty for rules, bands and codes."""
        return self.ink.paragraph.text if isinstance(self.ink, Lettering) else ""


def compose(layout: Layout, paper: Paper, typesetter: Typesetter) -> tuple[Placed, ...]:
    """Return everything on *paper* with its place, from top to bottom.

    On a sheet that would overflow, everything is made smaller.

    Raises:
        ValueError: A QR text that cannot be drawn large enough, or more than a sheet holds.
    """
    for shrink in _SHRINK:
        column = _Column(paper, layout.scale * shrink, typesetter)
        placed = tuple(piece for box in layout.boxes for piece in column.add(box))
        if paper.height_mm is None:
            return placed
        if column.y <= (paper.height_mm - 2 * paper.end_margin_mm) * paper.dots_per_mm:
            return placed
    raise ValueError("the paper does not fit on its sheet")


class _Column:
    """Places boxes one under the other; ``y`` is where the next one begins, in dots."""

    def __init__(self, paper: Paper, scale: float, typesetter: Typesetter) -> None:
        self.y = 0.0
        self._paper = paper
        self._width = paper.content_dots
        self._scale = scale
        self._typesetter = typesetter

    def add(self, box: Box) -> Iterator[Placed]:
        """Place one box."""
        match box:
            case Text():
                yield self._under(self._text(box, self._width))
            case Pair(words=words, style=style):
                yield from self._pair(words, style)
            case Band(words=words, style=style):
                yield from self._band(words, style)
            case Row():
                yield from self._row(box)
            case Rule():
                yield self._rule()
            case Space(height_mm=height_mm):
                self.y += self._dots(height_mm)
            case Qr():
                yield self._qr(box)
            case QrBeside():
                yield from self._beside(box)

    def _dots(self, mm: float) -> int:
        return max(1, round(mm * self._paper.dots_per_mm))

    def _words(
        self,
        text: str,
        style: Style,
        language: Language = Language.FRENCH,
        align: Align = Align.CENTER,
        width: float | None = None,
    ) -> Paragraph:
        size_mm = style.size_pt * _MM_PER_PT * self._scale * self._paper.text_scale
        size_px, room = self._dots(size_mm), width or self._width
        return self._typesetter.paragraph(text, style, size_px, room, language, align)

    def _text(self, box: Text, width: float) -> Paragraph:
        style = box.style
        paragraph = self._words(box.text, style, box.language, box.align, width)
        while box.is_one_line and not paragraph.is_single and style.size_pt > _SMALLEST_PT:
            style = replace(style, size_pt=style.size_pt * 0.95)
            paragraph = self._words(box.text, style, box.language, box.align, width)
        return paragraph

    def _under(self, paragraph: Paragraph, *, is_white: bool = False) -> Placed:
        placed = _lettering(paragraph, 0, self.y, is_white=is_white)
        self.y += paragraph.height
        return placed

    def _paired(self, words: Words, style: Style) -> tuple[Paragraph, ...]:
        """Return one line with both languages, or one paragraph each where that is too wide."""
        together = self._words(f"{words.fr} · {isolated_rtl(words.ar)}", style)
        if together.is_single:
            return (together,)
        return (self._words(words.fr, style), self._words(words.ar, style, Language.ARABIC))

    def _pair(self, words: Words, style: Style) -> Iterator[Placed]:
        for paragraph in self._paired(words, style):
            yield self._under(paragraph)

    def _band(self, words: Words, style: Style) -> Iterator[Placed]:
        lines = self._paired(words, style)
        pad = self._dots(0.5)
        height = sum(line.height for line in lines) + 2 * pad
        yield _filled((0, round(self.y), self._width, round(height)))
        self.y += pad
        for line in lines:
            yield self._under(line, is_white=True)
        self.y += pad + self._dots(0.75)

    def _row(self, row: Row) -> Iterator[Placed]:
        gap = self._dots(_GAP_MM)
        left = self._words(row.label.fr, LABEL, align=Align.START)
        right = self._words(row.label.ar, LABEL, Language.ARABIC, Align.START)
        value = self._value(row.value)
        room = self._width - left.width - right.width - 2 * gap
        if value is not None and value.width <= room:
            yield from self._in_one_line(left, value, right)
        else:
            yield from self._in_two_lines(left, right, row.value)
        if row.note is not None:
            yield from self._pair(row.note, SMALL)

    def _value(self, value: str | Words) -> Paragraph | None:
        if isinstance(value, str):
            return self._words(value, VALUE)
        lines = self._paired(value, VALUE)
        return lines[0] if len(lines) == 1 else None

    def _in_one_line(self, left: Paragraph, value: Paragraph, right: Paragraph) -> Iterator[Placed]:
        gap = self._dots(_GAP_MM)
        baseline = max(part.ascent for part in (left, value, right))
        leftmost = left.width + gap
        rightmost = self._width - right.width - gap - value.width
        middle = min(max((self._width - value.width) / 2, leftmost), rightmost)
        shift = middle - (self._width - value.width) / 2
        for part, x in ((left, 0.0), (value, shift), (right, 0.0)):
            yield _lettering(part, x, self.y + baseline - part.ascent)
        self.y += max(baseline - part.ascent + part.height for part in (left, value, right))

    def _in_two_lines(
        self, left: Paragraph, right: Paragraph, value: str | Words
    ) -> Iterator[Placed]:
        if left.width + right.width + self._dots(_GAP_MM) <= self._width:
            baseline = max(left.ascent, right.ascent)
            yield _lettering(left, 0, self.y + baseline - left.ascent)
            yield _lettering(right, 0, self.y + baseline - right.ascent)
            self.y += max(baseline - part.ascent + part.height for part in (left, right))
        else:
            yield self._under(left)
            yield self._under(right)
        if isinstance(value, str):
            yield self._under(self._words(value, VALUE))
        else:
            yield from self._pair(value, VALUE)

    def _rule(self) -> Placed:
        dot = self._dots(0.125)
        y = round(self.y) + dot
        self.y += 4 * dot
        return _filled(*((x, y, dot, dot) for x in range(0, self._width - dot + 1, 3 * dot)))

    def _qr(self, box: Qr) -> Placed:
        matrix = qr.matrix(box.text)
        module = self._module(len(matrix), box.module_mm, self._width)
        side = module * (len(matrix) + 2 * qr.QUIET_MODULES)
        placed = _code(matrix, module, round((self._width - side) / 2), round(self.y))
        self.y += side
        return placed

    def _module(self, modules: int, module_mm: float, room: float) -> int:
        """Return the dots of a module: the size wanted, or the largest that fits.

        Raises:
            ValueError: Under a quarter of a millimetre, which phones do not read from paper.
        """
        wanted = self._dots(module_mm * self._paper.module_scale)
        module = min(wanted, int(room // (modules + 2 * qr.QUIET_MODULES)))
        if module < _SMALLEST_MODULE_MM * self._paper.dots_per_mm:
            raise ValueError("a QR text is too long for this paper")
        return module

    def _beside(self, box: QrBeside) -> Iterator[Placed]:
        matrix = qr.matrix(box.qr.text)
        module = self._module(len(matrix), box.qr.module_mm, self._width * 0.55)
        side = module * (len(matrix) + 2 * qr.QUIET_MODULES)
        texts = [self._text(text, self._width - side) for text in box.texts]
        height = max(side, sum(text.height for text in texts))
        yield _code(matrix, module, 0, round(self.y + (height - side) / 2))
        y = self.y + (height - sum(text.height for text in texts)) / 2
        for text in texts:
            yield _lettering(text, side, y)
            y += text.height
        self.y += height


def _lettering(paragraph: Paragraph, x: float, y: float, *, is_white: bool = False) -> Placed:
    """Place a paragraph on whole dots; *x* is the left edge of the width it was broken for."""
    ink = Lettering(paragraph=paragraph, x=round(x), y=round(y), is_white=is_white)
    rect = Rect(ink.x + paragraph.left, ink.y, paragraph.width, paragraph.height)
    return Placed(rect=rect, ink=ink)


def _filled(*rects: tuple[int, int, int, int]) -> Placed:
    """Place black rectangles; together they own the rectangle around them."""
    left, top = min(rect[0] for rect in rects), min(rect[1] for rect in rects)
    right, bottom = max(x + width for x, _, width, _ in rects), max(y + h for _, y, _, h in rects)
    return Placed(rect=Rect(left, top, right - left, bottom - top), ink=Fill(rects=rects))


def _code(matrix: tuple[tuple[bool, ...], ...], module: int, x: int, y: int) -> Placed:
    """Place a QR code; its own place includes the quiet zone, whose corner is at *x*, *y*."""
    quiet = module * qr.QUIET_MODULES
    rects = tuple(
        (x + quiet + start * module, y + quiet + row * module, length * module, module)
        for row, modules in enumerate(matrix)
        for start, length in _black_runs(modules)
    )
    side = module * len(matrix) + 2 * quiet
    return Placed(rect=Rect(x, y, side, side), ink=Fill(rects=rects))


def _black_runs(modules: tuple[bool, ...]) -> Iterator[tuple[int, int]]:
    """Yield where each run of black modules begins and how long it is."""
    position = 0
    for is_black, run in groupby(modules):
        length = len(tuple(run))
        if is_black:
            yield position, length
        position += length
