"""The outbox on real SQLite: the contract of sync, and what happens to deposits with it."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from kiosk.domain.deposit import Move
from kiosk.domain.moments import parse_rfc3339
from kiosk.domain.vocabulary import DepositState, EventKind, HeldReason, Stage
from kiosk.store import deposits, outbox_rows, queue
from kiosk.store.database import transaction
from kiosk.store.outbox import SqliteOutbox
from kiosk.store.store import Store
from kiosk.sync.ports import Claimed, Hold, ManifestThere
from kiosk.wire.heartbeats import EpochHeld, Missing
from kiosk.wire.messages import Updates
from tests.contracts.outbox_contract import NOW, OutboxContract, acknowledged, again, claim
from tests.enrolled import DEVICE
from tests.store.items import SCAN, Clerk

HELD = Hold(reason=HeldReason.CONFLICT, error="conflict")


class Bench:
    """Puts rows into the outbox the way the desk does."""

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        # The contract's rows are made before its NOW.
        clerk.clock.now = NOW - timedelta(hours=1)

    @property
    def outbox(self) -> SqliteOutbox:
        return self._clerk.store.outbox

    def put_deposit(self, scan: bytes | None = SCAN) -> UUID:
        return self._clerk.deposit(scan)

    def put_event(
        self,
        deposit_id: UUID | None,
        event: EventKind = EventKind.AMENDMENT,
        scan: bytes | None = None,
    ) -> UUID:
        return self._clerk.event(deposit_id, event, scan)


@pytest.fixture
def bench(clerk: Clerk) -> Bench:
    return Bench(clerk)


class TestSqliteOutbox(OutboxContract):
    """The port's contract."""


def deliver(bench: Bench) -> Claimed:
    """Claim the next row and settle it as delivered."""
    item = claim(bench.outbox)
    bench.outbox.settle(item.item_id, acknowledged(item))
    return item


def row_of(clerk: Clerk, item: UUID) -> tuple[str, int, str | None]:
    """Return state, attempts and last error of an outbox row."""
    found = clerk.store.db.conn.execute(
        "SELECT state, attempts, last_error FROM outbox WHERE item_id = ?", (str(item),)
    ).fetchone()
    return found[0], found[1], found[2]


def test_deposit_is_sending_while_leased_and_acknowledged_after(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit()
    item = claim(bench.outbox)
    assert clerk.state_of(deposit) is DepositState.SENDING
    bench.outbox.settle(deposit, acknowledged(item))
    stored = clerk.store.deposit(item.receipt_number)
    assert (stored.state, stored.stage) == (DepositState.ACKNOWLEDGED, Stage.COPY_RECEIVED)


def test_deposit_is_queued_again_when_the_line_fails(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit()
    bench.outbox.settle(claim(bench.outbox).item_id, again(NOW))
    assert clerk.state_of(deposit) is DepositState.QUEUED
    assert row_of(clerk, deposit) == ("queued", 1, "timeout")


def test_held_deposit_names_its_reason(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit()
    bench.outbox.settle(claim(bench.outbox).item_id, HELD)
    stored = clerk.store.deposit(clerk.number_of(deposit))
    assert (stored.state, stored.held_reason) == (DepositState.HELD, HeldReason.CONFLICT)


def test_leases_are_released_at_start(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit()
    claim(bench.outbox)
    with transaction(clerk.store.db) as connection:
        outbox_rows.release_leases(connection)
    assert clerk.state_of(deposit) is DepositState.QUEUED
    assert claim(bench.outbox).item_id == deposit


def test_lease_of_a_clock_that_was_ahead_has_ended(bench: Bench) -> None:
    # The clock stood a year ahead when the row was claimed, then it was set right.
    deposit = bench.put_deposit()
    claim(bench.outbox, NOW + timedelta(days=365))
    assert claim(bench.outbox).item_id == deposit


@pytest.mark.parametrize("late", [again(NOW), HELD, ManifestThere()])
def test_late_word_about_a_delivered_row_changes_nothing(
    bench: Bench, clerk: Clerk, late: Hold
) -> None:
    # The lease ended, another run delivered the row, then the first one gave up.
    deposit = bench.put_deposit()
    deliver(bench)
    bench.outbox.settle(deposit, late)
    assert row_of(clerk, deposit)[0] == "done"
    assert clerk.state_of(deposit) is DepositState.ACKNOWLEDGED
    assert bench.outbox.waiting().waiting == 0


def test_second_acknowledgement_is_one_entry(bench: Bench, clerk: Clerk) -> None:
    bench.put_deposit()
    item = deliver(bench)
    bench.outbox.settle(item.item_id, acknowledged(item))
    count = "SELECT count(*) FROM journal WHERE act = 'acknowledged'"
    assert clerk.store.db.conn.execute(count).fetchone() == (1,)


def test_outcome_of_an_unknown_row_changes_nothing(bench: Bench) -> None:
    bench.outbox.settle(uuid4(), again(NOW))
    assert bench.outbox.waiting().waiting == 0


def test_scan_later_is_completed_after_its_manifest_went(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit(None)
    deliver(bench)
    assert clerk.state_of(deposit) is DepositState.TO_SCAN
    event = bench.put_event(deposit, EventKind.COMPLETION, SCAN)
    item = claim(bench.outbox)
    assert (item.item_id, item.path_id) == (event, str(deposit))
    assert clerk.state_of(deposit) is DepositState.SENDING
    bench.outbox.settle(event, acknowledged(item))
    assert clerk.state_of(deposit) is DepositState.ACKNOWLEDGED


def test_scan_later_is_completed_before_the_first_exchange(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit(None)
    event = bench.put_event(deposit, EventKind.COMPLETION, SCAN)
    assert clerk.state_of(deposit) is DepositState.QUEUED
    assert deliver(bench).item_id == deposit
    assert clerk.state_of(deposit) is DepositState.QUEUED
    assert deliver(bench).item_id == event
    assert clerk.state_of(deposit) is DepositState.ACKNOWLEDGED


def test_completion_that_fails_leaves_the_deposit_queued(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit(None)
    bench.put_event(deposit, EventKind.COMPLETION, SCAN)
    deliver(bench)
    bench.outbox.settle(claim(bench.outbox).item_id, again(NOW))
    assert clerk.state_of(deposit) is DepositState.QUEUED


def test_damaged_bundle_is_replaced_by_a_completion(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit()
    damaged = Hold(reason=HeldReason.BUNDLE_DAMAGED, error="bundle_damaged")
    bench.outbox.settle(claim(bench.outbox).item_id, damaged)
    event = clerk.event(deposit, EventKind.COMPLETION, SCAN + b"again", Move.RELEASED)
    first = claim(bench.outbox)
    assert (first.item_id, first.document) == (deposit, None)
    bench.outbox.settle(deposit, ManifestThere())
    assert deliver(bench).item_id == event
    assert clerk.state_of(deposit) is DepositState.ACKNOWLEDGED
    assert bench.outbox.waiting().waiting == 0
    assert clerk.store.deposit(clerk.number_of(deposit)).size_bytes == len(SCAN + b"again")


def test_cancellation_while_sending_stands(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit()
    item = claim(bench.outbox)
    bench.put_event(deposit, EventKind.CANCELLATION)
    bench.outbox.settle(deposit, acknowledged(item))
    assert clerk.state_of(deposit) is DepositState.CANCELLED
    deliver(bench)
    assert bench.outbox.waiting().waiting == 0


def test_cancellation_after_the_acknowledgement_travels(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit()
    deliver(bench)
    event = bench.put_event(deposit, EventKind.CANCELLATION)
    assert deliver(bench).item_id == event
    assert clerk.store.deposit(clerk.number_of(deposit)).stage is Stage.CANCELLED


def test_held_amendment_does_not_hold_the_deposit(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit(None)
    deliver(bench)
    bench.put_event(deposit, EventKind.AMENDMENT)
    event = bench.put_event(deposit, EventKind.COMPLETION, SCAN)
    bench.outbox.settle(claim(bench.outbox).item_id, HELD)
    assert clerk.state_of(deposit) is DepositState.QUEUED
    assert deliver(bench).item_id == event
    assert clerk.state_of(deposit) is DepositState.ACKNOWLEDGED


def recall(store: Store, *lost: UUID) -> None:
    """Take in the word of a central that was restored from an older backup."""
    cursor = store.memory.told().cursor
    updates = Updates(
        device=DEVICE, previous=cursor, cursor=cursor + 1, time=NOW, recalls=tuple(lost)
    )
    store.memory.apply(updates, None, "signed")


def test_recalled_deposit_is_sent_again(bench: Bench, clerk: Clerk) -> None:
    deposit, other = bench.put_deposit(), bench.put_deposit()
    deliver(bench)
    deliver(bench)
    recall(clerk.store, deposit, uuid4())
    assert clerk.state_of(deposit) is DepositState.QUEUED
    assert clerk.state_of(other) is DepositState.ACKNOWLEDGED
    item = deliver(bench)
    assert item.item_id == deposit
    assert item.document is not None
    assert clerk.state_of(deposit) is DepositState.ACKNOWLEDGED


def test_recall_of_what_is_not_acknowledged_changes_nothing(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit()
    recall(clerk.store, deposit)
    assert clerk.state_of(deposit) is DepositState.QUEUED


def test_recalled_deposit_brings_back_its_scan_that_came_later(bench: Bench, clerk: Clerk) -> None:
    # The central lost the completion with the deposit: without it the scan would never return.
    deposit = bench.put_deposit(None)
    event = bench.put_event(deposit, EventKind.COMPLETION, SCAN)
    deliver(bench)
    deliver(bench)
    recall(clerk.store, deposit)
    assert [deliver(bench).item_id, deliver(bench).item_id] == [deposit, event]
    assert clerk.state_of(deposit) is DepositState.ACKNOWLEDGED


def test_queue_shows_what_waits(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit()
    bench.put_event(deposit)
    bench.outbox.settle(claim(bench.outbox).item_id, again(NOW + timedelta(minutes=5)))
    (row,) = queue.each(clerk.store.db.conn, DepositState.QUEUED)
    assert (row.deposit_id, row.attempts, row.last_error) == (deposit, 1, "timeout")
    assert row.next_attempt_at == NOW + timedelta(minutes=5)
    assert row.events_waiting == 1
    assert list(queue.each(clerk.store.db.conn, DepositState.HELD)) == []


def recall_since(store: Store, moment: datetime) -> None:
    """Take in the word of a central whose backup knows nothing from *moment* on."""
    cursor = store.memory.told().cursor
    updates = Updates(
        device=DEVICE, previous=cursor, cursor=cursor + 1, time=NOW, recalled_since=moment
    )
    store.memory.apply(updates, None, "signed")


def test_all_that_was_acknowledged_since_a_moment_is_sent_again(bench: Bench, clerk: Clerk) -> None:
    early, late = bench.put_deposit(), bench.put_deposit()
    deliver(bench)
    amendment = bench.put_event(early, EventKind.AMENDMENT)
    deliver(bench)
    deliver(bench)
    clerk.store.db.conn.execute(
        "UPDATE deposits SET acknowledged_at = '2026-01-01T00:00:00.000Z' WHERE deposit_id = ?",
        (str(early),),
    )
    clerk.store.db.conn.commit()
    for _ in range(2):  # the same word twice changes nothing more
        recall_since(clerk.store, NOW)
        assert clerk.state_of(early) is DepositState.ACKNOWLEDGED
        assert clerk.state_of(late) is DepositState.QUEUED
        assert clerk.store.deposit(clerk.number_of(late)).stage is Stage.DEPOSITED
    assert {deliver(bench).item_id, deliver(bench).item_id} == {amendment, late}
    assert clerk.state_of(late) is DepositState.ACKNOWLEDGED
    assert bench.outbox.waiting().waiting == 0


def test_cancellation_goes_again_with_the_deposit_it_ended(bench: Bench, clerk: Clerk) -> None:
    deposit = bench.put_deposit()
    bench.outbox.settle(claim(bench.outbox).item_id, ManifestThere())
    event = bench.put_event(deposit, EventKind.CANCELLATION)
    deliver(bench)
    assert bench.outbox.waiting().waiting == 0
    recall_since(clerk.store, NOW)
    assert clerk.state_of(deposit) is DepositState.CANCELLED
    item = claim(bench.outbox)
    assert (item.item_id, item.document) == (deposit, None)
    bench.outbox.settle(item.item_id, ManifestThere())
    assert deliver(bench).item_id == event
    assert bench.outbox.waiting().waiting == 0


def test_recalled_deposit_whose_scan_was_removed_is_held_and_says_so(
    bench: Bench, clerk: Clerk
) -> None:
    deposit = bench.put_deposit()
    deliver(bench)
    with transaction(clerk.store.db) as connection:
        deposits.move(connection, str(deposit), Move.SCAN_REMOVED)
    recall_since(clerk.store, NOW)
    (row,) = queue.each(clerk.store.db.conn)
    assert (row.state, row.held_reason) == (DepositState.HELD, HeldReason.BUNDLE_DAMAGED)
    assert (row.stage, bench.outbox.waiting().held) == (Stage.DEPOSITED, 1)
    # A new scan brings it all.
    event = clerk.event(deposit, EventKind.COMPLETION, SCAN, move=Move.RELEASED)
    assert [deliver(bench).item_id, deliver(bench).item_id] == [deposit, event]
    assert clerk.state_of(deposit) is DepositState.ACKNOWLEDGED


def test_number_that_the_central_misses_though_it_acknowledged_it_is_sent_again(
    bench: Bench, clerk: Clerk
) -> None:
    lost, waiting = bench.put_deposit(), bench.put_deposit()
    deliver(bench)
    at = parse_rfc3339(
        clerk.store.db.conn.execute("SELECT max(acknowledged_at) FROM deposits").fetchone()[0]
    )
    gap = (Missing(first=1, last=2),)
    word = EpochHeld(epoch=DEVICE, highest=0, count=0, asked_to=2, missing=gap)
    # Counted while the acknowledgement was on its way: nothing is lost.
    clerk.store.memory.keep_word(None, None, at + timedelta(minutes=1), (word,))
    assert clerk.state_of(lost) is DepositState.ACKNOWLEDGED
    clerk.store.memory.keep_word(None, None, at + timedelta(hours=1), (word,))
    assert clerk.state_of(lost) is DepositState.QUEUED
    assert clerk.state_of(waiting) is DepositState.QUEUED
    assert {deliver(bench).item_id, deliver(bench).item_id} == {lost, waiting}
