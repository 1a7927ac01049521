"""What every outbox must do. Subclass once per implementation."""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from kiosk.domain.vocabulary import EventKind, HeldReason
from kiosk.sync.ports import (
    Claimed,
    Delivered,
    Hold,
    ItemKind,
    ManifestThere,
    Outbox,
    TryAgain,
)
from kiosk.wire.messages import Acknowledgement

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=10)
SOON = timedelta(minutes=5)
_SCAN = bytes(range(256)) * 1200  # more than one block of 256 KiB


class OutboxBench(Protocol):
    """An outbox under test, and how rows come into it the way the program puts them there.

    Rows are added in the order of the calls, at ``NOW`` or before. *scan* stands for the sealed
    PDF (any bytes); None for none.
    """

    @property
    def outbox(self) -> Outbox:
        """The outbox under test."""

    def put_deposit(self, scan: bytes | None = _SCAN) -> UUID:
        """Queue a new deposit of this device and return its item id."""

    def put_event(
        self,
        deposit_id: UUID | None,
        event: EventKind = EventKind.AMENDMENT,
        scan: bytes | None = None,
    ) -> UUID:
        """Queue an event on a deposit (None: one that another kiosk took); return its item id."""


def acknowledged(item: Claimed) -> Delivered:
    """Return the outcome of *item* having reached the central."""
    word = Acknowledgement(
        item_id=item.item_id,
        receipt_number=item.receipt_number,
        manifest_sha256=item.manifest_sha256.hex(),
        document_sha256=item.document.sha256.hex() if item.document else None,
        at=NOW,
    )
    return Delivered(acknowledgement=word, signed=b"as received", already_there=False)


def again(at: datetime, error: str = "timeout") -> TryAgain:
    """Return the outcome of a line that failed."""
    return TryAgain(error=error, next_attempt_at=at)


def claim(outbox: Outbox, now: datetime = NOW, *, only_due: bool = False) -> Claimed:
    """Claim a row that has to be there."""
    item = outbox.claim(now=now, only_due=only_due, passed=())
    assert item is not None
    return item


def is_empty(outbox: Outbox, now: datetime = NOW, *, only_due: bool = False) -> bool:
    """Tell whether no row is given out."""
    return outbox.claim(now=now, only_due=only_due, passed=()) is None


class OutboxContract:
    """What every outbox must do. The subclass has a fixture ``bench``: an empty OutboxBench."""

    def test_empty_outbox_gives_nothing_and_counts_nothing(self, bench: OutboxBench) -> None:
        assert is_empty(bench.outbox)
        left = bench.outbox.waiting()
        assert (left.waiting, left.held) == (0, 0)

    def test_oldest_row_is_given_out_first(self, bench: OutboxBench) -> None:
        rows = [bench.put_deposit() for _ in range(3)]
        assert [claim(bench.outbox).item_id for _ in rows] == rows

    def test_claimed_row_is_whole(self, bench: OutboxBench) -> None:
        deposit = bench.put_deposit(_SCAN)
        item = claim(bench.outbox)
        assert (item.item_id, item.kind, item.attempts) == (deposit, ItemKind.DEPOSIT, 0)
        assert item.path_id == str(deposit)
        assert str(deposit).encode() in item.manifest
        assert item.receipt_number.encode() in item.manifest
        assert item.document is not None
        assert b"".join(item.document.read(0)) == _SCAN
        assert b"".join(item.document.read(300_000)) == _SCAN[300_000:]
        assert item.document.size_bytes == len(_SCAN)
        assert max(map(len, item.document.read(0))) <= 256 * 1024

    def test_deposit_without_a_scan_has_no_document(self, bench: OutboxBench) -> None:
        bench.put_deposit(None)
        assert claim(bench.outbox).document is None

    def test_leased_row_is_given_to_nobody_else(self, bench: OutboxBench) -> None:
        bench.put_deposit()
        claim(bench.outbox)
        assert is_empty(bench.outbox, NOW + LEASE - timedelta(seconds=1))

    def test_row_whose_lease_ended_is_given_out_again(self, bench: OutboxBench) -> None:
        # The process that held it was killed.
        deposit = bench.put_deposit()
        claim(bench.outbox)
        assert claim(bench.outbox, NOW + LEASE + timedelta(seconds=1)).item_id == deposit

    def test_passed_rows_are_left_out(self, bench: OutboxBench) -> None:
        first, second = bench.put_deposit(), bench.put_deposit()
        item = bench.outbox.claim(now=NOW, only_due=False, passed={first})
        assert item is not None
        assert item.item_id == second

    def test_row_whose_manifest_went_ahead_is_new_no_longer(self, bench: OutboxBench) -> None:
        first, second = bench.put_deposit(), bench.put_deposit()
        bench.outbox.settle(claim(bench.outbox).item_id, ManifestThere())
        item = bench.outbox.claim(now=NOW, only_due=True, passed=(), only_new=True)
        assert item is not None
        assert item.item_id == second
        bench.outbox.settle(second, ManifestThere())
        assert bench.outbox.claim(now=NOW, only_due=True, passed=(), only_new=True) is None
        # Its scan is still to come, the oldest first.
        assert claim(bench.outbox, only_due=True).item_id == first
        assert bench.outbox.waiting().waiting == 2

    def test_scan_whose_manifest_went_ahead_waits_until_it_is_old_enough(
        self, bench: OutboxBench
    ) -> None:
        deposit, week = bench.put_deposit(), timedelta(days=7)

        def given(now: datetime) -> Claimed | None:
            return bench.outbox.claim(
                now=now, only_due=True, passed=(), made_before=now - timedelta(days=1)
            )

        assert given(NOW + timedelta(hours=1)) is None
        # A deposit made by a clock that was ahead would wait for who knows how long.
        item = given(NOW - week)
        assert item is not None
        bench.outbox.settle(deposit, again(NOW))
        item = given(NOW + week)
        assert item is not None
        assert item.item_id == deposit

    def test_deposit_cancelled_before_its_scan_went_ends_with_the_cancellation(
        self, bench: OutboxBench
    ) -> None:
        deposit = bench.put_deposit()
        bench.outbox.settle(claim(bench.outbox).item_id, ManifestThere())
        cancellation = bench.put_event(deposit, EventKind.CANCELLATION)
        item = bench.outbox.claim(now=NOW, only_due=True, passed=(), only_new=True)
        assert item is not None
        assert item.item_id == cancellation
        bench.outbox.settle(cancellation, acknowledged(item))
        assert is_empty(bench.outbox)
        assert bench.outbox.waiting().waiting == 0

    def test_delivered_row_never_comes_back(self, bench: OutboxBench) -> None:
        bench.put_deposit()
        item = claim(bench.outbox)
        bench.outbox.settle(item.item_id, acknowledged(item))
        assert is_empty(bench.outbox, NOW + timedelta(days=1000))
        assert bench.outbox.waiting().waiting == 0

    def test_row_to_try_again_waits_for_its_time(self, bench: OutboxBench) -> None:
        deposit = bench.put_deposit()
        bench.outbox.settle(claim(bench.outbox).item_id, again(NOW + SOON))
        assert is_empty(bench.outbox, NOW + SOON - timedelta(seconds=1), only_due=True)
        assert claim(bench.outbox, NOW + SOON, only_due=True).item_id == deposit

    def test_row_to_try_again_is_given_at_once_when_all_are_tried(self, bench: OutboxBench) -> None:
        deposit = bench.put_deposit()
        bench.outbox.settle(claim(bench.outbox).item_id, again(NOW + SOON))
        assert claim(bench.outbox).item_id == deposit

    def test_rate_limited_row_waits_even_when_all_are_tried(self, bench: OutboxBench) -> None:
        # A Retry-After is kept by `sync --once` too, in whatever process it runs.
        deposit = bench.put_deposit()
        bench.outbox.settle(claim(bench.outbox).item_id, again(NOW + SOON, "rate_limited"))
        assert is_empty(bench.outbox)
        assert claim(bench.outbox, NOW + SOON).item_id == deposit

    def test_wait_longer_than_any_asked_for_is_a_clock_set_back(self, bench: OutboxBench) -> None:
        # Nothing waits longer than an hour; such a row was written by a clock years ahead.
        deposit = bench.put_deposit()
        far = NOW + timedelta(days=400)
        bench.outbox.settle(claim(bench.outbox).item_id, again(far, "rate_limited"))
        assert claim(bench.outbox, only_due=True).item_id == deposit

    def test_failed_tries_are_counted(self, bench: OutboxBench) -> None:
        bench.put_deposit()
        for failed in range(3):
            item = claim(bench.outbox)
            assert item.attempts == failed
            bench.outbox.settle(item.item_id, again(NOW))

    def test_row_that_waits_lets_others_go_on(self, bench: OutboxBench) -> None:
        bench.put_deposit()
        second = bench.put_deposit()
        bench.outbox.settle(claim(bench.outbox).item_id, again(NOW + SOON))
        assert claim(bench.outbox, only_due=True).item_id == second

    def test_held_row_lets_others_go_on(self, bench: OutboxBench) -> None:
        bench.put_deposit()
        second = bench.put_deposit()
        poison = claim(bench.outbox).item_id
        bench.outbox.settle(poison, Hold(reason=HeldReason.CONFLICT, error="conflict"))
        assert claim(bench.outbox).item_id == second
        assert is_empty(bench.outbox)
        left = bench.outbox.waiting()
        assert (left.waiting, left.held) == (1, 1)

    def test_earliest_next_attempt_is_told(self, bench: OutboxBench) -> None:
        for wait in (2, 1):
            bench.put_deposit()
            item = bench.outbox.claim(now=NOW, only_due=True, passed=())
            assert item is not None
            bench.outbox.settle(item.item_id, again(NOW + wait * SOON))
        bench.put_deposit()
        left = bench.outbox.waiting()
        assert (left.next_attempt_at, left.waiting, left.failed) == (NOW + SOON, 3, 2)

    def test_row_that_got_further_has_not_failed(self, bench: OutboxBench) -> None:
        bench.put_deposit(_SCAN)
        bench.outbox.settle(claim(bench.outbox).item_id, again(NOW))
        assert bench.outbox.waiting().failed == 1
        bench.outbox.settle(claim(bench.outbox).item_id, ManifestThere())
        left = bench.outbox.waiting()
        assert (left.waiting, left.failed) == (1, 0)

    def test_event_waits_until_its_deposit_is_delivered(self, bench: OutboxBench) -> None:
        deposit = bench.put_deposit()
        event = bench.put_event(deposit)
        item = claim(bench.outbox)
        assert item.item_id == deposit
        assert is_empty(bench.outbox)
        bench.outbox.settle(deposit, again(NOW))
        assert bench.outbox.claim(now=NOW, only_due=False, passed={deposit}) is None
        bench.outbox.settle(deposit, acknowledged(claim(bench.outbox)))
        given = claim(bench.outbox)
        assert (given.item_id, given.kind) == (event, ItemKind.EVENT)
        assert given.path_id == str(deposit)
        assert given.receipt_number == item.receipt_number

    def test_event_of_a_held_deposit_waits_with_it(self, bench: OutboxBench) -> None:
        deposit = bench.put_deposit()
        bench.put_event(deposit)
        hold = Hold(reason=HeldReason.TOO_LARGE, error="too_large")
        bench.outbox.settle(claim(bench.outbox).item_id, hold)
        assert is_empty(bench.outbox)

    def test_event_of_another_kiosks_deposit_goes_at_once(self, bench: OutboxBench) -> None:
        event = bench.put_event(None, EventKind.COMPLEMENT, _SCAN)
        item = claim(bench.outbox)
        assert item.item_id == event
        assert item.path_id == item.receipt_number
        assert item.document is not None
        assert b"".join(item.document.read(0)) == _SCAN

    def test_cancelled_deposit_sends_its_manifest_and_not_its_scan(
        self, bench: OutboxBench
    ) -> None:
        deposit = bench.put_deposit(_SCAN)
        bench.put_event(deposit, EventKind.CANCELLATION)
        item = claim(bench.outbox)
        assert item.item_id == deposit
        assert item.document is None

    def test_cancellation_follows_a_manifest_that_is_there_and_ends_both(
        self, bench: OutboxBench
    ) -> None:
        deposit = bench.put_deposit(_SCAN)
        event = bench.put_event(deposit, EventKind.CANCELLATION)
        bench.outbox.settle(claim(bench.outbox).item_id, ManifestThere())
        cancellation = claim(bench.outbox)
        assert cancellation.item_id == event
        bench.outbox.settle(event, acknowledged(cancellation))
        assert is_empty(bench.outbox, NOW + timedelta(days=1))
        left = bench.outbox.waiting()
        assert (left.waiting, left.held) == (0, 0)
