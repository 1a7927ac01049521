"""Offering, after a start, the dossiers that were being taken when the program ended."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from kiosk.domain.errors import WaslError
from kiosk.domain.views import FoundDraft
from kiosk.domain.vocabulary import AbandonReason
from kiosk.ui.i18n import acts, texts
from kiosk.ui.i18n.faults import UNEXPECTED, error_words
from kiosk.ui.i18n.shown import PAGES, counted, fill
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.banner import Banner
from kiosk.ui.widgets.said import NO_WORDS

ABANDON_BUTTONS: Final = (
    ("stay", texts.CANCEL, "Esc"),
    (AbandonReason.CLIENT_TAKES_BACK.value, acts.CLIENT_TAKES_BACK, "Suppr"),
    (AbandonReason.ENTERED_BY_MISTAKE.value, acts.BY_MISTAKE, ""),
)
_OFFER: Final = (
    ("resume", acts.RESUME, "Enter"),
    ("abandon", texts.LOSE, "Suppr"),
    ("later", acts.LATER, "Esc"),
)


class FoundDrafts(Banner):
    """One dossier at a time, above everything, never in the way. Later is always an answer."""

    chosen = Signal(object)  # FoundDraft: to go on with
    answered = Signal()  # nothing is left to ask for now

    def __init__(self, tongue: Tongue, tasks: Tasks, is_busy: Callable[[], bool]) -> None:
        super().__init__(tongue)
        self._tasks, self._is_busy = tasks, is_busy
        self._left: list[FoundDraft] = []
        self._is_asking_why = False
        self.pressed.connect(self._on_pressed)
        tasks.desk.found.connect(self._on_found)
        tasks.desk.abandoned.connect(self._on_abandoned)
        tasks.desk.not_abandoned.connect(self._on_not_abandoned)

    def take_key(self, event: QKeyEvent) -> bool:
        """Take Esc, and Del where no page or field has the focus; tell whether it was one."""
        focused = QApplication.focusWidget()
        is_here = focused is not None and self.isAncestorOf(focused)
        if event.key() == Qt.Key.Key_Escape:
            self._on_pressed("stay" if self._is_asking_why else "later")
        elif event.key() == Qt.Key.Key_Delete and is_here:
            why = AbandonReason.CLIENT_TAKES_BACK.value
            self._on_pressed(why if self._is_asking_why else "abandon")
        else:
            return False
        return True

    def ask(self) -> None:
        """Ask about the oldest that is left; nothing left: be gone."""
        self._is_asking_why = False
        if not self._left:
            was_asking = self.isVisible()
            self.hide()
            if was_asking:
                self.answered.emit()
            return
        pages = counted(self._left[0].page_count, PAGES)
        self.tell("attention", fill(acts.FOUND_DRAFT, pages=pages), buttons=_OFFER)
        self.focus("resume")

    @Slot(object)
    def _on_found(self, found: tuple[FoundDraft, ...]) -> None:
        self._left = list(found)

    @Slot(str)
    def _on_pressed(self, name: str) -> None:
        if not self._left:
            return
        if name == "resume" and self._is_busy():
            self.say(acts.FINISH_FIRST, NO_WORDS)
        elif name == "resume":
            chosen = self._left.pop(0)
            self.hide()
            self.chosen.emit(chosen)
        elif name == "abandon":
            self._is_asking_why = True
            self.tell("attention", texts.LOSE_TITLE, texts.LOSE_TEXT, ABANDON_BUTTONS)
            self.focus("stay")
        elif name == "stay":
            self.ask()
        elif name == "later":
            self._left = []
            self.ask()
        else:
            self._tasks.abandon.emit(self._left[0].draft_id, AbandonReason(name))

    @Slot(object)
    def _on_abandoned(self, draft_id: UUID) -> None:
        if any(one.draft_id == draft_id for one in self._left):
            self._left = [one for one in self._left if one.draft_id != draft_id]
            self.ask()

    @Slot(object, object)
    def _on_not_abandoned(self, draft_id: UUID, error: WaslError | None) -> None:
        if self._left and self._left[0].draft_id == draft_id:
            why = UNEXPECTED if error is None else error_words(error)
            self._is_asking_why = False
            self.tell("wrong", why, buttons=_OFFER)
            self.focus("later")
