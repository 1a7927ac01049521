"""The counter's settings: what may be changed here, and the supervisor it takes."""

from dataclasses import fields
from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.domain.counter_settings import (
    LEAST_LOCK_MINUTES,
    MOST_LOCK_MINUTES,
    CounterSettings,
    OpeningLanguage,
    PaperName,
)
from kiosk.domain.errors import InvalidInputError, WaslError
from kiosk.ui.i18n import settings as words
from kiosk.ui.i18n import staff
from kiosk.ui.i18n.shown import fill, same
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.keys import digits
from kiosk.ui.screens.sign_in import refusal_words
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.chips import ChipGroup
from kiosk.ui.widgets.form_card import FormCard, secret_edit, text_edit
from kiosk.ui.widgets.grouped import GroupedEdit
from kiosk.ui.widgets.said import NO_WORDS

_ADDRESS: Final = 1000


class SettingsScreen(QWidget):
    """Three cards: what prints, what is kept, and who allows it."""

    def __init__(self, tongue: Tongue, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks
        papers = ChipGroup(
            tongue, [(name, words.PAPER_NAMES[name]) for name in PaperName], first=None, small=True
        )
        languages = ChipGroup(tongue, words.LANGUAGE_NAMES.items(), first=None, small=True)
        self.printing = FormCard(
            tongue,
            words.PRINT_TITLE,
            words.PRINT_LEAD,
            (
                ("printer", words.PRINTER, text_edit(_ADDRESS), words.PRINTER_HINT),
                ("paper", words.PAPER, papers, NO_WORDS),
                ("language", words.LANGUAGE, languages, NO_WORDS),
            ),
            (),
        )
        self.keeping = FormCard(
            tongue,
            words.KEEP_TITLE,
            words.KEEP_LEAD,
            (
                ("lock_minutes", words.LOCK, _minutes_edit(), words.LOCK_HINT),
                ("backup_folder", words.BACKUP, text_edit(_ADDRESS), words.FOLDER_HINT),
                ("backup_second_folder", words.SECOND_BACKUP, text_edit(_ADDRESS), NO_WORDS),
            ),
            (),
        )
        self.leave = FormCard(
            tongue,
            words.LEAVE_TITLE,
            words.LEAVE_LEAD,
            (
                ("supervisor", staff.SUPERVISOR, text_edit(32), NO_WORDS),
                ("secret", staff.SUPERVISOR_SECRET, secret_edit(), NO_WORDS),
            ),
            (("save", words.SAVE, "Enter"), ("ask_code", staff.ASK_CODE, "F3")),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 16, 20, 16)
        row.setSpacing(14)
        for card in self._cards():
            row.addWidget(card, 1)
        self._listen()

    def enter(self) -> None:
        """Show what stands in the file; nothing can be typed until that is known."""
        self.setEnabled(False)
        self.leave.empty("supervisor", "secret")
        self.leave.tell(staff.CHECKING)
        self._tasks.ask_settings.emit()

    def take_key(self, event: QKeyEvent) -> bool:
        """Take this screen's keys; tell whether it was one."""
        return self.isEnabled() and any(card.take_key(event) for card in self._cards())

    def shown(self) -> CounterSettings | None:
        """Return what stands on the screen; None, told and focused, when it cannot be."""
        minutes = self.keeping.value("lock_minutes")
        if not (minutes and LEAST_LOCK_MINUTES <= int(minutes) <= MOST_LOCK_MINUTES):
            self._refuse("lock_minutes")
            return None
        return CounterSettings(
            printer=self.printing.value("printer"),
            paper=PaperName(self.printing.value("paper")),
            language=OpeningLanguage(self.printing.value("language")),
            lock_minutes=int(minutes),
            backup_folder=self.keeping.value("backup_folder"),
            backup_second_folder=self.keeping.value("backup_second_folder"),
        )

    def _cards(self) -> tuple[FormCard, ...]:
        return self.printing, self.keeping, self.leave

    def _listen(self) -> None:
        self.printing.passed.connect(self._to_keeping)
        self.keeping.passed.connect(self._to_leave)
        self.leave.pressed.connect(self._pressed)
        worker = self._tasks.settings
        if worker is None:
            return
        worker.read.connect(self._on_read)
        worker.code_asked.connect(self._on_code_asked)
        worker.changed.connect(self._on_changed)
        worker.failed.connect(self._on_failed)

    @Slot()
    def _to_keeping(self) -> None:
        self.keeping.focus("lock_minutes")

    @Slot()
    def _to_leave(self) -> None:
        self.leave.focus("supervisor")

    @Slot(str)
    def _pressed(self, button: str) -> None:
        needed = ("supervisor",) if button == "ask_code" else ("supervisor", "secret")
        missing = [name for name in needed if not self.leave.value(name)]
        if missing:
            self.leave.tell(words.FILL_LEAVE, "attention")
            self.leave.focus(missing[0])
            return
        new = self.shown()
        if new is None:
            return
        supervisor, secret = self.leave.value("supervisor"), self.leave.value("secret")
        self.leave.tell(staff.CHECKING)
        if button == "ask_code":
            self._tasks.ask_settings_code.emit(supervisor, new)
        else:
            self.leave.empty("secret")
            self._tasks.change_settings.emit(new, supervisor, secret)

    @Slot(object)
    def _on_read(self, settings: CounterSettings) -> None:
        for field in fields(settings):
            self._card_of(field.name).put(field.name, str(getattr(settings, field.name)))
        self.leave.tell(NO_WORDS)
        self.setEnabled(True)
        self.printing.focus("printer")

    @Slot(str)
    def _on_code_asked(self, challenge: str) -> None:
        read_out = same(f"{challenge[0]} {challenge[1:5]} {challenge[5:]}")
        self.leave.tell(fill(staff.CHALLENGE, challenge=read_out))
        self.leave.focus("secret")

    @Slot(object)
    def _on_changed(self, names: tuple[str, ...]) -> None:
        self.leave.tell(words.SAVED if names else words.NOTHING_CHANGED, "ok")

    @Slot(object)
    def _on_failed(self, error: WaslError | None) -> None:
        if isinstance(error, InvalidInputError):
            self._refuse(error.field)
        else:
            self.leave.tell(refusal_words(error), "wrong")
            self.leave.focus("secret")

    def _refuse(self, name: str) -> None:
        if name not in {field.name for field in fields(CounterSettings)}:
            self.leave.tell(words.REFUSED_FILE, "wrong")
            return
        card = self._card_of(name)
        self.leave.tell(fill(words.REFUSED, field=card.fields[name].label_words), "wrong")
        card.focus(name)

    def _card_of(self, name: str) -> FormCard:
        return self.printing if name in self.printing.fields else self.keeping


def _minutes_edit() -> GroupedEdit:
    edit = GroupedEdit(digits)
    edit.setMaxLength(2)
    return edit
