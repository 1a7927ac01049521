"""ESC/POS receipt printers on the network: raster only, python-escpos carries the bytes.

Text is never sent: such printers print Arabic unshaped and in the wrong order, so the drawn paper
goes out dot for dot (``GS v 0``). Commands: Epson ESC/POS command reference.
"""

import ipaddress
import os
import queue
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import parse_qs, urlsplit

from escpos import capabilities
from escpos.printer import Network

from printers.base import (
    PaperStatus,
    PrinterAddressError,
    PrinterOfflineError,
    PrinterRefusedError,
    Rendered,
)
from printers.escpos_line import Line, Timeouts

if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
    # Importing the library leaves a new temporary folder behind every time.
    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)

WIDTH_DOTS: Final[dict[int, int]] = {80: 576, 58: 384}
"""Paper in millimetres → dots its print head has."""

DEFAULT_PORT: Final = 9100
_SEND_BUFFER_BYTES: Final = 16_384


class EscposPrinter:
    """Prints on one network printer; connects anew for each paper, since most serve one peer."""

    def __init__(
        self,
        host: str,
        port: int = DEFAULT_PORT,
        *,
        width_dots: int = WIDTH_DOTS[80],
        timeouts: Timeouts | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._width_dots = width_dots
        self._timeouts = timeouts or Timeouts()
        self._says_when_done = True
        self._closed = False

    def print(self, document: Rendered) -> None:
        """Print and cut *document*, asking for the paper and the state before and after.

        A printer that does not answer such questions prints all the same.
        """
        if document.width_px > self._width_dots:
            raise PrinterRefusedError(
                f"the paper is {document.width_px} dots wide, the printer {self._width_dots}"
            )
        with self._line() as line:
            paper = line.check_ready()
            line.send_paper(document, asks_when_done=self._asks_when_done(paper))
            if paper is PaperStatus.UNKNOWN:
                line.hang_up()
                return
            if self._says_when_done:
                self._says_when_done = line.hears_done()
            line.check_finished()

    def paper_status(self) -> PaperStatus:
        """Return what the paper sensors say; UNKNOWN when the printer does not answer."""
        with self._line() as line:
            return line.paper()

    def close(self) -> None:
        """Refuse from now on; no connection is kept between papers."""
        self._closed = True

    def _asks_when_done(self, paper: PaperStatus) -> bool:
        return self._says_when_done and paper is not PaperStatus.UNKNOWN

    @contextmanager
    def _line(self) -> Iterator[Line]:
        if self._closed:
            raise PrinterOfflineError("the printer was closed")
        address = _resolved(self._host, self._timeouts.connect_s)
        try:
            # Connected here: the library leaves its socket open when connecting fails.
            line = socket.create_connection((address, self._port), self._timeouts.connect_s)
        except OSError as error:
            raise PrinterOfflineError("no connection to the printer") from error
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        transport = Network(address, port=self._port)
        transport.device = line
        try:
            yield Line(transport, self._timeouts)
        finally:
            transport.close()


def open_printer(address: str) -> EscposPrinter:
    """Return the printer at ``//HOST[:PORT][?paper_mm=80|58]`` without connecting to it.

    Raises:
        PrinterAddressError: Another shape, or a paper it has no width for.
    """
    try:
        parts = urlsplit(f"escpos:{address}")
        host, port = parts.hostname, parts.port or DEFAULT_PORT
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
        paper_mm = int(options.pop("paper_mm", ["80"])[-1])
    except ValueError as error:
        raise PrinterAddressError("escpos: needs escpos://HOST:9100") from error
    if not host or parts.path.strip("/") or parts.username or options:
        raise PrinterAddressError("escpos: needs escpos://HOST:9100, and nothing more")
    if paper_mm not in WIDTH_DOTS:
        raise PrinterAddressError("escpos: paper_mm is 80 or 58")
    return EscposPrinter(host, port, width_dots=WIDTH_DOTS[paper_mm])


def _resolved(host: str, timeout_s: float) -> str:
    """Return an address; the system's resolver knows no time limit, so one is put around it.

    Raises:
        PrinterOfflineError: No such name, or no answer in time.
    """
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass  # a name
    answers: queue.SimpleQueue[str | Exception] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            answers.put(str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0]))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=resolve, name="printer-name", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout_s)
    except queue.Empty as error:
        raise PrinterOfflineError("the printer's name is not answered for") from error
    if isinstance(answer, Exception):
        raise PrinterOfflineError("the printer's name is unknown") from answer
    return answer
