"""The process is killed as it enters any call that changes the data folder."""

import pytest

from tests.faults.conftest import Tally, sample
from tests.faults.scenes import SCENES
from tests.faults.stage import Stage


@pytest.mark.parametrize("scene", SCENES)
def test_no_promise_is_broken_by_a_kill(scene: str, stage: Stage, tally: Tally, seed: str) -> None:
    sites = stage.sites(scene)
    assert len(sites) > 10
    broken = []
    for site in sample(sites, 3, f"{seed} kill {scene}"):
        played = stage.kill(scene, site)
        broken += [f"killed at {site}: {one}" for one in played.broken]
        tally.counts["kills"] += 1
    tally.counts["sites"] += len(sites)
    assert not broken, "\n".join(broken)
