"""A plain card: a few fields, what to do with them, and what came of it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout

from kiosk.domain.words import Words
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.keys import digits, is_enter
from kiosk.ui.widgets.chips import ChipGroup
from kiosk.ui.widgets.field import Field
from kiosk.ui.widgets.grouped import GroupedEdit
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, SaidLabel

_KEYS = {f"F{n}": getattr(Qt.Key, f"Key_F{n}") for n in range(1, 13)}


def text_edit(max_length: int = 64) -> GroupedEdit:
    """Return a line for a name or a number."""
    edit = GroupedEdit()
    edit.setMaxLength(max_length)
    return edit


def secret_edit() -> GroupedEdit:
    """Return a line for a PIN or code: digits of any keyboard, never shown."""
    edit = GroupedEdit(digits)
    edit.setMaxLength(16)
    edit.setEchoMode(QLineEdit.EchoMode.Password)
    return edit


class FormCard(QFrame):
    """Fields one below the other; Enter goes on, and presses the first button at the last one."""

    pressed = Signal(str)  # name of the button
    passed = Signal()  # Enter at the last field of a card without buttons

    def __init__(
        self,
        tongue: Tongue,
        title: Words,
        lead: Words,
        fields: Sequence[tuple[str, Words, GroupedEdit | ChipGroup, Words]],
        buttons: Sequence[tuple[str, Words, str]],
    ) -> None:
        super().__init__()
        self.setProperty("card", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 14, 20, 14)
        column.setSpacing(8)
        column.addWidget(SaidLabel(tongue, title, role="title", wrap=True))
        self._lead = SaidLabel(tongue, lead, role="quiet", wrap=True)
        column.addWidget(self._lead)
        self.fields = {
            name: Field(tongue, name, label, edit, hint=hint) for name, label, edit, hint in fields
        }
        for field in self.fields.values():
            field.keep_hint_room(has_hint=field.verdict.words != NO_WORDS)
            column.addWidget(field)
        column.addStretch(1)
        self._message = SaidLabel(tongue, role="notice", wrap=True)
        self._message.hide()
        column.addWidget(self._message)
        self._buttons: dict[str, tuple[KeyButton, str]] = {}
        for name, words, key in buttons:
            button = KeyButton(tongue, words, key, look="" if self._buttons else "primary")
            button.clicked.connect(self._clicked)
            self._buttons[name] = (button, key)
            column.addWidget(button)

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        control = self.fields[name].control
        if isinstance(control, ChipGroup):
            return str(control.value() or "")
        return control.value().strip() if isinstance(control, GroupedEdit) else ""

    def put(self, name: str, text: str) -> None:
        """Write into a field, or let the choice of that value hold."""
        control = self.fields[name].control
        if isinstance(control, GroupedEdit):
            control.setText(text)
        elif isinstance(control, ChipGroup):
            control.choose_value(text)

    def empty(self, *names: str) -> None:
        """Empty fields."""
        for name in names:
            self.put(name, "")

    def focus(self, name: str) -> None:
        """Put the focus into a field."""
        self.fields[name].focus()

    def tell(self, words: Words, tone: str = "neutral") -> None:
        """Say what came of it; no words: nothing."""
        self._message.tell(words, tone)
        self._message.setVisible(words != NO_WORDS)
        self._lead.setVisible(words == NO_WORDS)  # what came of it takes its room

    @property
    def message(self) -> Words:
        """Return what is said."""
        return self._message.words

    def take_key(self, event: QKeyEvent) -> bool:
        """Take this card's keys; Enter only while the focus is in it."""
        for name, (_, key) in self._buttons.items():
            if key in _KEYS and event.key() == _KEYS[key]:
                self.pressed.emit(name)
                return True
        fields = list(self.fields.values())
        at = next((n for n, one in enumerate(fields) if one.control.hasFocus()), None)
        if not is_enter(event) or at is None:
            return False
        if at + 1 < len(fields):
            fields[at + 1].focus()
        elif self._buttons:
            self.pressed.emit(next(iter(self._buttons)))
        else:
            self.passed.emit()
        return True

    @Slot()
    def _clicked(self) -> None:
        for name, (button, _) in self._buttons.items():
            if button is self.sender():
                self.pressed.emit(name)
