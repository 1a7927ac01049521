"""Frozen deposits and events of an invented device, as a store would claim them."""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

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
from kiosk.sync.ports import Claimed, ItemKind, SealedDocument
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import (
    Clock,
    DepositManifest,
    Document,
    EventManifest,
    FrozenManifest,
    InsuredEntry,
    PageNote,
    PieceEntry,
    freeze,
)
from tests.contracts.outbox_contract import NOW
from tests.fakes.memory_outbox import MemoryOutbox

CLOCK = Clock(
    utc=datetime(2026, 11, 23, 8, 0, tzinfo=UTC), monotonic_ms=1, trust=ClockTrust.VERIFIED
)
SCAN = bytes(range(256)) * 600  # 150 KiB, as a dossier of five pages
_PIECES = (
    PieceEntry(kind=PieceKind.FEUILLE_DE_SOINS, pages=(1,)),
    PieceEntry(kind=PieceKind.ORDONNANCE, pages=(2, 3)),
    PieceEntry(kind=PieceKind.FACTURE, pages=(4, 5, 6)),
    PieceEntry(kind=PieceKind.CODES_BARRES, pages=(7,)),
    PieceEntry(kind=PieceKind.RESULTATS, pages=(8, 9, 10)),
)
_BLOCK = 256 * 1024


def sealed(scan: bytes) -> SealedDocument:
    """Return *scan* as the store hands it over."""

    def read(offset: int) -> Iterator[bytes]:
        for at in range(offset, len(scan), _BLOCK):
            yield scan[at : at + _BLOCK]

    return SealedDocument(sha256=hashlib.sha256(scan).digest(), size_bytes=len(scan), read=read)


@dataclass(slots=True, kw_only=True)
class Author:
    """A device that makes frozen items, numbered from 1.

    ``scan`` in the calls stands for the sealed PDF.
    """

    device: str = "C0417A"
    receipt_key: PrivateKey = field(default_factory=PrivateKey.generate)
    made: int = 0

    def deposit(self, scan: bytes | None = SCAN, *, item_id: UUID | None = None) -> Claimed:
        """Return a new deposit."""
        self.made += 1
        item_id = item_id or uuid4()
        number = str(ReceiptNumber(device=self.device, sequence=self.made))
        manifest = DepositManifest(
            salt="salt" * 6,
            deposit_id=item_id,
            receipt_number=number,
            device=self.device,
            sequence=self.made,
            clock=CLOCK,
            agent="n.alami",
            insured=InsuredEntry(immatriculation="123456789", id_type=IdType.NONE),
            kind=DossierKind.MALADIE,
            beneficiary=Beneficiary.SELF,
            depositor=Depositor.SELF,
            care_date=date(2026, 11, 20),
            amount_centimes=84550,
            pieces=(_piece(scan),),
            document=_document(scan),
            rules_version="test",
        )
        return self._frozen(manifest, scan)

    def full_deposit(self, scan: bytes, *, hashed_pages: int = 10) -> Claimed:
        """Return a deposit of ten pages that says much, with the hashes of so many of them."""
        self.made += 1
        manifest = DepositManifest(
            salt=b64(secrets.token_bytes(16)),
            deposit_id=uuid4(),
            receipt_number=str(ReceiptNumber(device=self.device, sequence=self.made)),
            device=self.device,
            sequence=self.made,
            clock=Clock(
                utc=datetime(2026, 11, 23, 8, 0, 7, 120_045, tzinfo=UTC),
                monotonic_ms=8_123_456,
                trust=ClockTrust.VERIFIED,
            ),
            agent="n.alami",
            insured=InsuredEntry(
                immatriculation="123456789",
                id_type=IdType.CIN,
                id_number="AB123456",
                phone="0612345678",
            ),
            kind=DossierKind.MALADIE,
            beneficiary=Beneficiary.SELF,
            depositor=Depositor.SELF,
            care_date=date(2026, 11, 20),
            amount_centimes=84550,
            pieces=_PIECES,
            page_notes=(
                PageNote(page=7, codes=(("EAN13", "6118000010012"), ("EAN13", "6118000041023"))),
            ),
            page_hashes=tuple(b64(secrets.token_bytes(32)) for _ in range(hashed_pages)),
            document=_document(scan, page_count=10),
            warnings=("possible_duplicate:C0417A-000131-39",),
            rules_version="2026-11",
        )
        return self._frozen(manifest, scan)

    def _frozen(self, manifest: DepositManifest, scan: bytes | None) -> Claimed:
        item_id = manifest.deposit_id
        frozen = freeze(manifest, self.receipt_key)
        number = manifest.receipt_number
        return _claimed(frozen, item_id, ItemKind.DEPOSIT, str(item_id), number, scan)

    def event(
        self,
        deposit: Claimed | None,
        event: EventKind = EventKind.AMENDMENT,
        scan: bytes | None = None,
        *,
        number: str = "",
    ) -> Claimed:
        """Return a new event on *deposit*, or on another kiosk's receipt of that *number*."""
        self.made += 1
        item_id = uuid4()
        number = deposit.receipt_number if deposit else number or "B0001A-000001-85"
        manifest = EventManifest(
            salt="salt" * 6,
            event_id=item_id,
            event=event,
            deposit_id=deposit.item_id if deposit else None,
            receipt_number=number,
            device=self.device,
            sequence=self.made,
            clock=CLOCK,
            agent="n.alami",
            reason="corrected",
            immatriculation="987654321" if event is EventKind.AMENDMENT else None,
            pieces=(_piece(scan),) if scan else (),
            document=_document(scan),
        )
        frozen = freeze(manifest, self.receipt_key)
        path_id = str(deposit.item_id) if deposit else number
        return _claimed(frozen, item_id, ItemKind.EVENT, path_id, number, scan)


@dataclass(slots=True, kw_only=True)
class MemoryBench:
    """The bench of the outbox contract for the outbox in memory."""

    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    author: Author = field(default_factory=Author)
    deposits: dict[UUID, Claimed] = field(default_factory=dict)

    def put_deposit(self, scan: bytes | None = SCAN) -> UUID:
        """Queue a new deposit."""
        item = self.author.deposit(scan)
        self.deposits[item.item_id] = item
        self.outbox.add(item)
        return item.item_id

    def put_event(
        self,
        deposit_id: UUID | None,
        event: EventKind = EventKind.AMENDMENT,
        scan: bytes | None = None,
    ) -> UUID:
        """Queue a new event."""
        deposit = self.deposits[deposit_id] if deposit_id else None
        item = self.author.event(deposit, event, scan)
        self.outbox.add(
            item,
            deposit_id=deposit_id,
            is_cancellation=event is EventKind.CANCELLATION,
        )
        return item.item_id


def _piece(scan: bytes | None) -> PieceEntry:
    return PieceEntry(kind=PieceKind.FEUILLE_DE_SOINS, pages=(1,) if scan else ())


def _document(scan: bytes | None, page_count: int = 1) -> Document | None:
    if scan is None:
        return None
    digest = hashlib.sha256(scan).hexdigest()
    return Document(sha256=digest, size_bytes=len(scan), page_count=page_count)


def _claimed(
    frozen: FrozenManifest,
    item_id: UUID,
    kind: ItemKind,
    path_id: str,
    number: str,
    scan: bytes | None,
) -> Claimed:
    return Claimed(
        item_id=item_id,
        kind=kind,
        path_id=path_id,
        receipt_number=number,
        manifest=frozen.content,
        manifest_sha256=frozen.sha256,
        signature=frozen.signature,
        document=sealed(scan) if scan else None,
        attempts=0,
    )


__all__ = ["NOW", "SCAN", "Author", "MemoryBench", "sealed"]
