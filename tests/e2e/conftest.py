"""A central of the session in a process of its own, and a newly enrolled kiosk a test."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.central import CentralProcess
from tests.e2e.commands import Counter

_points = itertools.count(1)


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentralProcess]:
    running = CentralProcess(tmp_path_factory.mktemp("central"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def counter(central: CentralProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Return a kiosk at a point of its own, enrolled."""
    return new_counter(central, tmp_path, monkeypatch)


def new_counter(central: CentralProcess, place: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Enrol a kiosk at a point of its own, below *place*; its keys are those looked at now."""
    monkeypatch.setenv("KIOSK_KEYS", str(place / "keys"))
    made = Counter(data=place / "kiosk")
    code = central.enrol_code(f"C{next(_points):04d}")
    enrolled = made.run("enrol", code, "--central", central.url, "--ca", central.ca_file)
    assert enrolled.exit_code == 0, enrolled.fields
    return made
