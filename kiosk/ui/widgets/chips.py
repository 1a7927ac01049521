"""A row of choices: one tab stop, arrows choose, as radio buttons do."""

from collections.abc import Iterable
from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from kiosk.domain.words import Words
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.theme import CONTROL_PX
from kiosk.ui.widgets.flow import FlowLayout

_ARROWS = {
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
}

_SMALL_PX = 34


class ChipGroup(QWidget):
    """Choices of which exactly one holds, or none until something is chosen."""

    chosen = Signal(object)  # the choice

    def __init__(
        self,
        tongue: Tongue,
        choices: Iterable[tuple[StrEnum, Words]],
        *,
        first: StrEnum | None,
        small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tongue = tongue
        self._choices = dict(choices)
        self._chips: dict[StrEnum, QPushButton] = {}
        self._choice = first
        flow = FlowLayout(self, gap=6)
        for choice in self._choices:
            chip = QPushButton()
            chip.setCheckable(True)
            chip.setAutoDefault(False)
            chip.setProperty("small", small)
            chip.setFixedHeight(_SMALL_PX if small else CONTROL_PX)
            chip.installEventFilter(self)
            chip.clicked.connect(self._clicked)
            self._chips[choice] = chip
            flow.addWidget(chip)
        tongue.changed.connect(self._say)
        self._say()
        self._show()

    def value(self) -> StrEnum | None:
        """Return the choice that holds."""
        return self._choice

    def choose(self, choice: StrEnum | None) -> None:
        """Let another choice hold; nobody is told."""
        self._choice = choice
        self._show()

    def choose_value(self, value: str) -> None:
        """Let the choice of that value hold; none when there is no such choice."""
        self.choose(next((choice for choice in self._choices if choice.value == value), None))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let arrows move the choice; right is the next in French and the one before in Arabic."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = _ARROWS.get(Qt.Key(event.key()))
            if step is not None:
                sideways = event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
                mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
                self._move(-step if sideways and mirrored else step)
                return True
        return super().eventFilter(watched, event)

    def _move(self, step: int) -> None:
        order = list(self._choices)
        at = order.index(self._choice) + step if self._choice in order else 0
        if 0 <= at < len(order):
            self._take(order[at])

    def _take(self, choice: StrEnum) -> None:
        self.choose(choice)
        self._chips[choice].setFocus(Qt.FocusReason.TabFocusReason)
        self.chosen.emit(choice)

    @Slot()
    def _clicked(self) -> None:
        for choice, chip in self._chips.items():
            if chip is self.sender():
                self._take(choice)

    @Slot()
    def _say(self) -> None:
        for choice, chip in self._chips.items():
            chip.setText(self._tongue.say(self._choices[choice]))
        self.updateGeometry()

    def _stop(self) -> QPushButton:
        return self._chips[self._choice] if self._choice in self._chips else self._first()

    def _first(self) -> QPushButton:
        return next(iter(self._chips.values()))

    def _show(self) -> None:
        stop = self._stop()
        for choice, chip in self._chips.items():
            chip.setChecked(choice == self._choice)
            policy = Qt.FocusPolicy.StrongFocus if chip is stop else Qt.FocusPolicy.ClickFocus
            chip.setFocusPolicy(policy)
        self.setFocusProxy(stop)
