"""Where the bytes of a dossier go: a tap that ends TLS on both sides and keeps what was said."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench._wire import END_OF_HEAD

_BLOCK = 64 * 1024


@dataclass(slots=True)
class Heard:
    """What was said on one connection, in turns: a request, its answer, and so on."""

    turns: list[bytearray] = field(default_factory=list)
    _is_up: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def said(self, block: bytes, *, is_up: bool) -> None:
        """Take in the next bytes; the kiosk speaks first."""
        with self._lock:
            if not self.turns or is_up is not self._is_up:
                self.turns.append(bytearray())
                self._is_up = is_up
            self.turns[-1] += block

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self.turns.clear()


@contextmanager
def tapped(target: int, server: ssl.SSLContext, ca_file: Path) -> Iterator[tuple[int, Heard]]:
    """Carry connections to 127.0.0.1:*target* until the block ends; give port and what is heard.

    One connection at a time is understood: turns of several would be mixed.
    """
    client, heard = ssl.create_default_context(cafile=str(ca_file)), Heard()
    listener = socket.create_server(("127.0.0.1", 0))
    opened: list[socket.socket] = []

    def carry(source: ssl.SSLSocket, sink: ssl.SSLSocket, is_up: bool) -> None:
        with suppress(OSError):
            while block := source.recv(_BLOCK):
                heard.said(block, is_up=is_up)
                sink.sendall(block)
            sink.shutdown(socket.SHUT_WR)

    def meet() -> None:
        with suppress(OSError):
            while True:
                raw, _ = listener.accept()
                kiosk = server.wrap_socket(raw, server_side=True)
                opened.append(kiosk)
                far = socket.create_connection(("127.0.0.1", target))
                central = client.wrap_socket(far, server_hostname="127.0.0.1")
                opened.append(central)
                for way in ((kiosk, central, True), (central, kiosk, False)):
                    threading.Thread(target=carry, args=way, daemon=True).start()

    meeting = threading.Thread(target=meet, daemon=True)
    meeting.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        for one in (listener, *opened):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        meeting.join(5)


def parts(turn: bytes) -> Iterator[tuple[str, int]]:
    """Yield name and size of each part of a request or an answer, line ends with them."""
    head, _, body = turn.partition(END_OF_HEAD)
    first, *fields = head.split(b"\r\n")
    yield first.split(b" /", 1)[0].decode("latin-1") + " line", len(first) + 2
    for one in fields:
        yield one.partition(b":")[0].decode("latin-1").lower(), len(one) + 2
    yield "end of head", 2
    if body:
        yield "body", len(body)
