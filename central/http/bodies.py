"""Request bodies, bounded in size and in how long they may stall."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.requests import ClientDisconnect

from central.errors import ProblemError
from kiosk.wire.messages import ProblemType

STALL_S = 30.0
"""How long a client may send nothing in the middle of a body."""
_DRAIN_BYTES = 1024 * 1024


async def read_bounded(request: Request, limit: int) -> bytes:
    """Return the whole body.

    Raises:
        ProblemError: Longer than *limit* bytes, or stalled.
        starlette.requests.ClientDisconnect: The line was cut.
    """
    body = bytearray()
    if declared_length(request) <= limit:
        async for block in blocks(request):
            body += block
            if len(body) > limit:
                break
        else:
            return bytes(body)
    await drain(request)
    raise ProblemError(413, ProblemType.TOO_LARGE, "the body is too large")


async def drain(request: Request) -> None:
    """Read and forget what is still coming, within bounds, so that the refusal is read."""
    left = _DRAIN_BYTES
    async for block in blocks(request):
        left -= len(block)
        if left < 0:
            return


async def blocks(request: Request, quiet_s: float | None = None) -> AsyncIterator[bytes]:
    """Yield the body as it arrives; with *quiet_s*, b"" once nothing has come for that long.

    While nothing comes it is said again, each time after twice as long: a node may have thousands
    of slow lines in hand.

    Raises:
        ProblemError: Nothing came for :data:`STALL_S`.
        starlette.requests.ClientDisconnect: The line was cut.
    """
    first_s = STALL_S if quiet_s is None else quiet_s
    wait_s, waited_s = first_s, 0.0
    while True:
        try:
            # The server only waits for its next event here: to give up loses no byte.
            async with asyncio.timeout(wait_s):
                message = await request.receive()
        except TimeoutError as error:
            waited_s += wait_s
            if waited_s >= STALL_S:
                raise ProblemError(408, "about:blank", "the body stalled") from error
            yield b""
            wait_s = min(2 * wait_s, STALL_S - waited_s)
            continue
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        wait_s, waited_s = first_s, 0.0
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body"):
            return


def declared_length(request: Request) -> int:
    """Return ``Content-Length``; 0 when none is declared.

    Raises:
        ProblemError: Not a number.
    """
    text = request.headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ProblemError(400, ProblemType.MALFORMED, "Content-Length is not a number")
    return int(text)
