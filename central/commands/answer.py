"""What a command answers when its exit code is not simply 0."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Fields as ``--json`` prints them, or a text as it is, and the exit code."""

    fields: dict[str, Any]
    text: str | None = None
    exit_code: int = 0
