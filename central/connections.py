"""One HTTP/1.1 connection: uvicorn's over httptools, with the bounds that it leaves out."""

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 32 * 1024
HEAD_S = 30.0
"""How long the head of one request may take to come."""


class Connection(HttpToolsProtocol):
    """Refuses heads that are too long or too slow, and takes no header after a body."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._field_bytes = 0
        self._has_ended = False
        self._is_in_head = False
        self._head_timer: TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Parse what came, and see to it that a head ends."""
        was_in_head, self._has_ended = self._is_in_head, False
        if was_in_head:
            self._head_bytes += len(data)
        if self._head_bytes <= MAX_HEAD_BYTES:
            super().data_received(data)
        if self._is_in_head and not was_in_head and not self._has_ended:
            self._head_bytes = len(data)  # all of it is of this head
        if self._is_in_head and self._head_bytes > MAX_HEAD_BYTES:
            if not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")
        elif self._is_in_head and self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(HEAD_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin to read a head."""
        self._is_in_head, self._head_bytes, self._field_bytes = True, 0, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header in.

        Raises:
            ValueError: There are too many; the parser makes it a refusal.
        """
        if not self._is_in_head:
            return  # a trailer: nothing after the body may add to what was signed
        super().on_header(name, value)
        self._field_bytes += len(name) + len(value)
        if self._field_bytes > MAX_HEAD_BYTES:
            raise ValueError("the head of the request is too long")

    def on_headers_complete(self) -> None:
        """Begin to serve the request."""
        self._is_in_head, self._head_bytes = False, 0
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that what comes next is of another request."""
        self._has_ended = True
        super().on_message_complete()

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
