"""A receipt printer on the loopback that reads ESC/POS bytes back into pictures.

Written from Epson's command reference; shares no code with the drivers or the papers it checks.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: the peer sees a reset, as on a pulled plug


class Fault(Enum):
    """What goes wrong in the printer."""

    PAPER_OUT = auto()  # the roll is empty before the first dot
    PAPER_LOW = auto()
    COVER_OPEN = auto()
    OFFLINE = auto()
    SILENT = auto()  # takes dots, answers nothing
    NO_DONE = auto()  # answers DLE EOT, not GS r
    HANGS_UP = auto()  # resets the line after some rows
    SILENT_HANGS_UP = auto()  # the same, and never answered before
    PAPER_ENDS = auto()  # the roll ends after some rows: stops reading dots, still answers
    STALLS = auto()  # stops reading after some rows and never speaks again
    GOES_SILENT = auto()  # takes every dot, but answers nothing after some rows: a pulled plug
    COVER_OPENS = auto()  # somebody opens the cover after some rows
    LEAVES_AT_CUT = auto()  # resets the line instead of cutting
    CHATTERS = auto()  # never stops talking once the sender is done
    REFUSES_STATUS = auto()  # accepts the connection and closes it at the first question


@dataclass
class Slip:
    """One cut piece of paper; rows from the top, 1 is black."""

    width: int = 0
    rows: list[list[int]] = field(default_factory=list)


class PaperGone(Exception):
    """The print head has no paper under it."""


class LineGone(Exception):
    """The other end closed, or the fault closed this one."""


class EscposReader:
    """Serves one connection after the other on ``127.0.0.1:port``.

    Attributes:
        slips: What was cut, oldest first.
        strange: Bytes that are no command it knows.
    """

    def __init__(self, faults: set[Fault] | None = None, rows_until_fault: int = 200) -> None:
        self.faults = faults if faults is not None else set()
        self.rows_until_fault = rows_until_fault
        self.slips: list[Slip] = []
        self.strange = bytearray()
        self.connections = 0
        self._slip = Slip()
        self._stop = threading.Event()
        self._server = socket.socket()
        # Small, like a printer's: what it does not read soon stops the sender.
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server.bind(("127.0.0.1", 0))
        self._server.listen()
        self._server.settimeout(0.05)
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="escpos-reader")

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait for the thread."""
        self._stop.set()
        self._thread.join(timeout=10)
        self._server.close()
        assert not self._thread.is_alive()

    def left_hanging(self) -> int:
        """Return the rows printed and not cut off."""
        return len(self._slip.rows)

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                peer, _ = self._server.accept()
            except TimeoutError:
                continue
            self.connections += 1
            with peer:
                peer.settimeout(0.05)
                self._slip = Slip()
                try:
                    self._commands(peer)
                except LineGone:
                    continue
                except PaperGone:
                    self._answer_only(peer)

    def _commands(self, peer: socket.socket) -> None:
        while True:
            lead = self._read(peer, 1)
            if lead == b"\x10":
                self._realtime(peer, self._read(peer, 2))
            elif lead == b"\x1b":
                self._escape(peer)
            elif lead == b"\x1d":
                self._group(peer)
            elif lead != b"\n":
                self.strange += lead

    def _escape(self, peer: socket.socket) -> None:
        command = self._read(peer, 1)
        if command == b"d":
            self._feed(self._read(peer, 1)[0] * 30)
        elif command != b"@":
            self.strange += b"\x1b" + command

    def _group(self, peer: socket.socket) -> None:
        command = self._read(peer, 1)
        if command == b"v":
            self._raster(peer)
        elif command == b"V":
            if self._read(peer, 1)[0] in (65, 66):
                self._read(peer, 1)
            if Fault.LEAVES_AT_CUT in self.faults:
                self._reset(peer)
            self._cut()
            self._chatter(peer)
        elif command == b"r":
            self._read(peer, 1)
            if not self.faults & {Fault.SILENT, Fault.NO_DONE, Fault.SILENT_HANGS_UP}:
                peer.sendall(b"\x00")
        else:
            self.strange += b"\x1d" + command

    def _raster(self, peer: socket.socket) -> None:
        zero, mode, width_bytes, rows = struct.unpack("<BBHH", self._read(peer, 6))
        assert (zero, mode) == (ord("0"), 0)
        for _ in range(rows):
            packed = self._read(peer, width_bytes)
            self._print_row([byte >> bit & 1 for byte in packed for bit in range(7, -1, -1)])
            if len(self._slip.rows) >= self.rows_until_fault:
                self._fail(peer)

    def _fail(self, peer: socket.socket) -> None:
        if self.faults & {Fault.HANGS_UP, Fault.SILENT_HANGS_UP}:
            self._reset(peer)
        if Fault.GOES_SILENT in self.faults:
            self.faults.add(Fault.SILENT)
        if Fault.COVER_OPENS in self.faults:
            self.faults.add(Fault.COVER_OPEN)
        if Fault.PAPER_ENDS in self.faults:
            self.faults.add(Fault.PAPER_OUT)
            raise PaperGone
        if Fault.STALLS in self.faults:
            self._stop.wait()
            raise LineGone

    def _reset(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        raise LineGone

    def _chatter(self, peer: socket.socket) -> None:
        while Fault.CHATTERS in self.faults and not self._stop.wait(0.02):
            try:
                peer.sendall(b"\x00")
            except OSError as error:
                raise LineGone from error

    def _print_row(self, row: list[int]) -> None:
        self._slip.width = max(self._slip.width, len(row))
        self._slip.rows.append(row)

    def _feed(self, rows: int) -> None:
        self._slip.rows.extend([] for _ in range(rows))

    def _cut(self) -> None:
        self.slips.append(self._slip)
        self._slip = Slip()

    def _answer_only(self, peer: socket.socket) -> None:
        """Without paper dots are not read any more, but questions are: look for them only."""
        seen = b""
        try:
            while True:
                seen = (seen + self._read(peer, 1))[-3:]
                if seen[:2] == b"\x10\x04" and seen[2] in (1, 2, 4):
                    self._realtime(peer, seen[1:])
        except LineGone:
            return

    def _realtime(self, peer: socket.socket, command: bytes) -> None:
        if command[:1] != b"\x04":
            self.strange += b"\x10" + command
            return
        if self.faults & {Fault.SILENT, Fault.SILENT_HANGS_UP}:
            return
        if Fault.REFUSES_STATUS in self.faults:
            raise LineGone
        peer.sendall(bytes([self._status(command[1])]))

    def _status(self, which: int) -> int:
        always = 0b0001_0010
        has_paper = Fault.PAPER_OUT not in self.faults
        is_ready = has_paper and not self.faults & {Fault.OFFLINE, Fault.COVER_OPEN}
        if which == 1:
            return always | (0 if is_ready else 0b1000)
        if which == 2:
            cover = 0b100 if Fault.COVER_OPEN in self.faults else 0
            return always | cover | (0 if has_paper else 0b10_0000)
        low = 0b1100 if Fault.PAPER_LOW in self.faults or not has_paper else 0
        return always | low | (0 if has_paper else 0b110_0000)

    def _read(self, peer: socket.socket, count: int) -> bytes:
        got = b""
        while len(got) < count:
            if self._stop.is_set():
                raise LineGone
            try:
                part = peer.recv(count - len(got))
            except TimeoutError:
                continue
            except OSError as error:
                raise LineGone from error
            if not part:
                raise LineGone
            got += part
        return got


@contextmanager
def escpos_reader(*faults: Fault, rows_until_fault: int = 200) -> Iterator[EscposReader]:
    """Run a reader for the length of a ``with`` block."""
    reader = EscposReader(set(faults), rows_until_fault)
    reader.start()
    try:
        yield reader
    finally:
        reader.stop()
