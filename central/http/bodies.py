"""Request bodies, bounded in size and in how long they may stall."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request

from central.errors import ProblemError
from kiosk.wire.messages import ProblemType

STALL_S = 30.0
"""How long a client may send nothing in the middle of a body."""


async def read_bounded(request: Request, limit: int) -> bytes:
    """Return the whole body.

    Raises:
        ProblemError: Longer than *limit* bytes, or stalled.
        starlette.requests.ClientDisconnect: The line was cut.
    """
    if declared_length(request) > limit:
        raise ProblemError(413, ProblemType.TOO_LARGE, "the body is too large")
    body = bytearray()
    async for block in blocks(request):
        body += block
        if len(body) > limit:
            raise ProblemError(413, ProblemType.TOO_LARGE, "the body is too large")
    return bytes(body)


async def blocks(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it arrives.

    Raises:
        ProblemError: Nothing came for :data:`STALL_S`.
        starlette.requests.ClientDisconnect: The line was cut.
    """
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(STALL_S):
                block = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise ProblemError(408, "about:blank", "the body stalled") from error
        if block:
            yield block


def declared_length(request: Request) -> int:
    """Return ``Content-Length``; 0 when none is declared.

    Raises:
        ProblemError: Not a number.
    """
    text = request.headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ProblemError(400, ProblemType.MALFORMED, "Content-Length is not a number")
    return int(text)
