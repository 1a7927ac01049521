"""One connection to an ESC/POS printer: dots out, status back, a limit on every wait."""

import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from printers.base import (
    PaperOutError,
    PaperRanOutError,
    PaperStatus,
    PrinterError,
    PrinterOfflineError,
    PrintInterruptedError,
    Rendered,
)

_BAND_ROWS: Final = 128
_INITIALISE: Final = b"\x1b@"
_ASK_PRINTER: Final = b"\x10\x04\x01"
_ASK_CAUSE: Final = b"\x10\x04\x02"
_ASK_PAPER: Final = b"\x10\x04\x04"
_ASK_WHEN_DONE: Final = b"\x1dr\x01"  # answered in its turn, after the dots before it

_OFFLINE: Final = 0x08
_COVER_OPEN: Final = 0x04
_NEAR_END: Final = 0x0C
_PAPER_END: Final = 0x60


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long each step may take, in seconds; nothing waits longer."""

    connect_s: float = 3.0
    status_s: float = 2.0
    band_s: float = 10.0
    done_s: float = 4.0
    job_s: float = 60.0


class Line:
    """One connection to a printer."""

    def __init__(self, transport: Any, timeouts: Timeouts) -> None:
        self._transport = transport
        self._socket: socket.socket = transport.device
        self._timeouts = timeouts
        self._until = time.monotonic() + timeouts.job_s

    def check_ready(self) -> PaperStatus:
        """Return the paper's state when printing may begin.

        Raises:
            PaperOutError: The printer says so.
            PrinterOfflineError: The printer says so, or hangs up.
        """
        paper = self.paper()
        if paper is PaperStatus.OUT:
            raise PaperOutError("the paper sensor says: no paper")
        if paper is not PaperStatus.UNKNOWN and self._is_offline():
            raise PrinterOfflineError(self._cause())
        return paper

    def check_finished(self) -> None:
        """Return when a printer that answered before is as well after the paper.

        Raises:
            PaperRanOutError: No paper any more.
            PrintInterruptedError: Offline now, gone, or mute: a pulled plug says nothing at all.
        """
        try:
            paper = self.paper()
            if paper is PaperStatus.OUT:
                raise PaperRanOutError("the paper ended while printing")
            if paper is PaperStatus.UNKNOWN:
                raise PrintInterruptedError("the printer fell silent while printing")
            if self._is_offline():
                raise PrintInterruptedError(f"{self._cause()}, after printing began")
        except PrinterOfflineError as error:
            raise PrintInterruptedError("the printer went away while printing") from error

    def paper(self) -> PaperStatus:
        """Return what the paper sensors say; UNKNOWN without an answer in time."""
        answer = self._ask(_ASK_PAPER)
        if answer is None:
            return PaperStatus.UNKNOWN
        if answer & _PAPER_END:
            return PaperStatus.OUT
        return PaperStatus.NEAR_END if answer & _NEAR_END else PaperStatus.OK

    def send_paper(self, document: Rendered, *, asks_when_done: bool) -> None:
        """Send all dots, then feed and cut.

        Raises:
            PrintInterruptedError: The line broke, or the printer stopped taking dots.
            PaperRanOutError: It stopped because its paper ended.
        """
        try:
            for band in _bands(document):
                self._send(band)
            if asks_when_done:
                self._send(_ASK_WHEN_DONE)
            self._limit(self._timeouts.band_s)
            self._transport.cut()
        except TimeoutError as error:
            raise self._stopped() from error
        except OSError as error:
            raise PrintInterruptedError("the line broke while printing") from error

    def hears_done(self) -> bool:
        """Wait until the printer says that the dots are on paper; False if it does not say.

        Raises:
            PrintInterruptedError: It broke the line instead.
        """
        try:
            return self._answer(self._timeouts.done_s, is_realtime=False) is not None
        except TimeoutError:
            return False
        except OSError as error:
            raise PrintInterruptedError("the line broke while printing") from error

    def hang_up(self) -> None:
        """Say that nothing more comes, and see whether a silent printer took it all.

        Raises:
            PrintInterruptedError: It broke the line off with dots still under way.
        """
        until = time.monotonic() + self._timeouts.status_s
        try:
            self._socket.shutdown(socket.SHUT_WR)
            while (left := until - time.monotonic()) > 0:
                self._limit(left)
                if not self._socket.recv(64):
                    return
        except TimeoutError:
            return  # it keeps the line open: nothing says that anything went wrong
        except OSError as error:
            raise PrintInterruptedError("the line broke while printing") from error

    def _send(self, content: bytes) -> None:
        self._limit(self._timeouts.band_s)
        self._socket.sendall(content)

    def _limit(self, seconds: float) -> None:
        """Bound the next call by *seconds* and by what is left for the whole paper."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the printer took too long for one paper")
        self._socket.settimeout(min(seconds, left))

    def _stopped(self) -> PrintInterruptedError:
        """Tell why the printer takes no more dots: it still answers when its paper has ended."""
        self._until = time.monotonic() + 2 * self._timeouts.status_s
        try:
            is_out = self.paper() is PaperStatus.OUT
        except PrinterError:
            is_out = False
        if is_out:
            return PaperRanOutError("the paper ended while printing")
        return PrintInterruptedError("the printer stopped taking dots")

    def _is_offline(self) -> bool:
        answer = self._ask(_ASK_PRINTER)
        return answer is not None and bool(answer & _OFFLINE)

    def _cause(self) -> str:
        answer = self._ask(_ASK_CAUSE)
        is_open = answer is not None and bool(answer & _COVER_OPEN)
        return "the printer's cover is open" if is_open else "the printer says it is not ready"

    def _ask(self, question: bytes) -> int | None:
        """Return a real-time status byte (DLE EOT), None without an answer in time.

        Raises:
            PrinterOfflineError: The line is broken.
        """
        try:
            self._drop_late_answers()
            self._send(question)
            return self._answer(self._timeouts.status_s, is_realtime=True)
        except TimeoutError:
            return None
        except OSError as error:
            raise PrinterOfflineError("the printer broke the line") from error

    def _drop_late_answers(self) -> None:
        """Forget what was said too late, or to bytes among the dots that look like a question."""
        self._socket.setblocking(False)
        try:
            if not self._socket.recv(256):
                raise ConnectionResetError("the printer hung up")
        except BlockingIOError:
            return

    def _answer(self, seconds: float, *, is_realtime: bool) -> int | None:
        """Return the next byte of the kind waited for; late answers of the other are dropped."""
        until = time.monotonic() + seconds
        wanted = 0x12 if is_realtime else 0x00  # bits 1 and 4 tell the two kinds apart
        mask = 0x93 if is_realtime else 0x90
        while (left := until - time.monotonic()) > 0:
            self._limit(left)
            try:
                answer = self._socket.recv(1)
            except TimeoutError:
                return None
            if not answer:
                raise ConnectionResetError("the printer hung up")
            if answer[0] & mask == wanted:
                return answer[0]
        return None


def _bands(document: Rendered) -> Iterator[bytes]:
    """Yield raster commands of at most 128 rows: small printers have small buffers."""
    stride = document.row_bytes
    yield _INITIALISE
    for top in range(0, document.height_px, _BAND_ROWS):
        rows = min(_BAND_ROWS, document.height_px - top)
        head = b"\x1dv0\x00" + struct.pack("<HH", stride, rows)
        yield head + document.rows[top * stride : (top + rows) * stride]
