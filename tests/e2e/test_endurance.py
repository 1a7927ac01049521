"""Days without a line and with a wrong clock: nothing is lost, out of order or sent twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.endurance import Outcome, run

DAYS, DEPOSITS = 3, 10


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Return what became of three days of ten."""
    root: Path = tmp_path_factory.mktemp("endurance")
    return run(root, DAYS, DEPOSITS)


def test_everything_is_there_in_order_and_sent_once(outcome: Outcome) -> None:
    assert outcome.faults(DAYS, DEPOSITS) == []
    assert outcome.at_central == DAYS * DEPOSITS


def test_harness_sees_what_is_lost_twice_there_or_out_of_order(outcome: Outcome) -> None:
    swapped = (outcome.manifests[1], outcome.manifests[0], *outcome.manifests[2:])
    for broken in (
        replace(outcome, at_central=29),
        replace(outcome, sent=31),
        replace(outcome, sent_again=1),
        replace(outcome, given_out=(*outcome.given_out[:-1], outcome.given_out[0])),
        replace(outcome, manifests=swapped),
    ):
        assert broken.faults(DAYS, DEPOSITS)
