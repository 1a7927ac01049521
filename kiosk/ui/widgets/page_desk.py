"""The dark desk on which the current page lies, with what is wrong drawn on it."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.domain.page import Problem
from kiosk.ui import theme

_MARGIN = 10


class PageDesk(QWidget):
    """Paints one page as large as fits. The picture comes decoded from a worker."""

    def __init__(self, *, paper_px: int = 0) -> None:
        super().__init__()
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
        """Paint the page and a dashed frame around each problem."""
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
        pen = QPen(QColor(theme.OUTLINE), 3, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        for problem in self._problems:
            painter.drawRect(_region(problem, place))

    def _place(self, image: QImage) -> QRectF:
        edge = _MARGIN + self._paper_px
        room = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        scale = min(room.width() / image.width(), room.height() / image.height())
        size = QSize(max(1, int(image.width() * scale)), max(1, int(image.height() * scale)))
        left = room.left() + (room.width() - size.width()) // 2
        top = room.top() + (room.height() - size.height()) // 2
        return QRectF(int(left), int(top), size.width(), size.height())


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
