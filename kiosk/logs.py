"""Logs as one JSON object a line, and nothing in them about a person.

What may be said is listed, rather than what may not: members of our own enumerations, counts,
receipt numbers and ids. Names cannot be told from other words, so free text never passes; of an
exception only its type and its place are kept, because its words may hold what was typed.
"""

import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from enum import Enum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

LOG_BYTES = 1024 * 1024
LOG_FILES = 5
HIDDEN = "…"
_MAX_TEXT = 60
_PUT_IN = re.compile(r"%[-+ #0]*[0-9]*(?:\.[0-9]+)?[a-z]")
_CODE = re.compile(r"[a-z]+([._][a-z]+)*")
_RECEIPT = re.compile(r"[A-Z][0-9]{4}[A-HJ-NP-Z]-[0-9]{6}-[0-9]{2}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,40}(Error|Exception|Warning|Interrupt|Exit)")
_PLACE = re.compile(r"[a-z_]{1,40}\.py:[0-9]{1,5}")
_OURS = ("kiosk", "printers")
_MAX_COUNT = 9_999
"""A longer number could be an immatriculation, an identity document or a telephone."""


def safe(value: object) -> object:
    """Return *value* if it cannot be about a person, else :data:`HIDDEN`."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_COUNT else HIDDEN
    if isinstance(value, Enum) and type(value).__module__.split(".")[0] in _OURS:
        return value.value  # a constant of the program, whoever it is about
    text = str(value)
    if len(text) > _MAX_TEXT:
        return HIDDEN
    allowed = (_RECEIPT, _ID, _TYPE, _PLACE)
    return text if any(one.fullmatch(text) for one in allowed) else HIDDEN


def scrub(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Return a log line's fields with every value that is not surely harmless hidden."""
    kept: dict[str, Any] = {}
    for name, value in event.items():
        key = name if _CODE.fullmatch(name) else HIDDEN
        kept[key] = value if name in _OWN_FIELDS else safe(value)
    return kept


_OWN_FIELDS = frozenset({"at", "level", "logger", "event"})
_FIELDS = "wasl_fields"


class _Lines(logging.Formatter):
    """Writes a record as JSON: of what was put into its words only what is surely harmless."""

    def __init__(self) -> None:
        super().__init__()
        self._write = structlog.processors.JSONRenderer(ensure_ascii=False)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        fields: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name[:_MAX_TEXT],
        }
        arguments = record.args if isinstance(record.args, tuple) else ()
        # A library may have put anything into its words; ours are constants.
        if record.name.split(".")[0] in _OURS and isinstance(record.msg, str):
            fields["event"] = _filled(record.msg, arguments)
        for number, value in enumerate(arguments):
            fields[f"value_{'abcdefghij'[number % 10]}"] = value
        named = getattr(record, _FIELDS, {})
        fields |= {name: value for name, value in named.items() if name not in _OWN_FIELDS}
        if record.exc_info and record.exc_info[0] is not None:
            fields |= about(record.exc_info[0], record.exc_info[2])
        return str(self._write(None, "", scrub(None, "", fields)))


def _filled(template: str, arguments: tuple[object, ...]) -> str:
    # A value that is hidden is no number any more, so that "%d" would not take it.
    values = iter(arguments)
    return _PUT_IN.sub(lambda place: str(safe(next(values, place.group()))), template)


class _Rotated(RotatingFileHandler):
    """A log that never stops the work: on a full disk its lines are lost."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Lose the line."""


def about(kind: type[BaseException], trace: TracebackType | None) -> dict[str, str]:
    """Return an exception's type and the place it came from."""
    frames = traceback.extract_tb(trace)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return {"error": kind.__name__, "place": place}


def log_to(folder: Path) -> None:
    """Send everything that is logged to a rotated file in *folder*, for its owner alone.

    Raises:
        OSError: The folder cannot be made or written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "kiosk.log"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    _use(_Rotated(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"), logging.INFO)


def log_to_stderr() -> None:
    """Send warnings to stderr, as commands do."""
    _use(logging.StreamHandler(sys.stderr), logging.WARNING)


def _use(handler: logging.Handler, level: int) -> None:
    handler.setFormatter(_Lines())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[_to_record],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _to_record(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> tuple[tuple[object, ...], dict[str, Any]]:
    # Scrubbed where the line is written, with everything else.
    words, exc_info = event.pop("event", ""), event.pop("exc_info", None)
    return (words,), {"extra": {_FIELDS: dict(event)}, "exc_info": exc_info}


def hook_bugs() -> None:
    """Log the type and place of what nobody caught, in any thread; its words go nowhere."""
    sys.excepthook = _note_bug
    for hooks, name in ((threading, "excepthook"), (sys, "unraisablehook")):
        setattr(hooks, name, lambda said: _note_bug(said.exc_type, None, said.exc_traceback))


def _note_bug(
    kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    # A stand-in for the error, whose words say too much; not one of its kind: some ask for words.
    logging.getLogger("kiosk").critical("bug", exc_info=(kind, Exception(), trace))
