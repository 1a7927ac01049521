"""The picture a page lies in, with its four corners to be set by mouse, finger or keys."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.domain.page import Outline
from kiosk.ui import theme
from kiosk.ui.corners import Corners

_MARGIN: Final = 16
_HANDLE_PX: Final = 9
_STEP: Final = 0.005
"""Of the picture's side, with each arrow; a fifth of it with Shift."""
_FINE: Final = 0.2
_GLASS_PX: Final = 132
_GLASS_ZOOM: Final = 4.0
"""Screen pixels for each pixel of the preview under the glass."""
_ARROWS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class CornerDesk(QWidget):
    """Paints the picture and its corners. Tab goes from corner to corner, arrows move one."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._scaled = QImage()
        self._size_px = (1, 1)
        self._corners = Corners.begin(None, 1, 1)
        self._is_held = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(200, 160))

    def show_frame(
        self, image: QImage, width_px: int, height_px: int, outline: Outline | None
    ) -> None:
        """Show a picture that is *width_px* by *height_px* in its file, with the corners known."""
        self._image, self._scaled = image, QImage()
        self._size_px = (width_px, height_px)
        self._set(Corners.begin(outline, width_px, height_px))

    @property
    def corners(self) -> Corners:
        """Return the corners as they are now."""
        return self._corners

    def outline(self) -> Outline:
        """Return them in pixels of the file."""
        return self._corners.outline(*self._size_px)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Let Tab go to the next corner: Enter and Esc are the ways out."""
        self._set(self._corners.next(1 if forward else -1))
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the current corner by an arrow."""
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if arrow is None:
            event.ignore()
            return
        is_fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = _STEP * (_FINE if is_fine else 1.0)
        self._set(self._corners.moved(arrow[0] * step, arrow[1] * step))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the corner nearest to the pointer or finger."""
        place = self._place()
        x, y = self._fraction(event.position(), place)
        self._is_held = True
        self._set(self._corners.nearest(x, y, place.width() / max(place.height(), 1)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it."""
        if self._is_held:
            self._set(self._corners.put(*self._fraction(event.position(), self._place())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let it go where it is."""
        self.mouseMoveEvent(event)
        self._is_held = False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, what is outside the corners darkened, and the glass at one of them."""
        if self._image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = self._place()
        if self._scaled.size() != place.size().toSize():
            # A preview has at most 1200 px a side: one scaling for each size shown, ~3 ms.
            self._scaled = self._image.scaled(
                place.size().toSize(),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        painter.drawImage(place.topLeft(), self._scaled)
        points = [self._point(number, place) for number in range(4)]
        self._paint_sheet(painter, place, points)
        for number, point in enumerate(points):
            is_current = number == self._corners.current
            painter.setPen(QPen(QColor(theme.SURFACE), 2))
            painter.setBrush(QColor(theme.FOCUS if is_current else theme.PRIMARY))
            radius = _HANDLE_PX + (3 if is_current else 0)
            painter.drawEllipse(point, radius, radius)
        self._paint_glass(painter, points[self._corners.current])

    def _paint_sheet(self, painter: QPainter, place: QRectF, points: list[QPointF]) -> None:
        outside, sheet = QPainterPath(), QPainterPath()
        outside.addRect(place)
        sheet.addPolygon(QPolygonF([*points, points[0]]))
        painter.fillPath(outside.subtracted(sheet), QColor(0, 0, 0, 110))
        colour = theme.FOCUS if self._corners.is_sheet else theme.OUTLINE
        style = Qt.PenStyle.SolidLine if self._corners.is_sheet else Qt.PenStyle.DashLine
        painter.strokePath(sheet, QPen(QColor(colour), 3, style))

    def _paint_glass(self, painter: QPainter, point: QPointF) -> None:
        """Paint what is under the current corner, large, at the far side of the desk."""
        is_left = point.x() < self.width() / 2
        side = min(_GLASS_PX, self.width() / 4, self.height() / 2)
        # Half-way down, where no corner lies.
        glass = QRectF(8, (self.height() - side) / 2, side, side)
        if is_left:
            glass.moveRight(self.width() - 8)
        seen = side / _GLASS_ZOOM
        spot = self._corners.spot
        middle = QPointF(spot.x * self._image.width(), spot.y * self._image.height())
        source = QRectF(middle.x() - seen / 2, middle.y() - seen / 2, seen, seen)
        painter.fillRect(glass, QColor(theme.DESK))
        painter.setClipRect(glass)
        painter.drawImage(glass, self._image, source)
        painter.setPen(QPen(QColor(theme.FOCUS), 1))
        painter.drawLine(glass.center() - QPointF(20, 0), glass.center() + QPointF(20, 0))
        painter.drawLine(glass.center() - QPointF(0, 20), glass.center() + QPointF(0, 20))
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.SURFACE), 3))
        painter.drawRect(glass)

    def _set(self, corners: Corners) -> None:
        self._corners = corners
        self.update()
        self.changed.emit()

    def _point(self, number: int, place: QRectF) -> QPointF:
        spot = self._corners.spots[number]
        return QPointF(place.left() + spot.x * place.width(), place.top() + spot.y * place.height())

    @staticmethod
    def _fraction(point: QPointF, place: QRectF) -> tuple[float, float]:
        x = (point.x() - place.left()) / max(place.width(), 1.0)
        y = (point.y() - place.top()) / max(place.height(), 1.0)
        return x, y

    def _place(self) -> QRectF:
        room = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        if self._image.isNull():
            return room
        scale = min(room.width() / self._image.width(), room.height() / self._image.height())
        size = QSize(
            max(1, int(self._image.width() * scale)), max(1, int(self._image.height() * scale))
        )
        left = room.left() + (room.width() - size.width()) // 2
        top = room.top() + (room.height() - size.height()) // 2
        return QRectF(int(left), int(top), size.width(), size.height())
