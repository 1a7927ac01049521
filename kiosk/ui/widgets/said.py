"""Labels and buttons that say words, and say them again when the language changes."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from kiosk.domain.words import Words
from kiosk.ui.i18n.shown import same
from kiosk.ui.i18n.tongue import Language, Tongue
from kiosk.ui.theme import CONTROL_PX, mono, set_look

NO_WORDS = Words("", "")
RIGHT_TO_LEFT_MARK = "\u200f"


class SaidLabel(QLabel):
    """A label that speaks the window's language."""

    def __init__(
        self,
        tongue: Tongue,
        words: Words = NO_WORDS,
        *,
        role: str = "text",
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tongue = tongue
        self._words = words
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(wrap)
        tongue.changed.connect(self._say)
        self._say()

    @property
    def words(self) -> Words:
        """Return what it says, in both languages."""
        return self._words

    def tell(self, words: Words, tone: str | None = None) -> None:
        """Say other words, in another tone."""
        self._words = words
        self._say()
        if tone is not None:
            set_look(self, tone=tone)

    @Slot()
    def _say(self) -> None:
        text = self._tongue.say(self._words)
        # Qt aligns a label by its first strong letter: the mark keeps figures on the Arabic side.
        is_arabic = text and self._tongue.language is Language.ARABIC
        self.setText(f"{RIGHT_TO_LEFT_MARK}{text}" if is_arabic else text)


class NumberLabel(SaidLabel):
    """A receipt number in the mono face, in its own order in both languages."""

    def __init__(self, tongue: Tongue, size_px: int) -> None:
        super().__init__(tongue, role="number")
        family = mono(size_px).family()
        self.setStyleSheet(f"font-family: '{family}'; font-size: {size_px}px; font-weight: 700;")


class KeyCap(SaidLabel):
    """A key drawn as on a keyboard."""

    def __init__(
        self, tongue: Tongue, key: str, *, dark: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(tongue, same(key), role="key", parent=parent)
        self.setProperty("dark", dark)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


class KeyButton(QPushButton):
    """A button that shows the key which does the same."""

    def __init__(
        self,
        tongue: Tongue,
        words: Words,
        key: str = "",
        *,
        look: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        if look:
            self.setProperty(look, True)
        self.setAutoDefault(True)
        row = QHBoxLayout(self)
        self._row = row
        row.setContentsMargins(*((5, 0, 5, 0) if look == "onred" else (13, 0, 13, 0)))
        row.setSpacing(0)
        is_dark = look in ("primary", "onred")
        self.label = SaidLabel(tongue, words, role="onprimary" if is_dark else "strong")
        self.cap = KeyCap(tongue, key, dark=look == "primary")
        if not key:
            self.cap.hide()  # never shown before it has a parent: it would be a window of its own
        for part in (self.label, self.cap):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row.addWidget(self.label)
        row.addSpacing(8)
        row.addStretch(1)
        row.addWidget(self.cap)
        self.setFixedHeight(32 if look == "onred" else CONTROL_PX)
        tongue.changed.connect(self._named)
        self._named()

    def tell(self, words: Words) -> None:
        """Change what the button says."""
        self.label.tell(words)
        self._named()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the room its words and key need."""
        return self._row.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return the same: words are never cut."""
        return self._row.sizeHint()

    @Slot()
    def _named(self) -> None:
        self.setAccessibleName(self.label.text())
        self.updateGeometry()
