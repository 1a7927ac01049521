"""A deposit moves as the domain's table says, and in no other way."""

from uuid import UUID

import pytest

from kiosk.domain.deposit import TRANSITIONS, IllegalTransitionError, Move
from kiosk.domain.vocabulary import DepositState, EventKind, HeldReason, Stage
from kiosk.store import deposits
from kiosk.store.database import transaction
from tests.store.faults import snapshot
from tests.store.items import SCAN, Clerk

PAIRS = [(state, move) for state in DepositState for move in Move]


def deposit_in(clerk: Clerk, state: DepositState) -> UUID:
    """Return a deposit that stands in *state*."""
    deposit = clerk.deposit()
    reason = HeldReason.CONFLICT.value if state is DepositState.HELD else None
    clerk.store.db.conn.execute(
        "UPDATE deposits SET state = ?, held_reason = ? WHERE deposit_id = ?",
        (state.value, reason, str(deposit)),
    )
    return deposit


def test_every_pair_of_state_and_move_is_as_the_table_says(clerk: Clerk) -> None:
    for state, move in PAIRS:
        deposit = deposit_in(clerk, state)
        reason = HeldReason.TOO_LARGE if move is Move.HELD else None
        expected = TRANSITIONS.get((state, move))
        if expected is None:
            with pytest.raises(IllegalTransitionError), transaction(clerk.store.db) as connection:
                deposits.move(connection, str(deposit), move, reason)
            assert clerk.state_of(deposit) is state
            continue
        with transaction(clerk.store.db) as connection:
            assert deposits.move(connection, str(deposit), move, reason) is expected
        stored = clerk.store.deposit(clerk.number_of(deposit))
        assert stored.state is expected
        assert (stored.held_reason is not None) == (expected is DepositState.HELD)


def test_event_whose_move_is_illegal_leaves_nothing(clerk: Clerk) -> None:
    deposit = clerk.deposit()
    clerk.event(deposit, EventKind.CANCELLATION)
    before = snapshot(clerk.store)
    with pytest.raises(IllegalTransitionError):
        clerk.event(deposit, EventKind.CANCELLATION)
    assert snapshot(clerk.store) == before


def test_unknown_state_is_refused_by_the_table(clerk: Clerk) -> None:
    clerk.deposit()
    with pytest.raises(Exception, match="CHECK"):
        clerk.store.db.conn.execute("UPDATE deposits SET state = 'lost'")
    with pytest.raises(Exception, match="CHECK"):
        clerk.store.db.conn.execute("UPDATE deposits SET state = 'held'")


def test_cancellation_ends_the_stage_whatever_the_clocks_say(clerk: Clerk) -> None:
    # The central's clock was a year ahead when it told of the review.
    deposit = clerk.deposit()
    number = clerk.number_of(deposit)
    with transaction(clerk.store.db) as connection:
        deposits.set_stage(connection, number, Stage.IN_REVIEW, "2027-11-23T09:00:00.000Z")
    clerk.event(deposit, EventKind.CANCELLATION)
    assert clerk.store.deposit(number).stage is Stage.CANCELLED


def test_scan_that_comes_late_takes_no_stage_back(clerk: Clerk) -> None:
    deposit = clerk.deposit(None)
    number = clerk.number_of(deposit)
    with transaction(clerk.store.db) as connection:
        deposits.set_stage(connection, number, Stage.ORIGINALS_RECEIVED, "2026-11-23T08:00:00.000Z")
    clerk.event(deposit, EventKind.COMPLETION, SCAN)
    assert clerk.store.deposit(number).stage is Stage.ORIGINALS_RECEIVED


def test_scan_to_come_is_deposited_once_it_came(clerk: Clerk) -> None:
    deposit = clerk.deposit(None)
    number = clerk.number_of(deposit)
    assert clerk.store.deposit(number).stage is Stage.SCAN_TO_COME
    clerk.event(deposit, EventKind.COMPLETION, SCAN)
    stored = clerk.store.deposit(number)
    assert (stored.stage, stored.state) == (Stage.DEPOSITED, DepositState.QUEUED)
    assert (stored.page_count, stored.size_bytes) == (1, len(SCAN))


def test_event_on_another_kiosks_deposit_moves_nothing_and_asks_for_no_paper(
    clerk: Clerk,
) -> None:
    clerk.event(None, EventKind.COMPLEMENT, SCAN)
    tables = snapshot(clerk.store)
    assert tables["deposits"] == []
    assert tables["print_intent"] == []
    assert len(tables["outbox"]) == 1


def test_lookup_by_another_column_is_a_bug(clerk: Clerk) -> None:
    with pytest.raises(ValueError, match="receipt_number"):
        deposits.numbers_by(clerk.store.db.conn, "receipt_number", b"")
