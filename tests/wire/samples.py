"""Keys and messages for tests of the wire, the same on every run."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

from kiosk.domain.moments import ClockTrust
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import (
    Beneficiary,
    Depositor,
    DossierKind,
    EventKind,
    IdType,
    PieceKind,
)
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.manifests import (
    Clock,
    DepositManifest,
    Document,
    EventManifest,
    InsuredEntry,
    PageNote,
    PieceEntry,
)
from kiosk.wire.receipt_token import ReceiptClaims

MORNING = datetime(2026, 11, 23, 9, 30, 5, tzinfo=UTC)
DEPOSIT_ID = UUID("019ab000-0000-7000-8000-000000000001")
EVENT_ID = UUID("019ab000-0000-7000-8000-000000000002")
NUMBER = ReceiptNumber(device="C0417A", sequence=131)
PERSONAL = ("101455262", "AB123456", "+212612345678")


def key_named(name: str) -> PrivateKey:
    """Return the same key for the same name."""
    return PrivateKey(hashlib.sha256(name.encode("utf-8")).digest())


OURS = key_named("ours")
OTHERS = key_named("others")


def knows(*keys: PublicKey) -> Callable[[bytes], PublicKey | None]:
    """Return a resolver that trusts these keys."""
    by_id = {key.key_id: key for key in keys}
    return by_id.get


def claims(**changes: object) -> ReceiptClaims:
    """Return what a receipt proves."""
    given: dict[str, object] = {
        "receipt_number": NUMBER,
        "deposit_id": DEPOSIT_ID,
        "created_at": MORNING,
        "clock_trust": ClockTrust.VERIFIED,
        "manifest_sha256": hashlib.sha256(b"manifest").digest(),
        "page_count": 4,
        "piece_count": 3,
    }
    return ReceiptClaims(**(given | changes))  # type: ignore[arg-type]


def deposit_manifest() -> DepositManifest:
    """Return a whole deposit."""
    return DepositManifest(
        salt="0123456789abcdef",
        deposit_id=DEPOSIT_ID,
        receipt_number=str(NUMBER),
        device="C0417A",
        sequence=12,
        clock=Clock(utc=MORNING, monotonic_ms=5, trust=ClockTrust.VERIFIED),
        agent="S. B.",
        insured=InsuredEntry(
            immatriculation=PERSONAL[0],
            id_type=IdType.CIN,
            id_number=PERSONAL[1],
            phone=PERSONAL[2],
        ),
        kind=DossierKind.MALADIE,
        beneficiary=Beneficiary.SELF,
        depositor=Depositor.FAMILY,
        care_date=date(2026, 11, 10),
        amount_centimes=84_550,
        pieces=(PieceEntry(kind=PieceKind.FEUILLE_DE_SOINS, pages=(1, 2)),),
        page_notes=(PageNote(page=1, problems=("blurred",), codes=(("EAN13", "6111"),)),),
        document=Document(sha256="ab" * 32, size_bytes=1000, page_count=2),
        rules_version="2026-11",
    )


def event_manifest() -> EventManifest:
    """Return an amendment."""
    return EventManifest(
        salt="0123456789abcdef",
        event_id=EVENT_ID,
        event=EventKind.AMENDMENT,
        deposit_id=DEPOSIT_ID,
        receipt_number=str(NUMBER),
        device="C0417A",
        sequence=13,
        clock=Clock(utc=MORNING, monotonic_ms=6, trust=ClockTrust.UNVERIFIED),
        agent="S. B.",
        reason="numéro mal lu",
        immatriculation="123456785",
    )
