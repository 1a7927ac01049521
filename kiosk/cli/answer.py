"""How a command answers: a value for machines, lines for people, an exit code for both."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.errors import WaslError, exit_code
from kiosk.domain.moments import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command found: JSON fields, and the same in words."""

    fields: Mapping[str, object]
    lines: tuple[str, ...]
    exit_code: int = 0


def print_answer(answer: Answer, as_json: bool) -> int:
    """Print an answer and return its exit code."""
    if as_json:
        print(json.dumps(answer.fields, ensure_ascii=False), flush=True)
    else:
        for line in answer.lines:
            print(line, flush=True)
    return answer.exit_code


def print_error(error: WaslError, as_json: bool) -> int:
    """Print a refusal or fault, without traceback, and return its exit code."""
    code, message = error.code.value, str(error)
    if as_json:
        print(json.dumps({"error": {"code": code, "message": message}}), flush=True)
    else:
        print(f"{code}: {message}", file=sys.stderr, flush=True)
    return exit_code(error.code)


def moment(value: datetime | None) -> str | None:
    """Return a time as JSON carries it."""
    return rfc3339(value) if value is not None else None
