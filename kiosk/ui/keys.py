"""Which key means what, on French (AZERTY), Arabic and English keyboards.

A counter's keyboard is often AZERTY, where 1–9 need Shift, or set to Arabic, where R gives another
letter. The same physical key must do the same thing on all of them.
"""

import unicodedata
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from kiosk.domain.vocabulary import PieceKind

_AZERTY: Final = dict(zip("&é\"'(-è_çà", "1234567890", strict=True))
_ARABIC: Final = {"ق": "R", "ؤ": "C", "ى": "N", "ل": "G", "م": "L", "ش": "A", "ئ": "Z"}
_CONTROL_L: Final = "\x0c"

PIECE_BY_DIGIT: Final = dict(zip("1234567890", PieceKind, strict=True))
DIGIT_BY_PIECE: Final = {piece: digit for digit, piece in PIECE_BY_DIGIT.items()}


def letter(event: QKeyEvent) -> str:
    """Return the letter or digit a key means, upper-case; empty for other keys.

    The keypad and every script's digits count as digits.
    """
    if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
        return ""
    text = event.text()
    if len(text) != 1:
        return ""
    if text in _AZERTY:
        return _AZERTY[text]
    if text.isdecimal():
        return str(unicodedata.decimal(text))
    return _ARABIC.get(text, text.upper())


def digits(typed: str) -> str:
    """Return the digits meant by what was typed: AZERTY without Shift, and every script's."""
    meant = (_AZERTY.get(char, char) for char in typed)
    return "".join(str(unicodedata.decimal(char)) for char in meant if char.isdecimal())


def is_language_switch(event: QKeyEvent) -> bool:
    """Tell whether a key event is Ctrl+L, on an Arabic keyboard too."""
    if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        return False
    is_arabic = event.key() == ord("م") or event.text() == "م"
    return event.key() == Qt.Key.Key_L or event.text() == _CONTROL_L or is_arabic


def is_enter(event: QKeyEvent) -> bool:
    """Tell whether it is Return or the keypad's Enter."""
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
