"""What the QR of an enrolment says: where, the one-time code, and what to believe.

``HTTPS://HOST[:PORT]/E/CODE/FINGERPRINT``, all of it letters that a QR packs well. The fingerprint
is the SHA-256, in base32, of the central's ``ca.pem``: its TLS authority and the root's key.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from kiosk.domain.errors import InvalidInputError

FINGERPRINT_BYTES = 32
MAX_TEXT = 300
# A keyboard reader set to another layout writes small letters; the rest has one spelling.
_TEXT = re.compile(r"(HTTPS://[A-Z0-9.:\[\]-]{1,150})/E/([0-9A-Z-]{8,64})/([A-Z2-7]{52})")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentText:
    """An enrolment as its QR tells it.

    Attributes:
        origin: ``https://host[:port]``.
        fingerprint: SHA-256 of ``ca.pem``.
    """

    origin: str
    code: str
    fingerprint: bytes

    def __str__(self) -> str:
        """Return what the QR says."""
        pinned = base64.b32encode(self.fingerprint).rstrip(b"=").decode("ascii")
        return f"{self.origin.upper()}/E/{self.code.upper()}/{pinned}"


def is_enrolment_text(text: str) -> bool:
    """Tell whether *text* is meant to be an enrolment's QR, and not a typed code."""
    return text.strip().upper().startswith("HTTPS://")


def read_enrolment_text(text: str) -> EnrolmentText:
    """Return what an enrolment's QR tells.

    Raises:
        InvalidInputError: Another text.
    """
    match = _TEXT.fullmatch(text.strip().upper()) if len(text) <= MAX_TEXT else None
    if match is None:
        raise InvalidInputError("code", "is not the QR of an enrolment")
    try:
        fingerprint = base64.b32decode(match[3] + "=" * (-len(match[3]) % 8))
    except binascii.Error as error:
        raise InvalidInputError("code", "is not the QR of an enrolment") from error
    return EnrolmentText(origin=match[1].lower(), code=match[2], fingerprint=fingerprint)
