"""The states of a deposit move as the contract draws them, and in no other way."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.deposit import (
    TRANSITIONS,
    UNCANCELLABLE_STAGES,
    IllegalTransitionError,
    Move,
    after,
)
from kiosk.domain.vocabulary import DepositState

# The moves of design/contract.md, as they stand there, and one more: a recall that finds the scan
# removed already.
CONTRACT = """
to_scan→queued→sending→acknowledged→purged
sending→queued
queued→held→queued
sending→held→queued
acknowledged→queued
purged→held
"""


def drawn() -> set[tuple[str, str]]:
    chains = [line.split("→") for line in CONTRACT.split()]
    pairs = {pair for chain in chains for pair in pairwise(chain)}
    others = {state.value for state in DepositState} - {"cancelled"}
    return pairs | {(state, "cancelled") for state in others}


def test_table_holds_the_moves_of_the_contract_and_no_other() -> None:
    assert {(start.value, end.value) for (start, _), end in TRANSITIONS.items()} == drawn()


@given(st.sampled_from(DepositState), st.sampled_from(Move))
def test_any_other_move_is_a_bug(state: DepositState, move: Move) -> None:
    if (state, move) in TRANSITIONS:
        assert after(state, move) is TRANSITIONS[state, move]
    else:
        with pytest.raises(IllegalTransitionError, match=f"{move} from {state}"):
            after(state, move)


def test_nothing_leaves_a_cancelled_deposit() -> None:
    assert not [move for state, move in TRANSITIONS if state is DepositState.CANCELLED]


def test_only_an_acknowledged_scan_is_ever_removed() -> None:
    # I2: a scan goes only after the signed acknowledgement.
    leading = [
        state
        for (state, move), end in TRANSITIONS.items()
        if end is DepositState.PURGED or move is Move.SCAN_REMOVED
    ]
    assert leading == [DepositState.ACKNOWLEDGED]


def test_settled_paid_and_cancelled_cannot_be_cancelled() -> None:
    assert {stage.value for stage in UNCANCELLABLE_STAGES} == {"settled", "paid", "cancelled"}
