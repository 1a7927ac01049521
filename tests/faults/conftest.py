"""The stage on which scenes are cut short, in its long or short form, and what came of it."""

import os
import random
import shutil
import tempfile
import time
from collections import Counter as Count
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.stage import Site, Stage

LONG = os.environ.get("WASL_FAULTS") == "long"
SEED = "20261123"
"""Set ``WASL_FAULTS_SEED`` for other samples and other cuts."""
_MEMORY = Path("/dev/shm")  # noqa: S108 a kill keeps it, and cuts are rebuilt, not lived through


@dataclass(slots=True)
class Tally:
    """What was tried in this session, told at its end."""

    counts: Count[str] = field(default_factory=Count)
    seconds: Count[str] = field(default_factory=Count)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Add the time of a block."""
        began = time.monotonic()
        yield
        self.seconds[what] += round((time.monotonic() - began) * 1000)


_TALLY = Tally()


@pytest.fixture
def tally() -> Tally:
    return _TALLY


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
    if _TALLY.counts:
        form = "long" if LONG else "short"
        terminalreporter.section(f"faults, {form} form")
        for what, count in sorted(_TALLY.counts.items()):
            terminalreporter.write_line(f"{count:7} {what}")
        for what, spent_ms in sorted(_TALLY.seconds.items()):
            terminalreporter.write_line(f"{spent_ms / 1000:7.1f} s {what}")
