"""Fifteen days without a line: ``python -m bench.endurance [--days N] [--deposits N]``.

One restart a day, the clock a year back on day 3; then the line comes back. Everything is real
but the scanning: pages are prepared once. Every deposit must be at the central, in order, sent
once, and the receipts of day 3 alone say that the hour is not verified.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from kiosk.app import Kiosk, open_kiosk
from kiosk.clock import boot_id
from kiosk.domain.moments import ClockReading, ClockTrust, judge_clock
from kiosk.scan.capture import CaptureProcess
from kiosk.security.keystore import DeviceKeys, FileKeystore
from kiosk.store import journal
from kiosk.store.folder import DataFolder
from kiosk.store.store import Store, open_for_writing
from kiosk.wire.manifests import DepositManifest, read_deposit
from tests.desk.conftest import RememberingCapture
from tests.desk.counter import FORM, FORM_PAGE
from tests.enrolled import make_desk
from tests.sync.real_central import RealCentral, real_central

WRONG_DAY = 3
_YEAR = timedelta(days=365)


@dataclass(slots=True)
class Calendar:
    """A clock that a run moves by days; both of its clocks stand where this machine's do."""

    store: Store | None
    now: datetime
    monotonic_ms: int
    off: timedelta = timedelta(0)

    def pass_time(self, by: timedelta) -> None:
        """Let time pass on both clocks."""
        self.now += by
        self.monotonic_ms += int(by / timedelta(milliseconds=1))

    def utc(self) -> datetime:
        """Return what the wall clock shows."""
        return self.now + self.off

    def read(self) -> ClockReading:
        """Return both, judged as the kiosk judges them."""
        trusted = self.store.memory.trusted_time() if self.store else None
        trust = judge_clock(self.utc(), self.monotonic_ms, boot_id(), trusted)
        return ClockReading(utc=self.utc(), monotonic_ms=self.monotonic_ms, trust=trust)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run found at its end."""

    given_out: tuple[str, ...]
    manifests: tuple[DepositManifest, ...]
    sent: int
    sent_again: int
    waiting: int
    at_central: int
    blobs: int
    elapsed_s: float

    def faults(self, days: int, deposits: int) -> list[str]:
        """Return what does not hold."""
        wanted, found = days * deposits, []
        counts = (len(set(self.given_out)), self.sent, self.at_central, self.blobs)
        if set(counts) != {wanted} or self.waiting or self.sent_again:
            found.append(f"not all there once: {counts}, {self.waiting} waiting")
        numbers = [manifest.receipt_number for manifest in self.manifests]
        if numbers != list(self.given_out) or numbers != sorted(numbers):
            found.append("not in order")
        sequences = [manifest.sequence for manifest in self.manifests]
        if sequences != list(range(sequences[0], sequences[0] + wanted)):
            found.append("a sequence is missing or out of order")
        unverified = [
            number
            for number, manifest in enumerate(self.manifests)
            if manifest.clock.trust is ClockTrust.UNVERIFIED
        ]
        first = (WRONG_DAY - 1) * deposits
        if unverified != list(range(first, first + deposits if days >= WRONG_DAY else first)):
            found.append(f"{len(unverified)} hours are not verified")
        return found


def run(root: Path, days: int, deposits: int) -> Outcome:
    """Return what became of *days* of *deposits* each under *root*."""
    started = time.monotonic()
    with real_central(root / "central") as central, RememberingCapture() as capture:
        folder, key = _enrol(root, central)
        central.stop()
        start = datetime.now(UTC) - timedelta(days=days)
        calendar = Calendar(None, start, time.monotonic_ns() // 1_000_000)
        given_out: list[str] = []
        for day in range(1, days + 1):
            calendar.off = -_YEAR if day == WRONG_DAY else timedelta(0)
            given_out += _day(folder, key, calendar, capture, deposits, is_first=day == 1)
        central.start()
        with open_kiosk(folder.root, writing=True, keys=root / "keys") as kiosk:
            report = kiosk.link.sync_once()
            again = kiosk.link.sync_once()
            manifests = _manifests(kiosk)
            journal.verify(kiosk.store.db.conn)
        counted = central.command("stats")
    return Outcome(
        given_out=tuple(given_out),
        manifests=manifests,
        sent=report.sent,
        sent_again=report.already_there + again.sent + again.already_there,
        waiting=again.waiting,
        at_central=counted["acknowledged"],
        blobs=counted["blobs"],
        elapsed_s=time.monotonic() - started,
    )


def _enrol(root: Path, central: RealCentral) -> tuple[DataFolder, bytes]:
    code = central.command("enrol-code", "--point", "C0417", "--name", "Azrou")["code"]
    with open_kiosk(root / "data", writing=True, keys=root / "keys") as kiosk:
        kiosk.enrol(code, central.url, central.ca_file)
        return kiosk.store.folder, kiosk.keys.database_key


def _day(
    folder: DataFolder,
    key: bytes,
    calendar: Calendar,
    capture: CaptureProcess,
    deposits: int,
    *,
    is_first: bool,
) -> list[str]:
    """Open the folder, take a day's dossiers, close it; return their numbers."""
    calendar.store = None
    store = calendar.store = open_for_writing(folder, calendar.read, key)
    if is_first:  # the central said the time when it enrolled this device, days ago
        store.memory.keep_time(calendar.now)
    keys = _keys(folder)
    desk = make_desk(store, capture, keys, calendar.read, calendar.utc)
    given_out = []
    form = replace(FORM, care_date=(calendar.now - _YEAR - timedelta(days=40)).date().isoformat())
    for number in range(deposits):
        draft_id = desk.drafts.begin()
        desk.drafts.add_pages(draft_id, FORM_PAGE, lambda _told: None)
        typed = replace(form, amount=f"{100 + number},00")
        answer = desk.deposits.confirm(draft_id, typed, {}, uuid4())
        given_out.append(answer.receipt_number)
        calendar.pass_time(timedelta(minutes=2))
    calendar.pass_time(timedelta(days=1) - deposits * timedelta(minutes=2))
    store.close()
    return given_out


def _keys(folder: DataFolder) -> DeviceKeys:
    return FileKeystore(folder.root.parent / "keys").load(folder.read_id())


def _manifests(kiosk: Kiosk) -> tuple[DepositManifest, ...]:
    rows = kiosk.store.db.conn.execute(
        "SELECT d.manifest FROM outbox o JOIN deposits d ON d.deposit_id = o.item_id"
        " ORDER BY o.position"
    )
    return tuple(read_deposit(row[0]) for row in rows)


def main() -> int:
    """Print what a run found; return 1 when anything is missing, twice there or out of order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=15)
    parser.add_argument("--deposits", type=int, default=180)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wasl-endurance-") as root:
        outcome = run(Path(root), options.days, options.deposits)
    faults = outcome.faults(options.days, options.deposits)
    trusts = Counter(manifest.clock.trust.value for manifest in outcome.manifests)
    print(
        f"{options.days} days of {options.deposits}: {len(outcome.given_out)} receipts,"
        f" {outcome.at_central} acknowledged, {outcome.blobs} scans, {outcome.sent_again} sent"
        f" again, {outcome.waiting} waiting; clock {dict(trusts)}; {outcome.elapsed_s:.0f} s"
    )
    for fault in faults:
        print(f"FAILED: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
