"""The running capture child as its owner sees it: ask, hear within a time, kill."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

from kiosk.domain.errors import (
    DeviceUnavailableError,
    FileTooLargeError,
    UnreadableFileError,
    WaslError,
)
from kiosk.scan.messages import BrokenMessageError, Message, receive, send


class ChildLostError(Exception):
    """The child hung, died or spoke nonsense; what it was at is refused with ``fault``."""

    def __init__(self, fault: WaslError, *, is_at_frame: bool = True) -> None:
        super().__init__(str(fault))
        self.fault = fault
        self.is_at_frame = is_at_frame


class Child:
    """One running child and the pipes to it."""

    def __init__(self, command: Sequence[str]) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=sys.platform != "win32",
            )
        except OSError as error:
            raise DeviceUnavailableError("the capture process cannot be started") from error
        self._killing = threading.Lock()

    def is_alive(self) -> bool:
        """Tell whether it runs."""
        return self._process.poll() is None

    def ask(self, message: Message) -> None:
        """Send a request.

        Raises:
            ChildLostError: It is gone.
        """
        assert self._process.stdin is not None  # noqa: S101 - a pipe by construction
        try:
            send(self._process.stdin, message)
        except (OSError, ValueError) as error:  # ValueError: the pipe was closed by kill()
            fault = UnreadableFileError("the capture process ended")
            raise ChildLostError(fault, is_at_frame=False) from error

    def hear(self, limit_s: float, *, is_at_frame: bool) -> Message:
        """Return the next message; the child is killed when none came within *limit_s*."""
        assert self._process.stdout is not None  # noqa: S101 - a pipe by construction
        expired = threading.Event()

        def give_up() -> None:
            expired.set()
            self._end_process()

        timer = threading.Timer(limit_s, give_up)
        timer.daemon = True
        timer.start()
        try:
            message = receive(self._process.stdout)
        except (BrokenMessageError, OSError, ValueError) as error:
            fault: WaslError = UnreadableFileError("the capture process broke off")
            if expired.is_set():
                fault = FileTooLargeError("takes longer than a page may")
            raise ChildLostError(fault, is_at_frame=is_at_frame) from error
        finally:
            timer.cancel()
        if message is None:
            if expired.is_set():
                fault = FileTooLargeError("takes longer than a page may")
            else:
                fault = UnreadableFileError("the capture process ended")
            raise ChildLostError(fault, is_at_frame=is_at_frame)
        return message

    def end(self) -> None:
        """End the child; whoever waits for its answer hears that it is lost, and lets it go."""
        self._end_process()

    def kill(self) -> None:
        """End the child and let its pipes go; a second call does nothing."""
        self._end_process()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # nobody is left to read what it held
                    stream.close()

    def _end_process(self) -> None:
        with self._killing:
            if self._process.poll() is None:
                if sys.platform == "win32":
                    self._process.kill()
                else:
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
