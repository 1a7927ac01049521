"""The tus checksum extension: a piece whose hash is another than the client said is not taken."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from fastapi import Request

from central.errors import ProblemError
from central.http.bodies import read_bounded
from kiosk.wire.messages import ProblemType

MAX_CHECKED_BYTES = 8 * 1024 * 1024
"""How large a piece with a checksum may be: it waits in memory until its last byte is there."""
MISMATCH = 460
"""The status tus names for it."""
ALGORITHMS: dict[str, Callable[[], Any]] = {
    "sha256": hashlib.sha256,
    # What some clients know alone. It finds what a line damaged, and is trusted with nothing else:
    # the manifest's SHA-256 over the whole decides.
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
}


async def read_checked(request: Request, said: str, limit: int) -> bytes:
    """Return the body once it has the checksum in *said* (``Upload-Checksum``).

    Raises:
        ProblemError: 400, an algorithm that is not spoken here or no base64; 413, more than
            *limit* bytes; 460, another checksum.
        starlette.requests.ClientDisconnect: The line was cut: nothing is taken.
    """
    name, _, text = said.partition(" ")
    make = ALGORITHMS.get(name)
    try:
        wanted = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProblemError(400, ProblemType.MALFORMED, "Upload-Checksum is not base64") from error
    if make is None:
        spoken = ", ".join(ALGORITHMS)
        raise ProblemError(400, ProblemType.MALFORMED, f"checksums spoken here: {spoken}")
    body = await read_bounded(request, min(limit, MAX_CHECKED_BYTES))
    digest = make()
    digest.update(body)
    if not hmac.compare_digest(digest.digest(), wanted):
        detail = "the bytes have another checksum; send them again"
        raise ProblemError(MISMATCH, "about:blank", detail)
    return body
