"""A deposit with real key events on a real X display, from start to receipt."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.display
_SETTLE_S = 0.7  # what a person needs to see that the screen has changed


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """Start Xvfb on a display it finds free itself; end it by its own id."""
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}: real keys are not tested")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1366x768x24", "-nolisten", "tcp"],
        pass_fds=(writer,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()  # written once the display takes connections
        if not number:
            pytest.skip("Xvfb did not start: real keys are not tested")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=10)


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Start the window on the display; return its X id and where it tells of deposits."""
    told = tmp_path / "told.txt"
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.gui.display_program", str(told)],
        cwd=ROOT,
        env=environment,
    )
    try:
        found = _xdotool(display, "search", "--sync", "--onlyvisible", "--name", "^Wasl$")
        yield found.split()[0], told
    finally:
        program.terminate()
        program.wait(timeout=20)


def _xdotool(display: str, *arguments: str) -> str:
    done = subprocess.run(
        ["xdotool", *arguments],
        env={**os.environ, "DISPLAY": display},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


def _until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)  # another process answers: there is no event to wait for


def test_real_keys_reach_a_receipt_without_the_mouse(
    display: str, window: tuple[str, Path], sheets: dict[str, Path]
) -> None:
    window_id, told = window
    _xdotool(display, "windowfocus", "--sync", window_id)

    def keys(*names: str) -> None:
        _xdotool(display, "key", "--delay", "30", *names)

    def type_in(text: str) -> None:
        _xdotool(display, "type", "--delay", "15", text)

    def heard(line: str) -> bool:
        return told.exists() and line in told.read_text("utf-8")

    time.sleep(_SETTLE_S)
    type_in("123456785")
    keys("Return")
    type_in("DA45210")
    keys("Return")
    type_in("0661234567")
    keys("Return", "Return", "Return")
    type_in("02112026")
    keys("Return")
    type_in("845,50")
    keys("Return", "Return")
    _until(lambda: heard("begun"), "the pages were not reached")
    for digit, name in enumerate(("feuille", "ordonnance", "facture"), 1):
        time.sleep(_SETTLE_S)
        keys("F4")
        type_in(str(sheets[name]))
        keys("Return")
        _until(lambda line=f"taken {name}.jpg": heard(line), f"{name} was not taken")  # type: ignore[misc]
        time.sleep(_SETTLE_S)
        keys(str(digit))
    keys("F12")
    _until(lambda: heard("printed C0417A-000131-39"), "no receipt was printed")
    wanted = "deposited C0417A-000131-39 123456785 02/11/2026 feuille_de_soins,ordonnance,facture"
    assert heard(wanted), told.read_text("utf-8")
