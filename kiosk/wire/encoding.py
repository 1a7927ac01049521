"""Text forms of bytes, strict both ways: one byte string has one text."""

import base64
import binascii

from kiosk.wire.errors import BadSignatureError, MalformedMessageError


def b64(raw: bytes) -> str:
    """Return base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """Read what :func:`b64` wrote.

    Raises:
        MalformedMessageError: Anything else, another spelling of the same bytes included.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedMessageError("not base64url") from error
    if b64(raw) != text:
        raise MalformedMessageError("not canonical base64url")
    return raw


def b32(raw: bytes) -> str:
    """Return upper-case base32 without padding: QR codes pack it in alphanumeric mode."""
    return base64.b32encode(raw).rstrip(b"=").decode("ascii")


def unb32(text: str) -> bytes:
    """Read what :func:`b32` wrote.

    Raises:
        BadSignatureError: Another spelling: a changed last letter may hide in unused bits.
    """
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError) as error:
        raise BadSignatureError("not base32") from error
    if b32(raw) != text:
        raise BadSignatureError("not canonical base32")
    return raw
