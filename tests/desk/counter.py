"""What an agent does in these tests: types a form, scans the sample pages, confirms."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from kiosk.domain.form import DepositForm
from kiosk.domain.views import Deposited, DraftPage, PageFault
from kiosk.domain.vocabulary import DossierKind, IdType, PieceKind
from tests.enrolled import EnrolledKiosk

SAMPLES = Path(__file__).resolve().parents[2] / "kiosk" / "samples"
FORM_PAGE = SAMPLES / "1-feuille-de-soins.jpg"
ORDONNANCE = SAMPLES / "2-ordonnance.jpg"
FORM = DepositForm(
    immatriculation="101455262",
    id_type=IdType.CIN,
    id_number="AB123456",
    phone="0661234567",
    kind=DossierKind.MALADIE,
    care_date="2026-11-20",
    amount="845,50",
)
PERSONAL = ("101455262", "AB123456", "661234567", "845,50", "84550", "2026-11-20")


class Counter:
    """An agent at one kiosk."""

    def __init__(self, kiosk: EnrolledKiosk) -> None:
        self.kiosk = kiosk
        self.desk = kiosk.desk

    def draft(self, *files: Path) -> UUID:
        """Return a draft with the pages of *files*."""
        draft_id = self.desk.drafts.begin()
        for file in files:
            self.add(draft_id, file)
        return draft_id

    def add(self, draft_id: UUID, file: Path) -> list[DraftPage | PageFault]:
        """Scan a file into a draft; return what was told of each page."""
        told: list[DraftPage | PageFault] = []
        self.desk.drafts.add_pages(draft_id, file, told.append)
        return told

    def deposit(self, *files: Path, request_id: UUID | None = None, **typed: Any) -> Deposited:
        """Make a deposit of *files* (the form alone when none are named)."""
        form = replace(FORM, **typed)
        draft_id = self.draft(*(files or (FORM_PAGE,)))
        return self.desk.deposits.confirm(draft_id, form, {}, request_id or uuid4())

    def receive(self, **typed: Any) -> Deposited:
        """Take a dossier to be scanned later."""
        form = replace(FORM, **typed)
        counts = [(PieceKind.FEUILLE_DE_SOINS, 1), (PieceKind.ORDONNANCE, 2)]
        return self.desk.deposits.receive(form, counts, uuid4())
