"""The outbox: what still has to reach the central, claimed one row at a time."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

from kiosk.domain.deposit import Move
from kiosk.domain.moments import ClockReading, parse_rfc3339, rfc3339
from kiosk.domain.vocabulary import DepositState, EventKind, Stage
from kiosk.store import deposits, journal, outbox_rows
from kiosk.store.database import OpenDatabase, transaction
from kiosk.store.errors import named_faults
from kiosk.store.journal import Act
from kiosk.store.spool import Spool
from kiosk.store.sqlite import sqlite3
from kiosk.sync.ports import (
    Claimed,
    Delivered,
    Hold,
    ItemKind,
    ManifestThere,
    Outcome,
    SealedDocument,
    TryAgain,
    Waiting,
)

LEASE = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=1)
"""Nothing is told to wait longer: such a row was written by a clock that was ahead."""
RATE_LIMITED = "rate_limited"


class Connections(Protocol):
    """Gives each thread its own connection."""

    @property
    def db(self) -> OpenDatabase:
        """The calling thread's connection."""


class SqliteOutbox:
    """The outbox table as sync sees it (``sync.ports.Outbox``)."""

    def __init__(
        self, connections: Connections, spool: Spool, clock: Callable[[], ClockReading]
    ) -> None:
        self._connections = connections
        self._spool = spool
        self._clock = clock

    def claim(
        self,
        *,
        now: datetime,
        only_due: bool,
        passed: Collection[UUID],
        only_new: bool = False,
        made_before: datetime | None = None,
    ) -> Claimed | None:
        """Lease the oldest row that may go; None when there is none."""
        wanted = _Wanted(
            now=now, only_due=only_due, passed=passed, only_new=only_new, made_before=made_before
        )
        with transaction(self._connections.db) as connection:
            position = _next(connection, wanted)
            if position is None:
                return None
            row = connection.execute(
                "UPDATE outbox SET state = 'sending', leased_until = ? WHERE position = ?"
                " RETURNING item_id, item_kind, deposit_id, receipt_number, attempts",
                (rfc3339(now + LEASE), position),
            ).fetchone()
            _follow_claim(connection, row[0], row[1], row[2])
            return self._claimed(connection, *row)

    def settle(self, item_id: UUID, outcome: Outcome) -> None:
        """End the lease as the outcome says, in one transaction with what follows from it.

        A row that is no longer leased has been settled by somebody else: nothing changes, unless
        it is the central's word that it holds the item.
        """
        with transaction(self._connections.db) as connection:
            state = _row_state(connection, item_id)
            if state in (None, "done") or (
                state != "sending" and not isinstance(outcome, Delivered)
            ):
                return
            match outcome:
                case Delivered():
                    self._delivered(connection, item_id, outcome)
                case ManifestThere():
                    _back(connection, item_id, manifest_there=True)
                case TryAgain():
                    _back(connection, item_id, error=outcome.error, due=outcome.next_attempt_at)
                case Hold():
                    self._hold(connection, item_id, outcome)

    @named_faults()
    def waiting(self) -> Waiting:
        """Count rows to send and rows held."""
        connection = self._connections.db.conn
        waiting, failed, held, due = connection.execute(
            "SELECT coalesce(sum(state IN ('queued', 'sending')), 0),"
            " coalesce(sum(state = 'queued' AND last_error IS NOT NULL), 0),"
            " coalesce(sum(state = 'held'), 0),"
            " min(CASE WHEN state = 'queued' THEN next_attempt_at END)"
            " FROM outbox WHERE state <> 'done'"
        ).fetchone()
        return Waiting(
            waiting=waiting,
            failed=failed,
            held=held,
            next_attempt_at=parse_rfc3339(due) if due else None,
        )

    def _claimed(
        self,
        connection: sqlite3.Connection,
        item: str,
        kind: str,
        deposit: str | None,
        number: str,
        attempts: int,
    ) -> Claimed:
        table, key = ("deposits", "deposit_id") if kind == "deposit" else ("events", "event_id")
        manifest, digest, signature, document, size = connection.execute(
            "SELECT manifest, manifest_sha256, signature, document_sha256, size_bytes"  # noqa: S608 names out of two
            f" FROM {table} WHERE {key} = ?",
            (item,),
        ).fetchone()
        item_id = UUID(item)
        wanted = document is not None and not (
            kind == "deposit" and outbox_rows.is_replaced(connection, item)
        )
        read: Callable[[int], Iterator[bytes]] = partial(self._spool.read_document, item_id)
        return Claimed(
            item_id=item_id,
            kind=ItemKind(kind),
            path_id=deposit or number,
            receipt_number=number,
            manifest=manifest,
            manifest_sha256=digest,
            signature=signature,
            document=SealedDocument(sha256=document, size_bytes=size, read=read)
            if wanted
            else None,
            attempts=attempts,
        )

    def _delivered(self, connection: sqlite3.Connection, item_id: UUID, outcome: Delivered) -> None:
        kind, deposit, number = _row(connection, item_id)
        at = rfc3339(outcome.acknowledgement.at)
        _finish(connection, str(item_id))
        table, key = ("deposits", "deposit_id") if kind == "deposit" else ("events", "event_id")
        connection.execute(
            f"UPDATE {table} SET acknowledged_at = ?, acknowledgement = ? WHERE {key} = ?",  # noqa: S608 names out of two
            (at, outcome.signed, str(item_id)),
        )
        event = None if kind == "deposit" else _event_kind(connection, item_id)
        if deposit is not None:
            brings_scan = _brings_the_scan(connection, kind, str(item_id))
            _follow_delivery(connection, deposit, number, event, at, brings_scan)
        reason = event.value if event else "deposit"
        journal.append(
            connection,
            journal.Entry(
                act=Act.ACKNOWLEDGED, clock=self._clock(), receipt_number=number, reason=reason
            ),
        )

    def _hold(self, connection: sqlite3.Connection, item_id: UUID, outcome: Hold) -> None:
        kind, deposit, number = _row(connection, item_id)
        connection.execute(
            "UPDATE outbox SET state = 'held', leased_until = NULL, attempts = attempts + 1,"
            " last_error = ? WHERE item_id = ?",
            (outcome.error, str(item_id)),
        )
        if kind == "deposit":
            # Its events wait for it: they wait for the same person, where that can be seen.
            connection.execute(
                "UPDATE outbox SET state = 'held', last_error = ?"
                " WHERE deposit_id = ? AND item_kind = 'event' AND state = 'queued'",
                (outcome.error, str(item_id)),
            )
        is_about_deposit = kind == "deposit" or _brings_the_scan(connection, kind, str(item_id))
        if is_about_deposit and deposit and _state(connection, deposit) in _ON_THE_WAY:
            deposits.move(connection, deposit, Move.HELD, outcome.reason)
        journal.append(
            connection,
            journal.Entry(
                act=Act.HELD,
                clock=self._clock(),
                receipt_number=number,
                reason=outcome.reason.value,
            ),
        )


_ON_THE_WAY = {DepositState.QUEUED, DepositState.SENDING}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """Which rows may be claimed; see :meth:`SqliteOutbox.claim`."""

    now: datetime
    only_due: bool
    passed: Collection[UUID]
    only_new: bool
    made_before: datetime | None


def _next(connection: sqlite3.Connection, wanted: _Wanted) -> int | None:
    now, before = wanted.now, wanted.made_before
    skipped = {str(item_id) for item_id in wanted.passed}
    rows = connection.execute(
        """
        SELECT o.position, o.item_id FROM outbox o
        LEFT JOIN outbox own ON own.item_id = o.deposit_id AND o.item_kind = 'event'
        WHERE o.state <> 'done'
          AND (o.state = 'queued'
               OR (o.state = 'sending' AND (o.leased_until < :now OR o.leased_until > :lease)))
          AND (o.next_attempt_at IS NULL OR o.next_attempt_at <= :now OR o.next_attempt_at > :far
               OR (NOT :only_due AND o.last_error IS NOT :rate_limited))
          AND (own.item_id IS NULL OR own.state = 'done' OR own.manifest_there = 1)
          AND NOT (o.item_kind = 'deposit' AND o.manifest_there = 1
                   AND EXISTS (SELECT 1 FROM events e WHERE e.deposit_id = o.item_id
                               AND e.event IN ('cancellation', 'completion')))
          AND NOT (:only_new AND o.manifest_there = 1)
          -- Made later than now: by a clock that was ahead, so nobody knows how old it is.
          AND (:made_before IS NULL OR o.created_at < :made_before OR o.created_at > :now)
        ORDER BY o.position
        """,
        {
            "now": rfc3339(now),
            "only_due": wanted.only_due,
            "only_new": wanted.only_new,
            "made_before": rfc3339(before) if before else None,
            "rate_limited": RATE_LIMITED,
            "far": rfc3339(now + LONGEST_WAIT),
            # A lease that ends further ahead was given before the clock was set back.
            "lease": rfc3339(now + 2 * LEASE),
        },
    )
    return next((position for position, item in rows if item not in skipped), None)


def _follow_claim(
    connection: sqlite3.Connection, item: str, kind: str, deposit: str | None
) -> None:
    is_scan = _brings_the_scan(connection, kind, item)
    if deposit and is_scan and _state(connection, deposit) is DepositState.QUEUED:
        deposits.move(connection, deposit, Move.CLAIMED)


def _back(
    connection: sqlite3.Connection,
    item_id: UUID,
    *,
    manifest_there: bool = False,
    error: str | None = None,
    due: datetime | None = None,
) -> None:
    connection.execute(
        "UPDATE outbox SET state = 'queued', leased_until = NULL, attempts = attempts + ?,"
        " manifest_there = max(manifest_there, ?), last_error = ?, next_attempt_at = ?"
        " WHERE item_id = ?",
        (
            int(error is not None),
            int(manifest_there),
            error,
            rfc3339(due) if due else None,
            str(item_id),
        ),
    )
    kind, deposit, _number = _row(connection, item_id)
    brings_scan = _brings_the_scan(connection, kind, str(item_id))
    if brings_scan and deposit and _state(connection, deposit) is DepositState.SENDING:
        deposits.move(connection, deposit, Move.LINE_FAILED)


def _follow_delivery(
    connection: sqlite3.Connection,
    deposit: str,
    number: str,
    event: EventKind | None,
    at: str,
    brings_scan: bool,
) -> None:
    if event is EventKind.CANCELLATION:
        # The central knows of the cancellation: nothing more of this deposit has to travel.
        _finish(connection, deposit)
    elif brings_scan and _arrive(connection, deposit):
        deposits.set_stage(connection, number, Stage.COPY_RECEIVED, at)
        if event is EventKind.COMPLETION:
            _finish(connection, deposit)


def _arrive(connection: sqlite3.Connection, deposit: str) -> bool:
    """Let the deposit be acknowledged; a word that a courier brought finds it in any state."""
    state = _state(connection, deposit)
    if state is DepositState.HELD:
        state = deposits.move(connection, deposit, Move.RELEASED)
    if state is DepositState.QUEUED:
        state = deposits.move(connection, deposit, Move.CLAIMED)
    if state is not DepositState.SENDING:
        return False
    deposits.move(connection, deposit, Move.ACKNOWLEDGED)
    return True


def _finish(connection: sqlite3.Connection, item: str) -> None:
    connection.execute(
        "UPDATE outbox SET state = 'done', leased_until = NULL, next_attempt_at = NULL,"
        " last_error = NULL WHERE item_id = ?",
        (item,),
    )


def _row(connection: sqlite3.Connection, item_id: UUID) -> tuple[str, str | None, str]:
    row = connection.execute(
        "SELECT item_kind, deposit_id, receipt_number FROM outbox WHERE item_id = ?",
        (str(item_id),),
    ).fetchone()
    return row[0], row[1], row[2]


def _row_state(connection: sqlite3.Connection, item_id: UUID) -> str | None:
    row = connection.execute(
        "SELECT state FROM outbox WHERE item_id = ?", (str(item_id),)
    ).fetchone()
    return row[0] if row else None


def _event_kind(connection: sqlite3.Connection, event_id: UUID) -> EventKind:
    row = connection.execute(
        "SELECT event FROM events WHERE event_id = ?", (str(event_id),)
    ).fetchone()
    return EventKind(row[0])


def _state(connection: sqlite3.Connection, deposit: str) -> DepositState | None:
    row = connection.execute(
        "SELECT state FROM deposits WHERE deposit_id = ?", (deposit,)
    ).fetchone()
    return DepositState(row[0]) if row else None


def _brings_the_scan(connection: sqlite3.Connection, kind: str, item: str) -> bool:
    if kind == "event":
        return _event_kind(connection, UUID(item)) is EventKind.COMPLETION
    row = connection.execute(
        "SELECT document_sha256 IS NOT NULL FROM deposits WHERE deposit_id = ?", (item,)
    ).fetchone()
    return bool(row[0]) and not outbox_rows.is_replaced(connection, item)
