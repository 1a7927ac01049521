"""Papers of an invented deposit, for tests and pictures."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import Beneficiary, Depositor, PieceKind
from kiosk.papers.receipt import ReceiptFacts
from kiosk.papers.talon import TalonFacts

NUMBER = ReceiptNumber(device="C0417A", sequence=131)
CREATED_AT = datetime(2026, 11, 23, 11, 42, tzinfo=UTC)
# As long as a signed token of 220 bytes in base32.
QR_TEXT = "HTTPS://WASL.INVALID/R/" + ("K5QXG3DJNZSXE2LUPEQGC3TEEB3GC43MFQQHO" * 10)[:352]
PIECES = (
    (PieceKind.FEUILLE_DE_SOINS, 1),
    (PieceKind.ORDONNANCE, 1),
    (PieceKind.FACTURE, 1),
    (PieceKind.CODES_BARRES, 1),
)


def receipt_facts(**changes: Any) -> ReceiptFacts:
    """Return the receipt of the mock-up, with *changes*."""
    facts = ReceiptFacts(
        receipt_number=NUMBER,
        created_at=CREATED_AT,
        is_clock_trusted=True,
        point_name="Cash Plus — Azrou Centre",
        immatriculation_end="785",
        beneficiary=Beneficiary.CHILD,
        care_date=date(2026, 11, 2),
        depositor=Depositor.SELF,
        pieces=PIECES,
        page_count=4,
        amount_centimes=845_50,
        qr_text=QR_TEXT,
    )
    return replace(facts, **changes)


def talon_facts(**changes: Any) -> TalonFacts:
    """Return the talon of the mock-up, with *changes*."""
    facts = TalonFacts(
        receipt_number=NUMBER,
        created_at=CREATED_AT,
        piece_count=4,
        qr_text=f"HTTPS://WASL.INVALID/T/{NUMBER}",
    )
    return replace(facts, **changes)
