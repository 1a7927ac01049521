"""What a camera sees, the page outlined live, and how long it still has to lie still."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kiosk.domain.page import Outline
from kiosk.domain.scans import CameraHint
from kiosk.domain.words import Words
from kiosk.ui import theme
from kiosk.ui.i18n import scanning
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.scan_worker import Seen
from kiosk.ui.widgets.reader_name import ReaderName
from kiosk.ui.widgets.said import KeyButton, SaidLabel

_READY: Final = "#58D68D"
"""The outline of a page that can be taken: stands out on paper, table and desk."""
_BAR_PX: Final = 6
_TONE: Final = {
    CameraHint.HOLD: "ok",
    CameraHint.TAKEN: "ok",
    CameraHint.NO_PAGE: "neutral",
    CameraHint.MOVING: "neutral",
}


class Finder(QWidget):
    """Paints the picture as large as fits, the page's outline and the bar of the waiting time."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: Seen | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)

    def show_seen(self, seen: Seen | None) -> None:
        """Show another picture; None: nothing yet."""
        self._seen = seen
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint: one drawing of at most 640 px, which costs a millisecond."""
        seen = self._seen
        if seen is None or seen.picture.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = self._place(seen)
        painter.drawImage(place, seen.picture)
        is_ready = seen.view.hint in (CameraHint.HOLD, CameraHint.TAKEN)
        if seen.view.outline is not None:
            painter.setPen(QPen(QColor(_READY if is_ready else theme.OUTLINE), 4))
            painter.drawPolygon(_polygon(seen.view.outline, place))
        if is_ready:
            share = 1.0 if seen.view.hint is CameraHint.TAKEN else seen.view.steady
            bar = QRectF(place.left(), place.bottom() - _BAR_PX, place.width() * share, _BAR_PX)
            painter.fillRect(bar, QColor(_READY))

    def _place(self, seen: Seen) -> QRectF:
        width, height = seen.picture.width(), seen.picture.height()
        scale = min(self.width() / width, self.height() / height)
        left, top = (self.width() - width * scale) / 2, (self.height() - height * scale) / 2
        return QRectF(left, top, width * scale, height * scale)


class CameraCard(QFrame):
    """The camera on the dark desk: what to do, the live picture, and its keys."""

    shoot_asked = Signal()
    close_asked = Signal()

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        self.setProperty("desk", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 10)
        column.setSpacing(8)
        self._hint = SaidLabel(tongue, scanning.CAMERA_OPENING, role="notice", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._hint)
        ReaderName(self, tongue, scanning.CAMERA_LEAD)
        self.finder = Finder()
        column.addWidget(self.finder, 1)
        lead = SaidLabel(tongue, scanning.CAMERA_LEAD, role="ondesk", wrap=True)
        lead.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(lead)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        shoot = KeyButton(tongue, scanning.SHOOT, "F2", look="primary")
        shoot.clicked.connect(self._on_shoot)
        close = KeyButton(tongue, scanning.CLOSE_CAMERA, "Esc")
        close.clicked.connect(self._on_close)
        for button in (shoot, close):
            # Space is the camera's while it is open, whatever has the focus.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self.hide()

    @property
    def words(self) -> Words:
        """Return what is said now."""
        return self._hint.words

    def open(self) -> None:
        """Show the card; the camera takes a moment to give its first picture."""
        self.finder.show_seen(None)
        self._hint.tell(scanning.CAMERA_OPENING, "neutral")
        self.show()
        # A button that had the focus would take the space bar for itself.
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_seen(self, seen: Seen) -> None:
        """Show what is seen, and say what would make it better."""
        hint = CameraHint.TAKEN if seen.took else seen.view.hint
        self._hint.tell(scanning.HINT[hint], _TONE.get(hint, "attention"))
        self.finder.show_seen(seen)

    @Slot()
    def _on_shoot(self) -> None:
        self.shoot_asked.emit()

    @Slot()
    def _on_close(self) -> None:
        self.close_asked.emit()


def _polygon(outline: Outline, place: QRectF) -> QPolygonF:
    return QPolygonF(
        [
            QPointF(place.left() + spot.x * place.width(), place.top() + spot.y * place.height())
            for spot in outline
        ]
    )
