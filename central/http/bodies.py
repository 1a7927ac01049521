"""Request bodies, bounded in size and in how long they may stall."""

import asyncio
import time
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
    """Yield the body as it arrives; with *quiet_s*, b"" whenever nothing came for that long.

    Raises:
        ProblemError: Nothing came for :data:`STALL_S`.
        starlette.requests.ClientDisconnect: The line was cut.
    """
    quiet_since: float | None = None
    while True:
        left_s = STALL_S if quiet_since is None else STALL_S - (time.monotonic() - quiet_since)
        try:
            # The server only waits for its next event here: to give up loses no byte.
            async with asyncio.timeout(left_s if quiet_s is None else min(quiet_s, left_s)):
                message = await request.receive()
        except TimeoutError as error:
            quiet_since = quiet_since or time.monotonic()
            if quiet_s is None or left_s <= quiet_s:
                raise ProblemError(408, "about:blank", "the body stalled") from error
            yield b""
            continue
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        quiet_since = None
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
