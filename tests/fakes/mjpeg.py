"""A camera on the network: MJPEG over HTTP (multipart/x-mixed-replace), which can vanish."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

_BOUNDARY = "picture"


@dataclass(slots=True)
class Lens:
    """What the camera sees.

    Attributes:
        pictures: JPEGs, shown in turn; the last one stays.
        every_s: Time between two.
        gone: Set it and the camera is unplugged: connections break off, new ones are refused.
        hangs: Set it and no further picture comes, though the connection stands.
        watchers: How many look through it now.
    """

    pictures: Sequence[bytes]
    every_s: float = 0.04
    gone: threading.Event = field(default_factory=threading.Event)
    hangs: threading.Event = field(default_factory=threading.Event)
    watchers: int = 0


class _Camera(BaseHTTPRequestHandler):
    lens: ClassVar[Lens]

    def do_GET(self) -> None:
        if self.lens.gone.is_set():
            self.send_error(503)
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.end_headers()
        self.lens.watchers += 1
        try:
            self._stream()
        finally:
            self.lens.watchers -= 1

    def _stream(self) -> None:
        shown = 0
        while not self.lens.gone.wait(self.lens.every_s):
            if self.lens.hangs.is_set():
                continue
            picture = self.lens.pictures[min(shown, len(self.lens.pictures) - 1)]
            shown += 1
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}"
            try:
                self.wfile.write(head.encode() + b"\r\n\r\n" + picture + b"\r\n")
            except OSError:
                return  # nobody looks any more

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def mjpeg_camera(lens: Lens) -> Iterator[str]:
    """Serve a camera on a free port of loopback; yield its address."""
    handler = type("Handler", (_Camera,), {"lens": lens})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/live.mjpg"
    finally:
        lens.gone.set()
        server.shutdown()
        thread.join()
        server.server_close()
