"""The one place that draws papers, with Qt: a layout becomes dots and a PDF.

Any thread may draw once :func:`ensure_application` was called: QTextLayout, QImage and QPdfWriter
need no particular thread, only an existing QGuiApplication (without one Qt aborts the process).
"""

import math
import re
import threading
from typing import Final

import numpy as np
from PySide6.QtCore import (
    QBuffer,
    QCoreApplication,
    QIODevice,
    QMarginsF,
    QPointF,
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
from kiosk.papers.compose import Fill, Paragraph, Placed, compose
from kiosk.papers.layout import Align, Language, Layout, Style
from kiosk.papers.paper import Paper
from kiosk.papers.pdf import without_traces
from printers.base import Rendered

_PDF_DPI: Final = 1200
_INK_BELOW: Final = 150  # of 255: a little over half, because thermal dots bloom less than ink
_ASCENT: Final = 1.12  # of the type size: what letters and accents reach
_MARKED_ASCENT: Final = 1.34  # the same with a vowel sign on a tall letter
_DESCENT: Final = 0.46
_ARABIC: Final = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]+")
_TALL_AND_MARKED: Final = re.compile(
    "[\u0622-\u0625\u0627\u0637\u0638\u0643\u0644][\u064b\u064c\u064e\u064f\u0651\u0652]"
)
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
            for content in fonts.font_contents():
                if QFontDatabase.addApplicationFontFromData(content) < 0:
                    raise RuntimeError("Qt cannot load a bundled font")
            _loaded_for.append(id(application))


def draw(layout: Layout, paper: Paper) -> Rendered:
    """Draw *layout* once, as dots and as PDF, with the same places for everything.

    Raises:
        ValueError: A QR text that cannot be drawn large enough, or more than a sheet holds.
    """
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


def arrange(layout: Layout, paper: Paper) -> tuple[Placed, ...]:
    """Return everything on *paper* with its place, as :func:`draw` puts it there.

    Raises:
        ValueError: See :func:`draw`.
    """
    ensure_application()
    return compose(layout, paper, _Typesetter())


def paint(painter: QPainter, piece: Placed) -> None:
    """Paint one piece; the painter's origin is the corner between the margins."""
    ink = piece.ink
    if isinstance(ink, Fill):
        # One path filled at once: single squares would show hairlines between them in PDFs.
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)
        for rect in ink.rects:
            path.addRect(*rect)
        painter.fillPath(path, QColor(Qt.GlobalColor.black))
        return
    assert isinstance(ink.paragraph, _Paragraph)  # noqa: S101 - made by _Typesetter below
    painter.setPen(QColor(Qt.GlobalColor.white if ink.is_white else Qt.GlobalColor.black))
    ink.paragraph.layout.draw(painter, QPointF(ink.x, ink.y))


class _Typesetter:
    """Sets paragraphs in the bundled fonts."""

    def paragraph(
        self, text: str, style: Style, size_px: int, width: float, language: Language, align: Align
    ) -> Paragraph:
        """Return *text* broken into lines."""
        return _Paragraph(text, _Face(style, size_px), width, language, align)


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
        self.height: float = self._break_lines(width)
        lines = [self.layout.lineAt(number) for number in range(self.layout.lineCount())]
        self.ascent: float = self._ascent(lines[0])
        self.is_single = len(lines) == 1
        # Not naturalTextWidth: it is two dots wider than what is drawn.
        self.width = max(min(line.horizontalAdvance(), width) for line in lines)
        self.left = min(line.naturalTextRect().left() for line in lines)

    def _ascent(self, line: QTextLine) -> int:
        most = _MARKED_ASCENT if _TALL_AND_MARKED.search(self.text) else _ASCENT
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
    return max(1, math.ceil(max((piece.rect.bottom for piece in placed), default=1)))


def _paint(painter: QPainter, placed: tuple[Placed, ...]) -> None:
    for piece in placed:
        paint(painter, piece)


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
