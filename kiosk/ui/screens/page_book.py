"""The pages of one draft as the window knows them: orders go out, answers come in."""

import threading
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from kiosk.domain.errors import ErrorCode, WaslError
from kiosk.domain.page import Outline
from kiosk.domain.views import PageFault
from kiosk.domain.vocabulary import PieceKind
from kiosk.domain.words import Words
from kiosk.ui.desk_worker import ShownFrame, ShownPage
from kiosk.ui.dossier_pages import DossierPages, Removed
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.faults import UNEXPECTED, error_words, fault_words
from kiosk.ui.i18n.shown import fill, same
from kiosk.ui.previews import Previews
from kiosk.ui.progress import Progress
from kiosk.ui.tasks import Tasks


class PageBook(QObject):
    """Holds the pages of one draft. Answers about another draft are not for it."""

    changed = Signal()
    page_came = Signal(int)  # page id: the newest
    all_came = Signal(object)  # tuple of page ids: everything asked for is here
    faulted = Signal(object)  # Words
    emptied = Signal()  # a page went
    frame_came = Signal(object)  # ShownFrame
    preview_came = Signal(int)  # page id: its picture can be shown now
    frame_missing = Signal(object)  # Words: why a page cannot be cut out again

    def __init__(self, parent: QObject, tasks: Tasks) -> None:
        # With a parent it ends in the window's thread, whichever thread collects garbage.
        super().__init__(parent)
        self._tasks = tasks
        self._draft: UUID | None = None
        self._replacing: int | None = None
        self.pages = DossierPages()
        self.previews = Previews(self, tasks.pictures)
        self.thumbnails: dict[int, QImage] = {}
        self.coming: list[Path] = []
        self.progress = Progress()
        self._stop = threading.Event()
        self.is_resuming = False
        self._marks: dict[int, PieceKind] = {}
        self._arrived: list[int] = []
        self._removed: Removed | None = None
        self.previews.came.connect(self._on_preview)
        desk = tasks.desk
        desk.page_kept.connect(self._on_page_kept)
        desk.page_changed.connect(self._on_page_changed)
        desk.frame_shown.connect(self._on_frame)
        desk.no_frame.connect(self._on_no_frame)
        desk.page_dropped.connect(self._on_page_dropped)
        desk.page_back.connect(self._on_page_back)
        desk.page_fault.connect(self._on_page_fault)
        desk.resumed.connect(self._on_resumed)
        desk.file_done.connect(self._on_file_done)
        desk.failed.connect(self._on_failed)
        if tasks.scans is not None:
            tasks.scans.page_kept.connect(self._on_page_kept)
            tasks.scans.page_fault.connect(self._on_page_fault)

    @property
    def draft(self) -> UUID | None:
        """Return the draft that pages go to."""
        return self._draft

    @property
    def is_open(self) -> bool:
        """Tell whether there is a draft to put pages in."""
        return self._draft is not None

    def open(self, draft_id: UUID) -> None:
        """Take the draft that pages go to."""
        self._draft = draft_id

    def resume(self, draft_id: UUID, marks: Mapping[int, PieceKind]) -> None:
        """Take a draft that was found; its pages come as if they were taken now."""
        self._draft, self.is_resuming = draft_id, True
        self._marks = dict(marks)
        self._tasks.resume.emit(draft_id)

    def reset(self) -> None:
        """Forget everything, ready for another dossier."""
        self.stop()
        self._draft, self._replacing, self.is_resuming = None, None, False
        self._marks, self._removed = {}, None
        self.pages = DossierPages()
        self.previews.clear()
        self.thumbnails.clear()
        self.coming.clear()
        self._arrived.clear()

    def replace_next(self, page_id: int | None) -> None:
        """Let the next file be of *page_id*, taken again; None: it comes beside the others."""
        self._replacing = page_id

    def add(self, files: tuple[Path, ...]) -> None:
        """Take these files, one after another, behind those that are still coming."""
        if self._draft is None:
            return
        self._removed = None
        if not self.coming:
            self.progress = Progress()
        if self._stop.is_set():
            self._stop = threading.Event()
        self.progress = self.progress.with_files(len(files))
        for file in files:
            self.coming.append(file)
            again, self._replacing = self._replacing, None
            if again is None:
                self._tasks.add_pages.emit(self._draft, file, self._stop)
            else:
                self._tasks.replace_page.emit(self._draft, again, file, self._stop)

    @property
    def is_stopping(self) -> bool:
        """Tell whether files that were coming are stopped, and not all have ended yet."""
        return bool(self.coming) and self._stop.is_set()

    def stop(self) -> None:
        """Take no more of the files that are coming; the pages so far stay."""
        if self.coming:
            self._stop.set()
            self.changed.emit()

    def turn(self, page_id: int) -> None:
        """Turn a page a quarter clockwise."""
        if self._draft is not None:
            self._tasks.change_page(self._draft, page_id, 1, None)

    def keep(self, page_id: int, *, is_so: bool) -> None:
        """Note whether the original is like that."""
        if self._draft is not None:
            self._tasks.change_page(self._draft, page_id, 0, is_so)

    def ask_frame(self, page_id: int) -> None:
        """Ask for the whole picture in which a page lies."""
        if self._draft is not None:
            self._tasks.ask_frame(self._draft, page_id)

    def place(self, page_id: int, outline: Outline) -> None:
        """Cut a page out again by corners that were set."""
        if self._draft is not None:
            self._tasks.place_page(self._draft, page_id, outline)

    def remove(self, page_id: int) -> None:
        """Remove a page."""
        if self._draft is not None:
            self._tasks.drop(self._draft, page_id)

    @property
    def has_arrived(self) -> bool:
        """Tell whether pages have come since the last time that was told."""
        return bool(self._arrived)

    @property
    def removed(self) -> int | None:
        """Return the number of the page that was removed last and can be put back."""
        return self._removed.number if self._removed is not None else None

    def put_back(self) -> None:
        """Put the page that was removed last where it was."""
        if self._draft is not None and self._removed is not None:
            self._tasks.put_back(self._draft)

    def set_pages(self, pages: DossierPages) -> None:
        """Take the pages as they are marked now."""
        self.pages = pages
        self.changed.emit()

    @Slot(object, object)
    def _on_page_kept(self, draft_id: UUID, shown: ShownPage) -> None:
        if draft_id != self._draft:
            return
        self._removed = None  # the dossier has gone on
        self._take_pictures(shown)
        self.progress = self.progress.at(shown.page.page.index, shown.page.file_pages)
        page_id = shown.page.page_id
        pages = self.pages.with_page(page_id, shown.page.page, position=shown.page.position)
        mark = self._marks.pop(page_id, None)
        self.set_pages(pages if mark is None else pages.marked(page_id, mark))
        self._arrived.append(page_id)
        self.page_came.emit(page_id)

    @Slot(object, object)
    def _on_page_changed(self, draft_id: UUID, shown: ShownPage) -> None:
        if draft_id == self._draft:
            self._take_pictures(shown)
            self.set_pages(self.pages.with_page(shown.page.page_id, shown.page.page))

    @Slot(object, object)
    def _on_frame(self, draft_id: UUID, frame: ShownFrame) -> None:
        if draft_id == self._draft:
            self.frame_came.emit(frame)

    @Slot(object, object)
    def _on_no_frame(self, draft_id: UUID, error: WaslError | None) -> None:
        if draft_id == self._draft:
            words: Words = UNEXPECTED if error is None else error_words(error)
            is_gone = error is not None and error.code is ErrorCode.UNREADABLE_FILE
            self.frame_missing.emit(acts.FRAME_GONE if is_gone else words)

    @Slot(object, int)
    def _on_page_dropped(self, draft_id: UUID, page_id: int) -> None:
        if draft_id == self._draft:
            self.previews.drop(page_id)
            self.thumbnails.pop(page_id, None)
            after = self.pages.without(page_id)
            self._removed = Removed(page_id=page_id, before=self.pages, after=after)
            self.set_pages(after)
            self.emptied.emit()

    @Slot(object, object)
    def _on_page_back(self, draft_id: UUID, shown: ShownPage) -> None:
        removed, self._removed = self._removed, None
        if draft_id == self._draft and removed is not None:
            self._take_pictures(shown)
            page = shown.page
            self.set_pages(removed.put_back(self.pages, page.page, page.position))
            self.page_came.emit(page.page_id)

    @Slot(object, object)
    def _on_page_fault(self, draft_id: UUID, fault: PageFault) -> None:
        if draft_id == self._draft:
            self.progress = self.progress.at(fault.index)
            words = acts.FILE_PAGE_FAULT if fault.index > 1 else acts.FILE_FAULT
            name, what = same(Path(fault.source).name), fault_words(fault)
            self.faulted.emit(fill(words, name=name, n=same(str(fault.index)), what=what))

    @Slot(object, object)
    def _on_file_done(self, draft_id: UUID, file: Path) -> None:
        if draft_id == self._draft and file in self.coming:
            self.coming.remove(file)
            self.progress = self.progress.file_done()
            if not self.coming:
                self.tell_arrived()
            self.changed.emit()

    @Slot()
    def tell_arrived(self) -> None:
        """Tell of the pages that came since the last time."""
        arrived, self._arrived = tuple(self._arrived), []
        self.all_came.emit(arrived)

    @Slot(int)
    def _on_preview(self, page_id: int) -> None:
        self.preview_came.emit(page_id)

    @Slot(object)
    def _on_resumed(self, draft_id: UUID) -> None:
        if draft_id == self._draft:
            self.is_resuming, self._arrived = False, []
            self.changed.emit()

    @Slot(object, object)
    def _on_failed(self, draft_id: UUID, error: WaslError | None) -> None:
        if draft_id == self._draft:
            words: Words = UNEXPECTED if error is None else error_words(error)
            self.faulted.emit(words)

    def _take_pictures(self, shown: ShownPage) -> None:
        self.previews.put(shown.page.page_id, shown.page.preview_jpeg, shown.preview)
        self.thumbnails[shown.page.page_id] = shown.thumbnail
