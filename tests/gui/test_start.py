"""Starting: quickly, with nothing heavy, with or without a display, and to an end."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiosk.ui.run import offscreen_if_blind

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    *("cv2", "numpy", "requests", "pikepdf", "pypdfium2", "PIL", "fastapi", "pydantic"),
    *("sqlite_utils", "cwt", "apscheduler"),
)
PROGRAM = """
import sys, time
began = time.perf_counter()
from kiosk.ui.run import run
from kiosk.ui.window import WindowSettings
print("heavy", [name for name in {heavy!r} if name in sys.modules])
imported = time.perf_counter()
from tests.fakes.desk import FakeDesk
from tests.fakes.line import FakeLine
desk = FakeDesk()
ready = time.perf_counter()
code = run(drafts=desk, deposits=desk, overview=desk, line=FakeLine(desk),
           settings=WindowSettings(), once=True)
print("ms", round(((time.perf_counter() - ready) + (imported - began)) * 1000))
sys.exit(code)
"""


def _run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    kept.pop("DISPLAY", None)
    kept.pop("WAYLAND_DISPLAY", None)
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_window_opens_once_without_a_display_and_loads_nothing_heavy() -> None:
    began = time.monotonic()
    done = _run(PROGRAM.format(heavy=HEAVY))
    assert done.returncode == 0, done.stderr
    assert "heavy []" in done.stdout
    print("from import to closed after first paint:", done.stdout.split("ms ")[1].strip(), "ms")
    assert time.monotonic() - began < 30


def test_kiosk_that_cannot_be_known_ends_with_one() -> None:
    broken = PROGRAM.format(heavy=()).replace(
        "desk = FakeDesk()",
        "from kiosk.domain.errors import NotEnrolledError\n"
        "class Broken(FakeDesk):\n"
        "    def identity(self): raise NotEnrolledError('keys went away')\n"
        "desk = Broken()",
    )
    assert _run(broken).returncode == 1


@pytest.mark.parametrize(
    ("environment", "system", "platform"),
    [
        ({}, "linux", "offscreen"),
        ({"DISPLAY": ":0"}, "linux", None),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", None),
        ({"QT_QPA_PLATFORM": "xcb"}, "linux", None),
        ({}, "win32", None),
        ({}, "darwin", None),
    ],
)
def test_only_a_blind_linux_is_told_to_draw_offscreen(
    environment: dict[str, str], system: str, platform: str | None
) -> None:
    assert offscreen_if_blind(environment, system) == platform
