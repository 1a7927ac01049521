"""Which stage of a deposit may follow which: one table, one pure function."""

from enum import StrEnum

from kiosk.domain.vocabulary import Stage

BROUGHT = frozenset(
    {
        Stage.ORIGINALS_RECEIVED,
        Stage.IN_REVIEW,
        Stage.RETURNED,
        Stage.SETTLED,
        Stage.PAID,
        Stage.LOST,
        Stage.DAMAGED,
    }
)
"""What the back office says. The copy is the central's own word, a cancellation the counter's."""

_OPEN = BROUGHT - {Stage.PAID}
ALLOWED: dict[Stage, frozenset[Stage]] = {
    # Paper may be sooner than its copy, or be lost before either came.
    Stage.DEPOSITED: frozenset({Stage.ORIGINALS_RECEIVED, Stage.LOST, Stage.DAMAGED}),
    Stage.COPY_RECEIVED: _OPEN,
    Stage.ORIGINALS_RECEIVED: _OPEN - {Stage.ORIGINALS_RECEIVED},
    # A review may begin on the copy, before the paper is there.
    Stage.IN_REVIEW: _OPEN - {Stage.IN_REVIEW},
    # One return carries all its reasons: another one follows only after another look.
    Stage.RETURNED: _OPEN - {Stage.RETURNED},
    Stage.SETTLED: frozenset({Stage.PAID}),
    Stage.PAID: frozenset(),
    # What was lost may be found, and what is damaged may still be read, or asked for again.
    Stage.LOST: _OPEN - {Stage.LOST},
    Stage.DAMAGED: _OPEN - {Stage.DAMAGED},
    Stage.CANCELLED: frozenset(),
}


class Move(StrEnum):
    """What a word of the back office would be to a deposit."""

    ALLOWED = "allowed"
    SAID_ALREADY = "said_already"
    IMPOSSIBLE = "impossible_move"
    NOT_THE_OFFICES = "not_the_back_offices_to_say"


def judge(current: Stage, said: Stage) -> Move:
    """Tell whether *said* may follow *current* (``scan_to_come`` counts as ``deposited``)."""
    if said not in BROUGHT:
        return Move.NOT_THE_OFFICES
    if said is current:
        return Move.SAID_ALREADY
    start = Stage.DEPOSITED if current is Stage.SCAN_TO_COME else current
    return Move.ALLOWED if said in ALLOWED[start] else Move.IMPOSSIBLE
