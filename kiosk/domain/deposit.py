"""The states of a deposit on its kiosk: one table, one pure function."""

from enum import StrEnum

from kiosk.domain.vocabulary import DepositState, Stage


class Move(StrEnum):
    """What may happen to a deposit."""

    SCANNED = "scanned"
    CLAIMED = "claimed"
    LINE_FAILED = "line_failed"
    ACKNOWLEDGED = "acknowledged"
    HELD = "held"
    RELEASED = "released"
    RECALLED = "recalled"
    SCAN_REMOVED = "scan_removed"
    CANCELLED = "cancelled"


class IllegalTransitionError(Exception):
    """A move the table does not know: a bug, never an agent's mistake."""


TRANSITIONS: dict[tuple[DepositState, Move], DepositState] = {
    (DepositState.TO_SCAN, Move.SCANNED): DepositState.QUEUED,
    (DepositState.QUEUED, Move.CLAIMED): DepositState.SENDING,
    (DepositState.SENDING, Move.LINE_FAILED): DepositState.QUEUED,
    (DepositState.SENDING, Move.ACKNOWLEDGED): DepositState.ACKNOWLEDGED,
    (DepositState.ACKNOWLEDGED, Move.SCAN_REMOVED): DepositState.PURGED,
    (DepositState.ACKNOWLEDGED, Move.RECALLED): DepositState.QUEUED,
    # Recalled when its scan was removed already: only a person can bring it again.
    (DepositState.PURGED, Move.HELD): DepositState.HELD,
    (DepositState.QUEUED, Move.HELD): DepositState.HELD,
    (DepositState.SENDING, Move.HELD): DepositState.HELD,
    (DepositState.HELD, Move.RELEASED): DepositState.QUEUED,
    **{
        (state, Move.CANCELLED): DepositState.CANCELLED
        for state in DepositState
        if state is not DepositState.CANCELLED
    },
}


def after(state: DepositState, move: Move) -> DepositState:
    """Return the state that follows.

    Raises:
        IllegalTransitionError: The table has no such move.
    """
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise IllegalTransitionError(f"{move} from {state}") from None


UNCANCELLABLE_STAGES = frozenset({Stage.SETTLED, Stage.PAID, Stage.CANCELLED})
"""Stages after which a cancellation is refused."""
