"""The card on the side of step 2: pieces, what F12 will ask, and the button that deposits."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kiosk.domain.form import MAX_REASON
from kiosk.domain.vocabulary import DossierKind
from kiosk.domain.words import Words
from kiosk.ui.dossier_pages import DossierPages
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.shown import fill, joined
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.theme import SCROLL_BAR_PX
from kiosk.ui.widgets.checklist import Checklist, Part
from kiosk.ui.widgets.chips import ChipGroup
from kiosk.ui.widgets.reader_name import ReaderName
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

CARD_PX: Final = 272
_EDGE_PX: Final = 6
_ROOMY_PX: Final = 560
"""A card as high as this has room for every piece beside the question why."""
_LEAST_LIST_PX: Final = 36


class ConfirmCard(QFrame):
    """What is there, what is missing, and the way to the receipt."""

    confirm_asked = Signal()

    def __init__(self, tongue: Tongue, *, prints: bool) -> None:
        super().__init__()
        self._tongue = tongue
        self.setProperty("card", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE_PX, 16, _EDGE_PX, 16)
        column.setSpacing(10)
        column.addWidget(_inset(SaidLabel(tongue, acts.PIECES, role="head")))
        self._checklist = Checklist(tongue)
        column.addWidget(self._scroll(self._checklist), 1)
        self._notice = SaidLabel(tongue, role="notice", wrap=True)
        words = acts.CONFIRM if prints else acts.CONFIRM_ONLY
        self._button = KeyButton(tongue, words, "F12", look="primary")
        self._button.clicked.connect(self.confirm_asked)
        column.addWidget(_inset(self._notice, self._reason_box(tongue), self._button))
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
        """Say something above the button; no words: nothing.

        While the reason is asked it stands in the place of the hint, so that nothing moves.
        """
        self._notice.tell(words, tone)
        is_asking = not self._box.isHidden()
        self._notice.setVisible(words != NO_WORDS and not is_asking)
        is_hint = words == NO_WORDS
        self._hint.tell(acts.REASON_HINT if is_hint else words, "neutral" if is_hint else tone)

    @property
    def message(self) -> Words:
        """Return what is said above the button."""
        return self._notice.words

    def ask_reason(self, *, wanted: bool) -> None:
        """Open or close the question why; nothing else is held up by it."""
        self._box.setVisible(wanted)
        self._show_part()
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many pieces as there is room for."""
        super().resizeEvent(event)
        self._show_part()

    def _show_part(self) -> None:
        asking = Part.PIECES if self.height() >= _ROOMY_PX else Part.DOUBTS
        self._checklist.show_part(Part.ALL if self._box.isHidden() else asking)

    def _scroll(self, checklist: Checklist) -> QScrollArea:
        # As wide with a scroll bar as without: the bar has its own room at the card's edge.
        checklist.setFixedWidth(CARD_PX - 2 - 2 * (_EDGE_PX + SCROLL_BAR_PX))
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addSpacing(SCROLL_BAR_PX)
        row.addWidget(checklist, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setMinimumHeight(_LEAST_LIST_PX)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        return scroll

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
        ReaderName(self._text, tongue, acts.REASON)
        column.addWidget(self._text)
        self._hint = SaidLabel(tongue, acts.REASON_HINT, role="hint", wrap=True)
        column.addWidget(self._hint)
        return self._box

    @Slot(object)
    def _on_reason(self, reason: Reason) -> None:
        self._text.setText(self._tongue.say(REASONS[reason]))
        self._text.setCursorPosition(0)


def _inset(*widgets: QWidget) -> QWidget:
    """Return widgets one below the other, as wide as the list beside its scroll bar."""
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(SCROLL_BAR_PX, 0, SCROLL_BAR_PX, 0)
    column.setSpacing(10)
    for widget in widgets:
        column.addWidget(widget)
    return box
