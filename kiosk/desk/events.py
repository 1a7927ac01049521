"""What may happen to a deposit after its receipt: signed events under the same number."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from kiosk.desk import sealed
from kiosk.desk.drafts import Drafts
from kiosk.desk.receipts import Receipts
from kiosk.domain import identifiers
from kiosk.domain.deposit import UNCANCELLABLE_STAGES, Move
from kiosk.domain.dossier import Piece, pieces_from_pages
from kiosk.domain.errors import InvalidInputError, NotCancellableError, UnknownReceiptError
from kiosk.domain.ids import uuid7
from kiosk.domain.moments import ClockReading
from kiosk.domain.page import Page
from kiosk.domain.views import EventRecorded
from kiosk.domain.vocabulary import DepositState, EventKind, HeldReason, PieceKind
from kiosk.security.keystore import DeviceKeys
from kiosk.security.lookup import person_and_day, same_claim
from kiosk.store.deposits import NewEvent, StoredDeposit
from kiosk.store.numbers import Slot
from kiosk.store.store import Store
from kiosk.wire.manifests import EventManifest

MAX_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """The deposit an event is about; ``deposit_id`` is None when only its number is known."""

    receipt_number: str
    deposit_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    event: EventKind
    subject: _Subject
    reason: str
    agent: str
    immatriculation: str | None = None
    draft_id: UUID | None = None
    pieces: tuple[Piece, ...] = ()
    move: Move | None = None
    lookup: tuple[bytes, bytes] | None = None


class Events:
    """Cancels, amends, complements and completes. Threads: any; one act runs at a time."""

    def __init__(
        self,
        store: Store,
        drafts: Drafts,
        receipts: Receipts,
        keys: DeviceKeys,
        clock: Callable[[], ClockReading],
    ) -> None:
        self._store = store
        self._drafts = drafts
        self._receipts = receipts
        self._keys = keys
        self._clock = clock

    def cancel(self, receipt: str, reason: str, agent: str = "technician") -> EventRecorded:
        """Cancel a deposit: the person takes the originals back.

        Raises:
            UnknownReceiptError: Not a deposit of this kiosk.
            NotCancellableError: Already cancelled, settled or paid.
            InvalidInputError: No reason.
        """
        with self._store.writing:
            stored = self._store.deposit(self._receipts.number_in(receipt))
            is_over = stored.stage in UNCANCELLABLE_STAGES
            if is_over or stored.state is DepositState.CANCELLED:
                raise NotCancellableError(f"a deposit that is {stored.stage} cannot be cancelled")
            return self._record(
                _Act(
                    event=EventKind.CANCELLATION,
                    subject=_subject(stored),
                    reason=_reason(reason),
                    agent=agent,
                    move=Move.CANCELLED,
                )
            )

    def amend(
        self, receipt: str, immatriculation: str, reason: str, agent: str = "technician"
    ) -> EventRecorded:
        """Correct the immatriculation; the first receipt stays true, the next print is marked.

        Raises:
            UnknownReceiptError: Not a deposit of this kiosk.
            InvalidInputError: The number is refused, or the deposit is cancelled.
        """
        judged = identifiers.immatriculation(immatriculation)
        if judged.fault is not None:
            raise InvalidInputError("immatriculation", judged.fault.value)
        with self._store.writing:
            stored = self._live(receipt)
            return self._record(
                _Act(
                    event=EventKind.AMENDMENT,
                    subject=_subject(stored),
                    reason=_reason(reason),
                    agent=agent,
                    immatriculation=judged.value,
                    lookup=self._lookup(stored, judged.value or ""),
                )
            )

    def complement(
        self,
        receipt: str,
        draft_id: UUID,
        marks: Mapping[int, PieceKind],
        reason: str = "",
        agent: str = "technician",
    ) -> EventRecorded:
        """Add the missing pieces of a returned dossier, taken by any point.

        Args:
            receipt: A number, or the text of the receipt's QR.
            draft_id: The draft with the new pages.
            marks: Kind of piece by page id; page 1 needs one, it is no feuille de soins here.
            reason: The agent's words, if any.
            agent: Who acts.

        Raises:
            NotAReceiptError, BadSignatureError, InvalidInputError, StoreError: Nothing happened.
                A deposit of this kiosk that is cancelled takes no pieces.
        """
        pages = self._drafts.pages(draft_id)
        by_number = self._drafts.marks_by_number(draft_id, marks)
        by_number.setdefault(1, PieceKind.AUTRE)
        with self._store.writing:
            recorded = self._record(
                _Act(
                    event=EventKind.COMPLEMENT,
                    subject=self._subject_anywhere(receipt),
                    reason=reason.strip()[:MAX_REASON],
                    agent=agent,
                    draft_id=draft_id,
                    pieces=pieces_from_pages(len(pages), by_number),
                )
            )
        self._drafts.ended(draft_id)
        return recorded

    def complete(
        self,
        receipt: str,
        draft_id: UUID,
        marks: Mapping[int, PieceKind],
        agent: str = "technician",
    ) -> EventRecorded:
        """Bring the scan of a deposit taken without one, or a new scan of a damaged one.

        Raises:
            UnknownReceiptError: Not a deposit of this kiosk.
            InvalidInputError: The deposit has its scan, or is cancelled.
        """
        pages = self._drafts.pages(draft_id)
        by_number = self._drafts.marks_by_number(draft_id, marks)
        with self._store.writing:
            stored = self._live(receipt)
            recorded = self._record(
                _Act(
                    event=EventKind.COMPLETION,
                    subject=_subject(stored),
                    reason="",
                    agent=agent,
                    draft_id=draft_id,
                    pieces=pieces_from_pages(len(pages), by_number),
                    move=_completing_move(stored),
                )
            )
        self._drafts.ended(draft_id)
        return recorded

    def _record(self, act: _Act) -> EventRecorded:
        enrolment = self._store.memory.enrolment()
        root, clock = enrolment.root(), self._clock()
        event_id = uuid7(clock.utc)
        slot = self._store.next_slot(None)
        scan = None
        pages: Mapping[int, Page] = {}
        if act.draft_id is not None:
            pages = self._drafts.pages(act.draft_id)
            pdfs = self._drafts.pdfs(act.draft_id)
            scan = sealed.seal_scan(pdfs, event_id, act.pieces, clock.utc, root)
        manifest = self._manifest(act, event_id, slot, clock, enrolment.device, pages).model_copy(
            update={"document": scan.document if scan else None}
        )
        spool = self._store.spool
        frozen = sealed.freeze_and_spool(manifest, event_id, scan, self._keys, root, spool)
        new = NewEvent(
            event_id=event_id,
            deposit_id=act.subject.deposit_id,
            receipt_number=act.subject.receipt_number,
            event=act.event,
            created_at=clock.utc,
            page_count=len(pages),
            size_bytes=scan.document.size_bytes if scan else 0,
            document_sha256=scan.sha256 if scan else None,
            manifest=frozen,
            person_day=act.lookup[0] if act.lookup else None,
            claim=act.lookup[1] if act.lookup else None,
            draft_id=act.draft_id,
        )
        state = self._store.commit_event(slot, new, clock, act.agent, act.move)
        return EventRecorded(
            event_id=event_id,
            receipt_number=act.subject.receipt_number,
            event=act.event.value,
            state=state,
        )

    def _manifest(
        self,
        act: _Act,
        event_id: UUID,
        slot: Slot,
        clock: ClockReading,
        device: str,
        pages: Mapping[int, Page],
    ) -> EventManifest:
        return EventManifest(
            salt=sealed.salt(),
            event_id=event_id,
            event=act.event,
            deposit_id=act.subject.deposit_id,
            receipt_number=act.subject.receipt_number,
            device=device,
            sequence=slot.act_sequence,
            clock=sealed.clock_entry(clock),
            agent=act.agent,
            reason=act.reason,
            immatriculation=act.immatriculation,
            pieces=sealed.piece_entries(act.pieces),
            page_notes=sealed.page_notes(pages),
            page_hashes=sealed.page_hashes(pages.values()),
        )

    def _lookup(self, stored: StoredDeposit, immatriculation: str) -> tuple[bytes, bytes]:
        first, key = stored.details(), self._keys.lookup_key
        return person_and_day(key, immatriculation, first.care_date), same_claim(
            key, immatriculation, first.care_date, first.kind, first.amount_centimes
        )

    def _live(self, receipt: str) -> StoredDeposit:
        stored = self._store.deposit(self._receipts.number_in(receipt))
        if stored.state is DepositState.CANCELLED:
            raise InvalidInputError("receipt", "the deposit is cancelled")
        return stored

    def _subject_anywhere(self, receipt: str) -> _Subject:
        number, deposit_id = self._receipts.subject_of(receipt)
        with contextlib.suppress(UnknownReceiptError):
            self._live(number)
        return _Subject(receipt_number=number, deposit_id=deposit_id)


def _subject(stored: StoredDeposit) -> _Subject:
    return _Subject(receipt_number=stored.receipt_number, deposit_id=stored.deposit_id)


def _completing_move(stored: StoredDeposit) -> Move:
    if stored.state is DepositState.TO_SCAN:
        return Move.SCANNED
    if stored.held_reason is HeldReason.BUNDLE_DAMAGED:
        return Move.RELEASED
    raise InvalidInputError("receipt", "the deposit has its scan already")


def _reason(text: str) -> str:
    reason = text.strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise InvalidInputError("reason", f"1 to {MAX_REASON} characters are needed")
    return reason
