"""Fetching ``ca.pem`` by its fingerprint: nobody is believed, the bytes prove themselves."""

import hashlib
import hmac
import http.client
import ssl
from time import monotonic
from urllib.parse import urlsplit

from kiosk.sync.connection import Timeouts
from kiosk.sync.faults import line_fault
from kiosk.sync.outcomes import OutcomeClass, exchange_error
from kiosk.wire.messages import AUTHORITY

MAX_AUTHORITY_BYTES = 256 * 1024
_BLOCK = 16 * 1024


def fetch_authority(origin: str, fingerprint: bytes, timeouts: Timeouts | None = None) -> bytes:
    """Return the central's ``ca.pem``, whose SHA-256 is *fingerprint*.

    No certificate is checked on the way and nothing is sent but the question: what comes back
    either has the hash that the QR carries or is thrown away.

    Raises:
        ExchangeError: No answer, or another file.
    """
    times = timeouts or Timeouts()
    parts = urlsplit(origin)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port or 443, timeout=times.connect_s, context=context
    )
    try:
        connection.request("GET", AUTHORITY, headers={"User-Agent": "wasl"})
        with connection.getresponse() as response:
            content = _read(response, monotonic() + times.answer_s)
    except (OSError, http.client.HTTPException) as error:
        raise line_fault(error) from error
    finally:
        connection.close()
    if not hmac.compare_digest(hashlib.sha256(content).digest(), fingerprint):
        raise exchange_error(
            OutcomeClass.CERTIFICATE_WRONG, "not the authority whose fingerprint the code carries"
        )
    return content


def _read(response: http.client.HTTPResponse, deadline: float) -> bytes:
    content = bytearray()
    while block := response.read1(_BLOCK):
        content += block
        if monotonic() > deadline:
            raise TimeoutError("the authority was not there in time")
        if len(content) > MAX_AUTHORITY_BYTES:
            break  # whatever it is, it has another hash
    return bytes(content)
