"""The card on the side of step 2: pieces, what F12 will ask, and the button that deposits."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from kiosk.domain.form import MAX_REASON
from kiosk.domain.vocabulary import DossierKind
from kiosk.domain.words import Words
from kiosk.ui.dossier_pages import DossierPages
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.shown import fill, joined
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.widgets.checklist import Checklist
from kiosk.ui.widgets.chips import ChipGroup
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, SaidLabel


class Reason(StrEnum):
    """Reasons given most often; another one is typed."""

    ORIGINAL = "original"
    NOT_PRESCRIBED = "not_prescribed"
    INSISTS = "insists"


REASONS: Final = {
    Reason.ORIGINAL: acts.REASON_ORIGINAL,
    Reason.NOT_PRESCRIBED: acts.REASON_NOT_PRESCRIBED,
    Reason.INSISTS: acts.REASON_INSISTS,
}


class ConfirmCard(QFrame):
    """What is there, what is missing, and the way to the receipt."""

    confirm_asked = Signal()

    def __init__(self, tongue: Tongue, *, prints: bool) -> None:
        super().__init__()
        self._tongue = tongue
        self.setProperty("card", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        column.addWidget(SaidLabel(tongue, acts.PIECES, role="head"))
        self._checklist = Checklist(tongue)
        inside = QWidget()
        in_column = QVBoxLayout(inside)
        in_column.setContentsMargins(0, 0, 4, 0)
        in_column.addWidget(self._checklist)
        in_column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        column.addWidget(scroll, 1)
        self._notice = SaidLabel(tongue, role="notice", wrap=True)
        column.addWidget(self._notice)
        column.addWidget(self._reason_box(tongue))
        words = acts.CONFIRM if prints else acts.CONFIRM_ONLY
        self._button = KeyButton(tongue, words, "F12", look="primary")
        self._button.clicked.connect(self.confirm_asked)
        column.addWidget(self._button)
        self.tell(NO_WORDS)
        self.ask_reason(wanted=False)

    def show_pages(self, pages: DossierPages, kind: DossierKind, doubts: Sequence[Words]) -> None:
        """Show the pieces, and what F12 will ask about."""
        self._checklist.show_pages(pages, kind)
        if doubts and self._box.isHidden():
            self.tell(fill(acts.WILL_ASK, what=joined(*doubts)), "attention")
        else:
            self.tell(NO_WORDS)

    def tell(self, words: Words, tone: str = "neutral") -> None:
        """Say something above the button; no words: nothing."""
        self._notice.tell(words, tone)
        self._notice.setVisible(words != NO_WORDS)

    @property
    def message(self) -> Words:
        """Return what is said above the button."""
        return self._notice.words

    def ask_reason(self, *, wanted: bool) -> None:
        """Open or close the question why; nothing else is held up by it."""
        self._box.setVisible(wanted)
        if wanted:
            self.tell(NO_WORDS)
            self._chips.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self._chips.choose(None)
            self._text.clear()

    def reason(self) -> str:
        """Return the reason given, or nothing."""
        return self._text.text().strip()

    def focus_button(self) -> None:
        """Put the focus on the button that deposits."""
        self._button.setFocus(Qt.FocusReason.TabFocusReason)

    def _reason_box(self, tongue: Tongue) -> QWidget:
        self._box = QWidget()
        column = QVBoxLayout(self._box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(SaidLabel(tongue, acts.REASON, role="strong", wrap=True))
        self._chips = ChipGroup(tongue, REASONS.items(), first=None, small=True)
        self._chips.chosen.connect(self._on_reason)
        column.addWidget(self._chips)
        self._text = QLineEdit()
        self._text.setMaxLength(MAX_REASON)
        column.addWidget(self._text)
        column.addWidget(SaidLabel(tongue, acts.REASON_HINT, role="hint", wrap=True))
        return self._box

    @Slot(object)
    def _on_reason(self, reason: Reason) -> None:
        self._text.setText(self._tongue.say(REASONS[reason]))
        self._text.setCursorPosition(0)
