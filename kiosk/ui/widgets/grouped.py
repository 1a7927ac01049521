"""A text field that groups what is typed: «123 456 785», «02/11/2026», «06 61 23 45 67»."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from kiosk.domain.identifiers import fold
from kiosk.domain.money import NBSP

Grouping = Callable[[str], str]
_MAX_TYPED: Final = 40


def in_threes(text: str) -> str:
    """Return «123 456 785» from what was typed so far."""
    kept = fold(text)
    return NBSP.join(kept[at : at + 3] for at in range(0, len(kept), 3))


def as_phone(text: str) -> str:
    """Return «06 61 23 45 67»; a number with + is left as it is."""
    kept = fold(text)
    if kept.startswith("+"):
        return kept
    return NBSP.join(kept[at : at + 2] for at in range(0, len(kept), 2))


def as_document(text: str) -> str:
    """Return «DA 45210»: letters first, then the rest."""
    kept = fold(text).replace("+", "")
    letters = len(kept) - len(kept.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return f"{kept[:letters]}{NBSP}{kept[letters:]}" if 0 < letters < len(kept) else kept


def as_day(text: str) -> str:
    """Return «02/11/2026» from digits typed with or without anything between."""
    kept = "".join(char for char in fold(text) if char.isdecimal())
    parts = (kept[:2], kept[2:4], kept[4:])
    return "/".join(part for part in parts if part)


def plain(text: str) -> str:
    """Return the text as typed."""
    return text


class GroupedEdit(QLineEdit):
    """A line of figures or codes: left to right also in an Arabic window."""

    left = Signal()
    typed = Signal()

    def __init__(self, grouping: Grouping = plain, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grouping = grouping
        self._kept: str | None = None
        self.setMaxLength(_MAX_TYPED)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.textEdited.connect(self._group)

    def value(self) -> str:
        """Return what was typed, or what is kept behind a mask."""
        return self._kept if self._kept is not None else self.text()

    def keep(self, value: str, mask: str) -> None:
        """Hold a value and show only its mask; it cannot be edited any more."""
        self._kept = value
        self.setText(mask)
        self.setReadOnly(True)

    def empty(self) -> None:
        """Forget everything, ready for another person."""
        self._kept = None
        self.setReadOnly(False)
        self.clear()

    @property
    def is_kept(self) -> bool:
        """Tell whether a masked value is held."""
        return self._kept is not None

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Say that the field was left; a window or menu in front does not count."""
        super().focusOutEvent(event)
        passing = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
        if event.reason() not in passing:
            self.left.emit()

    @Slot(str)
    def _group(self, text: str) -> None:
        grouped = self._grouping(text)
        if grouped != text:
            before = _significant(text[: self.cursorPosition()])
            self.setText(grouped)
            self.setCursorPosition(_place_after(grouped, before))
        self.typed.emit()


def _significant(text: str) -> int:
    return sum(char.isalnum() or char == "+" for char in text)


def _place_after(text: str, significant: int) -> int:
    """Return the cursor's place behind as many significant characters as before grouping."""
    seen = 0
    for place, char in enumerate(text):
        if seen == significant:
            return place
        seen += char.isalnum() or char == "+"
    return len(text)
