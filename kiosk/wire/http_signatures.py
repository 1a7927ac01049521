"""RFC 9421 signatures on a device's HTTP requests.

Freshness is the nonce and the per-device ``Wasl-Sequence``, never ``created``: clocks are wrong.
Requests spelled exactly as :func:`sign_request` writes them, which are all but a few, are judged
by :mod:`kiosk.wire.plain_signatures`; any other spelling of a signature goes to the library.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from kiosk.wire import plain_signatures
from kiosk.wire.encoding import b64
from kiosk.wire.errors import BadSignatureError, UnknownKeyError
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.plain_signatures import (
    COVERED,
    SEQUENCE_HEADER,
    HttpRequest,
    VerifiedRequest,
    content_digest,
)

__all__ = [
    "COVERED",
    "SEQUENCE_HEADER",
    "HttpRequest",
    "VerifiedRequest",
    "content_digest",
    "sign_request",
    "verified_by_library",
    "verify_request",
]

_TAG = "wasl-1"
# The label is not signed; the tag is, so selection goes by the tag.


class _Verifying(HTTPSignatureKeyResolver):
    def __init__(self, resolve: Callable[[bytes], PublicKey | None]) -> None:
        self._resolve = resolve
        self.unknown: bytes | None = None

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        raise InvalidSignature("a verifier has no private keys")

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        raw = bytes.fromhex(key_id)
        key = self._resolve(raw)
        if key is None:
            self.unknown = raw
            raise InvalidSignature("unknown key")
        return Ed25519PublicKey.from_public_bytes(key.raw)


class _Verifier(HTTPMessageVerifier):
    # A kiosk's clock may show any year; the sequence and the nonce keep replays out.
    # Taken from and added to now by the library, so it must stay within what a date can hold.
    max_clock_skew = timedelta(days=365 * 2_000)


def sign_request(
    request: HttpRequest, *, key: PrivateKey, sequence: int, body_sha256: bytes, created: datetime
) -> None:
    """Add ``Content-Digest``, ``Wasl-Sequence``, ``Signature-Input`` and ``Signature`` in place."""
    request.headers["Content-Digest"] = content_digest(body_sha256)
    request.headers[SEQUENCE_HEADER] = str(sequence)
    parameters = plain_signatures.parameters(
        key_id=key.public.key_id, created=created, nonce=b64(secrets.token_bytes(16))
    )
    base = plain_signatures.base_of(request, parameters)
    signature = Ed25519PrivateKey.from_private_bytes(key.seed).sign(base)
    plain_signatures.attach(request, parameters, signature)


def verify_request(
    request: HttpRequest, body: bytes, resolve: Callable[[bytes], PublicKey | None]
) -> VerifiedRequest:
    """Return who signed; the caller still has to refuse a nonce or sequence seen before.

    Raises:
        UnknownKeyError: The named key is not known.
        BadSignatureError: No signature, one that does not hold or covers too little, or a body
            that is not the signed one.
    """
    plain = plain_signatures.read(request)
    if plain is not None:
        key = resolve(plain.key_id)
        if key is None:
            raise UnknownKeyError(plain.key_id)
        if not key.verifies(plain.signature, plain.base):
            raise BadSignatureError("the request's signature does not hold")
        who = VerifiedRequest(key_id=plain.key_id, nonce=plain.nonce, sequence=plain.sequence)
    else:
        who = verified_by_library(request, resolve)
    if request.headers["Content-Digest"] != content_digest(hashlib.sha256(body).digest()):
        raise BadSignatureError("the body is not the signed one")
    return who


def verified_by_library(
    request: HttpRequest, resolve: Callable[[bytes], PublicKey | None]
) -> VerifiedRequest:
    """Return who signed, whatever the spelling; the body is not looked at.

    Raises:
        UnknownKeyError, BadSignatureError: As :func:`verify_request`.
    """
    keys = _Verifying(resolve)
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=keys)
    try:
        results: list[Any] = verifier.verify(
            request, max_age=None, expect_tag=_TAG, require_components=COVERED
        )
        (result,) = results
        sequence = int(request.headers[SEQUENCE_HEADER])
    except (HTTPMessageSignaturesException, InvalidSignature, ValueError, KeyError) as error:
        if keys.unknown is not None:
            raise UnknownKeyError(keys.unknown) from error
        raise BadSignatureError("the request's signature does not hold") from error
    if not result.nonce or not 0 < sequence < 2**53:
        raise BadSignatureError("the signature has no nonce or sequence")
    return VerifiedRequest(
        key_id=bytes.fromhex(str(result.parameters["keyid"])), nonce=result.nonce, sequence=sequence
    )
