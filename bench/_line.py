"""What ``bench.line`` measures with: where curl puts bytes, and bytes as strace sees them."""

import os
import re
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_ATTACH_S = 10.0
_CALLS = "write,writev,sendto,sendmsg"


class _Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Take the body and forget it."""
        left = int(self.headers["Content-Length"])
        while left > 0:
            left -= len(self.rfile.read(min(left, 16_384)))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def sink(context: ssl.SSLContext) -> Iterator[int]:
    """Serve a place for uploads over TLS until the block ends; give its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    server.daemon_threads = True
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(slots=True)
class Handed:
    """Bytes this process handed to sockets of one port; None: strace could not be had."""

    total: int | None = None


@contextmanager
def handed_over(port: int) -> Iterator[Handed]:
    """Count what this process writes to connections with 127.0.0.1:*port* while the block runs."""
    handed = Handed()
    with tempfile.TemporaryDirectory(prefix="wasl-trace-") as folder:
        trace = Path(folder) / "trace"
        words = ["strace", "-f", "-yy", "-s", "0", "-e", f"trace={_CALLS}", "-o", str(trace)]
        try:
            strace = subprocess.Popen(
                [*words, "-p", str(os.getpid())], stderr=subprocess.PIPE, text=True
            )
        except FileNotFoundError:
            yield handed
            return
        is_there = _wait_until_attached(strace)
        try:
            yield handed
        finally:
            strace.terminate()
            strace.wait(10)
            if strace.stderr is not None:
                strace.stderr.close()
        if is_there:
            handed.total = _sum(trace, port)


def _wait_until_attached(strace: "subprocess.Popen[str]") -> bool:
    until = time.monotonic() + _ATTACH_S
    while strace.stderr is not None and time.monotonic() < until:
        line = strace.stderr.readline()
        if "attached" in line:
            return True
        if not line:
            return False
    return False


def _sum(trace: Path, port: int) -> int:
    # A call that another thread interrupts is told in two lines: the socket is named in the first,
    # what was taken in the second.
    to_us = re.compile(rf"^(\d+)\s+(?:{_CALLS.replace(',', '|')})\(\d+<TCP[^>]*->[^>]*:{port}\]>")
    total, begun = 0, set[str]()
    for line in trace.read_text().splitlines():
        thread, _, _ = line.partition(" ")
        is_resumed = "resumed>" in line and thread in begun
        if not is_resumed and not to_us.match(line):
            continue
        if "<unfinished" in line:
            begun.add(thread)
            continue
        begun.discard(thread)
        taken = re.search(r"= (\d+)$", line)
        total += int(taken.group(1)) if taken else 0
    return total
