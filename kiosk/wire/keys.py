"""Ed25519 keys and the ids they are known by."""

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verifying key.

    Attributes:
        raw: 32 bytes, RFC 8032.
    """

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            raise ValueError("an Ed25519 public key has 32 bytes")

    @property
    def key_id(self) -> bytes:
        """Return the first 8 bytes of the key's SHA-256."""
        return hashlib.sha256(self.raw).digest()[:KEY_ID_BYTES]

    def verifies(self, signature: bytes, signed: bytes) -> bool:
        """Tell whether *signature* is this key's over *signed*."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, signed)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A signing key. Its representation never shows the seed.

    Attributes:
        seed: 32 bytes, RFC 8032.
    """

    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "PrivateKey":
        """Return a new key from the system's randomness."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def public(self) -> PublicKey:
        """Return the key others verify with."""
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        return PublicKey(key.public_key().public_bytes_raw())
