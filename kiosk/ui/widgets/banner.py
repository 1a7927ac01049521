"""A sentence across the screen with the one or two things to do about it. Never modal."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from kiosk.domain.words import Words
from kiosk.ui import theme
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.widgets.flow import FlowLayout
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, SaidLabel

_NARROW_PX = 600


class Banner(QFrame):
    """Title, advice and buttons; the colour is never the only sign."""

    pressed = Signal(str)  # name of the button

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        self._tongue = tongue
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(12, 8, 12, 8)
        self._box.setSpacing(12)
        column = QVBoxLayout()
        column.setSpacing(0)
        self._title = SaidLabel(tongue, role="onprimary", wrap=True)
        self._advice = SaidLabel(tongue, role="onred", wrap=True)
        column.addWidget(self._title)
        column.addWidget(self._advice)
        self._box.addLayout(column, 1)
        self._actions = QWidget()
        self._flow = FlowLayout(self._actions, gap=6)
        self._box.addWidget(self._actions, 0, Qt.AlignmentFlag.AlignVCenter)
        self._buttons: dict[str, KeyButton] = {}
        self.hide()

    def tell(
        self,
        tone: str,
        title: Words,
        advice: Words = NO_WORDS,
        buttons: Sequence[tuple[str, Words, str]] = (),
    ) -> None:
        """Show a sentence; each button is a name, its words and its key."""
        theme.set_look(self, banner=tone)
        self._title.tell(title)
        self._advice.tell(advice)
        self._advice.setVisible(advice != NO_WORDS)
        if [name for name, _, _ in buttons] != list(self._buttons):
            self._replace_buttons(buttons)
        self._actions.setVisible(bool(buttons))
        self._fit()
        self.show()

    def say(self, title: Words, advice: Words) -> None:
        """Say something else with the same buttons."""
        self._title.tell(title)
        self._advice.tell(advice)

    def focus(self, name: str) -> None:
        """Put the focus on a button."""
        self._buttons[name].setFocus(Qt.FocusReason.TabFocusReason)

    @property
    def words(self) -> tuple[Words, Words]:
        """Return title and advice."""
        return self._title.words, self._advice.words

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let the arrows go from button to button."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._buttons:
            mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            self.focusNextPrevChild((event.key() == Qt.Key.Key_Right) != mirrored)
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons under the sentence where it is narrow."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        direction = QBoxLayout.Direction.LeftToRight
        if self.width() < _NARROW_PX and self._buttons:
            direction = QBoxLayout.Direction.TopToBottom
        if self._box.direction() != direction:
            self._box.setDirection(direction)

    def _replace_buttons(self, buttons: Sequence[tuple[str, Words, str]]) -> None:
        for old in self._buttons.values():
            self._flow.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._buttons = {}
        for name, words, key in buttons:
            button = KeyButton(self._tongue, words, key, look="onred")
            button.clicked.connect(self._clicked)
            self._buttons[name] = button
            self._flow.addWidget(button)

    @Slot()
    def _clicked(self) -> None:
        for name, button in self._buttons.items():
            if button is self.sender():
                self.pressed.emit(name)
                return
