"""RFC 9421 signatures on a device's HTTP requests.

Freshness is the nonce and the per-device ``Wasl-Sequence``, never ``created``: clocks are wrong.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from kiosk.wire.encoding import b64
from kiosk.wire.errors import BadSignatureError, UnknownKeyError
from kiosk.wire.keys import PrivateKey, PublicKey

SEQUENCE_HEADER = "Wasl-Sequence"
COVERED = ("@method", "@path", "@query", "content-digest", "wasl-sequence")
_LABEL = "wasl"
_TAG = "wasl-1"
# The label is not signed; the tag is, so selection goes by the tag.


@dataclass(slots=True, kw_only=True)
class HttpRequest:
    """The parts of a request that a signature covers; ``url`` is absolute."""

    method: str
    url: str
    headers: MutableMapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRequest:
    """Who signed a request, and what makes it fresh."""

    key_id: bytes
    nonce: str
    sequence: int


def content_digest(body_sha256: bytes) -> str:
    """Return a ``Content-Digest`` field (RFC 9530) for a body of that SHA-256."""
    return f"sha-256=:{base64.b64encode(body_sha256).decode('ascii')}:"


class _Signing(HTTPSignatureKeyResolver):
    def __init__(self, key: PrivateKey) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(key.seed)

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return self._key

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        return self._key.public_key()


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
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Signing(key)).sign(
        request,
        key_id=key.public.key_id.hex(),
        created=created,
        nonce=b64(secrets.token_bytes(16)),
        label=_LABEL,
        tag=_TAG,
        covered_component_ids=COVERED,
        use_existing_digest=True,
    )


def verify_request(
    request: HttpRequest, body: bytes, resolve: Callable[[bytes], PublicKey | None]
) -> VerifiedRequest:
    """Return who signed; the caller still has to refuse a nonce or sequence seen before.

    Raises:
        UnknownKeyError: The named key is not known.
        BadSignatureError: No signature, one that does not hold or covers too little, or a body
            that is not the signed one.
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
    if request.headers["Content-Digest"] != content_digest(hashlib.sha256(body).digest()):
        raise BadSignatureError("the body is not the signed one")
    if not result.nonce or not 0 < sequence < 2**53:
        raise BadSignatureError("the signature has no nonce or sequence")
    return VerifiedRequest(
        key_id=bytes.fromhex(str(result.parameters["keyid"])), nonce=result.nonce, sequence=sequence
    )
