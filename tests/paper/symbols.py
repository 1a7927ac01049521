"""Bar code patterns and stamps."""

import math

import barcode  # type: ignore[import-untyped]  # comes with python-escpos
import numpy as np
import qrcode
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from tests.paper.canvas import Canvas
from tests.paper.fonts import font_of


def ean13_of(twelve: str) -> str:
    """*twelve* digits and their check digit (GS1 General Specifications, 7.9.1)."""
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(twelve))
    return twelve + str(-total % 10)


def _bars(kind: str, text: str) -> list[list[bool]]:
    pattern = "".join(barcode.get(kind, text).build())
    return [[bit == "1" for bit in pattern]]


def draw_ean13(canvas: Canvas, x: float, y: float, number: str, *, module_mm: float = 0.33) -> None:
    """Print a 13-digit EAN with its digits below; *x*, *y* is the top-left of its first bar."""
    width, height = 95 * module_mm, 15.0 * module_mm / 0.33
    canvas.modules(x, y, width, height, _bars("ean13", number[:12]), name="EAN13", text=number)
    size = 2.6 * module_mm / 0.33
    canvas.text(x + width / 2, y + height + size, number, size, align="centre")


def draw_code128(
    canvas: Canvas, x: float, y: float, text: str, *, width: float, height: float
) -> None:
    """Print *text* as Code 128, *width* mm from first to last bar."""
    canvas.modules(x, y, width, height, _bars("code128", text), name="Code128", text=text)


def draw_qr(canvas: Canvas, x: float, y: float, text: str, *, side: float) -> None:
    """Print *text* as a QR code of *side* mm without its quiet zone."""
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = [[bool(cell) for cell in row] for row in code.get_matrix()]
    canvas.modules(x, y, side, side, rows, name="QRCode", text=text)


def draw_stamp(
    canvas: Canvas, x: float, y: float, words: tuple[str, str, str], seed: int, ink: str
) -> None:
    """Press a round rubber stamp centred on *x*, *y*: ring text, middle line, lower line."""
    rng = np.random.default_rng(seed)
    side = 600
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(ink), 11))
    painter.drawEllipse(QPointF(300, 300), 285, 285)
    painter.setPen(QPen(QColor(ink), 5))
    painter.drawEllipse(QPointF(300, 300), 190, 190)
    font = font_of("print", is_bold=True)
    font.setPixelSize(58)
    painter.setFont(font)
    ring = words[0][:34]
    for i, letter in enumerate(ring):
        painter.save()
        painter.translate(300, 300)
        painter.rotate((i - (len(ring) - 1) / 2) * min(9.6, 320 / len(ring)))
        painter.drawText(QRectF(-40, -280, 80, 84), Qt.AlignmentFlag.AlignCenter, letter)
        painter.restore()
    for line, top in ((words[1], 215), (words[2], 305)):
        size = min(62, int(600 / max(6, len(line))))
        font.setPixelSize(size)
        painter.setFont(font)
        painter.drawText(QRectF(110, top, 380, 80), Qt.AlignmentFlag.AlignCenter, line)
    _wear(painter, rng, side)
    painter.end()
    across = float(rng.uniform(30, 38))
    canvas.picture(image, x, y, across, across, float(rng.uniform(-28, 28)))


def _wear(painter: QPainter, rng: np.random.Generator, side: int) -> None:
    """Rub ink away in specks and on one side: no rubber stamp prints evenly."""
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    painter.setPen(Qt.PenStyle.NoPen)
    for _ in range(260):
        centre = QPointF(float(rng.uniform(0, side)), float(rng.uniform(0, side)))
        painter.setBrush(QColor(0, 0, 0, int(rng.integers(60, 200))))
        radius = float(rng.gamma(2.0, 2.2))
        painter.drawEllipse(centre, radius, radius)
    angle = float(rng.uniform(0, 2 * math.pi))
    painter.setBrush(QColor(0, 0, 0, 70))
    painter.drawEllipse(QPointF(300 + 330 * math.cos(angle), 300 + 330 * math.sin(angle)), 260, 260)


def draw_signature(
    canvas: Canvas, x: float, y: float, width: float, rng: np.random.Generator, ink: str
) -> None:
    """Sign with a quick looping hand, starting at *x*, *y*."""
    count = 34
    t = np.linspace(0, 1, count)
    loops = rng.uniform(3.0, 6.0)
    sway = np.cumsum(rng.normal(0, 0.5, count))
    xs = x + t * width + 0.16 * width * np.sin(2 * np.pi * loops * t + rng.uniform(0, 6))
    ys = y + sway * 0.6 + (0.24 - 0.14 * t) * width * np.cos(2 * np.pi * loops * t)
    canvas.stroke(list(zip(xs.tolist(), ys.tolist(), strict=True)), 0.42, ink, 0.9)
    tail = [(x - 2, y + 0.2 * width), (x + 0.5 * width, y + 0.1 * width), (x + 1.1 * width, y)]
    canvas.stroke(tail, 0.38, ink, 0.9)
