"""Fetching what proves itself, from whomever: ``ca.pem`` by its hash, the root's words."""

import hashlib
import hmac
import http.client
import ssl
from time import monotonic
from urllib.parse import urlsplit

from pydantic import ValidationError

from kiosk.sync.connection import Timeouts
from kiosk.sync.faults import line_fault
from kiosk.sync.outcomes import OutcomeClass, exchange_error
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.messages import AUTHORITY, ROOT, RootAnswer
from kiosk.wire.succession import Root, follow

MAX_AUTHORITY_BYTES = 256 * 1024
MAX_ANSWER_BYTES = 1024 * 1024
_BLOCK = 16 * 1024


def fetch_authority(origin: str, fingerprint: bytes, timeouts: Timeouts | None = None) -> bytes:
    """Return the central's ``ca.pem``, whose SHA-256 is *fingerprint*.

    What comes back either has the hash that the QR carries or is thrown away.

    Raises:
        ExchangeError: No answer, or another file.
    """
    content = fetch_unproven(origin, AUTHORITY, MAX_AUTHORITY_BYTES, timeouts or Timeouts())
    if not hmac.compare_digest(hashlib.sha256(content).digest(), fingerprint):
        raise exchange_error(
            OutcomeClass.CERTIFICATE_WRONG, "not the authority whose fingerprint the code carries"
        )
    return content


def newer_root(origin: str, root: Root, timeouts: Timeouts | None = None) -> Root | None:
    """Return the newest word of the offline root after *root*; None when there is none.

    Whoever answers is believed nothing but what the root itself has signed.

    Raises:
        ExchangeError: No answer, or words that do not follow from *root*.
    """
    path = f"{ROOT}?after={root.statement.version}"
    content = fetch_unproven(origin, path, MAX_ANSWER_BYTES, timeouts or Timeouts())
    try:
        found = follow(root, RootAnswer.model_validate_json(content).statements)
    except (BadSignatureError, UnknownKeyError, MalformedMessageError, ValidationError) as error:
        detail = "not the words of the root that follow"
        raise exchange_error(OutcomeClass.SERVER_ERROR, detail) from error
    return None if found is root else found


def fetch_unproven(origin: str, path: str, limit: int, times: Timeouts) -> bytes:
    """Return what *path* answers, its first *limit* bytes and some more.

    No certificate is checked on the way and nothing is sent but the question: the caller must not
    believe a byte that does not prove itself.

    Raises:
        ExchangeError: No answer.
    """
    parts = urlsplit(origin)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port or 443, timeout=times.connect_s, context=context
    )
    try:
        connection.request("GET", path, headers={"User-Agent": "wasl"})
        with connection.getresponse() as response:
            return _read(response, monotonic() + times.answer_s, limit)
    except (OSError, http.client.HTTPException) as error:
        raise line_fault(error) from error
    finally:
        connection.close()


def _read(response: http.client.HTTPResponse, deadline: float, limit: int) -> bytes:
    content = bytearray()
    while block := response.read1(_BLOCK):
        content += block
        if monotonic() > deadline:
            raise TimeoutError("the answer was not there in time")
        if len(content) > limit:
            break  # whatever it is, it proves nothing
    return bytes(content)
