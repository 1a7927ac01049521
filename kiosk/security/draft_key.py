"""The key of one draft: while it lives its pages can be read, afterwards nobody can."""

import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from kiosk.security.errors import WrongKeyError

_NONCE_BYTES = 12


def new_key() -> bytes:
    """Return 32 random bytes for one draft; they may lie in the encrypted database only."""
    return ChaCha20Poly1305.generate_key()


class DraftKey:
    """ChaCha20-Poly1305 (RFC 8439) under the 32 bytes of :func:`new_key`.

    Destroying them, here and in the database, is what deletes a draft: overwriting its files
    means nothing on an SSD.
    """

    def __init__(self, draft_id: UUID, key: bytes) -> None:
        self._draft_id = draft_id
        self._cipher: ChaCha20Poly1305 | None = ChaCha20Poly1305(key)

    def close(self, content: bytes, name: str) -> bytes:
        """Encrypt *content*, bound to this draft and to *name*."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._live().encrypt(nonce, content, self._bound(name))

    def open(self, closed: bytes, name: str) -> bytes:
        """Decrypt what :meth:`close` made under the same name.

        Raises:
            WrongKeyError: Changed bytes, another name, or the key is destroyed.
        """
        try:
            return self._live().decrypt(
                closed[:_NONCE_BYTES], closed[_NONCE_BYTES:], self._bound(name)
            )
        except (InvalidTag, ValueError) as error:  # ValueError: shorter than a nonce
            raise WrongKeyError("a draft page is not the one that was kept") from error

    def destroy(self) -> None:
        """Forget the key."""
        self._cipher = None

    def _live(self) -> ChaCha20Poly1305:
        if self._cipher is None:
            raise WrongKeyError("the draft's key is destroyed")
        return self._cipher

    def _bound(self, name: str) -> bytes:
        return self._draft_id.bytes + name.encode("utf-8")
