"""The stage on which scenes are cut short, in its long or short form, and what came of it."""

import os
import random
import shutil
import tempfile
import time
from collections import Counter as Count
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.stage import Site, Stage

LONG = os.environ.get("WASL_FAULTS") == "long"
SEED = "20261123"
"""Set ``WASL_FAULTS_SEED`` for other samples and other cuts."""
_TRIED = "tried by the fault harness"
_MEMORY = Path("/dev/shm")  # noqa: S108 a kill keeps it, and cuts are rebuilt, not lived through


@dataclass(slots=True)
class Tally:
    """What one test tried; it travels in the test's report, also from another process."""

    counts: Count[str] = field(default_factory=Count)
    began: float = field(default_factory=time.monotonic)


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Iterator[Tally]:
    kept = Tally()
    yield kept
    seconds = round(time.monotonic() - kept.began, 1)
    record_property(_TRIED, {**kept.counts, "seconds of one core or less": seconds})


@pytest.fixture(scope="session")
def seed() -> str:
    return os.environ.get("WASL_FAULTS_SEED", SEED)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    if shutil.which("strace") is None:
        pytest.skip("no strace: nothing can be cut short")
    in_memory = os.access(_MEMORY, os.W_OK)
    base = _MEMORY if in_memory else tmp_path_factory.mktemp("stage")
    with tempfile.TemporaryDirectory(prefix="wasl-faults-", dir=base) as folder:
        opened = Stage(Path(folder).resolve())
        yield opened
        opened.close()


def sample(sites: list[Site], few: int, seed: str) -> list[Site]:
    """Return all sites in the long form, *few* of them in the short."""
    if LONG or len(sites) <= few:
        return sites
    return random.Random(seed).sample(sites, few)  # noqa: S311 a fixed seed for a test


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was tried, for docs/figures.md."""
    counts: Count[str] = Count()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, tried in getattr(report, "user_properties", []):
                if name == _TRIED and report.when == "teardown":
                    counts.update(tried)
    if counts:
        terminalreporter.section(f"faults, {'long' if LONG else 'short'} form")
        for what, count in sorted(counts.items()):
            terminalreporter.write_line(f"{count:9g} {what}")
