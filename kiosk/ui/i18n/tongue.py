"""The language the window speaks now, and who wants to hear of a change."""

from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal

from kiosk.domain.words import Words


class Language(StrEnum):
    """A language of the counter."""

    FRENCH = "fr"
    ARABIC = "ar"


class Tongue(QObject):
    """Says words in the language of the moment. Lives in the UI thread."""

    changed = Signal()

    def __init__(self, language: Language = Language.FRENCH, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._language = language

    @property
    def language(self) -> Language:
        """Return the language of the moment."""
        return self._language

    @property
    def direction(self) -> Qt.LayoutDirection:
        """Return the way the layout runs."""
        is_arabic = self._language is Language.ARABIC
        return Qt.LayoutDirection.RightToLeft if is_arabic else Qt.LayoutDirection.LeftToRight

    def say(self, words: Words) -> str:
        """Return the text in the language of the moment."""
        return words.ar if self._language is Language.ARABIC else words.fr

    def switch(self) -> None:
        """Change to the other language; everybody who speaks hears of it."""
        is_arabic = self._language is Language.ARABIC
        self._language = Language.FRENCH if is_arabic else Language.ARABIC
        self.changed.emit()
