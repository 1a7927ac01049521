"""Watches the window's thread: how long it could not take a key.

The machine may be busy with something else; that time is not the window's fault. Linux counts how
long a thread was ready and waited for a processor, and that is taken off each gap.
"""

import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

_TICK_MS = 5


def waited_for_processor_s() -> float:
    """Return how long this thread was ready to run and did not; 0 where nobody counts."""
    try:
        waited_ns = Path("/proc/thread-self/schedstat").read_text().split()[1]
    except (OSError, IndexError):
        return 0.0
    return int(waited_ns) / 1e9


class Watchdog(QObject):
    """Ticks in the event loop and remembers the longest time between two ticks."""

    def __init__(self) -> None:
        super().__init__()
        self.longest_s = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._begin()

    def start(self) -> None:
        """Begin to watch."""
        self._begin()
        self._timer.start()

    def stop(self) -> float:
        """End, and return the longest gap in seconds."""
        self._tick()
        self._timer.stop()
        return self.longest_s

    def _begin(self) -> None:
        self._at = time.monotonic()
        self._waited = waited_for_processor_s()

    @Slot()
    def _tick(self) -> None:
        gap = time.monotonic() - self._at - (waited_for_processor_s() - self._waited)
        self.longest_s = max(self.longest_s, gap)
        self._begin()
