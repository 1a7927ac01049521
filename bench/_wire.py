"""One keep-alive TLS connection of a device, with as little of its own as a client can have."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

_HOST = "127.0.0.1"
_TIMEOUT_S = 120
_READ = 64 * 1024
END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a node answered. Header names are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


def client_context(ca_file: Path) -> ssl.SSLContext:
    """Return the context every connection of a run shares."""
    return ssl.create_default_context(cafile=str(ca_file))


def head_of(raw: bytes) -> Answer:
    """Read the head of an answer."""
    first, *lines = raw.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Answer(status=int(first.split(" ", 2)[1]), headers=headers)


class Line:
    """A connection that waits for each answer before it sends the next request."""

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        raw = socket.create_connection((_HOST, port), timeout=_TIMEOUT_S)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line = context.wrap_socket(raw, server_hostname=_HOST)

    def send(self, block: bytes) -> None:
        """Send a part of a request."""
        self._line.sendall(block)

    def ask(self, request: bytes, *, has_body: bool = True) -> Answer:
        """Send one request and return its answer; one to HEAD has no body whatever it says.

        Raises:
            ConnectionError: The line was closed before the answer was whole.
        """
        self._line.sendall(request)
        came = b""
        while END_OF_HEAD not in came:
            came += self._read()
        raw, _, body = came.partition(END_OF_HEAD)
        head = head_of(raw)
        length = int(head.headers.get("content-length", "0")) if has_body else 0
        while len(body) < length:
            body += self._read()
        return Answer(status=head.status, headers=head.headers, body=body)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _read(self) -> bytes:
        block = self._line.recv(_READ)
        if not block:
            raise ConnectionError("the node hung up")
        return block
