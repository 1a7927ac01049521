"""How a command answers: a value for machines, lines for people, an exit code for both."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.errors import WaslError, exit_code
from kiosk.domain.moments import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command found: JSON fields, and the same in words.

    A field may be an iterator where there is no telling how many it has: it is written as a list,
    one at a time. So it is with the lines. Only one of the two is asked for.
    """

    fields: Mapping[str, object]
    lines: Iterable[str]
    exit_code: int = 0


def print_answer(answer: Answer, as_json: bool) -> int:
    """Print an answer and return its exit code."""
    if as_json:
        for piece in _pieces(answer.fields):
            print(piece, end="")
        print(flush=True)
    else:
        for line in answer.lines:
            print(line, flush=True)
    return answer.exit_code


def _pieces(fields: Mapping[str, object]) -> Iterator[str]:
    """Yield one JSON object in pieces, each of which is known to be right before it is written.

    Should a long list fail in its middle, what was written is no JSON at all: nobody takes the
    half for the whole.
    """
    before = "{"
    for name, value in fields.items():
        before += json.dumps(name) + ": "
        if isinstance(value, Iterator):
            yield from _listed(before, value)
        else:
            yield before + json.dumps(value, ensure_ascii=False)
        before = ", "
    yield "}" if fields else "{}"


def _listed(before: str, items: Iterator[object]) -> Iterator[str]:
    before += "["
    for item in items:
        yield before + json.dumps(item, ensure_ascii=False)
        before = ", "
    yield "]" if before == ", " else before + "]"


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
