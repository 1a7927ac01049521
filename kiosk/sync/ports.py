"""What sync asks of the store: the outbox it empties and what the device remembers."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from uuid import UUID

from kiosk.domain.vocabulary import HeldReason
from kiosk.wire.heartbeats import Heartbeat, HeartbeatWord
from kiosk.wire.messages import Acknowledgement, Updates
from kiosk.wire.succession import Root
from kiosk.wire.trust import TrustList
from kiosk.wire.trust_parts import Entry


class ItemKind(StrEnum):
    """What an outbox row carries."""

    DEPOSIT = "deposit"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDocument:
    """The sealed scan of an item: its hash, its size, and how to read it from an offset.

    ``read`` yields blocks of at most 256 KiB and raises ``OSError`` or ``DamagedBundleError``.
    """

    sha256: bytes
    size_bytes: int
    read: Callable[[int], Iterator[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """One outbox row, leased: nobody else works on it until it is settled or the lease ends.

    Attributes:
        path_id: What stands for the deposit in the call's path: the deposit's id, or the receipt
            number when another kiosk took the deposit.
        manifest: The frozen, unsealed bytes, exactly as signed.
        signature: The author's COSE_Sign1 over the manifest's hash.
        document: None when there is no scan, or when a cancellation made it unwanted.
        attempts: Failed tries so far.
    """

    item_id: UUID
    kind: ItemKind
    path_id: str
    receipt_number: str
    manifest: bytes
    manifest_sha256: bytes
    signature: bytes
    document: SealedDocument | None
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The central holds everything; its signed word is kept as received."""

    acknowledgement: Acknowledgement
    signed: bytes
    already_there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """The line or the world failed; nothing is lost.

    ``error`` is an outcome class of the protocol (``timeout``, ``dns``, …), never free text.
    """

    error: str
    next_attempt_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Cannot heal by itself: waits for a person while the others go on."""

    reason: HeldReason
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestThere:
    """The central holds the manifest and would take a scan, but none is sent now.

    On a poor line the scan follows later. For a deposit cancelled before it was sent none ever
    does: its cancellation may go now and ends it.
    """


Outcome = Delivered | ManifestThere | TryAgain | Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is left: rows to send, rows held, and the earliest next attempt.

    Attributes:
        failed: Those of the rows to send whose last attempt failed, in whatever run.
    """

    waiting: int
    failed: int
    held: int
    next_attempt_at: datetime | None


class Outbox(Protocol):
    """The table of what still has to reach the central."""

    def claim(
        self,
        *,
        now: datetime,
        only_due: bool,
        passed: Collection[UUID],
        only_new: bool = False,
        made_before: datetime | None = None,
    ) -> Claimed | None:
        """Lease the oldest waiting row that is not in *passed*; None when there is none.

        With *only_new*, rows whose manifest is not yet at the central; with *made_before*, rows
        made before it (or, by a clock that was wrong, after *now*).

        An event is only given out once its own deposit is settled as Delivered or ManifestThere
        (deposits of other kiosks excepted). With *only_due*, rows whose next attempt lies ahead
        wait. A lease lasts 10 minutes; a row whose lease ended is given out again.
        """

    def settle(self, item_id: UUID, outcome: Outcome) -> None:
        """End the lease: acknowledged, queued again, or held."""

    def waiting(self) -> Waiting:
        """Count what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How far updates were taken in, and the central's proof of it; empty where it gave none."""

    cursor: int
    proof: str = ""


class DeviceMemory(Protocol):
    """What the device remembers of its talks with the central."""

    def next_sequence(self, at_least: int = 1) -> int:
        """Return a request sequence never used before, and not below *at_least*."""

    def told(self) -> Told:
        """Return how far updates have been taken in; cursor 0 before the first."""

    def apply(self, updates: Updates, trust: TrustList | None, signed: str) -> None:
        """Take in verified updates in one transaction; a cursor not ahead changes nothing.

        *trust* is the verified new trust list, when one came; *signed* the answer as received.
        """

    def trust_list(self) -> TrustList:
        """Return the newest verified trust list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What has come so far of a newer trust list.

    Attributes:
        base: Version of the list kept that they go into; 0: into none, they become the whole.
        after: Up to which version changes have come.
        devices: The entries that came, as they are to stand in the list.
    """

    base: int
    after: int
    devices: tuple[Entry, ...] = ()


class TrustLists(Protocol):
    """The trust list kept, and the parts of a newer one."""

    def list_entries(self) -> tuple[Entry, ...]:
        """Return the entries of the list kept, as they stand in it."""

    def parts(self) -> Parts | None:
        """Return what has come so far; None: nothing."""

    def keep_parts(self, parts: Parts | None) -> None:
        """Keep what has come so far; None: begin anew."""

    def keep_list(self, signed: str, trust: TrustList, configuration: str | None) -> None:
        """Believe the verified list *trust* where it is newer, and forget the parts.

        *configuration* came by the same trust key: where that is a new one, both are taken at once
        or none.
        """


class Roots(Protocol):
    """The offline root's newest word, by which everything else is believed."""

    def root(self) -> Root:
        """Return it."""

    def keep_root(self, root: Root) -> None:
        """Believe *root* from now on; what is kept stays believed until its successor comes."""

    def is_list_former(self) -> bool:
        """Tell whether the trust list kept was signed by a key that has a successor by now."""


class Vitals(Protocol):
    """What the device tells of itself, and what it keeps of the central's word on that."""

    def report(self, *, nonce: str, version: str) -> Heartbeat:
        """Return the state of the device now."""

    def keep(self, told: Heartbeat, word: HeartbeatWord) -> None:
        """Keep the verified *word* on what was *told*: heads of the journal, and the time."""

    def keep_time(self, central: datetime) -> None:
        """Remember the central's signed time beside this machine's clocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One of this kiosk's own items, as a courier sees it.

    Attributes:
        bundle: Where its bundle lies.
        manifest_sha256: Over the frozen, unsealed bytes.
        document_sha256: The sealed document its manifest names; None when it names none.
        wants_document: False when a cancellation or completion made the document unwanted.
        is_delivered: The central's word for it is here.
    """

    item_id: UUID
    kind: ItemKind | None
    receipt_number: str
    bundle: Path
    manifest_sha256: bytes
    document_sha256: bytes | None
    wants_document: bool
    is_delivered: bool


class Parcels(Protocol):
    """What a courier may carry for this kiosk, and the words that come back."""

    def outgoing(self) -> Sequence[Parcel]:
        """Return what the central has not acknowledged yet, in the order it is to be taken in."""

    def find(self, item_id: UUID) -> Parcel | None:
        """Return one of this kiosk's own items; None when it is another's or gone."""

    def accept(self, item_id: UUID, word: Delivered) -> None:
        """Settle an item by the central's verified word, whatever state it is in."""

    def note_export(self, count: int) -> None:
        """Journal that so many items were put on a stick."""
