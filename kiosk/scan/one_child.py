"""The one capture child there is at a time: started when needed, and again once it is lost."""

import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kiosk.domain.errors import DeviceUnavailableError
from kiosk.scan.child import Child, ChildLostError

_MAIN: Final = Path(__file__).resolve().parents[2] / "main.py"


def capture_command() -> tuple[str, ...]:
    """Return the command line of the child, from source or in a frozen program."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "capture-child")
    # By path: a command may be run from any folder, and "-m" looks only in the current one.
    return (sys.executable, str(_MAIN), "capture-child")


class OneChild:
    """Starts, hands out and ends the child. Threads: ``end`` and ``close`` from any thread."""

    def __init__(self, command: Sequence[str], start_limit_s: float) -> None:
        self._command = tuple(command)
        self._start_limit_s = start_limit_s
        self._child: Child | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    def ready(self) -> Child:
        """Return the child that runs, or a new one once it is warm.

        Raises:
            DeviceUnavailableError: It does not start, or this object is closed.
        """
        self.refuse_when_closed()
        child = self.running()
        if child is not None:
            return child
        self.discard()
        child = Child(self._command)
        with self._lock:
            is_closed = self._is_closed
            self._child = None if is_closed else child
        if is_closed:
            child.kill()
            self.refuse_when_closed()
        try:
            greeting = child.hear(self._start_limit_s, is_at_frame=False)
        except ChildLostError as error:
            self.discard()
            raise DeviceUnavailableError("the capture process does not start") from error
        if greeting.get("is") != "ready":
            self.discard()
            raise DeviceUnavailableError("the capture process does not answer")
        return child

    def running(self) -> Child | None:
        """Return the child if one runs."""
        with self._lock:
            child = self._child
        return child if child is not None and child.is_alive() else None

    def end(self) -> None:
        """End the child; whoever waits for its answer hears that it is lost."""
        child = self.running()
        if child is not None:
            child.end()

    def discard(self) -> None:
        """End the child and let its pipes go; the next order starts another."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.kill()

    def close(self) -> None:
        """End the child for good."""
        with self._lock:
            self._is_closed = True
        self.discard()

    def refuse_when_closed(self) -> None:
        """Pass unless this object is closed.

        Raises:
            DeviceUnavailableError: It is.
        """
        if self._is_closed:
            raise DeviceUnavailableError("capture is closed")
