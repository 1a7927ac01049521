"""From a draft to a receipt: the deposit is durable before anybody hears of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from kiosk.desk import sealed
from kiosk.desk.drafts import Drafts
from kiosk.desk.page_codes import code_warnings
from kiosk.desk.sealed import SealedScan
from kiosk.domain import form as forms
from kiosk.domain.completeness import Rules, bundled_rules
from kiosk.domain.dossier import Dossier, Piece, pieces_from_counts, pieces_from_pages
from kiosk.domain.errors import InvalidInputError, NotEnrolledError
from kiosk.domain.form import DepositForm, ReadForm
from kiosk.domain.ids import uuid7
from kiosk.domain.moments import ClockReading, ClockTrust, local_date
from kiosk.domain.page import Page
from kiosk.domain.receipt_number import parse as parse_number
from kiosk.domain.views import Deposited, PointIdentity
from kiosk.domain.vocabulary import (
    AbandonReason,
    DepositState,
    PieceKind,
    Stage,
    WarningKind,
)
from kiosk.security.keystore import DeviceKeys
from kiosk.security.lookup import person_and_day, same_claim
from kiosk.store import deposits as rows
from kiosk.store.deposits import NewDeposit, StoredDeposit
from kiosk.store.enrolment import Enrolment
from kiosk.store.numbers import Slot
from kiosk.store.store import Store
from kiosk.wire.cose import KeyResolver
from kiosk.wire.keys import PublicKey
from kiosk.wire.manifests import DepositManifest, FrozenManifest, InsuredEntry
from kiosk.wire.receipt_token import ReceiptClaims, write_qr_text

MAX_PAGE_WARNINGS = 200
"""A manifest is bounded; what is left out stands in its page notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """All that one deposit is made from, gathered before anything is written."""

    deposit_id: UUID
    request_id: UUID
    read: ReadForm
    pages: Mapping[int, Page]
    warnings: tuple[str, ...]
    clock: ClockReading
    enrolment: Enrolment
    agent: str
    reason: str

    @property
    def dossier(self) -> Dossier:
        return self.read.dossier


class Deposits:
    """Makes deposits. Threads: any; one confirmation runs at a time."""

    def __init__(
        self, store: Store, drafts: Drafts, keys: DeviceKeys, clock: Callable[[], ClockReading]
    ) -> None:
        self._store = store
        self._drafts = drafts
        self._keys = keys
        self._clock = clock
        self._rules: Rules = bundled_rules()

    def identity(self) -> PointIdentity | None:
        """Return who this kiosk is; None before enrolment."""
        try:
            enrolment = self._store.memory.enrolment()
        except NotEnrolledError:
            return None
        configuration = enrolment.configured()
        return PointIdentity(
            device=enrolment.device,
            point=configuration.point,
            point_name=configuration.point_name,
        )

    def confirm(
        self,
        draft_id: UUID,
        form: DepositForm,
        marks: Mapping[int, PieceKind],
        request_id: UUID,
        agent: str = "technician",
    ) -> Deposited:
        """Make the draft a deposit and return its receipt; the same request id answers the same.

        Args:
            draft_id: The draft; it ends, and its key, in the transaction that makes the deposit.
            form: What was typed.
            marks: Kind of piece by page id, where a piece begins; a later page continues it.
            request_id: Made by the caller once for this deposit, however often it is asked.
            agent: Who acts.

        Raises:
            InvalidInputError, NotEnrolledError, StoreError: The draft stands and no receipt may
                be shown; asking again with the same request id is always right.
        """
        with self._store.writing:
            again = self._made_before(request_id)
            if again is not None:
                self._drafts.forget(draft_id, AbandonReason.ALREADY_DEPOSITED)
                return again
            pages = self._drafts.pages(draft_id)
            by_number = self._drafts.marks_by_number(draft_id, marks)
            act = self._act(
                form, pieces_from_pages(len(pages), by_number), pages, request_id, agent
            )
            scan = sealed.seal_scan(
                self._drafts.pdfs(draft_id),
                act.deposit_id,
                act.dossier.pieces,
                act.clock.utc,
                act.enrolment.root(),
            )
            answer = self._commit(act, scan, draft_id)
            self._drafts.ended(draft_id)
        return answer

    def receive(
        self,
        form: DepositForm,
        counts: Sequence[tuple[PieceKind, int]],
        request_id: UUID,
        agent: str = "technician",
    ) -> Deposited:
        """Take a dossier whose pieces are counted now and scanned later.

        It needs some kilobytes: where the disk takes no scans any more, people still get their
        receipts on the reserve.

        Raises:
            InvalidInputError, NotEnrolledError, StoreError: Nothing happened.
        """
        with self._store.writing:
            again = self._made_before(request_id)
            if again is not None:
                return again
            act = self._act(form, pieces_from_counts(counts), {}, request_id, agent)
            return self._commit(act, None)

    def made_by(self, request_id: UUID) -> Deposited | None:
        """Return the answer a request already got."""
        return self._made_before(request_id)

    def _made_before(self, request_id: UUID) -> Deposited | None:
        stored = rows.by_request(self._store.db.conn, request_id)
        if stored is None:
            return None
        if self._store.is_writer:
            self._store.note_number(parse_number(stored.receipt_number))
        return answer_of(stored)

    def _act(
        self,
        form: DepositForm,
        pieces: tuple[Piece, ...],
        pages: Mapping[int, Page],
        request_id: UUID,
        agent: str,
    ) -> _Act:
        enrolment = self._store.memory.enrolment()
        clock = self._clock()
        if form.carnet_number:
            raise InvalidInputError("carnet", "no carnet was issued to this device")
        read = forms.read(form, pieces, local_date(clock.utc))
        return _Act(
            deposit_id=uuid7(clock.utc),
            request_id=request_id,
            read=read,
            pages=pages,
            warnings=self._warnings(read, pages, clock, enrolment),
            clock=clock,
            enrolment=enrolment,
            agent=agent,
            reason=form.reason.strip(),
        )

    def _commit(
        self, act: _Act, scan: SealedScan | None, draft_id: UUID | None = None
    ) -> Deposited:
        slot = self._store.next_slot(self._store.memory.epoch())
        root = act.enrolment.root()
        frozen = sealed.freeze_and_spool(
            self._manifest(act, slot, scan),
            act.deposit_id,
            scan,
            self._keys,
            root,
            self._store.spool,
        )
        new = replace(self._row(act, slot, scan, frozen), draft_id=draft_id)
        self._store.commit_deposit(slot, new, act.clock, act.agent)
        return answer_of(rows.by_number(self._store.db.conn, str(slot.number)))

    def _manifest(self, act: _Act, slot: Slot, scan: SealedScan | None) -> DepositManifest:
        if slot.number is None:
            raise AssertionError("a deposit takes a number")
        dossier = act.dossier
        return DepositManifest(
            salt=sealed.salt(),
            deposit_id=act.deposit_id,
            receipt_number=str(slot.number),
            # After a restore numbers go on under another letter: the author is named by that one.
            device=slot.number.device,
            sequence=slot.act_sequence,
            clock=sealed.clock_entry(act.clock),
            agent=act.agent,
            insured=InsuredEntry(
                immatriculation=dossier.insured.immatriculation,
                id_type=dossier.insured.id_type,
                id_number=dossier.insured.id_number,
                phone=dossier.insured.phone,
            ),
            kind=dossier.kind,
            beneficiary=dossier.beneficiary,
            depositor=dossier.depositor,
            care_date=dossier.care_date,
            end_date=dossier.end_date,
            amount_centimes=dossier.amount_centimes,
            pieces=sealed.piece_entries(dossier.pieces),
            page_notes=sealed.page_notes(act.pages),
            page_hashes=sealed.page_hashes(act.pages.values()),
            document=scan.document if scan else None,
            group_id=dossier.group_id,
            warnings=act.warnings,
            reason=act.reason,
            rules_version=self._rules.version,
        )

    def _row(
        self, act: _Act, slot: Slot, scan: SealedScan | None, frozen: FrozenManifest
    ) -> NewDeposit:
        if slot.number is None:
            raise AssertionError("a deposit takes a number")
        dossier, key = act.dossier, self._keys.lookup_key
        insured, cared = dossier.insured.immatriculation, dossier.care_date
        claims = ReceiptClaims(
            receipt_number=slot.number,
            deposit_id=act.deposit_id,
            created_at=act.clock.utc,
            clock_trust=act.clock.trust,
            manifest_sha256=frozen.sha256,
            page_count=len(act.pages),
            piece_count=len(dossier.pieces),
        )
        host = act.enrolment.configured().verify_host
        return NewDeposit(
            deposit_id=act.deposit_id,
            request_id=act.request_id,
            number=slot.number,
            state=DepositState.QUEUED if scan else DepositState.TO_SCAN,
            stage=Stage.DEPOSITED if scan else Stage.SCAN_TO_COME,
            kind=dossier.kind,
            created_at=act.clock.utc,
            page_count=len(act.pages),
            size_bytes=scan.document.size_bytes if scan else 0,
            document_sha256=scan.sha256 if scan else None,
            manifest=frozen,
            qr_text=write_qr_text(claims, self._keys.receipt_key, host),
            warnings=act.warnings,
            group_id=dossier.group_id,
            person_day=person_and_day(key, insured, cared),
            claim=same_claim(
                key, insured, dossier.care_date, dossier.kind, dossier.amount_centimes
            ),
        )

    def _warnings(
        self,
        read: ReadForm,
        pages: Mapping[int, Page],
        clock: ClockReading,
        enrolment: Enrolment,
    ) -> tuple[str, ...]:
        dossier = read.dossier
        said = [warning.value for warning in read.warnings]
        kinds = [piece.kind for piece in dossier.pieces]
        missing = self._rules.missing(dossier.kind, kinds)
        said += [f"{WarningKind.MISSING_PIECE}:{kind}" for kind in missing]
        said += page_warnings(pages)
        claim = same_claim(
            self._keys.lookup_key,
            dossier.insured.immatriculation,
            dossier.care_date,
            dossier.kind,
            dossier.amount_centimes,
        )
        twins = rows.numbers_by(self._store.db.conn, "claim", claim)
        said += [f"{WarningKind.POSSIBLE_DUPLICATE}:{number}" for number in twins[:5]]
        notice = enrolment.configured().amount_notice_centimes
        if notice is not None and dossier.amount_centimes > notice:
            said.append(WarningKind.AMOUNT_OVER_NOTICE)
        codes = [code for page in pages.values() for code in page.codes]
        said += code_warnings(codes, self._receipt_keys(enrolment))
        if clock.trust is ClockTrust.UNVERIFIED:
            said.append(WarningKind.CLOCK_UNTRUSTED)
        return tuple(dict.fromkeys(said))

    def _receipt_keys(self, enrolment: Enrolment) -> KeyResolver:
        """Return the keys of this device and of those the trust list names."""
        own = self._keys.receipt_key.public

        def resolve(key_id: bytes) -> PublicKey | None:
            if key_id == own.key_id:
                return own
            device = enrolment.trust().device_of(key_id)
            return device.public() if device is not None else None

        return resolve


def page_warnings(pages: Mapping[int, Page]) -> list[str]:
    """Return ``page_problem:N:PROBLEM`` for the first problems, pages counted from 1."""
    said = [
        f"{WarningKind.PAGE_PROBLEM}:{number}:{problem.kind}"
        for number, page in enumerate(pages.values(), start=1)
        for problem in page.problems
    ]
    return said[:MAX_PAGE_WARNINGS]


def answer_of(stored: StoredDeposit) -> Deposited:
    """Return what a deposit answers, now or when asked again."""
    return Deposited(
        deposit_id=stored.deposit_id,
        receipt_number=stored.receipt_number,
        receipt_qr=stored.qr_text,
        state=stored.state,
        page_count=stored.page_count,
        size_bytes=stored.size_bytes,
        sha256=stored.document_sha256.hex() if stored.document_sha256 else None,
        warnings=stored.warnings,
    )
