"""What is removed when its time has come, and never a moment earlier."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.domain.moments import ClockTrust
from kiosk.domain.vocabulary import DepositState, EventKind
from kiosk.store import deposits, journal
from kiosk.store.folder import DataFolder
from kiosk.store.retention import Removed
from kiosk.store.spool import Spool
from kiosk.store.store import Store, open_for_writing
from tests.contracts import outbox_contract as contract
from tests.contracts.outbox_contract import acknowledged, claim
from tests.database_key import KEY
from tests.enrolled import TestClock
from tests.store.items import SCAN, Clerk

# What a signed acknowledgement of these tests says.
ACKNOWLEDGED_AT = contract.NOW
LATER = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class Keeper:
    """A store whose central says the time."""

    clerk: Clerk

    @property
    def store(self) -> Store:
        return self.clerk.store

    def deliver_all(self) -> None:
        """Have the central acknowledge everything that waits."""
        passed: set[UUID] = set()
        while (
            item := self.store.outbox.claim(now=ACKNOWLEDGED_AT, only_due=False, passed=passed)
        ) is not None:
            self.store.outbox.settle(item.item_id, acknowledged(item))
            passed.add(item.item_id)

    def after(self, **passed: float) -> Removed:
        """Have the central say that much later, and remove what is due."""
        self.store.memory.keep_time(ACKNOWLEDGED_AT + timedelta(**passed))
        return self.store.retention.run()

    def lies(self, item: UUID) -> bool:
        return self.store.spool.path(item).exists()


@pytest.fixture
def keeper(clerk: Clerk) -> Keeper:
    return Keeper(clerk=clerk)


def test_scan_goes_seven_days_after_its_acknowledgement(keeper: Keeper) -> None:
    item = keeper.clerk.deposit()
    keeper.deliver_all()
    assert keeper.after(days=6, hours=23) == Removed()
    assert keeper.lies(item)
    assert keeper.after(days=7, minutes=1) == Removed(scans=1, bundles=1)
    assert not keeper.lies(item)
    assert keeper.clerk.state_of(item) is DepositState.PURGED
    assert keeper.after(days=8) == Removed()


def test_what_the_central_has_not_acknowledged_stays_for_ever(keeper: Keeper) -> None:
    item = keeper.clerk.deposit()
    event = keeper.clerk.event(keeper.clerk.deposit(), EventKind.AMENDMENT)
    assert keeper.after(days=3000) == Removed()
    assert keeper.lies(item)
    assert keeper.lies(event)


def test_scan_waits_until_what_happened_to_its_deposit_is_told_too(keeper: Keeper) -> None:
    item = keeper.clerk.deposit()
    keeper.deliver_all()
    event = keeper.clerk.event(item, EventKind.AMENDMENT)
    assert keeper.after(days=30) == Removed()
    keeper.deliver_all()
    assert keeper.after(days=30) == Removed(scans=1, bundles=2)
    assert not keeper.lies(event)


def test_cancelled_deposit_loses_its_scan_once_the_cancellation_is_acknowledged(
    keeper: Keeper,
) -> None:
    item = keeper.clerk.deposit()
    event = keeper.clerk.event(item, EventKind.CANCELLATION)
    assert keeper.after(days=30) == Removed()
    claimed = claim(keeper.store.outbox)
    assert claimed.item_id == item
    keeper.store.outbox.settle(item, acknowledged(claimed))
    keeper.deliver_all()
    assert keeper.after(days=6) == Removed()
    assert keeper.after(days=8) == Removed(bundles=2)
    assert not keeper.lies(item)
    assert not keeper.lies(event)
    assert keeper.clerk.state_of(item) is DepositState.CANCELLED


def test_deposit_scanned_later_waits_for_its_completion(keeper: Keeper) -> None:
    item = keeper.clerk.deposit(None)
    keeper.deliver_all()
    assert keeper.after(days=30) == Removed()
    completion = keeper.clerk.event(item, EventKind.COMPLETION, SCAN)
    assert keeper.after(days=30) == Removed()
    keeper.deliver_all()
    assert keeper.after(days=8) == Removed(scans=1, bundles=2)
    assert not keeper.lies(completion)


def test_event_on_another_kiosks_deposit_goes_by_itself(keeper: Keeper) -> None:
    event = keeper.clerk.event(None, EventKind.COMPLEMENT, SCAN)
    keeper.deliver_all()
    assert keeper.after(days=6) == Removed()
    assert keeper.after(days=8) == Removed(bundles=1)
    assert not keeper.lies(event)
    keeper.after(days=91)
    (manifest,) = deposits.event_manifests(
        keeper.store.db.conn, "B0001A-000007-33", EventKind.COMPLEMENT
    ) or (b"",)
    assert manifest == b""


def test_details_go_after_ninety_days_and_proof_stays(keeper: Keeper) -> None:
    item = keeper.clerk.deposit()
    keeper.clerk.event(item, EventKind.AMENDMENT)
    number = keeper.clerk.number_of(item)
    keeper.deliver_all()
    before = keeper.store.deposit(number)
    assert keeper.after(days=89).details == 0
    assert keeper.after(days=91).details == 1
    kept = keeper.store.deposit(number)
    assert kept.is_minimised
    assert (kept.manifest, kept.warnings) == (b"", ())
    for name in ("receipt_number", "stage", "created_at", "document_sha256", "manifest_sha256"):
        assert getattr(kept, name) == getattr(before, name)
    events = deposits.event_manifests(keeper.store.db.conn, number, EventKind.AMENDMENT)
    assert events == (b"",)
    row = keeper.store.db.conn.execute("SELECT kind, person_day, claim, group_id FROM deposits")
    assert row.fetchone() == ("", b"", b"", None)
    assert keeper.after(days=92) == Removed()


def test_each_removal_is_journalled(keeper: Keeper) -> None:
    keeper.clerk.deposit()
    keeper.deliver_all()
    keeper.after(days=91)
    acts = keeper.store.db.conn.execute("SELECT act FROM journal ORDER BY entry").fetchall()
    assert [act for (act,) in acts[-2:]] == ["scan_removed", "details_removed"]
    journal.verify(keeper.store.db.conn)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(years=st.integers(1, 70), trust=st.sampled_from(ClockTrust))
def test_wall_clock_set_forward_removes_nothing(
    keeper: Keeper, years: int, trust: ClockTrust
) -> None:
    item = keeper.clerk.deposit()
    keeper.deliver_all()
    keeper.store.memory.keep_time(ACKNOWLEDGED_AT + LATER)
    keeper.clerk.clock.now += timedelta(days=365 * years)
    keeper.clerk.clock.trust = trust
    assert keeper.store.retention.run() == Removed()
    assert keeper.lies(item)
    keeper.clerk.clock.now -= timedelta(days=365 * years)


def test_days_without_a_line_count_by_the_monotonic_clock(keeper: Keeper) -> None:
    keeper.clerk.deposit()
    keeper.deliver_all()
    keeper.store.memory.keep_time(ACKNOWLEDGED_AT + LATER)
    keeper.clerk.clock.monotonic_ms += 8 * 24 * 3600 * 1000
    assert keeper.store.retention.run().scans == 1


def test_central_that_never_told_the_time_removes_nothing(keeper: Keeper) -> None:
    keeper.clerk.deposit()
    keeper.deliver_all()
    assert keeper.store.retention.run() == Removed()


class _NoUnlink(Spool):
    """A disk that is unplugged between the row and the file."""

    def remove(self, items: object) -> None:
        raise KeyboardInterrupt


def test_bundle_left_by_a_crash_goes_in_the_next_round(
    keeper: Keeper, folder: DataFolder, clock: TestClock
) -> None:
    item = keeper.clerk.deposit()
    keeper.deliver_all()
    keeper.store.retention._spool = _NoUnlink(folder)
    with pytest.raises(KeyboardInterrupt):
        keeper.after(days=8)
    assert keeper.lies(item)
    keeper.store.close()
    again = open_for_writing(folder, clock.read, KEY)
    try:
        assert again.retention.run() == Removed(bundles=1)
        assert not again.spool.path(item).exists()
    finally:
        again.close()


def test_more_than_one_transaction_holds_is_removed_in_one_round(keeper: Keeper) -> None:
    for _ in range(205):
        keeper.clerk.deposit()
    keeper.deliver_all()
    assert keeper.after(days=91) == Removed(scans=205, bundles=205, details=205)
    assert not keeper.store.spool.items()
