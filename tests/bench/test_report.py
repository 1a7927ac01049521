"""A benchmark prints ours, the peer and the ratio, and writes all of it as JSON, asked or not."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from bench._report import FOLDER, Figure, Report

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "docs" / "figures.md"


def capture_benches() -> list[str]:
    """Return the benchmarks that the section on capture names."""
    section = FIGURES.read_text("utf-8").partition("\n## Capture\n")[2].partition("\n## ")[0]
    return sorted(set(re.findall(r"python -m bench\.([a-z]\w*)", section)))


def test_figure_is_printed_with_its_peer_and_ratio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report("sample", tmp_path / "sample.json", details={"pages": [1]})
    report.add(Figure(name="cost", ours=2.0, unit="ms", limit=5, peer="other", theirs=8.0))
    report.add(Figure(name="gain", ours=90, limit=95, is_more_better=True, peer="old", theirs=30))
    assert report.finish() == 1
    cost, gain, _ = capsys.readouterr().out.splitlines()
    assert "other 8.00, ratio 4.00" in cost
    assert "old 30.00, ratio 3.00  MISSED" in gain
    written = json.loads((tmp_path / "sample.json").read_text("utf-8"))
    assert [row["ratio"] for row in written["figures"]] == [4.0, 3.0]
    assert [row["is_met"] for row in written["figures"]] == [True, False]
    assert written["pages"] == [1]


def test_figures_go_where_git_does_not_look() -> None:
    asked = ["git", "-C", str(ROOT), "check-ignore", "-q", str(FOLDER / "any.json")]
    if subprocess.run(asked, check=False).returncode == 128:
        pytest.skip("not a checkout: nothing is ignored by name here")
    assert subprocess.run(asked, check=False).returncode == 0


def test_section_on_capture_names_its_benches() -> None:
    assert {"capture", "codes", "gate", "legibility", "memory", "outline"} <= set(capture_benches())


@pytest.mark.parametrize("name", capture_benches())
def test_bench_of_capture_writes_json_unasked(name: str) -> None:
    program = (ROOT / "bench" / f"{name}.py").read_text("utf-8")
    assert f'Report("{name}", ' in program or f'Report(name="{name}", ' in program
    assert "parser_of(__doc__)" in program
    assert "report.finish()" in program
