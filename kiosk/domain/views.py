"""What the desk and the line answer to whoever shows it: window or command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from kiosk.domain.errors import ErrorCode, PageLimit
from kiosk.domain.form import DepositForm
from kiosk.domain.page import Page
from kiosk.domain.vocabulary import DepositState, DossierKind, HeldReason, PieceKind, Stage
from kiosk.domain.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class PointIdentity:
    """Who this kiosk is: ``C0417A``, ``C0417``, «Azrou Centre»."""

    device: str
    point: str
    point_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameView:
    """The whole picture in which a page lies, small enough for a screen.

    Attributes:
        jpeg: At most 1200 px on the long side, upright by EXIF.
        width_px: Of the picture itself; an ``Outline`` is in its pixels.
        height_px: The same.
    """

    jpeg: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """A page of a draft, with pictures small enough for a screen.

    Attributes:
        page_id: Stays the same when pages before it go.
        position: Pages are in the order of their positions; the same for all: as they came.
        preview_jpeg: At most 1200 px on the long side.
        thumbnail_jpeg: At most 160 px on the long side.
        file_pages: How many pages its file has, while it comes from one; 0: not known.
    """

    page_id: int
    page: Page
    preview_jpeg: bytes
    thumbnail_jpeg: bytes
    position: int = 0
    file_pages: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFault:
    """A file, or a page of one, that could not be taken; the others went on.

    Attributes:
        limit: What has too many pages, where that is why.
        is_undrawn: A form field or an annotation of a PDF is why.
    """

    source: str
    index: int
    code: ErrorCode
    message: str
    limit: PageLimit | None = None
    is_undrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDraft:
    """A dossier that was being taken when the program ended.

    Attributes:
        form: What was typed, as far as it was noted.
        marks: Kind of piece by page id, where a piece begins.
    """

    draft_id: UUID
    created_at: datetime
    page_count: int
    form: DepositForm
    marks: Mapping[int, PieceKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposited:
    """A deposit whose receipt may be shown: it is durable.

    Attributes:
        size_bytes: Of the sealed PDF; 0 when the scan comes later.
        sha256: Hex, of the sealed PDF; None when the scan comes later.
        warnings: As the command line prints them, details included.
    """

    deposit_id: UUID
    receipt_number: str
    receipt_qr: str
    state: DepositState
    page_count: int
    size_bytes: int
    sha256: str | None
    warnings: tuple[str, ...]
    receipt_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecorded:
    """A signed event under a receipt's number; it travels with the next exchange."""

    event_id: UUID
    receipt_number: str
    event: str
    state: DepositState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What the CNSS says when it sends a dossier back: all its reasons at once.

    Attributes:
        last_day: Until when the pieces may be brought; None where that was not said.
    """

    why: Words
    pieces_to_bring: tuple[PieceKind, ...]
    last_day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One deposit as the queue shows it: nothing about a person.

    Attributes:
        events_waiting: Events under its number that have not reached the central.
        returned: What has to be brought, while its stage is ``returned``.
    """

    deposit_id: UUID
    receipt_number: str
    state: DepositState
    held_reason: HeldReason | None
    created_at: datetime
    kind: DossierKind
    page_count: int
    size_bytes: int
    attempts: int
    next_attempt_at: datetime | None
    last_error: str | None
    stage: Stage
    acknowledged_at: datetime | None
    events_waiting: int
    returned: Returned | None = None


QUEUE_PAGE = 30
"""Rows a look at the queue brings unless it asks for more: some screens full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDay:
    """What happened today.

    Attributes:
        made: Deposits made.
        to_scan: Those of them whose scan is to come.
        received: Deposits, of whatever day, whose acknowledgement is of today.
    """

    made: int
    to_scan: int
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """What the deposits not purged come to, and the newest of them.

    Attributes:
        rows: Newest first, at most as many as were asked for.
        counts: Deposits by state, states without any left out.
        waiting: Rows still to be sent: deposits and events.
        oldest_s: Age of the oldest row still to be sent, in seconds; None when nothing waits.
        waiting_bytes: Sealed bytes still to be sent.
        next_attempt_at: When the first row that has to wait is tried again; None when none has.
        messages: What the CNSS has to say to this counter's agents today, newest first.
    """

    rows: tuple[QueueRow, ...]
    counts: Mapping[DepositState, int]
    waiting: int
    oldest_s: int | None
    waiting_bytes: int
    next_attempt_at: datetime | None
    today: QueueDay
    messages: tuple[Words, ...] = ()

    @property
    def kept(self) -> int:
        """Return how many rows there are in all."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptStatus:
    """What may be said of a receipt: stage and dates, never identity or kind of care."""

    receipt_number: str
    stage: Stage
    created_at: datetime | None
    at: datetime
    known_here: bool
    text_fr: str = ""
    text_ar: str = ""
    pieces_to_bring: tuple[PieceKind, ...] = ()
    reason_codes: tuple[str, ...] = ()
    last_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPrint:
    """A receipt whose paper nobody has confirmed: ask whether the slip came out."""

    receipt_number: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPicture:
    """A drawn receipt: PNG for the screen, PDF for a file."""

    receipt_number: str
    png: bytes
    pdf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskState:
    """How the data folder's disk is.

    Attributes:
        days_left: Until intake stops at the pace of the last days; None when it does not fill.
        takes_dossiers: There is room for a whole dossier.
    """

    free_bytes: int
    days_left: int | None
    takes_dossiers: bool
    is_writable: bool
