"""The outbox and the device's memory without a disk; proven by the contracts the store meets."""

import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from kiosk.sync.ports import (
    Claimed,
    Delivered,
    Hold,
    ItemKind,
    ManifestThere,
    Outcome,
    Told,
    TryAgain,
    Waiting,
)
from kiosk.wire.messages import Updates
from kiosk.wire.trust import TrustList

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""When rows are made, unless a test says otherwise."""
LEASE = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(slots=True)
class _Row:
    item: Claimed
    deposit_id: UUID | None
    state: str = "queued"
    next_attempt_at: datetime | None = None
    leased_until: datetime | None = None
    made_at: datetime = NOW
    is_announced: bool = False
    error: str = ""


class MemoryOutbox:
    """Rows in the order they were added. Every outcome settled is kept, for tests to look at."""

    def __init__(self) -> None:
        self._rows: dict[UUID, _Row] = {}
        self._lock = threading.Lock()
        self.settled: list[tuple[UUID, Outcome]] = []

    def add(
        self,
        item: Claimed,
        *,
        deposit_id: UUID | None = None,
        is_cancellation: bool = False,
        made_at: datetime = NOW,
    ) -> None:
        """Queue *item*; *deposit_id* is the deposit of this outbox that an event belongs to."""
        with self._lock:
            own = self._rows.get(deposit_id) if deposit_id else None
            if own is not None and is_cancellation and own.state != "done":
                own.item = replace(own.item, document=None)
                own.state = "manifest_there" if own.is_announced else own.state
            self._rows[item.item_id] = _Row(item=item, deposit_id=deposit_id, made_at=made_at)

    def release(self, item_id: UUID) -> None:
        """Queue a held item again, as a supervisor does."""
        with self._lock:
            self._rows[item_id].state = "queued"

    def state_of(self, item_id: UUID) -> str:
        """Return ``queued``, ``sending``, ``held``, ``manifest_there`` or ``done``."""
        with self._lock:
            return self._rows[item_id].state

    def error_of(self, item_id: UUID) -> str:
        """Return the class of the last failure."""
        with self._lock:
            return self._rows[item_id].error

    def delivered(self) -> dict[UUID, Delivered]:
        """Return the acknowledged items."""
        return {key: one for key, one in self.settled if isinstance(one, Delivered)}

    def claim(
        self,
        *,
        now: datetime,
        only_due: bool,
        passed: Collection[UUID],
        only_new: bool = False,
        made_before: datetime | None = None,
    ) -> Claimed | None:
        """See :class:`kiosk.sync.ports.Outbox`."""
        with self._lock:
            for row in self._rows.values():
                if only_new and row.is_announced:
                    continue
                if made_before is not None and made_before <= row.made_at <= now:
                    continue
                if row.item.item_id not in passed and self._is_free(row, now, only_due):
                    row.state, row.leased_until = "sending", now + LEASE
                    return row.item
        return None

    def settle(self, item_id: UUID, outcome: Outcome) -> None:
        """See :class:`kiosk.sync.ports.Outbox`."""
        with self._lock:
            row = self._rows[item_id]
            row.leased_until = None
            self.settled.append((item_id, outcome))
            match outcome:
                case Delivered():
                    row.state = "done"
                    self._end_deposit_of(row)
                case ManifestThere():
                    row.is_announced, row.error = True, ""
                    row.state = "queued" if row.item.document else "manifest_there"
                case TryAgain():
                    row.state, row.error = "queued", outcome.error
                    row.next_attempt_at = outcome.next_attempt_at
                    row.item = replace(row.item, attempts=row.item.attempts + 1)
                case Hold():
                    row.state, row.error = "held", outcome.error

    def waiting(self) -> Waiting:
        """See :class:`kiosk.sync.ports.Outbox`."""
        with self._lock:
            queued = [row for row in self._rows.values() if row.state in ("queued", "sending")]
            times = [row.next_attempt_at for row in queued if row.next_attempt_at is not None]
            return Waiting(
                waiting=len(queued),
                failed=sum(row.state == "queued" and row.error != "" for row in queued),
                held=sum(row.state == "held" for row in self._rows.values()),
                next_attempt_at=min(times, default=None),
            )

    def _is_free(self, row: _Row, now: datetime, only_due: bool) -> bool:
        if row.state == "sending":
            return row.leased_until is not None and row.leased_until <= now
        if row.state != "queued" or not self._may_follow(row):
            return False
        must_wait = only_due or row.error == "rate_limited"
        at = row.next_attempt_at
        return not must_wait or at is None or at <= now or at > now + LONGEST_WAIT

    def _may_follow(self, row: _Row) -> bool:
        own = self._rows.get(row.deposit_id) if row.deposit_id else None
        return own is None or own.is_announced or own.state == "done"

    def _end_deposit_of(self, row: _Row) -> None:
        own = self._rows.get(row.deposit_id) if row.deposit_id else None
        if row.item.kind is ItemKind.EVENT and own is not None and own.state == "manifest_there":
            own.state = "done"


class MemoryDevice:
    """What a device remembers, until the program ends."""

    def __init__(self, trust: TrustList) -> None:
        self._lock = threading.Lock()
        self._trust = trust
        self._sequence = 0
        self._told = Told(cursor=0)
        self.applied: list[Updates] = []

    def next_sequence(self, at_least: int = 1) -> int:
        """See :class:`kiosk.sync.ports.DeviceMemory`."""
        with self._lock:
            self._sequence = max(self._sequence + 1, at_least)
            return self._sequence

    def told(self) -> Told:
        """See :class:`kiosk.sync.ports.DeviceMemory`."""
        with self._lock:
            return self._told

    def apply(self, updates: Updates, trust: TrustList | None, signed: str) -> None:
        """See :class:`kiosk.sync.ports.DeviceMemory`."""
        with self._lock:
            if trust is not None and trust.version > self._trust.version:
                self._trust = trust
            before = self._told
            if updates.previous == before.cursor <= updates.cursor:
                proof = updates.cursor_proof
                if updates.cursor == before.cursor and not proof:
                    proof = before.proof
                self._told = Told(cursor=updates.cursor, proof=proof)
            if updates.cursor > before.cursor:
                self.applied.append(updates)

    def trust_list(self) -> TrustList:
        """See :class:`kiosk.sync.ports.DeviceMemory`."""
        with self._lock:
            return self._trust
