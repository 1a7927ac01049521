"""A desk in memory: the window's ports without disk, scanner or network.

What it answers is held to the real desk's by ``tests.contracts.desk_contract``.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID

from kiosk.domain import form as forms
from kiosk.domain.dossier import pieces_from_pages
from kiosk.domain.errors import (
    InvalidInputError,
    NotEnrolledError,
    UnknownReceiptError,
    WaslError,
)
from kiosk.domain.form import DepositForm
from kiosk.domain.moments import local_date
from kiosk.domain.receipt_number import ReceiptNumber, parse
from kiosk.domain.views import (
    QUEUE_PAGE,
    Deposited,
    OpenPrint,
    PointIdentity,
    QueueRow,
    QueueView,
    ReceiptPicture,
    ReceiptStatus,
)
from kiosk.domain.vocabulary import DepositState, PieceKind
from kiosk.domain.words import Words
from tests.fakes.drafts import FakeDrafts
from tests.fakes.papers import draw_slip
from tests.fakes.queue import make_row, view_of

NOW = datetime(2026, 11, 23, 10, 42, 7, tzinfo=UTC)
AZROU = PointIdentity(device="C0417A", point="C0417", point_name="Azrou Centre")


class FakeDesk(FakeDrafts):
    """Drafts, deposits and overview in memory.

    Attributes:
        identity_known: Who the kiosk is; None before enrolment.
        refusals: Errors that the next calls of ``confirm`` raise, one each.
        print_faults: The same for ``print_receipt``.
        queue_faults: The same for ``queue``.
        messages: What the CNSS has to say to the agents.
    """

    def __init__(self, *, now: datetime = NOW, identity: PointIdentity | None = AZROU) -> None:
        super().__init__(now)
        self.identity_known = identity
        self.refusals: list[WaslError] = []
        self.print_faults: list[WaslError] = []
        self.queue_faults: list[WaslError] = []
        self.rows: list[QueueRow] = []
        self.messages: tuple[Words, ...] = ()
        self.forms: list[DepositForm] = []
        self.unseen: list[OpenPrint] = []
        self._answers: dict[UUID, Deposited] = {}
        self._sequence = 130

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

    def _today(self) -> date:
        return local_date(self.now)

    def _picture(self, number: str) -> ReceiptPicture:
        if number not in [row.receipt_number for row in self.rows]:
            raise UnknownReceiptError("not kept here")
        return ReceiptPicture(receipt_number=number, png=draw_slip(number), pdf=b"%PDF-1.7\n")
