"""A sheet to draw on in millimetres, which remembers each text and code put on it."""

from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QTransform,
)

from tests.paper.fonts import Face, font_of
from tests.paper.model import CleanPage, Code, Image, Kind, Point, Quad, Script, TextLine

Align = Literal["left", "centre", "right"]


class Canvas:
    """White paper of a given size; every method takes millimetres from the top-left corner."""

    def __init__(self, width_mm: float, height_mm: float, dpi: int) -> None:
        font_of("print")  # loads Qt
        self.width_mm, self.height_mm, self.dpi = width_mm, height_mm, dpi
        self._px = dpi / 25.4
        width, height = round(width_mm * self._px), round(height_mm * self._px)
        self._image = QImage(width, height, QImage.Format.Format_RGB32)
        self._image.fill(QColor(255, 255, 255))
        self._painter = QPainter(self._image)
        self._painter.setRenderHints(
            QPainter.RenderHint.Antialiasing
            | QPainter.RenderHint.TextAntialiasing
            | QPainter.RenderHint.SmoothPixmapTransform
        )
        self._painter.scale(self._px, self._px)
        self._texts: list[TextLine] = []
        self._codes: list[Code] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 3.0,
        *,
        face: Face = "print",
        align: Align = "left",
        bold: bool = False,
        ink: str = "#16181c",
        turn_deg: float = 0.0,
        opacity: float = 1.0,
        fit: float | None = None,
    ) -> float:
        """Write one line with its baseline at *y*, *size* mm high; return its width in mm.

        A line wider than *fit* mm is written smaller.
        """
        if not words.strip():
            return 0.0
        font = font_of(face, is_bold=bold)
        scale = size / 100
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance(words) * scale
        if fit is not None and width > fit:
            scale, width = scale * fit / width, fit
        left = {"left": 0.0, "centre": -width / 2, "right": -width}[align]
        painter = self._painter
        painter.save()
        painter.translate(x, y)
        painter.rotate(turn_deg)
        painter.translate(left, 0)
        painter.scale(scale, scale)
        painter.setOpacity(opacity)
        painter.setFont(font)
        painter.setPen(QColor(ink))
        painter.drawText(QPointF(0, 0), words)
        outline = self._quad(metrics.boundingRect(words))
        painter.restore()
        script: Script = "arabic" if any("\u0600" <= c <= "\u06ff" for c in words) else "latin"
        self._texts.append(
            TextLine(text=words, script=script, is_handwritten=face == "hand", outline=outline)
        )
        return width

    def paper(self, colour: str) -> None:
        """Make the whole sheet of coloured paper; to be done first."""
        self.box(-1, -1, self.width_mm + 2, self.height_mm + 2, fill=colour, ink=None)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, width: float = 0.2, ink: str = "#2b2f36"
    ) -> None:
        """Draw a straight line, *width* mm thick."""
        self._painter.setPen(QPen(QColor(ink), width))
        self._painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))

    def dots(self, x1: float, y: float, x2: float, ink: str = "#5b6068") -> None:
        """Draw the dotted line of a form, to be written on."""
        pen = QPen(QColor(ink), 0.22)
        pen.setDashPattern([1.0, 2.4])
        self._painter.setPen(pen)
        self._painter.drawLine(QPointF(x1, y), QPointF(x2, y))

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        ink: str | None = "#2b2f36",
        fill: str | None = None,
        line: float = 0.2,
        radius: float = 0.0,
    ) -> None:
        """Draw a rectangle, filled, outlined or both."""
        painter = self._painter
        painter.setPen(QPen(QColor(ink), line) if ink else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(x, y, width, height), radius, radius)

    def stroke(self, points: list[Point], width: float, ink: str, opacity: float = 1.0) -> None:
        """Draw a smooth pen stroke through *points*."""
        path = QPainterPath(QPointF(*points[0]))
        for before, here, after in zip(points, points[1:], points[2:], strict=False):
            del before
            middle = ((here[0] + after[0]) / 2, (here[1] + after[1]) / 2)
            path.quadTo(QPointF(*here), QPointF(*middle))
        path.lineTo(QPointF(*points[-1]))
        painter = self._painter
        painter.save()
        painter.setOpacity(opacity)
        cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(QColor(ink), width, Qt.PenStyle.SolidLine, cap, join))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.restore()

    def picture(
        self, image: QImage, x: float, y: float, width: float, height: float, turn_deg: float = 0.0
    ) -> None:
        """Lay an image (transparent where it has no ink) centred on *x*, *y*."""
        painter = self._painter
        painter.save()
        painter.translate(x, y)
        painter.rotate(turn_deg)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.drawImage(QRectF(-width / 2, -height / 2, width, height), image)
        painter.restore()

    def modules(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        rows: list[list[bool]],
        *,
        name: str,
        text: str,
        ink: str = "#0b0b0d",
    ) -> None:
        """Print a bar code: dark where *rows* is true; *name* is zxing-cpp's name of the kind."""
        painter = self._painter
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ink))
        cell_w, cell_h = width / len(rows[0]), height / len(rows)
        path = QPainterPath()  # one path: rectangles drawn apart leave pale seams between them
        path.setFillRule(Qt.FillRule.WindingFill)
        for j, row in enumerate(rows):
            start = 0
            for i in range(len(row) + 1):
                if i == len(row) or not row[i]:
                    if i > start:
                        spot = QRectF(
                            x + start * cell_w, y + j * cell_h, (i - start) * cell_w, cell_h
                        )
                        path.addRect(spot)
                    start = i + 1
        painter.drawPath(path)
        outline = self._quad(QRectF(x, y, width, height))
        self._codes.append(Code(format=name, text=text, outline=outline))

    def turned(self, x: float, y: float, turn_deg: float) -> None:
        """Move the origin to *x*, *y* and turn, until ``straight``: for things glued on askew."""
        self._painter.save()
        self._painter.translate(x, y)
        self._painter.rotate(turn_deg)

    def straight(self) -> None:
        """End what ``turned`` began."""
        self._painter.restore()

    def finish(self, kind: Kind) -> CleanPage:
        """Return the page as it stands; the canvas is used up."""
        self._painter.end()
        height, width = self._image.height(), self._image.width()
        flat = np.frombuffer(self._image.constBits(), np.uint8)
        image: Image = flat.reshape(height, width, 4)[:, :, :3].copy()
        return CleanPage(
            image=image,
            dpi=self.dpi,
            kind=kind,
            text_lines=tuple(self._texts),
            codes=tuple(self._codes),
        )

    def _quad(self, rect: QRectF) -> Quad:
        to_page: QTransform = self._painter.combinedTransform()

        def at(x: float, y: float) -> Point:
            point = to_page.map(QPointF(x, y))
            return (point.x(), point.y())

        left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
        return (at(left, top), at(right, top), at(right, bottom), at(left, bottom))
