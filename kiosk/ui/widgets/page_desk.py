"""The dark desk on which the current page lies, with what is wrong drawn on it."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
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
        painter.setPen(QPen(QColor(theme.OUTLINE), 3, Qt.PenStyle.DashLine))
        for problem in self._problems:
            painter.drawRect(_region(problem, place))
        self._paint_words(painter, place)

    def _paint_words(self, painter: QPainter, place: QRectF) -> None:
        """Paint what is wrong beside the page, at the height of its frame and with a line to it."""
        painter.setFont(theme.sans(theme.SMALL_PX, bold=True))
        metrics = QFontMetricsF(painter.font())
        said: list[QRectF] = []
        for problem in self._problems:
            text = self._tongue.say(PROBLEM_CHIP[problem.kind])
            width = metrics.horizontalAdvance(text) + 2 * _PAD_PX
            frame, size = _region(problem, place), QSizeF(width, metrics.height() + _PAD_PX)
            box = beside(frame, place, QRectF(self.rect()), size, said)
            said.append(box)
            tone = QColor(theme.WRONG if problem.kind in MUST_RETAKE else theme.ATTENTION)
            if not box.intersects(frame):
                near = frame.right() if box.left() > frame.right() else frame.left()
                edge = box.left() if box.left() > frame.right() else box.right()
                painter.setPen(QPen(QColor(theme.OUTLINE), 2))
                painter.drawLine(QPointF(edge, box.center().y()), QPointF(near, box.center().y()))
            painter.setPen(QPen(QColor(theme.SURFACE), 1))
            painter.setBrush(tone)
            painter.drawRoundedRect(box, 5, 5)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _place(self, image: QImage) -> QRectF:
        edge = _MARGIN + self._paper_px
        room = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        scale = min(room.width() / image.width(), room.height() / image.height())
        size = QSize(max(1, int(image.width() * scale)), max(1, int(image.height() * scale)))
        left = room.left() + (room.width() - size.width()) // 2
        top = room.top() + (room.height() - size.height()) // 2
        return QRectF(int(left), int(top), size.width(), size.height())


def beside(frame: QRectF, page: QRectF, room: QRectF, size: QSizeF, taken: list[QRectF]) -> QRectF:
    """Return where words of *size* stand: beside the page where there is room, else on the frame.

    They begin at the frame's upper edge and go below what is *taken* already.
    """
    left = frame.left()
    if room.right() - page.right() >= size.width() + 2 * _GAP_PX:
        left = page.right() + 2 * _GAP_PX
    elif page.left() - room.left() >= size.width() + 2 * _GAP_PX:
        left = page.left() - 2 * _GAP_PX - size.width()
    left = min(max(left, room.left()), room.right() - size.width())
    top = min(max(frame.top(), room.top()), room.bottom() - size.height())
    box = QRectF(left, top, size.width(), size.height())
    while any(box.intersects(other) for other in taken):
        box.translate(0, size.height() + _GAP_PX)
    return box


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
