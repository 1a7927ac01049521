"""Is everything in order: the journal's chain, the database, keys, disk, printer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.errors import NotEnrolledError, WaslError
from kiosk.domain.moments import ClockReading, ClockTrust, shown_time
from kiosk.store import database, journal, last_backup, numbers, orphans, outbox_rows
from kiosk.store.store import Store
from kiosk.store.vitals import OLD_BACKUP
from kiosk.wire.bundles import check_bundle
from kiosk.wire.errors import DamagedBundleError
from printers.base import PrinterError, open_printer

LOW_DISK_BYTES = 500 * 1024 * 1024
WARN_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at, for a technician."""

    name: str
    is_ok: bool
    detail: str


class Inspection:
    """Looks, and changes nothing. Threads: any."""

    def __init__(
        self, store: Store, printer_address: str, clock: Callable[[], ClockReading]
    ) -> None:
        self._store = store
        self._printer_address = printer_address
        self._clock = clock

    def verify_journal(self, known: journal.Head | None = None) -> journal.Head:
        """Walk the whole chain and return its head.

        Args:
            known: A head held elsewhere; the last one that the central told when None.

        Raises:
            JournalBrokenError: An entry was changed, removed or reordered, or the chain does not
                pass through the head known elsewhere.
        """
        return journal.verify(self._store.db.conn, known or self._store.memory.journal_head())

    def checks(self) -> tuple[Check, ...]:
        """Return every check, good ones too."""
        return tuple(self._all())

    def _all(self) -> Iterator[Check]:
        yield self._database()
        yield self._journal()
        yield self._spool()
        yield self._outbox()
        yield self._enrolment()
        yield self._backup()
        yield self._adopted()
        yield self._disk()
        yield self._clock_check()
        yield self._printer()

    def _database(self) -> Check:
        try:
            is_sound = database.is_sound(self._store.db)
            numbers.check_rolled_back(self._store.db.conn, self._store.folder)
        except WaslError as error:
            return Check(name="database", is_ok=False, detail=str(error))
        return Check(name="database", is_ok=is_sound, detail="sound" if is_sound else "damaged")

    def _journal(self) -> Check:
        try:
            head = self.verify_journal()
        except WaslError as error:
            return Check(name="journal", is_ok=False, detail=str(error))
        return Check(name="journal", is_ok=True, detail=f"{head.entries} entries")

    def _spool(self) -> Check:
        try:
            bundles = sorted(self._store.folder.spool.glob("*.wasl"))
            orphans = sum(1 for _ in self._store.folder.orphans.iterdir())
        except OSError as error:
            return Check(name="spool", is_ok=False, detail=f"cannot be read ({error.strerror})")
        try:
            unsent = outbox_rows.unsent_documents(self._store.db.conn)
        except WaslError as error:
            return Check(name="spool", is_ok=False, detail=str(error))
        damaged = sum(not _is_whole(bundle) for bundle in bundles)
        names = {bundle.name for bundle in bundles}
        missing = sum(self._store.spool.path(item).name not in names for item in unsent)
        detail = f"{len(bundles)} bundles, {damaged} damaged, {missing} missing, {orphans} orphans"
        return Check(name="spool", is_ok=damaged + missing == 0, detail=detail)

    def _outbox(self) -> Check:
        try:
            left = self._store.outbox.waiting()
        except WaslError as error:
            return Check(name="outbox", is_ok=False, detail=str(error))
        detail = f"{left.waiting} to send, {left.held} held"
        return Check(name="outbox", is_ok=left.held == 0, detail=detail)

    def _enrolment(self) -> Check:
        try:
            enrolment = self._store.memory.enrolment()
            epoch = self._store.memory.epoch_or_none()
            age = (self._clock().utc - enrolment.trust().issued_at).days
        except NotEnrolledError:
            return Check(name="enrolment", is_ok=False, detail="not enrolled")
        except WaslError as error:
            return Check(name="enrolment", is_ok=False, detail=str(error))
        if epoch is None:
            return Check(name="enrolment", is_ok=False, detail="no letter left to number under")
        detail = f"{enrolment.device}, numbers under {epoch}, trust list {max(age, 0)} days old"
        return Check(name="enrolment", is_ok=True, detail=detail)

    def _backup(self) -> Check:
        known = last_backup.read(self._store.folder)
        if known is None:
            return Check(name="backup", is_ok=False, detail="none was ever taken")
        age = self._clock().utc - known.created_at
        detail = f"{shown_time(known.created_at)} in Casablanca, {known.path}"
        return Check(name="backup", is_ok=age < OLD_BACKUP, detail=detail)

    def _adopted(self) -> Check:
        try:
            waiting = len(orphans.adopted(self._store.db.conn))
        except WaslError as error:
            return Check(name="adopted", is_ok=False, detail=str(error))
        return Check(name="adopted", is_ok=waiting == 0, detail=f"{waiting} to be carried")

    def _disk(self) -> Check:
        try:
            state = self._store.guard.state()
        except WaslError as error:
            return Check(name="disk", is_ok=False, detail=str(error))
        said = [f"{state.free_bytes // 2**20} MB free"]
        if state.days_left is not None:
            said.append(f"full in {state.days_left} days")
        if not state.takes_dossiers:
            said.append("no dossier is begun")
        if not state.is_writable:
            said.append("cannot be written")
        is_soon_full = state.days_left is not None and state.days_left < WARN_DAYS
        is_ok = state.free_bytes > LOW_DISK_BYTES and state.is_writable and not is_soon_full
        return Check(name="disk", is_ok=is_ok, detail=", ".join(said))

    def _clock_check(self) -> Check:
        now = self._clock()
        return Check(
            name="clock",
            is_ok=now.trust is ClockTrust.VERIFIED,
            detail=f"{shown_time(now.utc)} in Casablanca, {now.trust}",
        )

    def _printer(self) -> Check:
        if not self._printer_address:
            return Check(name="printer", is_ok=False, detail="no printer in kiosk.toml")
        try:
            printer = open_printer(self._printer_address)
            try:
                status = printer.paper_status()
            finally:
                printer.close()
        except PrinterError as error:
            return Check(name="printer", is_ok=False, detail=str(error))
        return Check(name="printer", is_ok=status != "out", detail=f"paper {status}")


def _is_whole(bundle: Path) -> bool:
    """Tell whether a file is a whole bundle, and the one that its name says."""
    try:
        return str(check_bundle(bundle).item_id) == bundle.stem
    except (DamagedBundleError, OSError):
        return False
