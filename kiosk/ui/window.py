"""The counter's window: the frame around every screen, and the keys that work everywhere."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from kiosk.domain.errors import WaslError
from kiosk.domain.scans import LockedBy, ScanProfile
from kiosk.domain.views import DiskState, FoundDraft, PointIdentity
from kiosk.domain.words import Words
from kiosk.ui import theme
from kiosk.ui.i18n import acts, texts
from kiosk.ui.i18n.faults import UNEXPECTED, error_words
from kiosk.ui.i18n.shown import joined
from kiosk.ui.i18n.tongue import Language, Tongue
from kiosk.ui.idle import LOCK_AFTER_MS
from kiosk.ui.keys import is_language_switch
from kiosk.ui.screens.deposit import DepositScreen
from kiosk.ui.screens.enrolment import EnrolmentScreen
from kiosk.ui.screens.found_drafts import FoundDrafts
from kiosk.ui.screens.open_prints import OpenPrints
from kiosk.ui.screens.scanner import Scanner
from kiosk.ui.screens.to_send import ToSendScreen
from kiosk.ui.staffing import Staffing
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.banner import Banner
from kiosk.ui.widgets.frame import StatusBar, TopBar
from kiosk.ui.widgets.said import NO_WORDS, SaidLabel
from kiosk.ui.workers import Glance

LOOK_EVERY_MS: Final = 3_000
MESSAGES_SHOWN: Final = 2
"""So that they never crowd out the dossier that is being taken."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSettings:
    """What the window is told when it is made.

    Attributes:
        language: The language it opens in.
        printer: Short name of the printer («ticket 80 mm»); no words: there is none, so nothing
            is printed and the receipt is only shown.
        profiles: Ways of scanning; F2 takes the first. None: pages come from files.
        profiles_locked_by: Who keeps them as they are; None: nobody.
        now: The clock, UTC.
        disk: How the data folder's disk is; called in a worker thread. None: not shown.
        lock_after_ms: How long nothing may be touched before whoever works signs in again.
    """

    language: Language = Language.FRENCH
    printer: Words = NO_WORDS
    profiles: tuple[ScanProfile, ...] = ()
    profiles_locked_by: LockedBy | None = None
    now: Callable[[], datetime] = field(default=_utc_now)
    disk: Callable[[], DiskState] | None = None
    lock_after_ms: int = LOCK_AFTER_MS


class MainWindow(QWidget):
    """Offers enrolment to an unknown kiosk, and deposits to a known one."""

    opened = Signal()  # it is known who this kiosk is, and its first screen is shown
    not_opened = Signal(object)  # WaslError | None

    def __init__(self, tasks: Tasks, settings: WindowSettings) -> None:
        super().__init__()
        self._tasks, self._settings = tasks, settings
        self.tongue = Tongue(settings.language, self)
        prints = settings.printer != NO_WORDS
        self._top = TopBar(self.tongue)
        self._status = StatusBar(self.tongue, printer=settings.printer)
        self.trouble = Banner(self.tongue)
        self.messages = SaidLabel(self.tongue, role="strong", wrap=True)
        self.messages.setContentsMargins(20, 8, 20, 8)
        self.messages.hide()
        self.open_prints = OpenPrints(self.tongue, tasks, prints=prints)
        self._waiting = SaidLabel(self.tongue, acts.OPENING, role="quiet")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.enrolment = EnrolmentScreen(self.tongue, tasks)
        scanner = Scanner(
            self, self.tongue, tasks, settings.profiles, locked_by=settings.profiles_locked_by
        )
        self.deposit = DepositScreen(self.tongue, tasks, settings.now, scanner, prints=prints)
        self.found_drafts = FoundDrafts(self.tongue, tasks, self.deposit.has_something)
        self.to_send = ToSendScreen(self.tongue, tasks, settings.now)
        self._stack = QStackedWidget()
        for screen in (self._waiting, self.enrolment, self.deposit, self.to_send):
            self._stack.addWidget(screen)
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_EVERY_MS)
        self._is_looking = False
        self._lay_out()
        after_ms = settings.lock_after_ms
        self.staffing = Staffing(self, tasks, self.tongue, self._status, after_ms)
        self._listen()
        self._mirror()

    def open(self) -> None:
        """Show the window and ask who this kiosk is."""
        self.show()
        self._tasks.identify.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give a key to the question that stands, to the screen, then to the sections."""
        if is_language_switch(event):
            self.tongue.switch()
        elif not (self._answer(event) or self._take_key(event)):
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once, unless a dossier is not done: then the second time."""
        if self.deposit.has_something() and not self.deposit.question.isVisible():
            self.show_section("deposit")
            self.deposit.ask_to_close()
            event.ignore()
            return
        self._clock.stop()
        self.deposit.pages.stop_coming()  # what feeds or is read would hold the threads' end
        super().closeEvent(event)

    def show_section(self, name: str) -> None:
        """Open a section: "deposit" or "to_send"."""
        screen = self.to_send if name == "to_send" else self.deposit
        self._top.show_section(name)
        self._stack.setCurrentWidget(screen)
        screen.enter()
        self._look()

    def _answer(self, event: QKeyEvent) -> bool:
        asked = (one for one in (self.open_prints, self.found_drafts) if one.isVisible())
        return self.staffing.take_key(event) or any(one.take_key(event) for one in asked)

    def _take_key(self, event: QKeyEvent) -> bool:
        current = self._stack.currentWidget()
        if isinstance(current, DepositScreen | EnrolmentScreen | ToSendScreen) and (
            current.take_key(event)
        ):
            return True
        if current is self.deposit and event.key() == Qt.Key.Key_F6:
            self.show_section("to_send")
        elif current is self.to_send and event.key() == Qt.Key.Key_Escape:
            self.show_section("deposit")
        else:
            return False
        return True

    def _lay_out(self) -> None:
        self.setWindowTitle(texts.APP.fr)
        self.setMinimumSize(1024, 560)
        self.resize(1366, 768)
        self.setStyleSheet(theme.style_sheet())
        work = QWidget()
        work.setObjectName("work")
        inside = QVBoxLayout(work)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(self.trouble)
        inside.addWidget(self.messages)
        inside.addWidget(self.open_prints)
        inside.addWidget(self.found_drafts)
        inside.addWidget(self._stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._top)
        column.addWidget(work, 1)
        column.addWidget(self._status)

    def _listen(self) -> None:
        self.tongue.changed.connect(self._mirror)
        self._top.language_asked.connect(self.tongue.switch)
        self._top.section_asked.connect(self.show_section)
        self._clock.timeout.connect(self._look)
        self.enrolment.enrolled.connect(self._on_enrolled)
        self.deposit.deposited.connect(self._look)
        self.deposit.freed.connect(self._offer_drafts)
        self.deposit.close_asked.connect(self.close)
        self.deposit.pages.scanner.changed.connect(self._on_scanner_changed)
        self._on_scanner_changed()
        self.deposit.printer_seen.connect(self._on_printer_seen)
        self.open_prints.answered.connect(self._on_answered)
        self.found_drafts.answered.connect(self._on_answered)
        self.found_drafts.chosen.connect(self._on_draft_chosen)
        self.staffing.sign_in.signed_in.connect(self._on_signed_in)
        self._tasks.desk.found.connect(self._on_found)
        self._tasks.desk.identified.connect(self._on_identified)
        self._tasks.desk.not_identified.connect(self._on_not_identified)
        self._tasks.watch.seen.connect(self._on_seen)
        self._tasks.watch.failed.connect(self._on_not_seen)

    @Slot()
    def _mirror(self) -> None:
        self.setLayoutDirection(self.tongue.direction)

    @Slot()
    def _look(self) -> None:
        if not self._is_looking:
            self._is_looking = True
            self._tasks.look.emit()

    @Slot(object)
    def _on_identified(self, identity: PointIdentity | None) -> None:
        self.trouble.hide()
        if identity is None:
            self._stack.setCurrentWidget(self.enrolment)
            self.enrolment.enter()
        else:
            self._on_enrolled(identity)
            self.staffing.begin()
            self._tasks.ask_open_prints.emit()
            self._tasks.ask_found.emit()
        self.opened.emit()

    @Slot(object)
    def _on_enrolled(self, identity: PointIdentity) -> None:
        self._top.show_identity(identity)
        self.show_section("deposit")
        self._clock.start()

    @Slot(object)
    def _on_not_identified(self, error: WaslError | None) -> None:
        self.trouble.tell("wrong", UNEXPECTED if error is None else error_words(error))
        self._waiting.hide()
        self.not_opened.emit(error)

    @Slot(object)
    def _on_seen(self, glance: Glance) -> None:
        self._is_looking = False
        self.trouble.hide()
        self._top.show_glance(glance)
        self.to_send.show_glance(glance)
        told = glance.queue.messages[:MESSAGES_SHOWN]
        self.messages.tell(joined(*told, by="\n"), "attention")
        self.messages.setVisible(bool(told))
        self._status.show_glance(glance, self._settings.now())

    @Slot(object)
    def _on_not_seen(self, error: WaslError | None) -> None:
        self._is_looking = False
        why = UNEXPECTED if error is None else error_words(error)
        self.trouble.tell("wrong", acts.UNREADABLE_QUEUE, why)
        self._top.show_unknown()
        self.to_send.show_unknown()

    @Slot()
    def _on_scanner_changed(self) -> None:
        profile = self.deposit.pages.scanner.profile
        self._status.show_scanner(profile.name if profile is not None else "")

    @Slot(bool)
    def _on_printer_seen(self, works: bool) -> None:
        self._status.show_printer(works=works)

    @Slot()
    def _on_answered(self) -> None:
        self._offer_drafts()
        if self._stack.currentWidget() is self.deposit and not self.found_drafts.isVisible():
            self.deposit.enter()

    @Slot(object)
    def _on_found(self, _: tuple[FoundDraft, ...]) -> None:
        self._offer_drafts()

    @Slot(str)
    def _on_signed_in(self, _: str) -> None:
        # Under the cover nothing could take the focus.
        self._offer_drafts()

    @Slot()
    def _offer_drafts(self) -> None:
        # One question at a time: the receipt that a person waits for comes first.
        if not self.open_prints.isVisible() and not self.deposit.has_something():
            self.found_drafts.ask()

    @Slot(object)
    def _on_draft_chosen(self, found: FoundDraft) -> None:
        self.show_section("deposit")
        self.deposit.resume(found)
