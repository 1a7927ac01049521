"""The dark desk on which the current page lies, with what is wrong drawn on it."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.domain.page import Problem
from kiosk.ui import theme
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.i18n.troubles import MUST_RETAKE, PROBLEM_CHIP

_MARGIN: Final = 10
_PAD_PX: Final = 7
_GAP_PX: Final = 4


class PageDesk(QWidget):
    """Paints one page as large as fits. The picture comes decoded from a worker."""

    def __init__(self, tongue: Tongue, *, paper_px: int = 0) -> None:
        super().__init__()
        self._tongue = tongue
        tongue.changed.connect(self.update)
        self._paper_px = paper_px  # white paper around a picture that has no margin of its own
        self._image: QImage | None = None
        self._scaled: QImage | None = None
        self._problems: tuple[Problem, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(160, 120))

    def show_page(self, image: QImage | None, problems: tuple[Problem, ...] = ()) -> None:
        """Show a page, or an empty desk."""
        self._image = image if image is not None and not image.isNull() else None
        self._scaled = None
        self._problems = problems
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the page, a dashed frame around each problem and its words beside it."""
        if self._image is None:
            return
        painter = QPainter(self)
        place = self._place(self._image)
        if self._scaled is None or self._scaled.size() != place.size().toSize():
            # A preview has at most 1200 px a side: one scaling for each page shown, ~3 ms.
            self._scaled = self._image.scaled(
                place.size().toSize(),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        edge = self._paper_px
        if edge:
            painter.fillRect(place.adjusted(-edge, -edge, edge, edge), QColor(theme.SURFACE))
        painter.drawImage(place.topLeft(), self._scaled)
        painter.setFont(theme.sans(theme.SMALL_PX, bold=True))
        said: list[QRectF] = []
        for problem in self._problems:
            painter.setPen(QPen(QColor(theme.OUTLINE), 3, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(_region(problem, place))
            said.append(self._paint_words(painter, problem, place, said))

    def _paint_words(
        self, painter: QPainter, problem: Problem, place: QRectF, said: list[QRectF]
    ) -> QRectF:
        """Paint what is wrong at the problem's frame, beside what was said before; return where."""
        text = self._tongue.say(PROBLEM_CHIP[problem.kind])
        metrics = QFontMetricsF(painter.font())
        width, height = metrics.horizontalAdvance(text) + 2 * _PAD_PX, metrics.height() + _PAD_PX
        box = beside(_region(problem, place), QSize(int(width) + 1, int(height) + 1), said)
        box = _kept_within(box, QRectF(self.rect()))
        tone = theme.WRONG if problem.kind in MUST_RETAKE else theme.ATTENTION
        painter.setPen(QPen(QColor(theme.SURFACE), 1))
        painter.setBrush(QColor(tone))
        painter.drawRoundedRect(box, 5, 5)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        return box

    def _place(self, image: QImage) -> QRectF:
        edge = _MARGIN + self._paper_px
        room = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        scale = min(room.width() / image.width(), room.height() / image.height())
        size = QSize(max(1, int(image.width() * scale)), max(1, int(image.height() * scale)))
        left = room.left() + (room.width() - size.width()) // 2
        top = room.top() + (room.height() - size.height()) // 2
        return QRectF(int(left), int(top), size.width(), size.height())


def beside(frame: QRectF, size: QSize, taken: list[QRectF]) -> QRectF:
    """Return where words of *size* stand: on a frame's upper edge, below those said before."""
    above = max(frame.top() - size.height(), 0.0)
    box = QRectF(frame.left(), above, size.width(), size.height())
    while any(box.intersects(other) for other in taken):
        box.translate(0, size.height() + _GAP_PX)
    return box


def _kept_within(box: QRectF, room: QRectF) -> QRectF:
    left = min(max(box.left(), room.left()), room.right() - box.width())
    top = min(max(box.top(), room.top()), room.bottom() - box.height())
    return QRectF(left, top, box.width(), box.height())


def _region(problem: Problem, place: QRectF) -> QRectF:
    region = problem.region
    whole = region.left <= 0 and region.top <= 0 and region.right >= 1 and region.bottom >= 1
    if whole:
        return place.adjusted(-4, -4, 4, 4)
    return QRectF(
        place.left() + region.left * place.width(),
        place.top() + region.top * place.height(),
        (region.right - region.left) * place.width(),
        (region.bottom - region.top) * place.height(),
    )
