"""The power goes at any place of a scene; the disk keeps what was fsynced and any of the rest."""

import pytest

from tests.faults.conftest import LONG, Tally
from tests.faults.scenes import SCENES
from tests.faults.stage import Stage

STATES = 240 if LONG else 14
"""At least so many distinct disks a scene: over 5,000 and over 300 for all of them."""


@pytest.mark.parametrize("scene", SCENES)
def test_no_promise_is_broken_by_a_power_cut(
    scene: str, stage: Stage, tally: Tally, seed: str
) -> None:
    report = stage.cut_power(scene, wanted=STATES, seed=seed)
    tally.counts["power cut states"] += report["states"]
    tally.counts["power cut places"] += report["places"]
    assert report["states"] >= STATES
    assert not report["broken"], "\n".join(report["broken"][:20])


def test_scenes_are_enough_for_the_target() -> None:
    assert len(SCENES) * STATES >= (5_000 if LONG else 300)
