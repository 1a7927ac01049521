"""How the line to the central is, as the connectivity pill shows it."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kiosk.sync.outcomes import RULES, OutcomeClass

_REMEMBERED = 8
_BY_THE_LINE = {
    *(OutcomeClass.DNS, OutcomeClass.CONNECT, OutcomeClass.TIMEOUT, OutcomeClass.RESET),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """What the last exchange showed.

    Attributes:
        online: None before the first exchange.
        last_exchange_at: When the central last answered, whatever it said.
        last_outcome: Class of the last exchange.
    """

    online: bool | None = None
    last_exchange_at: datetime | None = None
    last_outcome: OutcomeClass | None = None


class Line:
    """Keeps the newest :class:`LineState`. Any thread may write and read."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._state = LineState()
        self._ended_by_line: deque[bool] = deque(maxlen=_REMEMBERED)

    def note(self, outcome: OutcomeClass) -> None:
        """Take in how an exchange ended; what failed on this side's disk says nothing."""
        if outcome is OutcomeClass.LOCAL_IO:
            return
        reached = RULES[outcome].reached
        with self._lock:
            self._ended_by_line.append(outcome in _BY_THE_LINE)
            self._state = LineState(
                online=reached,
                last_exchange_at=self._now() if reached else self._state.last_exchange_at,
                last_outcome=outcome,
            )

    def failed(self) -> float:
        """Return the share of the last exchanges that the line ended, 0 to 1."""
        with self._lock:
            return sum(self._ended_by_line) / _REMEMBERED

    def state(self) -> LineState:
        """Return the newest state."""
        with self._lock:
            return self._state
