"""Setting a page's corners where the program does not surely see them: in the middle of step 2."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.page import Outline
from kiosk.ui.desk_worker import ShownFrame
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.keys import is_enter
from kiosk.ui.screens.desk_card import key_hint
from kiosk.ui.widgets.corner_desk import CornerDesk
from kiosk.ui.widgets.flow import FlowLayout
from kiosk.ui.widgets.reader_name import ReaderName
from kiosk.ui.widgets.said import KeyButton, SaidLabel

_HINTS = (
    ("Tab", acts.NEXT_CORNER),
    ("← ↑ ↓ →", acts.MOVE_CORNER),
    ("Maj + ←", acts.MOVE_FINELY),
)


class CornerCard(QFrame):
    """A picture on the desk, its corners, and the ways to take or leave them."""

    placed = Signal(int, object)  # page id, Outline
    closed = Signal()

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        self._page_id = 0
        self.setProperty("desk", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 10)
        column.setSpacing(8)
        self._lead = SaidLabel(tongue, acts.CORNERS_LEAD, role="ondesktitle", wrap=True)
        column.addWidget(self._lead)
        self.desk = CornerDesk()
        self.desk.changed.connect(self._on_changed)
        ReaderName(self.desk, tongue, acts.CORNERS_LEAD)
        column.addWidget(self.desk, 1)
        hints = QWidget()
        flow = FlowLayout(hints, gap=14, centred=True)
        for key, words in _HINTS:
            flow.addWidget(key_hint(tongue, key, words))
        column.addWidget(hints)
        row = QHBoxLayout()
        self._leave = KeyButton(tongue, acts.LEAVE_CORNERS, "Esc")
        self._take = KeyButton(tongue, acts.TAKE_CORNERS, "Enter", look="primary")
        self._leave.clicked.connect(self._on_leave)
        self._take.clicked.connect(self._on_take)
        for button in (self._leave, self._take):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys go to the corners
        row.addWidget(self._leave)
        row.addStretch(1)
        row.addWidget(self._take)
        column.addLayout(row)
        self.hide()

    def open(self, frame: ShownFrame, outline: Outline | None) -> None:
        """Show a page's picture, with the corners that were found or none."""
        self._page_id = frame.page_id
        self.desk.show_frame(frame.image, frame.width_px, frame.height_px, outline)
        self.show()
        self.desk.setFocus(Qt.FocusReason.TabFocusReason)

    def take_key(self, event: QKeyEvent) -> bool:
        """Take the keys of setting corners; no other reaches the pages meanwhile."""
        if event.key() == Qt.Key.Key_Escape:
            self._on_leave()
        elif is_enter(event):
            self._on_take()
        return True

    @Slot()
    def _on_changed(self) -> None:
        self._lead.tell(acts.CORNERS_LEAD if self.desk.corners.is_sheet else acts.CORNERS_CROSS)

    @Slot()
    def _on_leave(self) -> None:
        self.hide()
        self.closed.emit()

    @Slot()
    def _on_take(self) -> None:
        if self.desk.corners.is_sheet:
            self.hide()
            self.placed.emit(self._page_id, self.desk.outline())
