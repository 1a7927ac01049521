"""The worker that takes dossiers: drafts, their pages decoded for the screen, the deposit."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage

from kiosk.domain.form import DepositForm
from kiosk.domain.views import DraftPage, PageFault
from kiosk.domain.vocabulary import PieceKind
from kiosk.ui.folders import Listing, look_into
from kiosk.ui.ports import Deposits, Drafts
from kiosk.ui.workers import Worker

THUMBNAIL = QSize(104, 144)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShownPage:
    """A draft's page with its pictures decoded, ready to be painted."""

    page: DraftPage
    preview: QImage
    thumbnail: QImage


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
    """Takes dossiers: drafts, their pages, and the deposit."""

    identified = Signal(object)  # PointIdentity | None
    not_identified = Signal(object)  # WaslError | None
    opened = Signal(object, object)  # request id, draft id
    page_kept = Signal(object, object)  # draft id, ShownPage
    page_fault = Signal(object, object)  # draft id, PageFault
    file_done = Signal(object, object)  # draft id, Path
    page_changed = Signal(object, object)  # draft id, ShownPage
    page_dropped = Signal(object, int)  # draft id, page id
    failed = Signal(object, object)  # draft or request id, WaslError | None
    deposited = Signal(object, object)  # request id, Deposited
    refused = Signal(object, object)  # request id, WaslError | None
    listed = Signal(object)  # Listing

    def __init__(self, drafts: Drafts, deposits: Deposits) -> None:
        super().__init__()
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

    @Slot(object, object)
    def add_pages(self, draft_id: UUID, file: Path) -> None:
        """Take a file's pages, telling of each as it is kept."""

        def tell(answer: DraftPage | PageFault) -> None:
            if isinstance(answer, PageFault):
                self.page_fault.emit(draft_id, answer)
            else:
                self.page_kept.emit(draft_id, shown_page(answer))

        self._attempt(
            lambda: self._drafts.add_pages(draft_id, file, tell),
            lambda error: self.failed.emit(draft_id, error),
        )
        self.file_done.emit(draft_id, file)

    @Slot(object, int, int, object)
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

    @Slot(object, object)
    def drop(self, draft_id: UUID, page_id: int | None) -> None:
        """Remove a page, or the whole draft."""

        def remove() -> None:
            self._drafts.drop(draft_id, page_id)
            if page_id is not None:
                self.page_dropped.emit(draft_id, page_id)

        self._attempt(remove, lambda error: self.failed.emit(draft_id, error))

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

    @Slot(object, object)
    def browse(self, path: Path | None, endings: tuple[str, ...]) -> None:
        """List a folder's files that end so; None: the person's own folder."""
        answer: Listing = look_into(path, endings)
        self.listed.emit(answer)
