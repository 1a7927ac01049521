"""Running ``scanimage``: short questions with a time limit, and one scan whose pages stream.

The driver runs in a process group of its own, so that one that hangs is ended with all it started,
and never outlives the process that asked. Pages lie in a folder in memory until they are read.
"""

import contextlib
import ctypes
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import IO, Final

from kiosk.domain.errors import SourceFault, SourceUnavailableError

PROGRAM: Final = "scanimage"
ASK_LIMIT_S: Final = 20.0
"""Finding network scanners takes some five seconds; a driver that answers later hangs."""
PAGE_LIMIT_S: Final = 60.0
"""A flatbed warms up and scans A4 at 600 dpi in less."""
_CLOSE_LIMIT_S = 15.0
"""How long a driver may take to close its device once all is said: a carriage goes home first."""
_END_LIMIT_S: Final = 2.0
_LOOK_S: Final = 0.5
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
_PREFIX: Final = "wasl-scan-"
_MAX_ANSWER_BYTES: Final = 1_000_000
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None

# What SANE_Status says (sane.h), by scanimage's exit code.
_NO_DOCS: Final = 7
_FAULT_BY_EXIT: Final = {
    3: SourceFault.BUSY,
    6: SourceFault.JAMMED,
    _NO_DOCS: SourceFault.NO_PAPER,
    8: SourceFault.COVER_OPEN,
    11: SourceFault.DENIED,
}
# The words of sane_strstatus (backend/sane_strstatus.c): opening ends with 1 whatever the reason.
_FAULT_BY_WORDS: Final = {
    "Device busy": SourceFault.BUSY,
    "feeder jammed": SourceFault.JAMMED,
    "out of documents": SourceFault.NO_PAPER,
    "cover is open": SourceFault.COVER_OPEN,
    "has been denied": SourceFault.DENIED,
    "Invalid argument": SourceFault.NOT_FOUND,
    "no SANE devices found": SourceFault.NOT_FOUND,
}
_SAID_ALL: Final = "Batch terminated"
"""What ``scanimage`` tells last, before it closes the device."""
_BROKE: Final = re.compile(r"scanimage: sane_(start|read): ")
_OPENING: Final = re.compile(r"open of device .* failed")


def ask(arguments: Sequence[str], *, limit_s: float = ASK_LIMIT_S) -> str:
    """Return what ``scanimage`` prints.

    Raises:
        SourceUnavailableError: It is not installed, hangs, or ends with an error.
    """
    process = _started(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, told = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired as error:
        raise SourceUnavailableError(
            SourceFault.NO_ANSWER, "the scanner's driver does not answer"
        ) from error
    finally:
        end(process)
    if process.returncode:
        raise fault_of(process.returncode, told.decode("utf-8", "replace"))
    return out[:_MAX_ANSWER_BYTES].decode("utf-8", "replace")


def fault_of(code: int, told: str, *, pages: int = 0) -> SourceUnavailableError:
    """Return the named error for how ``scanimage`` ended after *pages* pages."""
    fault = _FAULT_BY_EXIT.get(code)
    if fault is None:
        is_opening = _OPENING.search(told) is not None
        words = (fault for words, fault in _FAULT_BY_WORDS.items() if words in told)
        fault = next(words, SourceFault.NOT_FOUND if is_opening else SourceFault.BROKEN_OFF)
    return SourceUnavailableError(fault, f"the scanner stopped after {pages} pages (status {code})")


class Scan:
    """One running scan: pages are allowed, waited for and taken one by one."""

    def __init__(self, arguments: Sequence[str], *, limit_s: float = PAGE_LIMIT_S) -> None:
        """Start it; it waits until pages are allowed.

        Args:
            arguments: Device, options and the number of pages, as ``scanimage`` takes them.
            limit_s: How long one page may take.

        Raises:
            SourceUnavailableError: ``scanimage`` is not installed.
        """
        self._limit_s = limit_s
        self._folder = _scratch()
        self._told = (self._folder / "told").open("w+b")
        self._allowed = self._taken = 0
        self._lines = b""
        batch = ["--format=tiff", f"--batch={self._folder}/%d.tif", "--batch-print"]
        try:
            self._process = _started(
                [*arguments, *batch, "--batch-prompt"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._told,
            )
        except SourceUnavailableError:
            self._told.close()
            shutil.rmtree(self._folder)
            raise

    def allow(self, pages: int) -> None:
        """Let it scan up to the page of that number; it is not to fill the memory."""
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - a pipe by construction
        with contextlib.suppress(OSError):  # it has ended: the next page says how
            for _ in range(pages - self._allowed):
                stdin.write(b"\n")
            stdin.flush()
        self._allowed = max(self._allowed, pages)

    def page(self) -> bytes | None:
        """Return the next page as a TIFF; None when there is no more.

        Raises:
            SourceUnavailableError: The scanner said why, broke off, or hangs.
        """
        if not self._has_line():
            self._ended()
            return None
        line, _, self._lines = self._lines.partition(b"\n")
        file = Path(os.fsdecode(line))
        if file.parent != self._folder:
            raise SourceUnavailableError(SourceFault.BROKEN_OFF, "a page that was not asked for")
        content = file.read_bytes()
        file.unlink()
        self._taken += 1
        return content

    def close(self) -> None:
        """End the driver and remove what it left; a second call does nothing."""
        end(self._process)
        for stream in (self._process.stdin, self._process.stdout, self._told):
            if stream is not None:
                with contextlib.suppress(OSError):  # unwritten allowances of a driver that is gone
                    stream.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _has_line(self) -> bool:
        """Wait for the name of a finished page; False when there is none any more.

        A driver that hangs in closing its device has said what there was to say: it is ended.
        """
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - a pipe by construction
        due = monotonic() + self._limit_s
        has_said_all = False
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while b"\n" not in self._lines:
                left_s = due - monotonic()
                if left_s <= 0:
                    end(self._process)
                    if has_said_all:
                        return False
                    raise SourceUnavailableError(
                        SourceFault.NO_ANSWER, f"no page came within {self._limit_s:.0f} s"
                    )
                if not selector.select(min(_LOOK_S, left_s)):
                    if not has_said_all and _SAID_ALL in self._words_so_far():
                        has_said_all, due = True, monotonic() + _CLOSE_LIMIT_S
                    continue
                more = os.read(stdout.fileno(), 4096)
                if not more:
                    return False
                self._lines += more
        return True

    def _ended(self) -> None:
        try:
            code = self._process.wait(_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            end(self._process)
            raise SourceUnavailableError(
                SourceFault.NO_ANSWER, "the scanner's driver does not end"
            ) from None
        told = self._words_so_far()
        if code < 0 and _SAID_ALL in told:
            # Ended by us while it closed the device: its words tell how the scan went.
            code = _NO_DOCS if "out of documents" in told else int(bool(_BROKE.search(told)))
        # Some drivers say so when a page is read, others when the next one is begun.
        if code in (0, _NO_DOCS):
            if not self._taken:
                raise SourceUnavailableError(SourceFault.NO_PAPER, "no paper in the feeder")
        else:
            raise fault_of(code, told, pages=self._taken)

    def _words_so_far(self) -> str:
        # Not by reading on: the driver writes where the file is at.
        told = os.pread(self._told.fileno(), _MAX_ANSWER_BYTES, 0)
        return told.decode("utf-8", "replace")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a driver and whatever it started; asked first, so that the device stops feeding."""
    if process.poll() is None and sys.platform != "win32":
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_LIMIT_S)
        with contextlib.suppress(ProcessLookupError):  # nobody is left of the group
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _started(
    arguments: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int,
    stderr: "int | IO[bytes]",
) -> subprocess.Popen[bytes]:
    environment = os.environ | {"LC_ALL": "C.UTF-8"}  # its words are read
    try:
        return subprocess.Popen(  # noqa: S603 - a fixed program, no shell
            [PROGRAM, *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=environment,
            umask=0o077,
            start_new_session=True,
            preexec_fn=_dies_with_its_parent(),
        )
    except OSError as error:
        raise SourceUnavailableError(
            SourceFault.NO_DRIVER, "scanimage (SANE) is not installed"
        ) from error


def _dies_with_its_parent() -> Callable[[], None] | None:
    libc = _LIBC
    if libc is None:
        return None
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _scratch() -> Path:
    """Make a private folder, in memory where the system has such a place.

    What a process that was killed left there is removed first: it may hold a page.
    """
    in_memory = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
    place = in_memory or Path(tempfile.gettempdir())
    for left in place.glob(f"{_PREFIX}*-*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):  # somebody else's
            if owner.isdecimal() and not _is_running(int(owner)):
                shutil.rmtree(left)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is, and belongs to somebody else
    return True
