"""Many devices at once, each on its own kept TLS connection, in a few asyncio processes."""

import asyncio
import json
import multiprocessing
import random
import resource
import secrets
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from bench._device import Deposit, Device, patch
from bench._wire import END_OF_HEAD, Answer, client_context, head_of
from kiosk.wire.messages import ACKNOWLEDGEMENT_HEADER

_HOST = "127.0.0.1"
_PATIENCE_S = 120.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one device does: at which seconds it confirms a dossier, and how large each one is."""

    device: Device
    port: int
    at_s: tuple[float, ...]
    document_bytes: int


@dataclass(slots=True, kw_only=True)
class Told:
    """How it went for one device.

    Attributes:
        done_s: When its last deposit was acknowledged, seconds after the start.
        late_s: The longest that a deposit took from its confirmation to its acknowledgement.
        waits: How often it was told to wait, by status.
        cut: How often the line broke.
    """

    acknowledged: int = 0
    done_s: float = 0.0
    late_s: float = 0.0
    waits: dict[int, int] = field(default_factory=dict)
    cut: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """How it went for all, and the CPU of their processes, seconds."""

    told: list[Told]
    cpu_s: float
    wall_s: float


class _Line:
    """A connection that is made anew whenever it broke."""

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        self._context = context
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        if self._open is None:
            self._open = await asyncio.open_connection(_HOST, self._port, ssl=self._context)
        reader, writer = self._open
        try:
            async with asyncio.timeout(_PATIENCE_S):
                writer.write(request)
                await writer.drain()
                head = head_of((await reader.readuntil(END_OF_HEAD)).removesuffix(END_OF_HEAD))
                body = await reader.readexactly(int(head.headers.get("content-length", "0")))
        except (OSError, EOFError, TimeoutError):
            self.close()
            raise
        return Answer(status=head.status, headers=head.headers, body=body)

    def close(self) -> None:
        if self._open is not None:
            self._open[1].transport.abort()
            self._open = None


class _Counter:
    """One device with what it has to hand in: never gives up, honours Retry-After."""

    def __init__(self, task: Task, context: ssl.SSLContext, begun: float) -> None:
        self._task = task
        self._line = _Line(context, task.port)
        self._begun = begun
        self.told = Told()

    async def work(self) -> Told:
        """Hand in every dossier at its time, or as soon as the one before is through."""
        filler = secrets.token_bytes(self._task.document_bytes)
        for at_s in self._task.at_s:
            await asyncio.sleep(self._begun + at_s - time.time())
            document = secrets.token_bytes(16) + filler[16:]
            await self._hand_in(self._task.device.deposit(document))
            self.told.acknowledged += 1
            self.told.done_s = time.time() - self._begun
            self.told.late_s = max(self.told.late_s, self.told.done_s - at_s)
        self._line.close()
        return self.told

    async def _hand_in(self, deposit: Deposit) -> None:
        while True:
            put = await self._ask(lambda: self._task.device.put(deposit))
            if put.status != 200:
                raise RuntimeError(f"PUT: {put.status} {put.body!r}")
            answer = json.loads(put.body)
            if answer.get("acknowledgement"):
                return  # it came, and its word was lost
            path, offset = answer["upload"]["path"], answer["upload"]["offset"]
            sent = await self._ask(lambda p=path, o=offset: patch(p, o, deposit.document[o:]))  # type: ignore[misc]
            if ACKNOWLEDGEMENT_HEADER.lower() in sent.headers:
                return

    async def _ask(self, request: Callable[[], bytes]) -> Answer:
        """Ask until there is an answer that is not "later"; each try is signed anew.

        Raises:
            RuntimeError: It is refused for good.
        """
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                answer = await self._line.ask(request())
            except (OSError, EOFError, TimeoutError):
                self.told.cut += 1
            else:
                if answer.status < 300 or answer.status in (409, 423):
                    return answer
                if answer.status not in (429, 503):
                    raise RuntimeError(f"{answer.status} {answer.body!r}")
                counted = self.told.waits.get(answer.status, 0)
                self.told.waits[answer.status] = counted + 1
                if "retry-after" not in answer.headers:
                    raise RuntimeError(f"{answer.status} without Retry-After")
                await asyncio.sleep(float(answer.headers["retry-after"]))
                continue
            await asyncio.sleep(random.uniform(0, wait_s))  # noqa: S311 jitter, no secret
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)


def crowd(tasks: list[Task], ca_file: Path, processes: int) -> Came:
    """Let all devices work; return when the last one is through."""
    context = multiprocessing.get_context("spawn")
    begun = time.time() + 3 + len(tasks) / 1000  # until every process is there
    with context.Pool(processes) as pool:
        parts = [(tasks[one::processes], ca_file, begun) for one in range(processes)]
        came = pool.starmap(_part, parts)
    return Came(
        told=[one for told, _ in came for one in told],
        cpu_s=sum(cpu_s for _, cpu_s in came),
        wall_s=time.time() - begun,
    )


def _part(tasks: list[Task], ca_file: Path, begun: float) -> tuple[list[Told], float]:
    before = _cpu_s()
    told = uvloop.run(_all(tasks, ca_file, begun))
    return told, _cpu_s() - before


async def _all(tasks: list[Task], ca_file: Path, begun: float) -> list[Told]:
    context = client_context(ca_file)
    return list(await asyncio.gather(*(_Counter(task, context, begun).work() for task in tasks)))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
