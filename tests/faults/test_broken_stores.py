"""The harness against stores that are broken on purpose: each must be caught."""

import pytest

from tests.faults.conftest import SEED
from tests.faults.stage import Stage

BY_POWER_CUT = {
    "synchronous_off": ("nth_deposit", "it would repeat numbers"),
    "no_folder_fsync": ("nth_deposit", "is not whole: [Errno 2]"),
    "no_file_fsync": ("nth_deposit", "is not whole"),
    "shown_before_commit": ("nth_deposit", "was shown and is not there"),
    "orphans_deleted": ("orphans_at_start", "is gone"),
    "plain_preview": ("first_deposit", "can be read in data/drafts/preview.txt"),
    "purged_before_acknowledged": ("delivered", "is gone"),
    "draft_without_fsync": ("draft_resumed", "is broken"),
    "backup_without_folder_fsync": ("first_backup", "there is none any more"),
}
AT_THE_END = 6
"""Places at the end of a scene, where the backup was promised."""
BY_KILL = {
    "shown_before_commit": ("nth_deposit", "was shown and is not there"),
    "orphans_deleted": ("orphans_at_start", "is gone"),
    "plain_preview": ("first_deposit", "can be read in data/drafts/preview.txt"),
    "purged_before_acknowledged": ("delivered", "is gone"),
}


@pytest.mark.parametrize("change", BY_POWER_CUT)
def test_power_cut_catches_a_broken_store(change: str, stage: Stage) -> None:
    scene, words = BY_POWER_CUT[change]
    last = AT_THE_END if change == "backup_without_folder_fsync" else None
    report = stage.cut_power(scene, wanted=24, seed=SEED, change=change, last=last)
    assert any(words in one for one in report["broken"]), report["broken"][:5]


@pytest.mark.parametrize("change", BY_KILL)
def test_kill_catches_a_broken_store(change: str, stage: Stage) -> None:
    scene, words = BY_KILL[change]
    sites = stage.sites(scene, change)
    found: list[str] = []
    for site in reversed(sites):
        found += stage.kill(scene, site, change).broken
        if any(words in one for one in found):
            return
    pytest.fail(f"not caught: {found[:5]}")


@pytest.mark.parametrize("change", ["synchronous_off", "no_folder_fsync", "no_file_fsync"])
def test_kill_cannot_tell_what_is_not_fsynced(change: str, stage: Stage) -> None:
    # Why there are power cuts: the page cache outlives the process.
    sites = stage.sites("nth_deposit", change)
    for site in sites[:: len(sites) // 2]:
        assert stage.kill("nth_deposit", site, change).broken == []
