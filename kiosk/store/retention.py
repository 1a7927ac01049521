"""What is kept no longer than it is needed: scans first, then who and what a deposit was about.

A scan goes only after a signed acknowledgement of its manifest, or of its deposit's cancellation,
and after the configured days. Days are counted by what the central signed and the monotonic clock,
never by the wall clock: one that was set forward removes nothing.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from kiosk.clock import boot_id
from kiosk.domain.deposit import Move
from kiosk.domain.moments import ClockReading, passed_for_sure, rfc3339
from kiosk.store import deposits, journal
from kiosk.store.database import transaction
from kiosk.store.errors import named_faults
from kiosk.store.journal import Act, Entry
from kiosk.store.memory import SqliteMemory
from kiosk.store.outbox import Connections
from kiosk.store.spool import Spool
from kiosk.store.sqlite import sqlite3

_AT_ONCE = 200
"""Rows a transaction: a counter that confirms waits for no more than these."""

_WITH_DETAILS_TOO_LONG = """
    SELECT d.deposit_id, d.receipt_number FROM deposits d INDEXED BY deposits_with_details
    WHERE d.minimised_at IS NULL AND {when} AND d.state IN ('purged', 'cancelled')
      AND NOT EXISTS (SELECT 1 FROM events e WHERE e.deposit_id = d.deposit_id
                      AND coalesce(e.acknowledged_at, '9') >= :before)
      AND (d.state = 'purged' OR EXISTS (SELECT 1 FROM events e
           WHERE e.deposit_id = d.deposit_id AND e.event = 'cancellation'))
    LIMIT :most
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What one round removed: deposits whose scan went, bundles, deposits without details now."""

    scans: int = 0
    bundles: int = 0
    details: int = 0


class Retention:
    """Removes what is due. Threads: any; one round at a time."""

    def __init__(
        self,
        connections: Connections,
        spool: Spool,
        memory: SqliteMemory,
        clock: Callable[[], ClockReading],
    ) -> None:
        self._connections = connections
        self._spool = spool
        self._memory = memory
        self._clock = clock

    def run(self) -> Removed:
        """Remove what is due by the signed configuration and return how much that was.

        Rows first, then files: a row never promises a scan that is gone, and a bundle that a crash
        left behind goes in the next round.

        Raises:
            NotEnrolledError: There is no configuration yet.
            StoreError: The disk or the database refused; what is removed is removed for good.
        """
        days = self._memory.enrolment().configured()
        now = passed_for_sure(self._clock().monotonic_ms, boot_id(), self._memory.trusted_time())
        if now is None:
            return Removed()
        scans_before = now - timedelta(days=days.retention_scan_days)
        details_before = now - timedelta(days=days.retention_metadata_days)
        scans = self._in_steps(lambda connection: self._let_scans_go(connection, scans_before))
        bundles = self._remove_bundles(scans_before)
        details = self._in_steps(lambda connection: self._minimise(connection, details_before))
        return Removed(scans=scans, bundles=bundles, details=details)

    def _in_steps(self, step: Callable[[sqlite3.Connection], int]) -> int:
        total = 0
        while True:
            with transaction(self._connections.db) as connection:
                done = step(connection)
            total += done
            if done < _AT_ONCE:
                return total

    def _let_scans_go(self, connection: sqlite3.Connection, before: datetime) -> int:
        rows = connection.execute(
            """
            SELECT d.deposit_id, d.receipt_number FROM deposits d
            WHERE d.state = 'acknowledged'
              AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.deposit_id = d.deposit_id
                              AND o.state <> 'done')
              AND NOT EXISTS (SELECT 1 FROM events e WHERE e.deposit_id = d.deposit_id
                              AND e.event = 'completion'
                              AND (e.acknowledgement IS NULL OR e.acknowledged_at >= :before))
              AND ((d.acknowledgement IS NOT NULL AND d.acknowledged_at < :before)
                   OR EXISTS (SELECT 1 FROM events e WHERE e.deposit_id = d.deposit_id
                              AND e.event = 'completion'))
            LIMIT :most
            """,
            {"before": rfc3339(before), "most": _AT_ONCE},
        ).fetchall()
        for deposit_id, number in rows:
            deposits.move(connection, deposit_id, Move.SCAN_REMOVED)
            self._note(connection, Act.SCAN_REMOVED, number)
        return len(rows)

    def _remove_bundles(self, before: datetime) -> int:
        lying = self._spool.items()
        removable = _removable(self._connections.db.conn, lying, before)
        self._spool.remove(removable)
        return len(removable)

    def _minimise(self, connection: sqlite3.Connection, before: datetime) -> int:
        at = rfc3339(self._clock().utc)
        rows = [
            row
            # Each is a range of the index; either of them in one statement would walk all of it.
            for when in ("d.acknowledged_at < :before", "d.acknowledged_at IS NULL")
            for row in connection.execute(
                _WITH_DETAILS_TOO_LONG.format(when=when),
                {"before": rfc3339(before), "most": _AT_ONCE},
            )
        ][:_AT_ONCE]
        for deposit_id, number in rows:
            _drop_details(connection, deposit_id, number, at)
            self._note(connection, Act.DETAILS_REMOVED, number)
        _drop_events_of_others(connection, rfc3339(before), at)
        return len(rows)

    def _note(self, connection: sqlite3.Connection, act: Act, number: str) -> None:
        entry = Entry(act=act, clock=self._clock(), receipt_number=number)
        journal.append(connection, entry)


@named_faults()
def _removable(
    connection: sqlite3.Connection, items: tuple[UUID, ...], before: datetime
) -> frozenset[UUID]:
    """Return the items whose bundle nobody will ask for again.

    A deposit's: once its row says that the scan went, or its cancellation was acknowledged long
    ago. An event's: once it was acknowledged long ago itself, and its deposit's is removable too
    (a recall sends both again) or is another kiosk's.
    """
    rows = connection.execute(
        """
        WITH gone AS (
            SELECT d.deposit_id FROM deposits d WHERE d.state = 'purged'
            UNION ALL
            SELECT d.deposit_id FROM deposits d
            JOIN events c ON c.deposit_id = d.deposit_id AND c.event = 'cancellation'
            WHERE d.state = 'cancelled' AND c.acknowledgement IS NOT NULL
              AND c.acknowledged_at < :before
        )
        SELECT asked.value FROM json_each(:items) AS asked
        WHERE asked.value IN (SELECT deposit_id FROM gone WHERE deposit_id = asked.value)
           OR EXISTS (SELECT 1 FROM events e WHERE e.event_id = asked.value
                      AND e.acknowledgement IS NOT NULL AND e.acknowledged_at < :before
                      AND (NOT EXISTS (SELECT 1 FROM deposits own
                                       WHERE own.deposit_id = e.deposit_id)
                           OR EXISTS (SELECT 1 FROM gone WHERE gone.deposit_id = e.deposit_id)))
        """,
        {"before": rfc3339(before), "items": json.dumps([str(item) for item in items])},
    )
    return frozenset(UUID(row[0]) for row in rows)


def _drop_details(connection: sqlite3.Connection, deposit_id: str, number: str, at: str) -> None:
    # Number, stage, dates, hashes and signatures stay: they prove the deposit and name nobody.
    connection.execute(
        "UPDATE deposits SET manifest = x'', kind = '', warnings = '[]', group_id = NULL,"
        " person_day = x'', claim = x'', minimised_at = ? WHERE deposit_id = ?",
        (at, deposit_id),
    )
    connection.execute(
        "UPDATE events SET manifest = x'', minimised_at = ? WHERE deposit_id = ?", (at, deposit_id)
    )
    connection.execute("DELETE FROM statuses WHERE receipt_number = ?", (number,))


def _drop_events_of_others(connection: sqlite3.Connection, before: str, at: str) -> None:
    connection.execute(
        "UPDATE events SET manifest = x'', minimised_at = ? WHERE minimised_at IS NULL"
        " AND acknowledged_at < ? AND acknowledgement IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM deposits d WHERE d.deposit_id = events.deposit_id)",
        (at, before),
    )
