"""The disk refuses any one call: full, or broken. It is named, and nothing is lost."""

import json

import pytest

from tests.faults.conftest import Tally, sample
from tests.faults.scenes import SCENES
from tests.faults.stage import Stage

NAMED = {
    "EIO": {"read_only", "wrong_key", "device_unavailable"},
    "ENOSPC": {"disk_full", "read_only", "wrong_key"},
}
"""What an agent may be told. ``wrong_key`` is the key file's, when one is made; a backup's stick
that answers EIO was taken away.
"""
BACKUPS = {"first_backup", "next_backup"}
"""SQLite does not say why it could not copy a database. A disk that really is full is told by the
room on it (``tests/store/test_backup.py``); here one call is refused on a disk with room.
"""


@pytest.mark.parametrize("error", NAMED)
@pytest.mark.parametrize("scene", SCENES)
def test_refused_call_is_a_named_state(
    scene: str, error: str, stage: Stage, tally: Tally, seed: str
) -> None:
    broken = []
    for site in sample(stage.sites(scene), 1, f"{seed} {error} {scene}"):
        played = stage.refuse(scene, site, error)
        broken += [f"{error} at {site}: {one}" for one in played.broken]
        named = NAMED[error] | ({"device_unavailable"} if scene in BACKUPS else set())
        strange = set(played.codes) - named
        broken += [f"{error} at {site} is told as {code}" for code in strange]
        tally.counts[f"{error} at a call"] += 1
        tally.counts[f"{error} told as {'+'.join(played.codes) or 'nothing'}"] += 1
    assert not broken, "\n".join(broken)


def test_number_is_durable_in_its_second_place_though_its_fsync_was_refused(stage: Stage) -> None:
    # The page cache tells the new number from then on, and only an fsync brings it to the disk.
    noted = {}
    for disk, told in stage.play_refused("nth_deposit", "high-water", "EIO"):
        if told["what"] == "receipt":
            noted[told["number"]] = json.loads(disk.settled("data/high-water"))["number"]
    assert noted == {number: int(number[7:13]) for number in noted}
    assert len(noted) == 2
