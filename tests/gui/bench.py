"""What a desk's contract needs, and a real desk in the shape the window asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from kiosk.desk import Desk
from kiosk.domain.form import DepositForm
from kiosk.domain.views import Deposited, PointIdentity, ReceiptPicture
from kiosk.domain.vocabulary import PieceKind
from kiosk.ui.ports import Deposits, Drafts, Overview


@dataclass(slots=True, kw_only=True)
class Bench:
    """A desk and files to give it."""

    drafts: Drafts
    deposits: Deposits
    overview: Overview
    page_file: Path
    broken_file: Path
    today: str


class WindowDesk:
    """``ui.ports.Deposits`` over a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def identity(self) -> PointIdentity | None:
        """Return who this kiosk is."""
        return self._desk.deposits.identity()

    def confirm(
        self,
        draft_id: UUID,
        form: DepositForm,
        marks: Mapping[int, PieceKind],
        request_id: UUID,
    ) -> Deposited:
        """Make the deposit."""
        return self._desk.deposits.confirm(draft_id, form, marks, request_id)

    def print_receipt(self, receipt_number: str) -> ReceiptPicture:
        """Print it."""
        return self._desk.papers.print_receipt(receipt_number)

    def picture(self, receipt_number: str) -> ReceiptPicture:
        """Draw it."""
        return self._desk.papers.picture(receipt_number)
