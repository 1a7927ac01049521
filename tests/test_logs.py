"""Logs help a technician and say nothing about anybody, whatever is handed to them."""

import json
import logging
import stat
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.domain.errors import ErrorCode
from kiosk.logs import HIDDEN, LOG_BYTES, LOG_FILES, log_to, safe

ROOT = Path(__file__).resolve().parents[1]
PERSONAL = st.one_of(
    st.from_regex(r"[0-9]{9}", fullmatch=True),  # immatriculation
    st.from_regex(r"[A-Z]{1,2}[0-9]{4,7}", fullmatch=True),  # CIN
    st.from_regex(r"(\+212|0)[ ]?[5-7]([ .-]?[0-9]{2}){4}", fullmatch=True),  # telephone
    st.from_regex(r"/home/[a-z]{3,9}/Scans/[A-Z][a-z]{3,9} [A-Z][a-z]{3,9}\.jpg", fullmatch=True),
    st.from_regex(r"C:\\Users\\[A-Z][a-z]{2,9}\\[a-z]{3,9}\.pdf", fullmatch=True),
    st.from_regex(r"HTTPS://[A-Z.]{3,20}/R/[A-Z0-9:]{40,80}", fullmatch=True),
    st.from_regex(r"[A-Z][a-z]{2,12} (El|Ben|Aït) [A-Z][a-z]{2,12}", fullmatch=True),
    st.from_regex(r"[ء-ي]{3,12} [ء-ي]{3,12}", fullmatch=True),
    st.integers(10_000, 10**12),
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Return the file that is logged to; what was set up before comes back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    log_to(tmp_path / "logs")
    yield tmp_path / "logs" / "kiosk.log"
    for handler in root.handlers:
        handler.close()
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=PERSONAL)
def test_nothing_personal_passes(log: Path, value: object) -> None:
    log.write_text("")
    ours, theirs = logging.getLogger("kiosk.desk"), logging.getLogger("somelib")
    ours.error("page refused: %s at %s", value, f"file {value}")
    theirs.error(f"cannot open {value}")
    structlog.get_logger("kiosk").error("draft kept", path=str(value), agent=value)
    try:
        raise ValueError(f"no such person: {value}")
    except ValueError:
        ours.exception("bug")
    said = log.read_text("utf-8")
    assert said.count("\n") == 4
    assert str(value) not in said
    assert json.dumps(value, ensure_ascii=False).strip('"') not in said


def test_what_a_technician_needs_passes(log: Path) -> None:
    logging.getLogger("kiosk.sync").warning("held: %s %s", "C0417A-000131-39", 3)
    try:
        raise TimeoutError("of 0661234567")
    except TimeoutError:
        logging.getLogger("kiosk").exception("bug")
    first, second = lines(log)
    assert (first["level"], first["logger"]) == ("warning", "kiosk.sync")
    assert (first["event"], first["value_a"], first["value_b"]) == (
        "held: C0417A-000131-39 3",
        "C0417A-000131-39",
        3,
    )
    assert second["error"] == "TimeoutError"
    assert second["place"].startswith("test_logs.py:")


@pytest.mark.parametrize(
    "value", [0, -9_999, True, None, 1.5, "C0417A-000131-39", "DiskFullError", "sealed.py:12"]
)
def test_harmless_values_stay(value: object) -> None:
    assert safe(value) == value


class _NotOurs(StrEnum):
    NAME = "Amina"


def test_words_of_a_line_are_filled_in_with_what_is_harmless(log: Path) -> None:
    ours = logging.getLogger("kiosk.link")
    ours.warning("no heartbeat: %s", ErrorCode.OFFLINE)
    ours.warning("%d of %s, %s", 123_456_785, "Amina", _NotOurs.NAME)
    assert [one["event"] for one in lines(log)] == ["no heartbeat: offline", "… of …, …"]


def test_words_and_long_numbers_are_hidden() -> None:
    assert {safe(one) for one in ("Amina", "refused", 123_456_785, "x" * 61)} == {HIDDEN}


def test_log_is_for_its_owner_alone_and_rotated(log: Path) -> None:
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    for _ in range(LOG_FILES + 2):
        with log.open("ab") as file:  # as a busy day would have filled it
            file.write(bytes(LOG_BYTES - 1 - log.stat().st_size))
        logging.getLogger("kiosk").warning("line")
    files = sorted(log.parent.iterdir())
    assert len(files) == LOG_FILES + 1
    assert all(file.stat().st_size <= LOG_BYTES for file in files)


def test_bug_says_its_type_and_place_and_nothing_typed() -> None:
    program = (
        "from kiosk import logs\n"
        "logs.log_to_stderr(); logs.hook_bugs()\n"
        "import threading\n"
        "def fail(): raise KeyError('AB123456')\n"
        "one = threading.Thread(target=fail); one.start(); one.join()\n"
        "def fail(): '\\udce9101455262'.encode()\n"
        "one = threading.Thread(target=fail); one.start(); one.join()\n"
        "class Last:\n"
        "    def __del__(self): raise OSError('101455262')\n"
        "Last()\n"
        "raise ValueError('101455262')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 1
    assert "AB123456" not in ran.stderr
    assert "101455262" not in ran.stderr
    said = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [one["error"] for one in said] == [
        "KeyError",
        "UnicodeEncodeError",  # cannot be made without words
        "OSError",  # two letters before the word, and common
        "ValueError",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="core dumps as Linux has them")
def test_process_leaves_no_core_dump() -> None:
    program = (
        "import resource\n"
        "from pathlib import Path\n"
        "from kiosk.hardening import forbid_core_dumps\n"
        "assert forbid_core_dumps()\n"
        "import ctypes\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ran.stdout.strip() == "(0, 0) 0", ran.stderr


def test_fields_keep_harmless_values_and_hide_strange_names(log: Path) -> None:
    structlog.get_logger("kiosk").warning("kept", pages=5, **{"Amina": 1, "event_": "x"})
    (line,) = lines(log)
    assert (line["event"], line["pages"], line[HIDDEN]) == ("kept", 5, HIDDEN)
    assert "Amina" not in log.read_text("utf-8")
