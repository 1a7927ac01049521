"""The worker that takes dossiers: drafts, their pages decoded for the screen, the deposit."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage

from kiosk.domain.form import DepositForm
from kiosk.domain.page import Outline
from kiosk.domain.views import DraftPage, PageFault
from kiosk.domain.vocabulary import AbandonReason, PieceKind
from kiosk.ui.folders import Listing, look_into
from kiosk.ui.interludes import Interludes
from kiosk.ui.ports import Deposits, Drafts
from kiosk.ui.workers import Worker

THUMBNAIL = QSize(104, 144)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShownPage:
    """A draft's page with its pictures decoded, ready to be painted."""

    page: DraftPage
    preview: QImage
    thumbnail: QImage


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShownFrame:
    """A page's whole picture, decoded: ``width_px`` and ``height_px`` are of the file's own."""

    page_id: int
    image: QImage
    width_px: int
    height_px: int


def shown_page(page: DraftPage) -> ShownPage:
    """Decode a page's pictures; a thread's work, never the window's."""
    thumbnail = QImage.fromData(page.thumbnail_jpeg)
    if not thumbnail.isNull():
        thumbnail = thumbnail.scaled(
            THUMBNAIL,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    return ShownPage(page=page, preview=QImage.fromData(page.preview_jpeg), thumbnail=thumbnail)


class DeskWorker(Worker):
    """Takes dossiers: drafts, their pages, and the deposit.

    Orders about one page come through ``Interludes``, which calls them in this thread.
    """

    identified = Signal(object)  # PointIdentity | None
    not_identified = Signal(object)  # WaslError | None
    opened = Signal(object, object)  # request id, draft id
    page_kept = Signal(object, object)  # draft id, ShownPage
    page_fault = Signal(object, object)  # draft id, PageFault
    file_done = Signal(object, object)  # draft id, Path
    page_changed = Signal(object, object)  # draft id, ShownPage
    frame_shown = Signal(object, object)  # draft id, ShownFrame
    no_frame = Signal(object, object)  # draft id, WaslError | None
    page_dropped = Signal(object, int)  # draft id, page id
    page_back = Signal(object, object)  # draft id, ShownPage
    found = Signal(object)  # tuple[FoundDraft, ...]
    resumed = Signal(object)  # draft id: all its pages are here
    not_noted = Signal(object, object)  # draft id, WaslError | None
    abandoned = Signal(object)  # draft id
    not_abandoned = Signal(object, object)  # draft id, WaslError | None
    failed = Signal(object, object)  # draft or request id, WaslError | None
    deposited = Signal(object, object)  # request id, Deposited
    refused = Signal(object, object)  # request id, WaslError | None
    listed = Signal(object)  # Listing

    def __init__(self, drafts: Drafts, deposits: Deposits, between: Interludes) -> None:
        super().__init__()
        self._between = between
        self._drafts = drafts
        self._deposits = deposits

    @Slot()
    def identify(self) -> None:
        """Ask who this kiosk is."""
        self._attempt(
            lambda: self.identified.emit(self._deposits.identity()), self.not_identified.emit
        )

    @Slot(object)
    def begin(self, request_id: UUID) -> None:
        """Open a draft for the dossier that carries *request_id*."""
        self._attempt(
            lambda: self.opened.emit(request_id, self._drafts.begin()),
            lambda error: self.failed.emit(request_id, error),
        )

    def note(self, draft_id: UUID, form: DepositForm, marks: Mapping[int, PieceKind]) -> None:
        """Keep what was typed so far."""
        self._attempt(
            lambda: self._drafts.note(draft_id, form, marks),
            lambda error: self.not_noted.emit(draft_id, error),
        )

    @Slot()
    def ask_found(self) -> None:
        """Ask which dossiers were being taken. If that fails, nobody is asked."""
        self._attempt(
            lambda: self.found.emit(self._drafts.open_drafts()), lambda _: self.found.emit(())
        )

    @Slot(object)
    def resume(self, draft_id: UUID) -> None:
        """Go on with a draft, telling of each page as it is read back."""

        def read_back() -> None:
            for answer in self._drafts.resume(draft_id):
                self._tell(draft_id, answer)

        self._attempt(read_back, lambda error: self.failed.emit(draft_id, error))
        self.resumed.emit(draft_id)

    @Slot(object, object)
    def abandon(self, draft_id: UUID, reason: AbandonReason) -> None:
        """Give a draft up."""

        def give_up() -> None:
            self._drafts.drop(draft_id, reason=reason)
            self.abandoned.emit(draft_id)

        self._attempt(give_up, lambda error: self.not_abandoned.emit(draft_id, error))

    @Slot(object, object, object)
    def add_pages(self, draft_id: UUID, file: Path, stop: threading.Event) -> None:
        """Take a file's pages, telling of each as it is kept, until it is stopped."""
        self._attempt(
            lambda: self._drafts.add_pages(
                draft_id, file, lambda answer: self._tell_of_coming(draft_id, answer), stop=stop
            ),
            lambda error: self.failed.emit(draft_id, error),
        )
        self.file_done.emit(draft_id, file)

    @Slot(object, int, object, object)
    def replace_page(self, draft_id: UUID, page_id: int, file: Path, stop: threading.Event) -> None:
        """Take a page again from a file."""
        self._attempt(
            lambda: self._drafts.replace_page(
                draft_id,
                page_id,
                file,
                lambda answer: self._tell_of_coming(draft_id, answer),
                stop=stop,
            ),
            lambda error: self.failed.emit(draft_id, error),
        )
        self.file_done.emit(draft_id, file)

    def change_page(
        self, draft_id: UUID, page_id: int, quarter_turns: int, keep: bool | None
    ) -> None:
        """Turn a page, or note that the original is like that."""

        def change() -> None:
            page = self._drafts.change_page(
                draft_id, page_id, quarter_turns=quarter_turns, keep=keep
            )
            self.page_changed.emit(draft_id, shown_page(page))

        self._attempt(change, lambda error: self.failed.emit(draft_id, error))

    def ask_frame(self, draft_id: UUID, page_id: int) -> None:
        """Fetch the whole picture in which a page lies."""

        def fetch() -> None:
            frame = self._drafts.frame(draft_id, page_id)
            shown = ShownFrame(
                page_id=page_id,
                image=QImage.fromData(frame.jpeg),
                width_px=frame.width_px,
                height_px=frame.height_px,
            )
            self.frame_shown.emit(draft_id, shown)

        self._attempt(fetch, lambda error: self.no_frame.emit(draft_id, error))

    def place_page(self, draft_id: UUID, page_id: int, outline: Outline) -> None:
        """Cut a page out again by corners that were set."""

        def place() -> None:
            page = self._drafts.place_page(draft_id, page_id, outline)
            self.page_changed.emit(draft_id, shown_page(page))

        self._attempt(place, lambda error: self.no_frame.emit(draft_id, error))

    def drop(self, draft_id: UUID, page_id: int) -> None:
        """Remove a page."""

        def remove() -> None:
            self._drafts.drop(draft_id, page_id)
            self.page_dropped.emit(draft_id, page_id)

        self._attempt(remove, lambda error: self.failed.emit(draft_id, error))

    def put_back(self, draft_id: UUID) -> None:
        """Put the page back that was removed last."""
        self._attempt(
            lambda: self.page_back.emit(draft_id, shown_page(self._drafts.put_back(draft_id))),
            lambda error: self.failed.emit(draft_id, error),
        )

    @Slot(object, object, object, object)
    def confirm(
        self,
        draft_id: UUID,
        form: DepositForm,
        marks: Mapping[int, PieceKind],
        request_id: UUID,
    ) -> None:
        """Make the deposit."""
        self._attempt(
            lambda: self.deposited.emit(
                request_id, self._deposits.confirm(draft_id, form, marks, request_id)
            ),
            lambda error: self.refused.emit(request_id, error),
        )
        # The agent has the answer already; what is left behind now is cleared away next time.
        self._attempt(self._drafts.tidy, lambda _: None)

    def browse(self, path: Path | None, endings: tuple[str, ...]) -> None:
        """List a folder's files that end so; None: the person's own folder."""
        answer: Listing = look_into(path, endings)
        self.listed.emit(answer)

    def _tell_of_coming(self, draft_id: UUID, answer: DraftPage | PageFault) -> None:
        self._tell(draft_id, answer)
        self._between.run()

    def _tell(self, draft_id: UUID, answer: DraftPage | PageFault) -> None:
        if isinstance(answer, PageFault):
            self.page_fault.emit(draft_id, answer)
        else:
            self.page_kept.emit(draft_id, shown_page(answer))
