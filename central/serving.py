"""Runs the application on a socket until told to stop."""

import asyncio
import errno
import logging
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from central.connections import Connection
from central.database import WORKERS
from central.errors import AddressError

_FINISH_S = 30
"""How long requests in flight may take to end after SIGTERM."""
_HANG_UP_S = 0.3
_BACKLOG = 512


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Raises:
        AddressError: Taken, forbidden, or no address of this machine.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except (OSError, OverflowError) as error:
        is_taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        detail = "is in use" if is_taken else "cannot be had"
        raise AddressError(f"the address {host} port {port} {detail}") from error
    return listener


def url_of(listener: socket.socket, host: str) -> str:
    """Return the URL under which clients on *host* reach the listener."""
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}:{listener.getsockname()[1]}"


class Server(uvicorn.Server):
    """A uvicorn server that says when it is ready, and ends with exit 0 on SIGTERM."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, then say so."""
        # Requests wait in turn for one of these: who came first is served first.
        to_thread.current_default_thread_limiter().total_tokens = WORKERS
        await super().startup(sockets=sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more requests, and wait for those in flight."""
        hanging_up = asyncio.create_task(self._hang_up())
        try:
            await super().shutdown(sockets=sockets)
        finally:
            hanging_up.cancel()

    async def _hang_up(self) -> None:
        # A closed TLS connection waits half a minute for its peer to agree; an idle kiosk never
        # does. Only connections whose last answer is out are closing.
        while True:
            closing = [one for one in self.server_state.connections if one.transport.is_closing()]
            await asyncio.sleep(_HANG_UP_S)
            for connection in closing:
                connection.transport.abort()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT; uvicorn's own way dies of the signal in the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        handled = (signal.SIGTERM, signal.SIGINT)
        before = {one: signal.signal(one, self._stop) for one in handled}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.should_exit = True


def make_server(app: FastAPI, tls: ssl.SSLContext, on_ready: Callable[[], None]) -> Server:
    """Return a server for *app*; ``run(sockets=[…])`` serves until told to stop."""
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app,
        http=Connection,
        loop="uvloop",
        lifespan="off",
        ws="none",
        # Every request is logged by its route; paths carry secrets.
        access_log=False,
        log_config=None,
        # No header may say that the request was another one.
        proxy_headers=False,
        server_header=False,
        ssl_context_factory=lambda _config, _default: tls,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_FINISH_S,
    )
    return Server(config, on_ready)
