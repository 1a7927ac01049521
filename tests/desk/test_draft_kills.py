"""A program killed anywhere while a dossier is taken: it is found again, and deposited once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")


def kills(folder: Path, first: int = 1, *options: str) -> list[dict[str, object]]:
    """Run the harness; return its lines."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.desk.draft_kills", str(folder), str(first), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_dossier_survives_a_kill_at_every_step_and_is_deposited_once(tmp_path: Path) -> None:
    lines = kills(tmp_path)
    print(len(lines) - 1, "places:", [(line["at"], line["became"]) for line in lines])
    assert [line for line in lines if line["broken"]] == []
    assert {line["became"] for line in lines} == {"nothing", "draft", "deposit"}
    assert {line["done"] for line in lines} == set(range(13))
    assert {"fsync", "os.rename", "os.remove", "COMMIT"} <= {line["at"] for line in lines}
    assert lines[-1]["at"] == ""


def test_harness_catches_a_store_whose_drafts_end_after_their_deposit(tmp_path: Path) -> None:
    broken = [line["broken"] for line in kills(tmp_path, 28, "--late-key")]
    assert "the draft stands beside its deposit" in broken
