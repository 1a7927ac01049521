"""Rows of deposits and of the events under their numbers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kiosk.domain.deposit import Move, after
from kiosk.domain.errors import InvalidInputError, UnknownReceiptError
from kiosk.domain.moments import parse_rfc3339, rfc3339
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import DepositState, DossierKind, EventKind, HeldReason, Stage
from kiosk.store.errors import named_faults
from kiosk.store.sqlite import sqlite3
from kiosk.wire.manifests import DepositManifest, FrozenManifest, read_deposit


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeposit:
    """A deposit about to be committed; its bundle is durable already.

    ``person_day`` and ``claim`` are keyed hashes (``security.lookup``). ``draft_id`` is the draft
    it was made from, which ends with it.
    """

    deposit_id: UUID
    request_id: UUID
    number: ReceiptNumber
    state: DepositState
    stage: Stage
    kind: DossierKind
    created_at: datetime
    page_count: int
    size_bytes: int
    document_sha256: bytes | None
    manifest: FrozenManifest
    qr_text: str
    warnings: Sequence[str]
    group_id: UUID | None
    person_day: bytes
    claim: bytes
    draft_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event about to be committed; its bundle is durable already.

    ``person_day`` and ``claim`` replace the deposit's when an amendment corrects who it is about.
    """

    event_id: UUID
    deposit_id: UUID | None
    receipt_number: str
    event: EventKind
    created_at: datetime
    page_count: int
    size_bytes: int
    document_sha256: bytes | None
    manifest: FrozenManifest
    person_day: bytes | None = None
    claim: bytes | None = None
    draft_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDeposit:
    """A deposit as kept."""

    deposit_id: UUID
    receipt_number: str
    state: DepositState
    held_reason: HeldReason | None
    stage: Stage
    stage_at: datetime
    created_at: datetime
    page_count: int
    size_bytes: int
    document_sha256: bytes | None
    manifest: bytes
    manifest_sha256: bytes
    qr_text: str
    warnings: tuple[str, ...]

    @property
    def is_minimised(self) -> bool:
        """Tell whether who and what it was about was removed, as retention says."""
        return not self.manifest

    def details(self) -> DepositManifest:
        """Return what the deposit is about.

        Raises:
            InvalidInputError: It is so old that its details were removed.
        """
        if self.is_minimised:
            raise InvalidInputError("receipt", "its details were removed: it is too old")
        return read_deposit(self.manifest)


_STORED = (
    "deposit_id, receipt_number, state, held_reason, stage, stage_at, created_at, page_count, "
    "size_bytes, document_sha256, manifest, manifest_sha256, qr_text, warnings"
)


def insert(connection: sqlite3.Connection, new: NewDeposit) -> None:
    """Insert a deposit within the caller's transaction."""
    at = rfc3339(new.created_at)
    connection.execute(
        "INSERT INTO deposits (deposit_id, request_id, receipt_number, epoch, number, state, stage,"
        " stage_at, kind, created_at, page_count, size_bytes, document_sha256, manifest,"
        " manifest_sha256, signature, qr_text, warnings, group_id, person_day, claim)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(str(new.deposit_id), str(new.request_id), str(new.number), new.number.device),
            *(new.number.sequence, new.state.value, new.stage.value, at, new.kind.value, at),
            *(new.page_count, new.size_bytes, new.document_sha256, new.manifest.content),
            *(new.manifest.sha256, new.manifest.signature, new.qr_text),
            json.dumps(list(new.warnings)),
            str(new.group_id) if new.group_id else None,
            *(new.person_day, new.claim),
        ),
    )


def insert_event(connection: sqlite3.Connection, new: NewEvent) -> None:
    """Insert an event within the caller's transaction."""
    connection.execute(
        "INSERT INTO events (event_id, deposit_id, receipt_number, event, created_at, page_count,"
        " size_bytes, document_sha256, manifest, manifest_sha256, signature)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            str(new.event_id),
            str(new.deposit_id) if new.deposit_id else None,
            *(new.receipt_number, new.event.value, rfc3339(new.created_at), new.page_count),
            *(new.size_bytes, new.document_sha256, new.manifest.content, new.manifest.sha256),
            new.manifest.signature,
        ),
    )


def find_by(connection: sqlite3.Connection, new: NewEvent) -> None:
    """Let a deposit be found by what an amendment corrected, within the caller's transaction."""
    connection.execute(
        "UPDATE deposits SET person_day = coalesce(?, person_day), claim = coalesce(?, claim)"
        " WHERE deposit_id = ?",
        (new.person_day, new.claim, str(new.deposit_id)),
    )


def by_number(connection: sqlite3.Connection, receipt_number: str) -> StoredDeposit:
    """Return the deposit of that number.

    Raises:
        UnknownReceiptError: None is kept here.
    """
    found = _one(connection, "receipt_number = ?", receipt_number)
    if found is None:
        raise UnknownReceiptError("no deposit of that number is kept on this kiosk")
    return found


def by_request(connection: sqlite3.Connection, request_id: UUID) -> StoredDeposit | None:
    """Return the deposit a request already made."""
    return _one(connection, "request_id = ?", str(request_id))


@named_faults()
def numbers_by(connection: sqlite3.Connection, column: str, keyed: bytes) -> tuple[str, ...]:
    """Return receipt numbers, oldest first, that share a keyed hash (``person_day``, ``claim``)."""
    if column not in {"person_day", "claim"}:
        raise ValueError(column)
    rows = connection.execute(
        f"SELECT receipt_number FROM deposits WHERE {column} = ? ORDER BY created_at",  # noqa: S608 a name out of two
        (keyed,),
    )
    return tuple(row[0] for row in rows)


@named_faults()
def events_of(connection: sqlite3.Connection, receipt_number: str) -> tuple[EventKind, ...]:
    """Return the kinds of events under a number, oldest first."""
    rows = connection.execute(
        "SELECT event FROM events WHERE receipt_number = ? ORDER BY rowid", (receipt_number,)
    )
    return tuple(EventKind(row[0]) for row in rows)


@named_faults()
def event_manifests(
    connection: sqlite3.Connection, receipt_number: str, event: EventKind
) -> tuple[bytes, ...]:
    """Return the frozen manifests of one kind of event under a number, oldest first."""
    rows = connection.execute(
        "SELECT manifest FROM events WHERE receipt_number = ? AND event = ? ORDER BY rowid",
        (receipt_number, event.value),
    )
    return tuple(row[0] for row in rows)


def move(
    connection: sqlite3.Connection,
    deposit_id: str,
    what: Move,
    held_reason: HeldReason | None = None,
) -> DepositState:
    """Move a deposit along its table of states, within the caller's transaction."""
    row = connection.execute(
        "SELECT state FROM deposits WHERE deposit_id = ?", (deposit_id,)
    ).fetchone()
    state = after(DepositState(row[0]), what)
    connection.execute(
        "UPDATE deposits SET state = ?, held_reason = ? WHERE deposit_id = ?",
        (state.value, held_reason.value if held_reason else None, deposit_id),
    )
    return state


def set_stage(connection: sqlite3.Connection, receipt_number: str, stage: Stage, at: str) -> None:
    """Note how far a deposit has come; an older word than the one kept changes nothing."""
    connection.execute(
        "UPDATE deposits SET stage = ?, stage_at = ? WHERE receipt_number = ? AND (stage_at <= ? "
        "OR stage IN ('deposited', 'scan_to_come'))",
        (stage.value, at, receipt_number, at),
    )


def follow_move(connection: sqlite3.Connection, deposit_id: str, what: Move, at: str) -> None:
    """Note the stage that an act at this counter brings, within the caller's transaction."""
    match what:
        case Move.CANCELLED:
            # What the central said before, by whatever clock, is over.
            stage, only_from = Stage.CANCELLED, None
        case Move.SCANNED:
            # The central may have taken in the paper meanwhile: no step back.
            stage, only_from = Stage.DEPOSITED, Stage.SCAN_TO_COME.value
        case _:
            return
    connection.execute(
        "UPDATE deposits SET stage = ?1, stage_at = ?2"
        " WHERE deposit_id = ?3 AND (?4 IS NULL OR stage = ?4)",
        (stage.value, at, deposit_id, only_from),
    )


@named_faults()
def _one(connection: sqlite3.Connection, where: str, value: str) -> StoredDeposit | None:
    row = connection.execute(
        f"SELECT {_STORED} FROM deposits WHERE {where}",  # noqa: S608 both parts are constants above
        (value,),
    ).fetchone()
    if row is None:
        return None
    return StoredDeposit(
        deposit_id=UUID(row[0]),
        receipt_number=row[1],
        state=DepositState(row[2]),
        held_reason=HeldReason(row[3]) if row[3] else None,
        stage=Stage(row[4]),
        stage_at=parse_rfc3339(row[5]),
        created_at=parse_rfc3339(row[6]),
        page_count=row[7],
        size_bytes=row[8],
        document_sha256=row[9],
        manifest=row[10],
        manifest_sha256=row[11],
        qr_text=row[12],
        warnings=tuple(json.loads(row[13])),
    )
