"""A desk in memory: the window's ports without disk, scanner or network.

What it answers is held to the real desk's by ``tests.contracts.desk_contract``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from threading import Event
from uuid import UUID

from PIL import Image, UnidentifiedImageError

from kiosk.domain import form as forms
from kiosk.domain.dossier import pieces_from_pages
from kiosk.domain.errors import (
    ErrorCode,
    InvalidInputError,
    NotEnrolledError,
    UnknownReceiptError,
    WaslError,
)
from kiosk.domain.form import DepositForm
from kiosk.domain.ids import uuid7
from kiosk.domain.moments import local_date
from kiosk.domain.page import Outline, Page, Problem
from kiosk.domain.receipt_number import ReceiptNumber, parse
from kiosk.domain.views import (
    QUEUE_PAGE,
    Deposited,
    DraftPage,
    FoundDraft,
    FrameView,
    OpenPrint,
    PageFault,
    PointIdentity,
    QueueRow,
    QueueView,
    ReceiptPicture,
    ReceiptStatus,
)
from kiosk.domain.vocabulary import (
    AbandonReason,
    DepositState,
    PieceKind,
    ProblemKind,
)
from kiosk.domain.words import Words
from tests.fakes import frames
from tests.fakes.papers import draw_slip, jpeg, turned
from tests.fakes.queue import make_row, view_of

NOW = datetime(2026, 11, 23, 10, 42, 7, tzinfo=UTC)
AZROU = PointIdentity(device="C0417A", point="C0417", point_name="Azrou Centre")


@dataclass(slots=True)
class _Draft:
    created_at: datetime
    pages: dict[int, DraftPage] = field(default_factory=dict)
    last_id: int = 0
    removed: DraftPage | None = None
    form: DepositForm = field(default_factory=DepositForm)
    marks: Mapping[int, PieceKind] = field(default_factory=dict)


class FakeDesk:
    """Drafts, deposits and overview in memory.

    Attributes:
        identity_known: Who the kiosk is; None before enrolment.
        delay_s: How long every call takes, as a slow disk or scanner would.
        refusals: Errors that the next calls of ``confirm`` raise, one each.
        print_faults: The same for ``print_receipt``.
        queue_faults: The same for ``queue``.
        note_faults: The same for ``note``.
        place_faults: The same for ``place_page``.
        drop_faults: The same for ``drop`` of a whole draft.
        reasons: Why drafts were given up, in order.
        lost_pages: Ids of pages that cannot be read back.
        problems: Problems of a page by the name of its file.
        messages: What the CNSS has to say to the agents.
        calls: Names of the calls made, in order.
    """

    def __init__(self, *, now: datetime = NOW, identity: PointIdentity | None = AZROU) -> None:
        self.identity_known = identity
        self.now = now
        self.delay_s = 0.0
        self.refusals: list[WaslError] = []
        self.print_faults: list[WaslError] = []
        self.queue_faults: list[WaslError] = []
        self.note_faults: list[WaslError] = []
        self.place_faults: list[WaslError] = []
        self.drop_faults: list[WaslError] = []
        self.reasons: list[AbandonReason] = []
        self.lost_pages: set[int] = set()
        self.problems: dict[str, tuple[Problem, ...]] = {
            "blurred.jpg": (Problem(kind=ProblemKind.BLURRED),)
        }
        self.calls: list[str] = []
        self.rows: list[QueueRow] = []
        self.messages: tuple[Words, ...] = ()
        self.forms: list[DepositForm] = []
        self.unseen: list[OpenPrint] = []
        self._drafts: dict[UUID, _Draft] = {}
        self._answers: dict[UUID, Deposited] = {}
        self._sequence = 130
        self._never = Event()

    def begin(self) -> UUID:
        """Open a draft."""
        self._work("begin")
        draft_id = uuid7(self.now)
        self._drafts[draft_id] = _Draft(created_at=self.now)
        return draft_id

    def add_pages(
        self,
        draft_id: UUID,
        file: Path,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        stop: Event | None = None,
    ) -> None:
        """Take a picture as one page; anything else is a fault."""
        if stop is not None and stop.is_set():
            return
        self._work("add_pages")
        self._draft(draft_id).last_id += 1
        self._take(draft_id, self._draft(draft_id).last_id, file, on_page)

    def replace_page(
        self,
        draft_id: UUID,
        page_id: int,
        file: Path,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        stop: Event | None = None,
    ) -> None:
        """Take a picture in the place of a page."""
        if stop is not None and stop.is_set():
            return
        self._work("replace_page")
        if page_id not in self._draft(draft_id).pages:
            raise InvalidInputError("page", f"there is no page {page_id}")
        self._take(draft_id, page_id, file, on_page)

    def _take(
        self,
        draft_id: UUID,
        page_id: int,
        file: Path,
        on_page: Callable[[DraftPage | PageFault], None],
    ) -> None:
        try:
            with Image.open(file) as opened:
                opened.load()
                picture = opened.convert("RGB")
        except (OSError, UnidentifiedImageError, ValueError):
            on_page(
                PageFault(
                    source=str(file), index=1, code=ErrorCode.UNREADABLE_FILE, message="damaged"
                )
            )
            return
        draft = self._draft(draft_id)
        page = DraftPage(
            page_id=page_id,
            page=self._page(file, picture),
            preview_jpeg=jpeg(picture, 1200),
            thumbnail_jpeg=jpeg(picture, 160),
        )
        draft.pages[page.page_id] = page
        on_page(page)

    def change_page(
        self, draft_id: UUID, page_id: int, *, quarter_turns: int = 0, keep: bool | None = None
    ) -> DraftPage:
        """Turn a page clockwise, or note that the original is like that."""
        self._work("change_page")
        known = self._drafts[draft_id].pages[page_id]
        page = known.page
        if keep is not None:
            page = replace(page, original_is_so=keep)
        turns = quarter_turns % 4
        if turns:
            width, height = page.width_px, page.height_px
            page = replace(
                page,
                rotated_deg=(page.rotated_deg + 90 * turns) % 360,
                width_px=height if turns % 2 else width,
                height_px=width if turns % 2 else height,
            )
        changed = replace(
            known,
            page=page,
            preview_jpeg=turned(known.preview_jpeg, turns),
            thumbnail_jpeg=turned(known.thumbnail_jpeg, turns),
        )
        self._drafts[draft_id].pages[page_id] = changed
        return changed

    def frame(self, draft_id: UUID, page_id: int) -> FrameView:
        """Show the whole picture that a page came from."""
        self._work("frame")
        return frames.frame_of(self._page_of(draft_id, page_id))

    def place_page(self, draft_id: UUID, page_id: int, outline: Outline) -> DraftPage:
        """Cut a page out of its picture; nobody is asked about its edges any more."""
        self._work("place_page")
        if self.place_faults:
            raise self.place_faults.pop(0)
        placed = frames.cut_out(self._page_of(draft_id, page_id), outline)
        self._drafts[draft_id].pages[page_id] = placed
        return placed

    def _page_of(self, draft_id: UUID, page_id: int) -> DraftPage:
        try:
            return self._draft(draft_id).pages[page_id]
        except KeyError:
            raise InvalidInputError("page", f"there is no page {page_id}") from None

    def drop(
        self,
        draft_id: UUID,
        page_id: int | None = None,
        *,
        reason: AbandonReason = AbandonReason.CLIENT_TAKES_BACK,
    ) -> None:
        """Remove one page, or the whole draft."""
        self._work("drop")
        draft = self._draft(draft_id)
        if page_id is not None:
            draft.removed = draft.pages.pop(page_id)
        elif self.drop_faults:
            raise self.drop_faults.pop(0)
        else:
            del self._drafts[draft_id]
            self.reasons.append(reason)

    def put_back(self, draft_id: UUID) -> DraftPage:
        """Put the page that was removed last where it was."""
        self._work("put_back")
        draft = self._draft(draft_id)
        page, draft.removed = draft.removed, None
        if page is None:
            raise InvalidInputError("page", "none was removed")
        draft.pages = dict(sorted({**draft.pages, page.page_id: page}.items()))
        return page

    def note(self, draft_id: UUID, form: DepositForm, marks: Mapping[int, PieceKind]) -> None:
        """Keep what was typed."""
        self._work("note")
        if self.note_faults:
            raise self.note_faults.pop(0)
        draft = self._draft(draft_id)
        draft.form, draft.marks = form, dict(marks)

    def open_drafts(self) -> tuple[FoundDraft, ...]:
        """Return every draft."""
        self._work("open_drafts")
        return tuple(
            FoundDraft(
                draft_id=draft_id,
                created_at=draft.created_at,
                page_count=len(draft.pages),
                form=draft.form,
                marks=draft.marks,
            )
            for draft_id, draft in self._drafts.items()
        )

    def resume(self, draft_id: UUID) -> Iterator[DraftPage | PageFault]:
        """Return a draft's pages; those of ``lost_pages`` as faults."""
        self._work("resume")
        return iter([self._read_back(page) for page in self._draft(draft_id).pages.values()])

    def _read_back(self, page: DraftPage) -> DraftPage | PageFault:
        if page.page_id not in self.lost_pages:
            return page
        source, code = page.page.source, ErrorCode.UNREADABLE_FILE
        return PageFault(source=source, index=page.page_id, code=code, message="damaged")

    def tidy(self) -> None:
        """Nothing is left behind in memory."""
        self._work("tidy")

    def _draft(self, draft_id: UUID) -> _Draft:
        try:
            return self._drafts[draft_id]
        except KeyError:
            raise InvalidInputError("draft", "there is no such draft") from None

    def identity(self) -> PointIdentity | None:
        """Return who this kiosk is."""
        self._work("identity")
        return self.identity_known

    def confirm(
        self,
        draft_id: UUID,
        form: DepositForm,
        marks: Mapping[int, PieceKind],
        request_id: UUID,
    ) -> Deposited:
        """Make a deposit in memory."""
        self._work("confirm")
        if request_id in self._answers:
            return self._answers[request_id]
        if self.refusals:
            raise self.refusals.pop(0)
        if self.identity_known is None:
            raise NotEnrolledError("no device code yet")
        pages = self._draft(draft_id).pages
        order = {page_id: number for number, page_id in enumerate(pages, 1)}
        strangers = [page_id for page_id in marks if page_id not in order]
        if strangers:
            raise InvalidInputError("piece", f"there is no page {strangers[0]}")
        pieces = pieces_from_pages(
            len(pages), {order[page_id]: kind for page_id, kind in marks.items()}
        )
        read = forms.read(form, pieces, self._today())
        self._sequence += 1
        number = str(ReceiptNumber(device=self.identity_known.device, sequence=self._sequence))
        row = make_row(number, self.now, read.dossier.kind, len(pages))
        answer = Deposited(
            deposit_id=row.deposit_id,
            receipt_number=number,
            receipt_qr=f"HTTPS://WASL.INVALID/R/{number}",
            state=DepositState.QUEUED,
            page_count=len(pages),
            size_bytes=row.size_bytes,
            sha256=sha256(number.encode()).hexdigest(),
            warnings=tuple(read.warnings),
        )
        self.forms.append(form)
        self.rows.insert(0, row)
        self.unseen.append(OpenPrint(receipt_number=number, created_at=self.now))
        self._answers[request_id] = answer
        del self._drafts[draft_id]
        return answer

    def print_receipt(self, receipt_number: str) -> ReceiptPicture:
        """Print nowhere; the slip is seen to have come out."""
        self._work("print_receipt")
        picture = self._picture(receipt_number)
        if self.print_faults:
            raise self.print_faults.pop(0)
        self.unseen = [one for one in self.unseen if one.receipt_number != receipt_number]
        return picture

    def picture(self, receipt_number: str) -> ReceiptPicture:
        """Draw a receipt."""
        self._work("picture")
        return self._picture(receipt_number)

    def queue(self, at_most: int = QUEUE_PAGE) -> QueueView:
        """Return what is kept."""
        self._work("queue")
        if self.queue_faults:
            raise self.queue_faults.pop(0)
        return replace(view_of(self.rows, self.now, at_most), messages=self.messages)

    def find(self, text: str) -> ReceiptStatus:
        """Return a receipt's stage."""
        self._work("find")
        number = str(parse(text.rpartition("/")[2]))
        for row in self.rows:
            if row.receipt_number == number:
                return ReceiptStatus(
                    receipt_number=number,
                    stage=row.stage,
                    created_at=row.created_at,
                    at=self.now,
                    known_here=True,
                )
        raise UnknownReceiptError("not kept here")

    def open_prints(self) -> tuple[OpenPrint, ...]:
        """Return receipts nobody has seen."""
        self._work("open_prints")
        return tuple(self.unseen)

    def paper_came_out(self, receipt_number: str, came_out: bool) -> None:
        """Close an open print, or leave it open."""
        self._work("paper_came_out")
        if came_out:
            self.unseen = [one for one in self.unseen if one.receipt_number != receipt_number]

    def _work(self, name: str) -> None:
        self.calls.append(name)
        if self.delay_s:
            self._never.wait(self.delay_s)

    def _today(self) -> date:
        return local_date(self.now)

    def _page(self, file: Path, picture: Image.Image) -> Page:
        return Page(
            source=str(file),
            index=1,
            width_px=picture.width,
            height_px=picture.height,
            dpi=100,
            outline=None,
            outline_confidence=1.0,
            skew_deg=0.0,
            rotated_deg=0,
            sharpness=0.9,
            ink_ratio=0.05,
            fingerprint="0" * 16,
            problems=self.problems.get(file.name, ()),
            size_bytes=30_000,
        )

    def _picture(self, number: str) -> ReceiptPicture:
        if number not in [row.receipt_number for row in self.rows]:
            raise UnknownReceiptError("not kept here")
        return ReceiptPicture(receipt_number=number, png=draw_slip(number), pdf=b"%PDF-1.7\n")
