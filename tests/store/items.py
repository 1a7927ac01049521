"""Deposits and events as the desk would commit them, with their bundles in the spool."""

import hashlib
import secrets
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from kiosk.domain.deposit import Move
from kiosk.domain.moments import ClockReading
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import (
    Beneficiary,
    Depositor,
    DepositState,
    DossierKind,
    EventKind,
    IdType,
    PieceKind,
    Stage,
)
from kiosk.store.deposits import NewDeposit, NewEvent
from kiosk.store.numbers import Slot
from kiosk.store.store import Store
from kiosk.wire.bundles import BundleHeader
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import (
    Clock,
    DepositManifest,
    Document,
    EventManifest,
    FrozenManifest,
    InsuredEntry,
    PieceEntry,
    freeze,
)
from tests.enrolled import DEVICE, TestClock

SCAN = bytes(range(256)) * 8


@dataclass(slots=True, kw_only=True)
class Clerk:
    """Makes deposits and events on a store; *scan* stands for the sealed PDF, None for none."""

    store: Store
    clock: TestClock
    key: PrivateKey = field(default_factory=PrivateKey.generate)
    agent: str = "technician"

    def deposit(self, scan: bytes | None = SCAN, request_id: UUID | None = None) -> UUID:
        """Commit a new deposit and return its id."""
        with self.store.writing:
            slot = self.store.next_slot(self.store.memory.epoch())
            new, at = self.prepare(slot, scan, request_id)
            self.store.commit_deposit(slot, new, at, self.agent)
        return new.deposit_id

    def event(
        self,
        deposit_id: UUID | None,
        event: EventKind = EventKind.AMENDMENT,
        scan: bytes | None = None,
        move: Move | None = None,
    ) -> UUID:
        """Commit a new event (on another kiosk's deposit when None) and return its id."""
        with self.store.writing:
            slot = self.store.next_slot(None)
            new, at = self.prepare_event(slot, deposit_id, event, scan)
            self.store.commit_event(slot, new, at, self.agent, move or default_move(event))
        return new.event_id

    def prepare(
        self, slot: Slot, scan: bytes | None = SCAN, request_id: UUID | None = None
    ) -> tuple[NewDeposit, ClockReading]:
        """Return a deposit that can be committed; its bundle lies in the spool."""
        assert slot.number is not None
        item, at = uuid4(), self.clock.read()
        frozen = freeze(_deposit_manifest(item, slot, at, scan), self.key)
        self._spool(item, str(slot.number), frozen, scan)
        new = NewDeposit(
            deposit_id=item,
            request_id=request_id or uuid4(),
            number=slot.number,
            state=DepositState.QUEUED if scan else DepositState.TO_SCAN,
            stage=Stage.DEPOSITED if scan else Stage.SCAN_TO_COME,
            kind=DossierKind.MALADIE,
            created_at=at.utc,
            page_count=1 if scan else 0,
            size_bytes=len(scan or b""),
            document_sha256=hashlib.sha256(scan).digest() if scan else None,
            manifest=frozen,
            qr_text=f"HTTPS://WASL.INVALID/R/{item}",
            warnings=(),
            group_id=None,
            person_day=secrets.token_bytes(32),
            claim=secrets.token_bytes(32),
        )
        return new, at

    def prepare_event(
        self, slot: Slot, deposit_id: UUID | None, event: EventKind, scan: bytes | None
    ) -> tuple[NewEvent, ClockReading]:
        """Return an event that can be committed; its bundle lies in the spool."""
        item, at = uuid4(), self.clock.read()
        number = self.number_of(deposit_id) if deposit_id else _OF_ANOTHER
        frozen = freeze(_event_manifest(item, slot, at, deposit_id, number, event, scan), self.key)
        self._spool(item, number, frozen, scan)
        new = NewEvent(
            event_id=item,
            deposit_id=deposit_id,
            receipt_number=number,
            event=event,
            created_at=at.utc,
            page_count=1 if scan else 0,
            size_bytes=len(scan or b""),
            document_sha256=hashlib.sha256(scan).digest() if scan else None,
            manifest=frozen,
        )
        return new, at

    def number_of(self, deposit_id: UUID) -> str:
        """Return a deposit's receipt number."""
        query = "SELECT receipt_number FROM deposits WHERE deposit_id = ?"
        with closing(self.store.db.conn.execute(query, (str(deposit_id),))) as found:
            return str(found.fetchone()[0])

    def state_of(self, deposit_id: UUID) -> DepositState:
        """Return a deposit's state."""
        return self.store.deposit(self.number_of(deposit_id)).state

    def _spool(self, item: UUID, number: str, frozen: FrozenManifest, scan: bytes | None) -> None:
        header = BundleHeader(
            item_id=item,
            receipt_number=number,
            sealed_manifest=b"sealed",
            manifest_sha256=frozen.sha256,
            signature=frozen.signature,
            document_sha256=hashlib.sha256(scan).digest() if scan else b"",
            document_bytes=len(scan or b""),
        )
        self.store.spool.put(header, scan or b"")


_OF_ANOTHER = str(ReceiptNumber(device="B0001A", sequence=7))


def default_move(event: EventKind) -> Move | None:
    """Return what an event does to a deposit that was taken the usual way."""
    moves = {EventKind.CANCELLATION: Move.CANCELLED, EventKind.COMPLETION: Move.SCANNED}
    return moves.get(event)


def _deposit_manifest(
    item: UUID, slot: Slot, at: ClockReading, scan: bytes | None
) -> DepositManifest:
    return DepositManifest(
        salt="salt" * 6,
        deposit_id=item,
        receipt_number=str(slot.number),
        device=slot.number.device if slot.number else DEVICE,
        sequence=slot.act_sequence,
        clock=Clock(utc=at.utc, monotonic_ms=at.monotonic_ms, trust=at.trust),
        agent="technician",
        insured=InsuredEntry(immatriculation="123456785", id_type=IdType.NONE),
        kind=DossierKind.MALADIE,
        beneficiary=Beneficiary.SELF,
        depositor=Depositor.SELF,
        care_date=date(2026, 11, 20),
        amount_centimes=84_550,
        pieces=(PieceEntry(kind=PieceKind.FEUILLE_DE_SOINS, pages=(1,) if scan else ()),),
        document=_document(scan),
        rules_version="test",
    )


def _event_manifest(
    item: UUID,
    slot: Slot,
    at: ClockReading,
    deposit_id: UUID | None,
    number: str,
    event: EventKind,
    scan: bytes | None,
) -> EventManifest:
    return EventManifest(
        salt="salt" * 6,
        event_id=item,
        event=event,
        deposit_id=deposit_id,
        receipt_number=number,
        device=DEVICE,
        sequence=slot.act_sequence,
        clock=Clock(utc=at.utc, monotonic_ms=at.monotonic_ms, trust=at.trust),
        agent="technician",
        document=_document(scan),
    )


def _document(scan: bytes | None) -> Document | None:
    if scan is None:
        return None
    return Document(sha256=hashlib.sha256(scan).hexdigest(), size_bytes=len(scan), page_count=1)
