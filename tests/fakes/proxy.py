"""A line between two programs on this machine: slow, far, cut and delayed as told.

One asyncio loop in a thread of its own, on bare sockets: nothing buffers but what is counted here,
so that what a cut loses is what a line that narrow and that long would have had on its way.
"""

import asyncio
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

_LINGER_0 = struct.pack("ii", 1, 0)
_SEGMENT = 1400  # as over Ethernet and tunnels: the loopback's own 64 KB is no line's
_WINDOW = 4096
_BLOCK = 1400
_FAST_BLOCK = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a line is like.

    Attributes:
        bytes_per_s: Each way, shared by all connections; None: as fast as the machine.
        one_way_s: How long a byte is on its way, each way.
        reset_every_s: All connections are reset this often; None: never.
    """

    bytes_per_s: float | None = None
    one_way_s: float = 0.0
    reset_every_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of one connection.

    Attributes:
        cut_after: Bytes, both ways together, until it ends; None: it is left alone.
        is_reset: It ends with a TCP reset; else in the middle with a clean end.
        pause_s: How long each block is held up.
    """

    cut_after: int | None = None
    is_reset: bool = True
    pause_s: float = 0.0


def kind_fates() -> Iterator[Fate]:
    """Yield fates of a line that does no harm."""
    while True:
        yield Fate()


def rough_fates(seed: int, *, longest: int = 60_000) -> Iterator[Fate]:
    """Yield fates of a line that cuts most connections, some at once, in one of both ways."""
    draw = random.Random(seed)  # noqa: S311 a test's dice, thrown again by its seed
    while True:
        # As often in a handshake or between two requests as in the middle of a scan.
        cut = draw.choice((None, draw.randrange(3_000), draw.randrange(longest)))
        pause_s = draw.choice((0.0, 0.0, 0.002, 0.01))
        yield Fate(cut_after=cut, is_reset=draw.random() < 0.5, pause_s=pause_s)


@dataclass(slots=True)
class Tally:
    """What went through: read from the client, read from the server, connections, cuts."""

    up: int = 0
    down: int = 0
    connections: int = 0
    cuts: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def carried(self, count: int, *, is_up: bool) -> None:
        """Count bytes."""
        with self.changed:
            if is_up:
                self.up += count
            else:
                self.down += count
            self.changed.notify_all()

    def wait_for_up(self, up: int, timeout_s: float) -> bool:
        """Wait until so many bytes came from clients; False when they did not in time."""
        with self.changed:
            return self.changed.wait_for(lambda: self.up >= up, timeout_s)


class _Way:
    """One direction of the line: bytes wait for their turn, then are on their way."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._free_at = 0.0

    async def turn(self, count: int) -> None:
        """Wait until *count* bytes are through the narrow place."""
        if self._line.bytes_per_s is None:
            return
        now = time.monotonic()
        self._free_at = max(self._free_at, now) + count / self._line.bytes_per_s
        await asyncio.sleep(self._free_at - now)


class _Pair:
    """One connection of a client, and the one to the server made for it."""

    def __init__(self, client: socket.socket, server: socket.socket, fate: Fate) -> None:
        self.client, self.server, self.fate = client, server, fate
        self.carried = 0
        self.tasks: list[asyncio.Task[None]] = []

    def end(self, *, is_reset: bool) -> None:
        for task in self.tasks:
            task.cancel()
        # Only once the loop has let go of them: their numbers are given to the next sockets.
        asyncio.get_running_loop().call_soon(self._close, is_reset)

    def _close(self, is_reset: bool) -> None:
        for one in (self.client, self.server):
            with suppress(OSError):
                if is_reset:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
                one.close()


class Proxy:
    """Carries connections to a port of this machine. A context; it listens while open.

    Args:
        target: The port it leads to; nobody need be there yet.
        fates: Drawn from for each connection.
    """

    def __init__(
        self, target: int, *, line: Line | None = None, fates: Iterator[Fate] | None = None
    ) -> None:
        self.target = target
        self.tally = Tally()
        self._line = line or Line()
        self._fates = fates or kind_fates()
        self._up, self._down = _Way(self._line), _Way(self._line)
        self._pairs: set[_Pair] = set()
        self._listener = _listen(self._line)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    def treat(self, fates: Iterator[Fate], line: Line | None = None) -> None:
        """Give the connections that come from now on other fates, and another line."""
        self._fates = fates
        if line is not None:
            self._line = line
            self._up, self._down = _Way(line), _Way(line)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._call(self._stop)
        self._thread.join(10)

    def _call(self, act: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(act)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    def _stop(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    async def _serve(self) -> None:
        own = [self._loop.create_task(self._resets())]
        try:
            while True:
                client, _ = await self._loop.sock_accept(self._listener)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                own.append(self._loop.create_task(self._meet(client)))
        except asyncio.CancelledError:
            pass
        finally:
            self._cut_all()
            self._listener.close()
            for task in own:
                task.cancel()
            await asyncio.gather(*own, return_exceptions=True)

    async def _resets(self) -> None:
        while True:
            await asyncio.sleep(self._line.reset_every_s or 3600)
            self._cut_all()

    def _cut_all(self) -> None:
        for pair in list(self._pairs):
            self._cut(pair, is_reset=True)

    def _cut(self, pair: _Pair, *, is_reset: bool) -> None:
        self._pairs.discard(pair)
        self.tally.cuts += 1
        pair.end(is_reset=is_reset)

    async def _meet(self, client: socket.socket) -> None:
        fate = next(self._fates)
        self.tally.connections += 1
        # A connection is there once a packet went to the far end and back.
        await asyncio.sleep(2 * self._line.one_way_s)
        server = socket.socket()
        server.setblocking(False)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = _Pair(client, server, fate)
        try:
            await self._loop.sock_connect(server, ("127.0.0.1", self.target))
        except OSError:
            pair.end(is_reset=True)
            return
        self._pairs.add(pair)
        pair.tasks = [
            self._loop.create_task(self._carry(pair, is_up=True)),
            self._loop.create_task(self._carry(pair, is_up=False)),
        ]
        await asyncio.gather(*pair.tasks, return_exceptions=True)
        if pair in self._pairs:
            self._pairs.discard(pair)
            pair.end(is_reset=False)

    async def _carry(self, pair: _Pair, *, is_up: bool) -> None:
        source, sink = (pair.client, pair.server) if is_up else (pair.server, pair.client)
        way = self._up if is_up else self._down
        on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = self._loop.create_task(self._arrive(pair, sink, on_its_way))
        pair.tasks.append(arriving)
        block = b"first"
        with suppress(OSError):
            while block:
                size = _FAST_BLOCK if self._line.bytes_per_s is None else _BLOCK
                block = await self._loop.sock_recv(source, size)
                self.tally.carried(len(block), is_up=is_up)
                await way.turn(len(block))
                on_its_way.put_nowait((time.monotonic() + self._line.one_way_s, block))
            await arriving
            return
        self._cut(pair, is_reset=True)

    async def _arrive(
        self, pair: _Pair, sink: socket.socket, on_its_way: "asyncio.Queue[tuple[float, bytes]]"
    ) -> None:
        fate = pair.fate
        while True:
            at, block = await on_its_way.get()
            await asyncio.sleep(max(at - time.monotonic(), fate.pause_s))
            left = len(block) if fate.cut_after is None else fate.cut_after - pair.carried
            pair.carried += len(block)
            try:
                if block:
                    await self._loop.sock_sendall(sink, block[: max(left, 0)])
                else:
                    sink.shutdown(socket.SHUT_WR)
            except OSError:
                self._cut(pair, is_reset=True)
                return
            if left < len(block):
                self._cut(pair, is_reset=fate.is_reset)
                return
            if not block:
                return


def _listen(line: Line) -> socket.socket:
    listener = socket.socket()
    listener.setblocking(False)
    if line.bytes_per_s is not None:
        # What lies here counts as sent at the other end: a narrow line holds a few packets.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WINDOW)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


@contextmanager
def proxied(
    target: int, *, line: Line | None = None, fates: Iterator[Fate] | None = None
) -> Iterator[Proxy]:
    """Lead to *target* until the block ends."""
    with Proxy(target, line=line, fates=fates) as proxy:
        yield proxy
