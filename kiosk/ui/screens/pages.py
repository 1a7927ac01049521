"""Step 2: the pages, each judged as it comes, and the pieces they make."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.page import Outline
from kiosk.domain.vocabulary import PieceKind
from kiosk.domain.words import Words
from kiosk.ui.desk_worker import ShownFrame
from kiosk.ui.dossier_pages import DossierPages, Entry
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.help import HELP
from kiosk.ui.i18n.shown import PAGES, counted
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.keys import PIECE_BY_DIGIT, letter
from kiosk.ui.screens.coming import coming_words, lead_words
from kiosk.ui.screens.confirm_card import CARD_PX, ConfirmCard
from kiosk.ui.screens.corner_card import CornerCard
from kiosk.ui.screens.desk_card import DeskCard
from kiosk.ui.screens.page_book import PageBook
from kiosk.ui.screens.scanner import Scanner
from kiosk.ui.screens.source_buttons import SourceButtons
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets import file_picker
from kiosk.ui.widgets.fault_notice import FaultNotice
from kiosk.ui.widgets.file_picker import FilePicker
from kiosk.ui.widgets.page_list import PageList
from kiosk.ui.widgets.said import NO_WORDS, SaidLabel


class PagesScreen(QWidget):
    """Adds, turns, removes and names pages. Whether and how to deposit is the deposit's matter."""

    changed = Signal()
    confirm_asked = Signal()

    def __init__(self, tongue: Tongue, tasks: Tasks, scanner: Scanner, *, prints: bool) -> None:
        super().__init__()
        self.book = PageBook(self, tasks)
        self._wanted: int | None = None  # the page whose corners are to be set
        self._follows = True  # the newest page is shown, until somebody goes to another
        self.card = ConfirmCard(tongue, prints=prints)
        self.card.confirm_asked.connect(self.confirm_asked)
        self.desk = DeskCard(tongue)
        self.desk.pressed.connect(self._on_pressed)
        self.picker = FilePicker(tongue, tasks, acts.IMPORT_TITLE, file_picker.PAGES)
        self.picker.picked.connect(self._on_picked)
        self.picker.closed.connect(self._on_picker_closed)
        self.scanner = scanner
        self.scanner.changed.connect(self._on_scanner_changed)
        self.scanner.ended.connect(self.book.tell_arrived)
        self.scanner.camera_opened.connect(self._on_camera_opened)
        self.scanner.camera_closed.connect(self._on_picker_closed)
        self.corners = CornerCard(tongue)
        self.corners.placed.connect(self._on_placed)
        self.corners.closed.connect(self._on_corners_closed)
        self._lay_out(tongue)
        self.book.changed.connect(self._on_changed)
        self.book.page_came.connect(self._on_page_came)
        self.book.all_came.connect(self._on_all_came)
        self.book.emptied.connect(self._on_emptied)
        self.scanner.faulted.connect(self._fault.add)
        self.book.faulted.connect(self._fault.add)
        self.book.frame_came.connect(self._on_frame)
        self.book.frame_missing.connect(self._on_frame_missing)
        self.book.preview_came.connect(self._on_current)

    def _lay_out(self, tongue: Tongue) -> None:
        left = QFrame()
        left.setProperty("card", True)
        column = QVBoxLayout(left)
        column.setContentsMargins(14, 16, 14, 16)
        column.setSpacing(10)
        self._count = SaidLabel(tongue, acts.NO_PAGES, role="head")
        column.addWidget(self._count)
        self.list = PageList(tongue)
        self.list.current_changed.connect(self._on_current)
        self.list.moved.connect(self._on_moved)
        self.list.past_the_end.connect(self.card.focus_button)
        column.addWidget(self.list, 1)
        self._fault = FaultNotice(tongue)
        self._progress = SaidLabel(tongue, role="notice", wrap=True)
        for part in (self._fault, self._progress):
            column.addWidget(part)
        self.buttons = SourceButtons(self, tongue, self.scanner, column)
        self.buttons.scan_asked.connect(self._scan_more)
        self.buttons.stop_asked.connect(self.stop_coming)
        self.buttons.import_asked.connect(self._open_picker)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        left.setFixedWidth(236)
        self.card.setFixedWidth(CARD_PX)
        row.addWidget(left)
        row.addWidget(self.desk, 1)
        row.addWidget(self.picker, 1)
        row.addWidget(self.scanner.card, 1)
        row.addWidget(self.corners, 1)
        row.addWidget(self.card)
        self._show_buttons()
        self._say_progress()

    @property
    def pages(self) -> DossierPages:
        """Return the pages as they are now."""
        return self.book.pages

    @property
    def message(self) -> Words:
        """Return what is said about files that could not be taken."""
        return self._fault.words

    def set_draft(self, draft_id: UUID) -> None:
        """Take the draft that pages go to."""
        self.book.open(draft_id)

    def resume(self, draft_id: UUID, marks: Mapping[int, PieceKind]) -> None:
        """Take a draft that was found, and its pages as they are read back."""
        self.book.resume(draft_id, marks)
        self._say_progress()

    def reset(self) -> None:
        """Forget the pages, ready for another dossier."""
        self.book.reset()
        self.scanner.reset()
        self._fault.forget()
        self._wanted = None
        self.picker.hide()
        self.corners.hide()
        self.desk.show()
        self.card.ask_reason(wanted=False)
        self._refresh()

    def enter(self) -> None:
        """Put the focus on the pages, or on the button that adds the first."""
        if self.pages.entries or self.scanner.is_running:
            self.list.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.buttons.focus_first()

    def is_busy(self) -> bool:
        """Tell whether pages are still coming."""
        return bool(self.book.coming) or self.book.is_resuming or self.scanner.is_running

    def take_key(self, event: QKeyEvent) -> bool:
        """Take this step's keys; tell whether it was one."""
        if self.picker.isVisible():
            return self.picker.take_key(event)
        if self.corners.isVisible():
            return self.corners.take_key(event)
        key = event.key()
        if key == Qt.Key.Key_Escape and (self.book.coming or self.scanner.is_running):
            self.stop_coming()
            return True
        if self.scanner.take_key(event):
            return True
        if key == Qt.Key.Key_F1:
            self.card.tell(HELP["pages"])
        elif key == Qt.Key.Key_F12:
            self.confirm_asked.emit()
        elif key == Qt.Key.Key_F4:
            self._open_picker()
        elif key == Qt.Key.Key_F2 and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.scanner.choose_next()
        elif key == Qt.Key.Key_F2:
            self._take(self._retaken())
        else:
            return self._take_page_key(event)
        return True

    def _take_page_key(self, event: QKeyEvent) -> bool:
        entry, typed = self._current(), letter(event)
        if typed == "Z" and self.book.removed is not None:
            self.book.put_back()
            return True
        if entry is None:
            return False
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.book.remove(entry.page_id)
        elif typed == "R":
            self.book.turn(entry.page_id)
        elif typed == "A":
            self._ask_corners(entry)
        elif typed == "G":
            self._keep(entry)
        elif typed == "N":
            self._go_to_trouble()
        elif typed == "C":
            self.book.set_pages(self.pages.continued(entry.page_id))
        elif typed in PIECE_BY_DIGIT:
            self.book.set_pages(self.pages.marked(entry.page_id, PIECE_BY_DIGIT[typed]))
        else:
            return False
        return True

    def _current(self) -> Entry | None:
        found = (one for one in self.pages.entries if one.page_id == self.list.current)
        return next(found, None)

    def _keep(self, entry: Entry) -> None:
        if entry.page.problems:
            self.book.keep(entry.page_id, is_so=not entry.page.original_is_so)

    def _go_to_trouble(self) -> None:
        troubled = [entry.page_id for entry in self.pages.troubled()]
        order = [entry.page_id for entry in self.pages.entries]
        if troubled:
            at = order.index(self.list.current) if self.list.current in order else -1
            behind = [one for one in troubled if order.index(one) > at]
            self.list.choose((behind or troubled)[0])
            self._on_moved()

    def _retaken(self) -> int | None:
        """Return the page that F2 takes again; None: it takes further pages."""
        entry = self._current()
        if entry is None or not (entry.is_troubled and self.scanner.takes_again):
            return None
        return entry.page_id

    def _take(self, again: int | None) -> None:
        """Take a page again, or further pages; from files where there is no scanner."""
        self._follows = True
        if self.book.draft is not None and self.scanner.start(self.book.draft, again):
            self._fault.forget()
            return
        self._open_picker()
        self.book.replace_next(again)

    @Slot()
    def stop_coming(self) -> None:
        """Stop files and scanner alike; the pages so far stay."""
        self.book.stop()
        self.scanner.stop()

    @Slot()
    def _scan_more(self) -> None:
        self._take(None)

    @Slot()
    def _on_camera_opened(self) -> None:
        self.desk.hide()
        self.picker.hide()
        self.corners.hide()

    @Slot()
    def _on_scanner_changed(self) -> None:
        self._say_progress()
        self._show_current()
        self.changed.emit()

    def _show_buttons(self) -> None:
        is_running = self.scanner.is_running
        if self.buttons.has_focus_on_scan() and is_running:
            self.list.setFocus(Qt.FocusReason.TabFocusReason)
        self.buttons.show_state(
            is_coming=is_running or bool(self.book.coming),
            f2_scans=self._retaken() is None,
            is_quiet=self._fault.words == NO_WORDS,
        )
        self.desk.lead(lead_words(self.scanner))

    def _ask_corners(self, entry: Entry) -> None:
        self._wanted = entry.page_id
        self._fault.forget()
        self._say(acts.FETCHING_FRAME)
        self.book.ask_frame(entry.page_id)

    @Slot(object)
    def _on_frame(self, frame: ShownFrame) -> None:
        entry = self._current()
        is_wanted = entry is not None and entry.page_id == self._wanted == frame.page_id
        self._wanted = None
        self._say_progress()
        # Somebody who has gone on meanwhile is not called back.
        if entry is not None and is_wanted and self.desk.isVisible():
            self.desk.hide()
            self.corners.open(frame, entry.page.outline)

    @Slot(object)
    def _on_frame_missing(self, why: Words) -> None:
        self._wanted = None
        self._say_progress()
        self._fault.add(why)

    @Slot(int, object)
    def _on_placed(self, page_id: int, outline: Outline) -> None:
        self._on_corners_closed()
        self._say(acts.PLACING)
        self.book.place(page_id, outline)

    @Slot()
    def _on_corners_closed(self) -> None:
        self.desk.show()
        self.list.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def _open_picker(self) -> None:
        self.scanner.close_camera()
        self.book.replace_next(None)
        self._wanted = None
        self.desk.hide()
        self.picker.open()

    @Slot()
    def _on_picker_closed(self) -> None:
        self.desk.show()
        self.enter()

    @Slot(object)
    def _on_picked(self, files: tuple[Path, ...]) -> None:
        self._fault.forget()
        self._follows = True
        self.book.add(files)
        self._show_buttons()
        self._say_progress()
        self.desk.show()
        self.list.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot(str)
    def _on_pressed(self, name: str) -> None:
        entry = self._current()
        if entry is not None and name == "retake":
            self._take(entry.page_id)
        elif entry is not None and name == "corners":
            self._ask_corners(entry)
        elif entry is not None:
            self._keep(entry)

    @Slot()
    def _on_changed(self) -> None:
        self._refresh()
        self.changed.emit()

    @Slot()
    def _on_emptied(self) -> None:
        self.enter()

    @Slot(int)
    def _on_current(self, _: int) -> None:
        self._show_current()

    @Slot(int)
    def _on_page_came(self, page_id: int) -> None:
        if self._follows:
            self.list.choose(page_id)

    @Slot()
    def _on_moved(self) -> None:
        """Stay at the page somebody went to: the next one to come must not take its keys."""
        entries = self.pages.entries
        self._follows = bool(entries) and self.list.current == entries[-1].page_id
        self.scanner.forget_break()

    @Slot(object)
    def _on_all_came(self, page_ids: tuple[int, ...]) -> None:
        # Of several pages taken at once, the first that needs somebody is shown; not in the
        # middle of a stack, which comes first.
        bad = [entry.page_id for entry in self.pages.troubled() if entry.page_id in page_ids]
        if bad and self._follows and self.scanner.takes_again:
            self.list.choose(bad[0])

    def _refresh(self) -> None:
        self.list.show_pages(self.pages, self.book.thumbnails)
        count = len(self.pages.entries)
        self._count.tell(counted(count, PAGES) if count else acts.NO_PAGES)
        self._say_progress()
        self._show_current()

    def _show_current(self) -> None:
        entry = self._current()
        self._show_buttons()
        if entry is None:
            self.desk.show_entry(None, None)
            return
        # Until its picture is decoded the page is seen as in the list: coarse, and at once.
        seen = self.book.previews.get(entry.page_id) or self.book.thumbnails.get(entry.page_id)
        self.desk.show_entry(entry, seen, can_retake=self.scanner.takes_again)

    def _say(self, words: Words) -> None:
        self._progress.tell(words, "neutral")
        self._progress.show()

    def _say_progress(self) -> None:
        said = coming_words(self.book, self.scanner)
        self._progress.setVisible(said is not None)
        if said is not None:
            self._progress.tell(*said)
