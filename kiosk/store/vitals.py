"""What a heartbeat reports of this device: counts and codes, nothing of anybody."""

from collections.abc import Callable
from datetime import datetime, timedelta

from kiosk.domain.errors import NotEnrolledError
from kiosk.domain.moments import ClockReading, ClockTrust, parse_rfc3339
from kiosk.domain.views import DiskState
from kiosk.domain.vocabulary import DepositState
from kiosk.store import heads, journal, last_backup, tally
from kiosk.store.errors import StoreError, named_faults
from kiosk.store.store import Store
from kiosk.wire.heartbeats import (
    ClockReport,
    DiskReport,
    Heartbeat,
    HeartbeatWord,
    Issued,
    JournalHead,
)

OLD_BACKUP = timedelta(hours=26)
_UNSENT = (DepositState.TO_SCAN, DepositState.QUEUED, DepositState.SENDING)


class StoreVitals:
    """``sync.ports.Vitals`` over the store. Threads: any."""

    def __init__(self, store: Store, clock: Callable[[], ClockReading]) -> None:
        self._store = store
        self._clock = clock

    def report(self, *, nonce: str, version: str) -> Heartbeat:
        """Return the state of the device now.

        Raises:
            StoreError: The database cannot be read.
        """
        now, disk = self._clock(), self._disk()
        oldest = self._oldest()
        trusted = self._store.memory.trusted_time()
        head = journal.head(self._store.db.conn)
        return Heartbeat(
            nonce=nonce,
            version=version,
            counts=self._counts(),
            # A clock set back must not show a negative age.
            oldest_s=max(0, int((now.utc - oldest).total_seconds())) if oldest else None,
            held=self._store.outbox.waiting().held,
            disk=_disk_report(disk),
            faults=self._faults(now, disk),
            journal=_told(head),
            journal_passed=tuple(map(_told, heads.passed(self._store.db.conn))),
            clock=ClockReport(
                utc=now.utc,
                monotonic_ms=now.monotonic_ms,
                trust=now.trust,
                drift_ppm=trusted.drift_ppm if trusted else None,
            ),
            issued=self._issued(),
        )

    def keep(self, told: Heartbeat, word: HeartbeatWord) -> None:
        """Keep the heads of the journal that the central named, and its time.

        Raises:
            StoreError: The named state of the disk; nothing was kept.
        """
        before = None if word.journal_before is None else _head(word.journal_before)
        self._store.memory.keep_word(
            # A head that is not the one told belongs to a heartbeat that overtook this one.
            _head(word.journal) if word.journal == told.journal else None,
            before,
            word.time,
            word.epochs,
        )

    def keep_time(self, central: datetime) -> None:
        """Remember the central's time beside this machine's clocks."""
        self._store.memory.keep_time(central)

    def _counts(self) -> dict[str, int]:
        counts = tally.of_states(self._store.db.conn)
        counts.pop(DepositState.PURGED, None)
        return {state.value: count for state, count in counts.items()}

    @named_faults()
    def _oldest(self) -> datetime | None:
        (oldest,) = self._store.db.conn.execute(
            "SELECT min(created_at) FROM deposits WHERE state IN (?, ?, ?)",
            [state.value for state in _UNSENT],
        ).fetchone()
        return parse_rfc3339(oldest) if oldest else None

    @named_faults()
    def _issued(self) -> tuple[Issued, ...]:
        rows = self._store.db.conn.execute(
            "SELECT epoch, last FROM receipt_sequence ORDER BY rowid DESC LIMIT 24"
        )
        return tuple(Issued(epoch=epoch, highest=last) for epoch, last in rows)

    def _disk(self) -> DiskState | None:
        try:
            return self._store.guard.state()
        except (StoreError, OSError):
            return None  # told as a fault

    def _faults(self, now: ClockReading, disk: DiskState | None) -> tuple[str, ...]:
        backup = last_backup.read(self._store.folder)
        found = {
            "clock_unverified": now.trust is not ClockTrust.VERIFIED,
            "journal_broken": heads.is_contradicted(self._store.db.conn),
            "backup_old": backup is None or now.utc - backup.created_at > OLD_BACKUP,
            "disk_unknown": disk is None,
            "disk_full": disk is not None and not disk.takes_dossiers,
            "read_only": disk is not None and not disk.is_writable,
            "no_letter_left": self._has_no_letter(),
        }
        return tuple(name for name, is_so in found.items() if is_so)

    def _has_no_letter(self) -> bool:
        try:
            return self._store.memory.epoch_or_none() is None
        except NotEnrolledError:
            return True


def _disk_report(disk: DiskState | None) -> DiskReport | None:
    if disk is None:
        return None
    return DiskReport(
        free_bytes=disk.free_bytes,
        days_left=disk.days_left,
        takes_dossiers=disk.takes_dossiers,
        is_writable=disk.is_writable,
    )


def _told(head: journal.Head) -> JournalHead:
    return JournalHead(entries=head.entries, hash=head.hash.hex())


def _head(told: JournalHead) -> journal.Head:
    return journal.Head(entries=told.entries, hash=bytes.fromhex(told.hash))
