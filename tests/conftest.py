"""What every test runs under: no display, folders of its own, no process left behind."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from PySide6.QtWidgets import QApplication

from tests import leftovers

ROOT = Path(__file__).resolve().parents[1]
# Qt aborts without a display unless told so before it starts; tests of real keys start Xvfb.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
leftovers.mark_own_children()

_EXAMPLES = DirectoryBasedExampleDatabase(ROOT / ".cache" / "hypothesis")
settings.register_profile("short", max_examples=50, deadline=None, database=_EXAMPLES)
settings.register_profile(
    "long",
    max_examples=5_000,
    deadline=None,
    database=_EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("short")


@pytest.fixture(scope="session", autouse=True)
def _nothing_left_running() -> Iterator[None]:
    """Fail when a process that a test started outlives all tests. First made, so last undone."""
    yield
    left = leftovers.still_running(grace_s=3.0)
    assert not left, f"left running: {left}"


@pytest.fixture(scope="session", autouse=True)
def _folders_of_its_own(
    _nothing_left_running: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Keep whoever runs the tests out of them: no settings, keys or data of theirs are seen."""
    home = tmp_path_factory.mktemp("person")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("KIOSK_")]:
            patch.delenv(name)
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            (home / name).mkdir(mode=0o700)
            patch.setenv(name, str(home / name))
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_qt_application(_folders_of_its_own: None, qapp: QApplication) -> QApplication:
    """Make the kind of application windows need before a test that only draws makes a lesser."""
    return qapp


@pytest.fixture(scope="session")
def devset() -> Path:
    """Return the folder of real photographs and scans beside the checkout, or skip."""
    folder = ROOT.parent / "shared" / "devset"
    if not folder.is_dir():
        pytest.skip("no ../shared/devset: real photographs and scans are not measured")
    return folder
