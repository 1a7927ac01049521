"""Step 2: the pages, each judged as it comes, and the pieces they make."""

from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.errors import WaslError
from kiosk.domain.form import DepositForm
from kiosk.domain.views import PageFault
from kiosk.domain.vocabulary import PieceKind
from kiosk.domain.words import Words
from kiosk.ui.dossier_pages import DossierPages, Entry
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.faults import ERROR, UNEXPECTED, error_words
from kiosk.ui.i18n.help import HELP
from kiosk.ui.i18n.shown import PAGES, counted, fill, same
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.keys import PIECE_BY_DIGIT, letter
from kiosk.ui.screens.confirm_card import ConfirmCard
from kiosk.ui.screens.desk_card import DeskCard
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets import file_picker
from kiosk.ui.widgets.file_picker import FilePicker
from kiosk.ui.widgets.page_list import PageList
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, SaidLabel
from kiosk.ui.workers import ShownPage


class PagesScreen(QWidget):
    """Adds, turns, removes and names pages. Whether and how to deposit is the deposit's matter."""

    changed = Signal()
    confirm_asked = Signal()

    def __init__(self, tongue: Tongue, tasks: Tasks, *, prints: bool) -> None:
        super().__init__()
        self._tasks = tasks
        self.pages = DossierPages()
        self._draft: UUID | None = None
        self._previews: dict[int, QImage] = {}
        self._thumbnails: dict[int, QImage] = {}
        self._coming: list[Path] = []
        self._replacing: int | None = None
        self.card = ConfirmCard(tongue, prints=prints)
        self.card.confirm_asked.connect(self.confirm_asked)
        self._desk = DeskCard(tongue)
        self._desk.pressed.connect(self._on_pressed)
        self._picker = FilePicker(tongue, tasks, acts.IMPORT_TITLE, file_picker.PAGES)
        self._picker.picked.connect(self._on_picked)
        self._picker.closed.connect(self._on_picker_closed)
        self._lay_out(tongue)
        desk = tasks.desk
        desk.page_kept.connect(self._on_page_kept)
        desk.page_changed.connect(self._on_page_changed)
        desk.page_dropped.connect(self._on_page_dropped)
        desk.page_fault.connect(self._on_page_fault)
        desk.file_done.connect(self._on_file_done)
        desk.failed.connect(self._on_failed)

    def _lay_out(self, tongue: Tongue) -> None:
        left = QFrame()
        left.setProperty("card", True)
        column = QVBoxLayout(left)
        column.setContentsMargins(14, 16, 14, 16)
        column.setSpacing(10)
        self._count = SaidLabel(tongue, acts.NO_PAGES, role="head")
        column.addWidget(self._count)
        self._list = PageList(tongue)
        self._list.current_changed.connect(self._on_current)
        self._list.past_the_end.connect(self.card.focus_button)
        column.addWidget(self._list, 1)
        self._progress = SaidLabel(tongue, role="notice", wrap=True)
        column.addWidget(self._progress)
        self._import = KeyButton(tongue, acts.ADD_PAGES, "F4")
        self._import.clicked.connect(self._open_picker)
        column.addWidget(self._import)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        left.setFixedWidth(252)
        self.card.setFixedWidth(284)
        row.addWidget(left)
        row.addWidget(self._desk, 1)
        row.addWidget(self._picker, 1)
        row.addWidget(self.card)
        self._tell(NO_WORDS)

    def start(self, form: DepositForm) -> None:
        """Begin, or come back with the form as it is now."""
        self._form = form
        self._refresh()

    def set_draft(self, draft_id: UUID) -> None:
        """Take the draft that pages go to."""
        self._draft = draft_id

    def reset(self) -> None:
        """Forget the pages, ready for another dossier."""
        self._draft, self._replacing = None, None
        self.pages = DossierPages()
        self._previews.clear()
        self._thumbnails.clear()
        self._coming.clear()
        self._picker.hide()
        self._desk.show()
        self.card.ask_reason(wanted=False)
        self._tell(NO_WORDS)
        self._list.show_pages(self.pages, self._thumbnails)

    def enter(self) -> None:
        """Put the focus on the pages, or on the button that adds the first."""
        target: QWidget = self._list if self.pages.entries else self._import
        target.setFocus(Qt.FocusReason.TabFocusReason)

    def is_busy(self) -> bool:
        """Tell whether pages are still coming."""
        return bool(self._coming)

    def go_to_trouble(self) -> None:
        """Show the next page that should be taken again."""
        troubled = [entry.page_id for entry in self.pages.troubled()]
        order = [entry.page_id for entry in self.pages.entries]
        if not troubled:
            return
        at = order.index(self._list.current) if self._list.current in order else -1
        behind = [one for one in troubled if order.index(one) > at]
        self._list.choose((behind or troubled)[0])

    def take_key(self, event: QKeyEvent) -> bool:
        """Take this step's keys; tell whether it was one."""
        if self._picker.isVisible():
            return self._picker.take_key(event)
        key = event.key()
        if key == Qt.Key.Key_F1:
            self.card.tell(HELP["pages"])
        elif key == Qt.Key.Key_F12:
            self.confirm_asked.emit()
        elif key == Qt.Key.Key_F4:
            self._open_picker()
        elif key == Qt.Key.Key_F2:
            self._retake()
        else:
            return self._take_page_key(event)
        return True

    def _take_page_key(self, event: QKeyEvent) -> bool:
        entry, typed = self._current(), letter(event)
        if entry is None or self._draft is None:
            return False
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._tasks.drop.emit(self._draft, entry.page_id)
        elif typed == "R":
            self._tasks.change_page.emit(self._draft, entry.page_id, 1, None)
        elif typed == "G":
            self._keep(entry)
        elif typed == "N":
            self.go_to_trouble()
        elif typed == "C":
            self._set_pages(self.pages.continued(entry.page_id))
        elif typed in PIECE_BY_DIGIT:
            self._set_pages(self.pages.marked(entry.page_id, PIECE_BY_DIGIT[typed]))
        else:
            return False
        return True

    def _current(self) -> Entry | None:
        found = (one for one in self.pages.entries if one.page_id == self._list.current)
        return next(found, None)

    def _keep(self, entry: Entry) -> None:
        if entry.page.problems and self._draft is not None:
            keep = not entry.page.original_is_so
            self._tasks.change_page.emit(self._draft, entry.page_id, 0, keep)

    def _retake(self) -> None:
        entry = self._current()
        self._replacing = entry.page_id if entry is not None and entry.is_troubled else None
        self._desk.hide()
        self._picker.open()

    def _set_pages(self, pages: DossierPages) -> None:
        self.pages = pages
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        self._list.show_pages(self.pages, self._thumbnails)
        count = len(self.pages.entries)
        self._count.tell(counted(count, PAGES) if count else acts.NO_PAGES)
        self._show_current()

    def _show_current(self) -> None:
        entry = self._current()
        self._desk.show_entry(entry, self._previews.get(entry.page_id) if entry else None)

    def _tell(self, words: Words, tone: str = "neutral") -> None:
        self._progress.tell(words, tone)
        self._progress.setVisible(words != NO_WORDS)

    def _say_progress(self) -> None:
        if self._coming:
            done = counted(len(self.pages.entries), PAGES)
            name = same(self._coming[0].name)
            self._tell(fill(acts.PROCESSING, name=name, done=done), "neutral")

    @Slot(str)
    def _on_pressed(self, name: str) -> None:
        entry = self._current()
        if name == "retake":
            self._retake()
        elif entry is not None:
            self._keep(entry)

    @Slot()
    def _open_picker(self) -> None:
        self._replacing = None
        self._desk.hide()
        self._picker.open()

    @Slot()
    def _on_picker_closed(self) -> None:
        self._desk.show()
        self.enter()

    @Slot(object)
    def _on_picked(self, files: tuple[Path, ...]) -> None:
        self._on_picker_closed()
        if self._draft is None:
            return
        self._tell(NO_WORDS)
        for file in files:
            self._coming.append(file)
            self._tasks.add_pages.emit(self._draft, file)
        self._say_progress()
        self._list.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot(int)
    def _on_current(self, _: int) -> None:
        self._show_current()

    @Slot(object, object)
    def _on_page_kept(self, draft_id: UUID, shown: ShownPage) -> None:
        if draft_id != self._draft:
            return
        replaced, self._replacing = self._replacing, None
        self._take_pictures(shown)
        pages = self.pages.with_page(shown.page.page_id, shown.page.page, self._kind_of(replaced))
        self._set_pages(pages)
        if replaced is not None:
            self._tasks.drop.emit(draft_id, replaced)
            self._list.choose(shown.page.page_id)
        self._say_progress()

    @Slot(object, object)
    def _on_page_changed(self, draft_id: UUID, shown: ShownPage) -> None:
        if draft_id == self._draft:
            self._take_pictures(shown)
            self._set_pages(self.pages.with_page(shown.page.page_id, shown.page.page))

    @Slot(object, int)
    def _on_page_dropped(self, draft_id: UUID, page_id: int) -> None:
        if draft_id == self._draft:
            self._set_pages(self.pages.without(page_id))
            self._previews.pop(page_id, None)
            self._thumbnails.pop(page_id, None)
            self.enter()

    @Slot(object, object)
    def _on_page_fault(self, draft_id: UUID, fault: PageFault) -> None:
        if draft_id == self._draft:
            what = ERROR.get(fault.code, UNEXPECTED)
            name = same(Path(fault.source).name)
            form = acts.FILE_PAGE_FAULT if fault.index > 1 else acts.FILE_FAULT
            self._tell(fill(form, name=name, n=same(str(fault.index)), what=what), "wrong")

    @Slot(object, object)
    def _on_file_done(self, draft_id: UUID, file: Path) -> None:
        if draft_id == self._draft and file in self._coming:
            self._coming.remove(file)
            if self._coming:
                self._say_progress()
            elif self._progress.property("tone") == "neutral":
                self._tell(NO_WORDS)
            self.changed.emit()

    @Slot(object, object)
    def _on_failed(self, draft_id: UUID, error: WaslError | None) -> None:
        if draft_id == self._draft:
            self._tell(UNEXPECTED if error is None else error_words(error), "wrong")

    def _take_pictures(self, shown: ShownPage) -> None:
        self._previews[shown.page.page_id] = shown.preview
        self._thumbnails[shown.page.page_id] = shown.thumbnail

    def _kind_of(self, page_id: int | None) -> PieceKind | None:
        for entry, kind in zip(self.pages.entries, self.pages.kinds(), strict=True):
            if entry.page_id == page_id:
                return kind
        return None
