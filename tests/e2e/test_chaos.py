"""A line that cuts, lives that end by ``kill -9``: every deposit is at the central, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.chaos.broken import CENTRALS, KIOSKS
from tests.e2e.chaos.harness import Chaos, Nursery, Plan, nursery

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def lives() -> Iterator[Nursery]:
    """Return one nursery for this file."""
    with nursery() as one:
        yield one


def test_all_arrives_once_whatever_is_cut_and_killed(lives: Nursery, tmp_path: Path) -> None:
    result = Chaos(lives, tmp_path, Plan(deposits=25)).run()
    print(result)
    assert result.faults == []
    assert result.at_central == 25
    # Else the line was too kind to prove anything.
    assert result.cuts > 5
    assert result.kiosk_kills + result.central_kills > 3


@pytest.mark.parametrize("broken", [*KIOSKS, *CENTRALS])
def test_chaos_finds_each_mistake_made_on_purpose(
    lives: Nursery, tmp_path: Path, broken: str
) -> None:
    result = Chaos(
        lives, tmp_path, Plan(deposits=6, kills=2, kill_every=60_000, broken=broken)
    ).run()
    assert result.faults
