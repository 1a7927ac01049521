"""What the window asks of desk and line. Every call may block: workers make them, never the UI."""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from kiosk.domain.courier import Exported, Imported, OnProgress
from kiosk.domain.form import DepositForm
from kiosk.domain.page import Outline
from kiosk.domain.views import (
    QUEUE_PAGE,
    Deposited,
    DraftPage,
    FoundDraft,
    FrameView,
    OpenPrint,
    PageFault,
    PointIdentity,
    QueueView,
    ReceiptPicture,
    ReceiptStatus,
)
from kiosk.domain.vocabulary import AbandonReason, PieceKind


class OpenDrafts(Protocol):
    """A dossier being taken: it outlives the program until it is deposited or abandoned."""

    def begin(self) -> UUID:
        """Open a draft under a key of its own."""

    def note(self, draft_id: UUID, form: DepositForm, marks: Mapping[int, PieceKind]) -> None:
        """Keep what was typed so far, and how pages are marked."""

    def drop(
        self,
        draft_id: UUID,
        page_id: int | None = None,
        *,
        reason: AbandonReason = AbandonReason.CLIENT_TAKES_BACK,
    ) -> None:
        """Remove one page, or abandon the whole draft: its key is destroyed, the act journalled."""

    def tidy(self) -> None:
        """Clear away what ended drafts left; for a moment when nobody waits."""


class DraftPages(Protocol):
    """The pages of a draft, sealed under its own key."""

    def add_pages(
        self,
        draft_id: UUID,
        file: Path,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        stop: threading.Event | None = None,
    ) -> None:
        """Run a file through the page pipeline; *on_page* hears of each page as it is kept.

        Once *stop* is set, by any thread, it ends within a second; the pages so far are kept.
        """

    def replace_page(
        self,
        draft_id: UUID,
        page_id: int,
        file: Path,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        stop: threading.Event | None = None,
    ) -> None:
        """Take a page again: the file's first page stands in its place, under its id and mark."""

    def change_page(
        self, draft_id: UUID, page_id: int, *, quarter_turns: int = 0, keep: bool | None = None
    ) -> DraftPage:
        """Turn a page clockwise, or note that the original is like that."""

    def put_back(self, draft_id: UUID) -> DraftPage:
        """Put the page that was removed last where it was.

        Raises:
            WaslError: None was removed, or it cannot be kept.
        """


class PageFrames(Protocol):
    """The pictures in which pages lie, for corners that the program did not surely find."""

    def frame(self, draft_id: UUID, page_id: int) -> FrameView:
        """Return the whole picture in which a page lies.

        Raises:
            WaslError: ``unreadable_file``: the file it came from is not there any more.
        """

    def place_page(self, draft_id: UUID, page_id: int, outline: Outline) -> DraftPage:
        """Cut a page out again by corners that an agent has set: clockwise, source pixels.

        Raises:
            WaslError: The page could not be made; the one before it stays.
        """


class FoundDrafts(Protocol):
    """Dossiers that were being taken when the program ended."""

    def open_drafts(self) -> tuple[FoundDraft, ...]:
        """Return every draft that is neither deposited nor abandoned, oldest first."""

    def resume(self, draft_id: UUID) -> Iterator[DraftPage | PageFault]:
        """Go on with a draft; yield its pages in order. One that is damaged is a fault."""


class Drafts(OpenDrafts, DraftPages, PageFrames, FoundDrafts, Protocol):
    """All that is done with drafts."""


class Deposits(Protocol):
    """From a draft to a receipt."""

    def identity(self) -> PointIdentity | None:
        """Return who this kiosk is; None before enrolment."""

    def confirm(
        self,
        draft_id: UUID,
        form: DepositForm,
        marks: Mapping[int, PieceKind],
        request_id: UUID,
    ) -> Deposited:
        """Make the deposit durable and return its receipt.

        *marks*: kind of piece by page id, where a piece begins. The same *request_id* again
        returns the first answer.

        Raises:
            WaslError: A named refusal or fault; the draft is untouched.
        """

    def print_receipt(self, receipt_number: str) -> ReceiptPicture:
        """Print on the configured printer (a second time: marked DUPLICATA); return the picture.

        Raises:
            WaslError: ``device_unavailable``: the deposit stands, the print stays open.
        """

    def picture(self, receipt_number: str) -> ReceiptPicture:
        """Draw a receipt without printing it."""


class Overview(Protocol):
    """What waits, and what became of a receipt."""

    def queue(self, at_most: int = QUEUE_PAGE) -> QueueView:
        """Return what is not purged: totals, and at most so many rows, newest first."""

    def find(self, text: str) -> ReceiptStatus:
        """Return the stage of a receipt by its number or QR text, from this kiosk's store."""

    def open_prints(self) -> tuple[OpenPrint, ...]:
        """Return receipts whose paper nobody has confirmed."""

    def paper_came_out(self, receipt_number: str, came_out: bool) -> None:
        """Close an open print intent (*came_out*), or leave it to be printed again."""


class Line(Protocol):
    """The line to the CNSS."""

    def enrol(self, code: str, url: str, ca_file: Path) -> PointIdentity:
        """Enrol this device with a one-time code."""

    def sync_now(self) -> None:
        """Send what waits and fetch what is new; returns when tried once."""

    def is_online(self) -> bool | None:
        """Tell whether the last exchange went through; None before the first."""

    def last_exchange_at(self) -> datetime | None:
        """Return when the central last answered."""


class Courier(Protocol):
    """The stick that carries what the line cannot."""

    def export(self, place: Path, on_progress: OnProgress) -> Exported:
        """Put everything unsent on the stick.

        Raises:
            StickError: By its ``fault``; nothing was lost.
        """

    def take_in(self, place: Path, on_progress: OnProgress) -> Imported:
        """Take confirmations from the stick, and hand others' dossiers on.

        Raises:
            StickError: By its ``fault``; what was taken in stays.
        """
