"""The three steps of a deposit, from one person to the next."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kiosk.domain.errors import InvalidInputError, WaslError
from kiosk.domain.form import DepositForm
from kiosk.domain.ids import uuid7
from kiosk.domain.moments import local_date
from kiosk.domain.views import Deposited, FoundDraft
from kiosk.domain.vocabulary import AbandonReason, IdType, PieceKind
from kiosk.domain.words import Words
from kiosk.ui import judging
from kiosk.ui.i18n import acts, texts
from kiosk.ui.i18n.faults import UNEXPECTED, error_words
from kiosk.ui.i18n.shown import PAGES_TO_RETAKE, PIECES_MISSING, counted
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.judging import Tone
from kiosk.ui.screens.found_drafts import ABANDON_BUTTONS
from kiosk.ui.screens.insured import InsuredScreen
from kiosk.ui.screens.pages import PagesScreen
from kiosk.ui.screens.receipt import ReceiptScreen, summary
from kiosk.ui.screens.scanner import Scanner
from kiosk.ui.steps import Event, Step, after
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.banner import Banner
from kiosk.ui.widgets.frame import Steps
from kiosk.ui.widgets.said import NO_WORDS, SaidLabel

_SHOWN = {Step.INSURED: 1, Step.PAGES: 2, Step.REASON: 2, Step.CONFIRMING: 2, Step.RECEIPT: 3}


class DepositScreen(QWidget):
    """Holds one dossier at a time; which step it is at, the table of steps decides."""

    deposited = Signal()
    freed = Signal()  # the next dossier may begin
    close_asked = Signal()
    printer_seen = Signal(bool)

    _group: UUID
    _draft: UUID | None
    _noted: tuple[DepositForm, Mapping[int, PieceKind]] | None

    def __init__(
        self,
        tongue: Tongue,
        tasks: Tasks,
        now: Callable[[], datetime],
        scanner: Scanner,
        *,
        prints: bool,
    ) -> None:
        super().__init__()
        self._tasks, self._now = tasks, now
        self._form = DepositForm()
        self._count = 1
        self.step = Step.INSURED
        self.insured = InsuredScreen(tongue, lambda: local_date(now()))
        self.pages = PagesScreen(tongue, tasks, scanner, prints=prints)
        self.receipt = ReceiptScreen(tongue, tasks, prints=prints)
        self._steps = Steps(tongue)
        self._summary = SaidLabel(tongue, role="quiet", wrap=True)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        self.question = Banner(tongue)
        self.question.pressed.connect(self._on_answer)
        self._stack = QStackedWidget()
        for screen in (self.insured, self.pages, self.receipt):
            self._stack.addWidget(screen)
        head = QHBoxLayout()
        head.setSpacing(20)
        head.addWidget(self._steps)
        head.addWidget(self._summary, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 20, 14)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.question)
        column.addWidget(self._stack, 1)
        self._listen()
        self._new_ids()
        self.insured.reset()
        self._show()

    def _listen(self) -> None:
        self.insured.ready.connect(self._on_insured)
        self.insured.left.connect(self._note)
        self.pages.changed.connect(self._on_pages)
        self.pages.changed.connect(self._note)
        self.pages.confirm_asked.connect(self._on_confirm)
        self.receipt.next_person.connect(self._on_next_person)
        self.receipt.next_same.connect(self._on_next_same)
        self.receipt.printer_seen.connect(self.printer_seen)
        self._tasks.desk.opened.connect(self._on_opened)
        self._tasks.desk.failed.connect(self._on_failed)
        self._tasks.desk.not_noted.connect(self._on_not_noted)
        self._tasks.desk.deposited.connect(self._on_deposited)
        self._tasks.desk.refused.connect(self._on_refused)

    def enter(self) -> None:
        """Put the focus where the step begins."""
        self._screen().enter()

    def take_key(self, event: QKeyEvent) -> bool:
        """Take the keys of this step; tell whether it was one."""
        if self.question.isVisible():
            return self._take_answer_key(event)
        if self.step is Step.CONFIRMING:
            return True
        if self._screen().take_key(event):
            return True
        if event.key() == Qt.Key.Key_Escape:
            self._back()
            return True
        return False

    def has_something(self) -> bool:
        """Tell whether leaving now would lose something."""
        is_open = self.step is not Step.RECEIPT
        return is_open and (self.insured.is_touched() or bool(self.pages.pages.entries))

    def ask_to_close(self) -> None:
        """Ask whether to close before this dossier is done; it is found again."""
        self._note()
        buttons = (("stay", texts.CANCEL, "Esc"), ("close", texts.CLOSE, ""))
        self.question.tell("attention", acts.CLOSE_TITLE, acts.CLOSE_TEXT, buttons)
        self.question.focus("stay")

    def ask_to_abandon(self) -> None:
        """Ask why this dossier is given up; Esc stays."""
        self.question.tell("attention", texts.LOSE_TITLE, texts.LOSE_TEXT, ABANDON_BUTTONS)
        self.question.focus("stay")

    def resume(self, found: FoundDraft) -> None:
        """Go on with a dossier that was found: the same words, the same pages, the same step."""
        self._new_ids()
        self._draft, self._count = found.draft_id, 1
        self._group = found.form.group_id or self._group
        self._noted = found.form, dict(found.marks)
        self.pages.reset()
        is_right = self.insured.fill(found.form, was_passed=found.page_count > 0)
        self._form = replace(self.insured.value(), group_id=self._group)
        self.pages.resume(found.draft_id, found.marks)
        self.step = after(self.step, Event.NEXT)
        if is_right:
            self.step = after(self.step, Event.INSURED_READ)
        self._show()
        self.enter()

    def doubts(self) -> tuple[Words, ...]:
        """Return what F12 asks a reason for; nothing when all is well."""
        form, today = self._form, local_date(self._now())
        found: list[Words] = []
        if troubled := len(self.pages.pages.troubled()):
            found.append(counted(troubled, PAGES_TO_RETAKE))
        if self.pages.pages.entries and (missing := self.pages.pages.missing(form.kind)):
            found.append(counted(len(missing), PIECES_MISSING))
        if judging.is_late(form.care_date, form.end_date, today):
            found.append(acts.LATE_SHORT)
        odd = judging.id_number(form.id_type, form.id_number).tone is Tone.ATTENTION
        if odd and form.id_type is not IdType.NONE:
            found.append(acts.ID_SHORT)
        return tuple(found)

    def _screen(self) -> InsuredScreen | PagesScreen | ReceiptScreen:
        return (self.insured, self.pages, self.receipt)[_SHOWN[self.step] - 1]

    def _take_answer_key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self._on_answer("stay")
        elif event.key() == Qt.Key.Key_Delete:
            self._on_answer(AbandonReason.CLIENT_TAKES_BACK)
        else:
            return False
        return True

    def _back(self) -> None:
        if self.step in (Step.PAGES, Step.REASON):
            self._move(Event.BACK)
        elif self.has_something():
            self.ask_to_abandon()

    def _move(self, event: Event) -> None:
        self.step = after(self.step, event)
        self._show()
        self.enter()

    def _show(self) -> None:
        shown = _SHOWN[self.step]
        self._stack.setCurrentIndex(shown - 1)
        self._steps.show_step(shown)
        self._summary.tell(summary(self._form, self._count) if shown == 2 else NO_WORDS)
        self.pages.card.ask_reason(wanted=self.step is Step.REASON)
        if shown == 2:
            self._on_pages()

    def _new_ids(self) -> None:
        self._request = uuid7(self._now())
        self._group = uuid7(self._now())
        self._draft = None
        self._is_begun = False
        self._noted = None

    def _begin(self) -> None:
        if self._draft is None and not self._is_begun:
            self._is_begun = True
            self._tasks.begin.emit(self._request)

    @Slot(str)
    def _on_answer(self, name: str) -> None:
        self.question.hide()
        if name in tuple(AbandonReason):
            if self._draft is not None:
                self._tasks.abandon.emit(self._draft, AbandonReason(name))
            self._on_next_person()
        elif name == "close":
            self.question.show()  # it was asked and answered
            self.close_asked.emit()
        else:
            self.enter()

    @Slot(object)
    def _on_insured(self, form: DepositForm) -> None:
        self._form = replace(form, group_id=self._group)
        self._begin()
        self._note()
        self._move(Event.INSURED_READ)

    @Slot()
    def _note(self) -> None:
        """Keep what was typed and marked, when that is something new."""
        if self.step in (Step.CONFIRMING, Step.RECEIPT) or not self.has_something():
            return
        if self._draft is None:
            self._begin()
            return
        if self.pages.book.is_resuming:
            return  # the marks come with the pages
        form = replace(self.insured.value(), group_id=self._group)
        marks = dict(self.pages.pages.marks())
        if (form, marks) != self._noted:
            self._noted = (form, marks)
            self._tasks.note(self._draft, form, marks)

    @Slot(object, object)
    def _on_opened(self, request_id: UUID, draft_id: UUID) -> None:
        if request_id == self._request and self._draft is None:
            self._draft = draft_id
            self.pages.set_draft(draft_id)
            self._note()
        else:
            self._tasks.abandon.emit(draft_id, AbandonReason.ENTERED_BY_MISTAKE)

    @Slot(object, object)
    def _on_failed(self, request_id: UUID, error: WaslError | None) -> None:
        if request_id == self._request:
            self._is_begun = False
            self.pages.card.tell(UNEXPECTED if error is None else error_words(error), "wrong")

    @Slot(object, object)
    def _on_not_noted(self, draft_id: UUID, error: WaslError | None) -> None:
        if draft_id != self._draft:
            return
        self._noted = None
        words = UNEXPECTED if error is None else error_words(error)
        if self.step is Step.INSURED:
            self.insured.say(words)
        else:
            self.pages.card.tell(words, "wrong")

    @Slot()
    def _on_pages(self) -> None:
        if self.step is Step.PAGES:
            self.pages.card.show_pages(self.pages.pages, self._form.kind, self.doubts())
        elif self.step is Step.REASON:
            self.pages.card.show_pages(self.pages.pages, self._form.kind, ())

    @Slot()
    def _on_confirm(self) -> None:
        card = self.pages.card
        if self.step not in (Step.PAGES, Step.REASON) or self._draft is None:
            return
        if not self.pages.pages.entries:
            card.tell(acts.NEED_PAGES, "attention")
        elif self.pages.is_busy():
            card.tell(acts.WAIT_FOR_PAGES, "attention")
        elif self.doubts() and self.step is Step.PAGES:
            self.step = after(self.step, Event.REASON_NEEDED)
            self._show()
        elif self.doubts() and not card.reason():
            card.tell(acts.REASON_MISSING, "attention")
        else:
            self._confirm(self._draft, card.reason())

    def _confirm(self, draft_id: UUID, reason: str) -> None:
        self._form = replace(self._form, reason=reason)
        self.step = after(self.step, Event.CONFIRM_ASKED)
        self._show()
        self.pages.card.tell(acts.CONFIRMING)
        marks = dict(self.pages.pages.marks())
        self._tasks.confirm.emit(draft_id, self._form, marks, self._request)

    @Slot(object, object)
    def _on_deposited(self, request_id: UUID, deposited: Deposited) -> None:
        if request_id != self._request or self.step is not Step.CONFIRMING:
            return
        self.receipt.start(deposited, self._form, self.pages.pages.pieces())
        self._move(Event.DEPOSITED)
        self.pages.reset()
        self.insured.reset()
        self.deposited.emit()

    @Slot(object, object)
    def _on_refused(self, request_id: UUID, error: WaslError | None) -> None:
        if request_id != self._request or self.step is not Step.CONFIRMING:
            return
        self._move(Event.REFUSED)
        self.pages.card.tell(UNEXPECTED if error is None else error_words(error), "wrong")
        if isinstance(error, InvalidInputError) and error.field in self.insured.form.fields:
            self._move(Event.BACK)
            self.insured.point_at(error.field)

    @Slot()
    def _on_next_person(self) -> None:
        self._start_next(None)

    @Slot()
    def _on_next_same(self) -> None:
        self._start_next(self._form)

    def _start_next(self, same: DepositForm | None) -> None:
        group = self._group
        self._new_ids()
        self._group = group if same is not None else self._group
        self._count = self._count + 1 if same is not None else 1
        self._form = DepositForm()
        self.pages.reset()
        self.insured.reset(same)
        self._move(Event.NEXT)
        self.freed.emit()
