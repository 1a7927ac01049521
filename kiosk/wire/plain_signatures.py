"""The one spelling in which devices sign their requests (RFC 9421), written and read.

What is read here is a narrow part of what the RFC allows: exactly these components and parameters,
in this order, once, in plain characters. It can therefore be read by a few expressions, at a
fraction of what a parser of structured fields costs. That nothing passes here that the library
would refuse is a property test.
"""

import base64
import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime

SEQUENCE_HEADER = "Wasl-Sequence"
COVERED = ("@method", "@path", "@query", "content-digest", "wasl-sequence")
_COMPONENTS = "(" + " ".join(f'"{name}"' for name in COVERED) + ")"
_LABEL = "wasl"
_TAG = "wasl-1"
_NAMES = {"signature", "signature-input", "content-digest", "wasl-sequence"}
# Ten digits reach the year 2286; what lies beyond is for the library to judge.
_INPUT = re.compile(
    rf"{_LABEL}=(?P<parameters>{re.escape(_COMPONENTS)}"
    r";created=[1-9][0-9]{0,9}"
    r';keyid="(?P<key_id>[0-9a-f]{16})"'
    r';alg="ed25519"'
    r';nonce="(?P<nonce>[A-Za-z0-9_-]{1,64})"'
    rf';tag="{_TAG}")'
)
# 64 bytes in canonical base64: the last letter before the padding holds two bits.
_SIGNATURE = re.compile(rf"{_LABEL}=:([A-Za-z0-9+/]{{85}}[AQgw]==):")
_DIGEST = re.compile(r"sha-256=:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=:")
_SEQUENCE = re.compile(r"[1-9][0-9]{0,14}")
_METHOD = re.compile(r"[A-Z]{1,16}")
_URL = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?"
    r"(?P<path>/[A-Za-z0-9._~/-]*)"
    r"(?:\?(?P<query>[A-Za-z0-9._~=&-]*))?"
)


# What is signed may have any character that a URL may; a parser decides of the rest.
_ANY_URL = re.compile(r"https?://[^/?#\s]+(?P<path>/[!\"$->@-~]*)?(?:\?(?P<query>[!\"$-~]*))?")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainSignature:
    """A signature that still has to hold: of *key_id* over *base*."""

    key_id: bytes
    nonce: str
    sequence: int
    signature: bytes
    base: bytes


def content_digest(body_sha256: bytes) -> str:
    """Return a ``Content-Digest`` field (RFC 9530) for a body of that SHA-256."""
    return f"sha-256=:{base64.b64encode(body_sha256).decode('ascii')}:"


def parameters(*, key_id: bytes, created: datetime, nonce: str) -> str:
    """Return ``@signature-params`` (RFC 9421, section 2.3)."""
    return (
        f"{_COMPONENTS};created={int(created.timestamp())}"
        f';keyid="{key_id.hex()}";alg="ed25519";nonce="{nonce}";tag="{_TAG}"'
    )


def base_of(request: HttpRequest, said: str) -> bytes:
    """Return what is signed (RFC 9421, section 2.5), *said* being the parameters.

    Raises:
        ValueError: The URL is not absolute, or has characters that no URL has.
    """
    match = _ANY_URL.fullmatch(request.url)
    if match is None or not request.method.isupper():
        raise ValueError("not a request that can be signed")
    headers = request.headers
    return _base(
        request.method,
        match["path"] or "/",
        match["query"] or "",
        (headers["Content-Digest"], headers[SEQUENCE_HEADER]),
        said,
    )


def attach(request: HttpRequest, said: str, signature: bytes) -> None:
    """Add ``Signature-Input`` and ``Signature`` in place."""
    text = base64.b64encode(signature).decode("ascii")
    request.headers["Signature-Input"] = f"{_LABEL}={said}"
    request.headers["Signature"] = f"{_LABEL}=:{text}:"


def read(request: HttpRequest) -> PlainSignature | None:
    """Return the signature of a request spelled as devices spell it; None for any other."""
    fields = _fields(request.headers)
    url = _URL.fullmatch(request.url)
    if fields is None or url is None or not _METHOD.fullmatch(request.method):
        return None
    said = _INPUT.fullmatch(fields["signature-input"])
    signature = _SIGNATURE.fullmatch(fields["signature"])
    digest, sequence = fields["content-digest"], fields["wasl-sequence"]
    if said is None or signature is None:
        return None
    if not (_DIGEST.fullmatch(digest) and _SEQUENCE.fullmatch(sequence)):
        return None
    return PlainSignature(
        key_id=bytes.fromhex(said["key_id"]),
        nonce=said["nonce"],
        sequence=int(sequence),
        signature=base64.b64decode(signature[1]),
        base=_base(
            request.method,
            url["path"],
            url["query"] or "",
            (digest, sequence),
            said["parameters"],
        ),
    )


def _fields(headers: MutableMapping[str, str]) -> dict[str, str] | None:
    """Return the four headers of a signature by small names; None unless each is there once."""
    found = [(low, value) for name, value in headers.items() if (low := name.lower()) in _NAMES]
    fields = dict(found)
    return fields if len(found) == len(fields) == len(_NAMES) else None


def _base(method: str, path: str, query: str, fields: tuple[str, str], said: str) -> bytes:
    digest, sequence = fields
    return (
        f'"@method": {method}\n"@path": {path}\n"@query": ?{query}\n'
        f'"content-digest": {digest}\n"wasl-sequence": {sequence}\n"@signature-params": {said}'
    ).encode("ascii")
