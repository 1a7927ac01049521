"""The check at the end of every test run catches what it is there for."""

import os
import subprocess
import sys

from tests import leftovers


def test_child_left_running_is_found_and_gone_once_ended() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        try:
            assert leftovers.still_running(grace_s=0)[child.pid] == "sleep 60"
        finally:
            child.kill()
    assert child.pid not in leftovers.still_running(grace_s=0)


def test_orphan_is_found_though_its_parent_ended() -> None:
    starts_and_leaves = (
        "import subprocess as s;"
        "print(s.Popen(['sleep', '60'], stdout=s.DEVNULL, stderr=s.DEVNULL).pid)"
    )
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", starts_and_leaves],
        check=True,
        capture_output=True,
        text=True,
    )
    orphan = int(said.stdout)
    try:
        assert orphan in leftovers.still_running(grace_s=0)
    finally:
        os.kill(orphan, 9)


def test_child_on_its_way_out_is_given_time() -> None:
    with subprocess.Popen(["sleep", "0.3"]) as child:
        assert child.pid not in leftovers.still_running(grace_s=5)
