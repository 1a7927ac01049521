"""The one place that draws papers, with Qt: a layout becomes dots and a PDF.

Any thread may draw once :func:`ensure_application` was called: QTextLayout, QImage and QPdfWriter
need no particular thread, only an existing QGuiApplication (without one Qt aborts the process).
"""

import ctypes
import math
import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

import numpy as np
from PySide6.QtCore import (
    QBuffer,
    QCoreApplication,
    QIODevice,
    QMarginsF,
    QPointF,
    QRect,
    QRectF,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QImage,
    QPageSize,
    QPainter,
    QPainterPath,
    QPdfWriter,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
)

from kiosk import fonts
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
from kiosk.papers.pdf import without_traces
from printers.base import Rendered

_MM_PER_PT: Final = 25.4 / 72
_PDF_DPI: Final = 1200
_INK_BELOW: Final = 150  # of 255: a little over half, because thermal dots bloom less than ink
_SHRINK: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
_GAP_MM: Final = 1.5
_SMALLEST_PT: Final = 6.0
_ASCENT: Final = 1.12  # of the type size: what letters and accents reach
_MARKED_ASCENT: Final = 1.34  # the same with a vowel sign over a hamza over an alef
_DESCENT: Final = 0.46
_ARABIC: Final = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]+")
_VOWEL_SIGN: Final = re.compile("[\u064b-\u0652]")
_lock = threading.Lock()
_kept: list[QGuiApplication] = []
_loaded_for: list[int] = []


def ensure_application() -> None:
    """Make sure that Qt can draw: an application, offscreen if none is there, and the fonts.

    Call it from the main thread; a window's own application is used as it is.

    Raises:
        RuntimeError: The process runs a Qt application without graphics, or lacks the fonts.
    """
    with _lock:
        application = QCoreApplication.instance()
        if application is None:
            application = QGuiApplication(["wasl", "-platform", "offscreen"])
            _kept.append(application)
        if not isinstance(application, QGuiApplication):
            raise RuntimeError("this process runs a Qt application without graphics")
        if id(application) not in _loaded_for:
            for file in fonts.font_files():
                if QFontDatabase.addApplicationFont(str(file)) < 0:
                    raise RuntimeError(f"Qt cannot load the font {file.name}")
            _loaded_for.append(id(application))


def _spare_references() -> None:
    """Give None, True and False references to lose.

    PySide6 6.12.0's void methods and signals each take one without giving it back (measured with
    sys.getrefcount; 6.11.3 does not): before Python 3.12, which made them immortal, a few
    thousand calls end in "Fatal Python error: none_dealloc".
    """
    if sys.version_info < (3, 12):
        for constant in (None, True, False):
            ctypes.c_ssize_t.from_address(id(constant)).value += 1 << 40


_spare_references()


def draw(layout: Layout, paper: Paper) -> Rendered:
    """Draw *layout* once, as dots and as PDF, with the same places for everything.

    Raises:
        ValueError: A QR text that cannot be drawn large enough, or more than a sheet holds.
    """
    ensure_application()
    placed = arrange(layout, paper)
    image = _image(placed, paper)
    return Rendered(
        title=layout.title,
        width_px=image.width(),
        height_px=image.height(),
        dpi=paper.dpi,
        rows=_packed(image),
        pdf=_pdf(placed, paper, layout.title),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A piece of ink and its place.

    Attributes:
        rect: Dots from the top left corner between the margins.
        text: What is written there; empty for rules and codes.
    """

    rect: QRectF
    paint: Callable[[QPainter], None]
    text: str = ""


def arrange(layout: Layout, paper: Paper) -> tuple[Placed, ...]:
    """Return everything on *paper* with its place, from top to bottom.

    On a sheet that would overflow, everything is made smaller.

    Raises:
        ValueError: See :func:`draw`.
    """
    for shrink in _SHRINK:
        column = _Column(paper, layout.scale * shrink)
        placed = tuple(piece for box in layout.boxes for piece in column.add(box))
        if paper.height_mm is None:
            return placed
        if column.y <= (paper.height_mm - 2 * paper.end_margin_mm) * paper.dots_per_mm:
            return placed
    raise ValueError("the paper does not fit on its sheet")


class _Face:
    """A style's fonts: every character is given its own, so no other font gets mixed in."""

    def __init__(self, style: Style, size_px: int) -> None:
        self.latin = self._font(fonts.MONO if style.mono else fonts.SANS, style, size_px)
        self._arabic = QTextCharFormat()
        self._arabic.setFont(self._font(fonts.ARABIC, style, size_px))

    def ranges(self, text: str) -> list[QTextLayout.FormatRange]:
        """Return the stretches of *text* that take the Arabic font, in UTF-16 units."""
        found = []
        for match in _ARABIC.finditer(text):
            stretch = QTextLayout.FormatRange()
            stretch.start = len(text[: match.start()].encode("utf-16-le")) // 2
            stretch.length = len(match[0])
            stretch.format = self._arabic
            found.append(stretch)
        return found

    @staticmethod
    def _font(family: str, style: Style, size_px: int) -> QFont:
        font = QFont(family)
        font.setPixelSize(size_px)
        if style.bold:
            font.setWeight(QFont.Weight.Bold)
            font.setVariableAxis(QFont.Tag("wght"), 700)
        # Stems on whole dots: without it the same digit is two dots thick here and four there.
        font.setHintingPreference(QFont.HintingPreference.PreferFullHinting)
        return font


class _Paragraph:
    """Text broken into lines of at most *width* dots."""

    def __init__(
        self, text: str, face: "_Face", width: float, language: Language, align: Align
    ) -> None:
        option = QTextOption()
        is_rtl = language is Language.ARABIC
        option.setTextDirection(
            Qt.LayoutDirection.RightToLeft if is_rtl else Qt.LayoutDirection.LeftToRight
        )
        start = Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft
        side = start if align is Align.START else Qt.AlignmentFlag.AlignHCenter
        option.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.text = text
        self._size_px = face.latin.pixelSize()
        self.layout = QTextLayout(text, face.latin)
        self.layout.setTextOption(option)
        self.layout.setFormats(face.ranges(text))
        self.height = self._break_lines(width)
        lines = [self.layout.lineAt(number) for number in range(self.layout.lineCount())]
        self.ascent = self._ascent(lines[0])
        self.is_single = len(lines) == 1
        # Not naturalTextWidth: it is two dots wider than what is drawn.
        self.width = max(min(line.horizontalAdvance(), width) for line in lines)
        self._lefts = min(line.naturalTextRect().left() for line in lines)

    def _ascent(self, line: QTextLine) -> int:
        most = _MARKED_ASCENT if _VOWEL_SIGN.search(self.text) else _ASCENT
        return math.ceil(min(line.ascent(), most * self._size_px))

    def _break_lines(self, width: float) -> int:
        """Break the lines and return their height; the Arabic font asks for twice what it uses."""
        y = 0
        self.layout.beginLayout()
        while (line := self.layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, y + self._ascent(line) - line.ascent()))
            y += self._ascent(line)
            y += math.ceil(min(line.descent(), _DESCENT * self._size_px))
        self.layout.endLayout()
        return y

    def at(self, x: float, y: float, color: QColor | None = None) -> Placed:
        """Place the paragraph; *x* is the left edge of the width it was broken for."""
        origin = QPointF(round(x), round(y))

        def paint(painter: QPainter) -> None:
            painter.setPen(color or QColor(Qt.GlobalColor.black))
            self.layout.draw(painter, origin)

        rect = QRectF(self._lefts, 0, self.width, self.height)
        return Placed(rect=rect.translated(origin), paint=paint, text=self.text)


class _Column:
    """Places boxes one under the other; ``y`` is where the next one begins, in dots."""

    def __init__(self, paper: Paper, scale: float) -> None:
        self.y = 0.0
        self._paper = paper
        self._width = paper.content_dots
        self._scale = scale

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

    def _face(self, style: Style) -> _Face:
        size_mm = style.size_pt * _MM_PER_PT * self._scale * self._paper.text_scale
        return _Face(style, self._dots(size_mm))

    def _words(
        self,
        text: str,
        style: Style,
        language: Language = Language.FRENCH,
        align: Align = Align.CENTER,
        width: float | None = None,
    ) -> _Paragraph:
        return _Paragraph(text, self._face(style), width or self._width, language, align)

    def _text(self, box: Text, width: float) -> _Paragraph:
        style = box.style
        paragraph = self._words(box.text, style, box.language, box.align, width)
        while box.is_one_line and not paragraph.is_single and style.size_pt > _SMALLEST_PT:
            style = replace(style, size_pt=style.size_pt * 0.95)
            paragraph = self._words(box.text, style, box.language, box.align, width)
        return paragraph

    def _under(self, paragraph: _Paragraph, color: QColor | None = None) -> Placed:
        placed = paragraph.at(0, self.y, color)
        self.y += paragraph.height
        return placed

    def _paired(self, words: Words, style: Style) -> tuple[_Paragraph, ...]:
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
        yield self._filled(QRect(0, round(self.y), self._width, round(height)))
        self.y += pad
        for line in lines:
            yield self._under(line, QColor(Qt.GlobalColor.white))
        self.y += pad + self._dots(0.75)

    def _filled(self, rect: QRect) -> Placed:
        black = QColor(Qt.GlobalColor.black)
        return Placed(rect=QRectF(rect), paint=lambda painter: painter.fillRect(rect, black))

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

    def _value(self, value: str | Words) -> _Paragraph | None:
        if isinstance(value, str):
            return self._words(value, VALUE)
        lines = self._paired(value, VALUE)
        return lines[0] if len(lines) == 1 else None

    def _in_one_line(
        self, left: _Paragraph, value: _Paragraph, right: _Paragraph
    ) -> Iterator[Placed]:
        gap = self._dots(_GAP_MM)
        baseline = max(part.ascent for part in (left, value, right))
        leftmost = left.width + gap
        rightmost = self._width - right.width - gap - value.width
        middle = min(max((self._width - value.width) / 2, leftmost), rightmost)
        shift = middle - (self._width - value.width) / 2
        for part, x in ((left, 0.0), (value, shift), (right, 0.0)):
            yield part.at(x, self.y + baseline - part.ascent)
        self.y += max(baseline - part.ascent + part.height for part in (left, value, right))

    def _in_two_lines(
        self, left: _Paragraph, right: _Paragraph, value: str | Words
    ) -> Iterator[Placed]:
        if left.width + right.width + self._dots(_GAP_MM) <= self._width:
            baseline = max(left.ascent, right.ascent)
            yield left.at(0, self.y + baseline - left.ascent)
            yield right.at(0, self.y + baseline - right.ascent)
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
        rects = [QRect(x, y, dot, dot) for x in range(0, self._width - dot + 1, 3 * dot)]
        black = QColor(Qt.GlobalColor.black)

        def paint(painter: QPainter) -> None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(black)
            painter.drawRects(rects)

        placed = Placed(rect=QRectF(0, y, self._width, dot), paint=paint)
        self.y += 4 * dot
        return placed

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
        if module < 0.25 * self._paper.dots_per_mm:
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
            yield text.at(side, y)
            y += text.height
        self.y += height


def _code(matrix: tuple[tuple[bool, ...], ...], module: int, x: int, y: int) -> Placed:
    """Place a QR code whose quiet zone has its top left corner at *x*, *y*."""
    quiet = module * qr.QUIET_MODULES
    # One path filled at once: single squares would show hairlines between them in PDF viewers.
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for row, modules in enumerate(matrix):
        for start, length in _black_runs(modules):
            left, top = x + quiet + start * module, y + quiet + row * module
            path.addRect(left, top, length * module, module)
    side = module * (len(matrix) + 2 * qr.QUIET_MODULES)
    black = QColor(Qt.GlobalColor.black)
    return Placed(rect=QRectF(x, y, side, side), paint=lambda p: p.fillPath(path, black))


def _black_runs(modules: tuple[bool, ...]) -> Iterator[tuple[int, int]]:
    """Yield where each run of black modules begins and how long it is."""
    position = 0
    for is_black, run in groupby(modules):
        length = len(tuple(run))
        if is_black:
            yield position, length
        position += length


def _image(placed: tuple[Placed, ...], paper: Paper) -> QImage:
    """Return the paper in grey, 255 is white: printable width of a roll, or a whole sheet."""
    left = top = 0
    width, height = paper.content_dots, _bottom(placed)
    if paper.height_mm is not None:
        left = round(paper.margin_mm * paper.dots_per_mm)
        top = round(paper.end_margin_mm * paper.dots_per_mm)
        width = round(paper.width_mm * paper.dots_per_mm)
        height = round(paper.height_mm * paper.dots_per_mm)
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    try:
        painter.translate(left, top)
        _paint(painter, placed)
    finally:
        painter.end()
    return image


def _bottom(placed: tuple[Placed, ...]) -> int:
    return max(1, math.ceil(max((piece.rect.bottom() for piece in placed), default=1)))


def _paint(painter: QPainter, placed: tuple[Placed, ...]) -> None:
    for piece in placed:
        piece.paint(painter)


def _packed(image: QImage) -> bytes:
    """Return the rows of :class:`Rendered`: a dot is black or it is not, no greys, no dither."""
    stride = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return np.packbits(stride[:, : image.width()] < _INK_BELOW, axis=1).tobytes()


def _pdf(placed: tuple[Placed, ...], paper: Paper, title: str) -> bytes:
    """Return the whole paper as one PDF page with embedded fonts."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setResolution(_PDF_DPI)
    height_mm = paper.height_mm or _bottom(placed) / paper.dots_per_mm + 2 * paper.end_margin_mm
    size = QPageSize(
        QSizeF(paper.width_mm, height_mm),
        QPageSize.Unit.Millimeter,
        paper.name,
        QPageSize.SizeMatchPolicy.ExactMatch,
    )
    writer.setPageSize(size)
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter(writer)
    try:
        scale = _PDF_DPI / 25.4 / paper.dots_per_mm
        painter.scale(scale, scale)
        painter.translate(
            paper.margin_mm * paper.dots_per_mm, paper.end_margin_mm * paper.dots_per_mm
        )
        _paint(painter, placed)
    finally:
        painter.end()
    buffer.close()
    return without_traces(bytes(buffer.data().data()))
