"""Proofs of how much a device was told: made by a central alone, and checked by a restored one.

The key is drawn from the trust key, which lies beside the database and is the same on every node:
a database that is restored does not take it back. A proof dies with the trust key that it was made
under.
"""

import hmac
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey

_PURPOSE = b"wasl-cursor-1"
_TAG_BYTES = 16


def of_cursor(trust: PrivateKey, device: str, cursor: int) -> str:
    """Return the proof that *device* was told all up to *cursor*: 22 letters of base64url.

    HMAC-SHA256, 16 bytes of it, under a key of its own by HKDF (RFC 5869).
    """
    told = f"{device} {cursor}".encode("ascii")
    return b64(hmac.digest(_key(trust), told, sha256)[:_TAG_BYTES])


def holds(trust: PrivateKey, device: str, cursor: int, proof: str) -> bool:
    """Tell whether *proof* is the one that was made for *device* at *cursor*."""
    return hmac.compare_digest(of_cursor(trust, device, cursor).encode(), proof.encode())


@lru_cache(maxsize=4)
def _key(trust: PrivateKey) -> bytes:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE)
    return derived.derive(trust.seed)
