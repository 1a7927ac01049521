"""What a central that was restored from a backup has lost: sent again, or said to be gone here too.

A scan that is kept goes again by itself. One that was removed already is held as
``bundle_damaged``: a person scans the paper again. Of a deposit whose details were removed nothing
is left that could be sent.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from kiosk.domain.deposit import Move
from kiosk.domain.moments import ClockReading, rfc3339
from kiosk.domain.vocabulary import DepositState, HeldReason, Stage
from kiosk.store import deposits, journal
from kiosk.store.journal import Act, Entry
from kiosk.store.sqlite import sqlite3
from kiosk.wire.heartbeats import EpochHeld

Clock = Callable[[], ClockReading]

_ACKNOWLEDGED_SINCE = """
    SELECT d.deposit_id, d.deposit_id, d.receipt_number FROM deposits d
    WHERE d.minimised_at IS NULL AND d.acknowledged_at >= :since
    UNION ALL
    SELECT e.event_id, e.deposit_id, e.receipt_number FROM events e
    WHERE e.minimised_at IS NULL AND e.acknowledged_at >= :since
    """
_SETTLED = {DepositState.ACKNOWLEDGED, DepositState.PURGED}


def since(connection: sqlite3.Connection, moment: datetime, clock: Clock) -> None:
    """Send again what the central acknowledged from *moment* on, by its own clock.

    An event's deposit goes along where nothing says that the central still has it.
    """
    lost: dict[tuple[str, str | None], set[str]] = {}
    for item, deposit, number in connection.execute(
        _ACKNOWLEDGED_SINCE, {"since": rfc3339(moment)}
    ).fetchall():
        items = lost.setdefault((number, deposit), set())
        items.add(item)
        if deposit is not None and _was_never_confirmed(connection, deposit):
            items.add(deposit)
    for (number, deposit), items in lost.items():
        _send_again(connection, number, deposit, items, clock)


def of_deposits(connection: sqlite3.Connection, ids: Iterable[str], clock: Clock) -> None:
    """Send these deposits again, and what happened to them since: the central lost it all.

    What is not ours, or not acknowledged, has nothing to be sent again.
    """
    for deposit in ids:
        row = connection.execute(
            "SELECT state, receipt_number FROM deposits"
            " WHERE deposit_id = ? AND minimised_at IS NULL",
            (deposit,),
        ).fetchone()
        if row is not None and DepositState(row[0]) in _SETTLED:
            items = {deposit, *_events_of(connection, deposit)}
            _send_again(connection, row[1], deposit, items, clock)


def missing(
    connection: sqlite3.Connection, epochs: Iterable[EpochHeld], before: datetime, clock: Clock
) -> None:
    """Send again what the central said it misses, although it acknowledged it before then."""
    for epoch in epochs:
        for gap in epoch.missing:
            rows = connection.execute(
                "SELECT deposit_id FROM deposits WHERE epoch = ? AND number BETWEEN ? AND ?"
                " AND acknowledgement IS NOT NULL AND acknowledged_at < ?",
                (epoch.epoch, gap.first, gap.last, rfc3339(before)),
            ).fetchall()
            of_deposits(connection, [row[0] for row in rows], clock)


def _send_again(
    connection: sqlite3.Connection,
    number: str,
    deposit: str | None,
    items: Iterable[str],
    clock: Clock,
) -> None:
    changed = connection.executemany(
        "UPDATE outbox SET state = 'queued', leased_until = NULL, next_attempt_at = NULL,"
        " manifest_there = 0 WHERE item_id = ? AND state = 'done'",
        [(item,) for item in items],
    ).rowcount
    if changed <= 0:
        return  # it waits already
    if deposit is not None and _waits_with_scan(connection, deposit):
        _move(connection, deposit)
    journal.append(connection, Entry(act=Act.RECALLED, clock=clock(), receipt_number=number))


def _move(connection: sqlite3.Connection, deposit: str) -> None:
    row = connection.execute(
        "SELECT state FROM deposits WHERE deposit_id = ?", (deposit,)
    ).fetchone()
    state = DepositState(row[0]) if row else None
    if state is DepositState.ACKNOWLEDGED:
        deposits.move(connection, deposit, Move.RECALLED)
    elif state is DepositState.PURGED:
        deposits.move(connection, deposit, Move.HELD, HeldReason.BUNDLE_DAMAGED)
        connection.execute(
            "UPDATE outbox SET state = 'held', last_error = ?"
            " WHERE deposit_id = ? AND state = 'queued'",
            (HeldReason.BUNDLE_DAMAGED.value, deposit),
        )
    # Nobody is told that the copy is there while it is not; what the paper came to stays said.
    connection.execute(
        "UPDATE deposits SET stage = ? WHERE deposit_id = ? AND stage = ?",
        (Stage.DEPOSITED.value, deposit, Stage.COPY_RECEIVED.value),
    )


def _waits_with_scan(connection: sqlite3.Connection, deposit: str) -> bool:
    """Tell whether what brings the deposit's scan has to go again."""
    row = connection.execute(
        "SELECT 1 FROM outbox o LEFT JOIN events e ON e.event_id = o.item_id"
        " WHERE o.deposit_id = ? AND o.state = 'queued'"
        " AND (o.item_kind = 'deposit' OR e.event = 'completion')",
        (deposit,),
    ).fetchone()
    return row is not None


def _was_never_confirmed(connection: sqlite3.Connection, deposit: str) -> bool:
    # Its cancellation or completion ended it before its own acknowledgement came.
    row = connection.execute(
        "SELECT acknowledgement IS NULL FROM deposits WHERE deposit_id = ?", (deposit,)
    ).fetchone()
    return row is not None and bool(row[0])


def _events_of(connection: sqlite3.Connection, deposit: str) -> list[str]:
    rows = connection.execute("SELECT event_id FROM events WHERE deposit_id = ?", (deposit,))
    return [row[0] for row in rows]
