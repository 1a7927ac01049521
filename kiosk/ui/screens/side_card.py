"""The card beside a form: what to know, the help of F1, and the button that goes on."""

from PySide6.QtWidgets import QFrame, QVBoxLayout

from kiosk.domain.words import Words
from kiosk.ui.i18n import texts
from kiosk.ui.i18n.help import HELP
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, SaidLabel


class SideCard(QFrame):
    """Lead, help, notice, and at the bottom the next thing."""

    def __init__(
        self, tongue: Tongue, *, title: Words, lead: Words, notice: Words, button: KeyButton
    ) -> None:
        super().__init__()
        self.setProperty("card", True)
        self._field = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(SaidLabel(tongue, title, role="head"))
        self._lead = SaidLabel(tongue, lead, role="quiet", wrap=True)
        column.addWidget(self._lead)
        self.help_button = KeyButton(tongue, texts.HELP_FIELD, "F1")
        self.help_button.clicked.connect(self.toggle_help)
        column.addWidget(self.help_button)
        self._help = SaidLabel(tongue, role="notice", wrap=True)
        self._help.hide()
        column.addWidget(self._help)
        self._notice = SaidLabel(tongue, notice, role="notice", wrap=True)
        self._notice.setVisible(notice != NO_WORDS)
        column.addWidget(self._notice)
        column.addStretch(1)
        self._message = SaidLabel(tongue, role="notice", wrap=True)
        self._message.hide()
        column.addWidget(self._message)
        column.addWidget(button)

    def tell(self, words: Words, tone: str = "attention") -> None:
        """Say something above the button; no words: nothing."""
        self._message.tell(words, tone)
        self._message.setVisible(words != NO_WORDS)

    @property
    def message(self) -> Words:
        """Return what is said above the button."""
        return self._message.words

    def follow(self, field: str) -> None:
        """Keep the help about the field that has the focus."""
        self._field = field
        if self._help.isVisible():
            self._show_help()

    def is_helping(self) -> bool:
        """Tell whether the help is open."""
        return self._help.isVisible()

    def toggle_help(self) -> None:
        """Open or close the help about the field that has the focus."""
        if self._help.isVisible():
            self._help.hide()
            self._lead.show()
        else:
            self._show_help()

    def _show_help(self) -> None:
        words = HELP.get(self._field)
        if words is not None:
            self._help.tell(words)
            self._lead.hide()  # the help takes its room
            self._help.show()
