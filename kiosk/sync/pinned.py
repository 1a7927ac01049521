"""Reading what an administrator hands over with a typed code: ``ca.pem``."""

import re
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from kiosk.domain.errors import InvalidInputError
from kiosk.wire.keys import PublicKey

_MAX_BYTES = 256 * 1024
_BLOCKS = re.compile(r"-----BEGIN (CERTIFICATE|PUBLIC KEY)-----\s[A-Za-z0-9+/=\s]+-----END \1-----")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What is believed before anybody was talked to: authorities for TLS, and the offline root."""

    ca_pem: str
    root_key: PublicKey


def read_pinned(ca_file: Path | None) -> Pinned:
    """Read a file of PEM certificates and one PEM Ed25519 public key, in any order.

    Raises:
        InvalidInputError: No file is named, it cannot be read, or holds something else.
    """
    if ca_file is None:
        raise InvalidInputError(
            "ca", "a typed code needs --ca FILE: the central's ca.pem, handed over with the code"
        )
    try:
        with ca_file.open("rb") as source:
            raw = source.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInputError("ca", "cannot be read as a PEM file") from error
    return parse_pinned(raw)


def parse_pinned(raw: bytes) -> Pinned:
    """Return what a ``ca.pem`` pins; see :func:`read_pinned`.

    Raises:
        InvalidInputError: It holds something else.
    """
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise InvalidInputError("ca", "cannot be read as a PEM file") from error
    if len(raw) > _MAX_BYTES:
        raise InvalidInputError("ca", "is larger than a ca.pem can be")
    blocks = [(match[1], match[0]) for match in _BLOCKS.finditer(text)]
    certificates = [block for kind, block in blocks if kind == "CERTIFICATE"]
    keys = [block for kind, block in blocks if kind == "PUBLIC KEY"]
    if not certificates or len(keys) != 1:
        raise InvalidInputError("ca", "has to hold certificates and one public key (the root's)")
    ca_pem = "\n".join(certificates) + "\n"
    try:
        x509.load_pem_x509_certificates(ca_pem.encode("ascii"))
        key = load_pem_public_key(keys[0].encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInputError("ca", "holds a damaged certificate or key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidInputError("ca", "the root's key has to be an Ed25519 key")
    return Pinned(ca_pem=ca_pem, root_key=PublicKey(key.public_bytes_raw()))
