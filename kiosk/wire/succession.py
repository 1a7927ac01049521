"""From one word of the offline root to the next: each is signed by the key the last one named.

Whoever was away for long follows all of them in turn. An older word changes nothing, and one by a
key that was given up is not believed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509

from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import unb64
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.keys import PublicKey
from kiosk.wire.trust import RootStatement, only, open_statement

MAX_STATEMENTS = 64
"""Words of the root that one may be behind: with one a year, a lifetime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A word of the offline root, as signed and as read, and the key that signed it."""

    signed: str
    statement: RootStatement
    key: PublicKey

    @property
    def next_key(self) -> PublicKey:
        """Return the key that signs the next word."""
        named = self.statement.root_key
        return self.key if named is None else PublicKey(unb64(named))

    @property
    def trust_key(self) -> PublicKey:
        """Return the key that signs trust lists, configuration and updates."""
        return PublicKey(unb64(self.statement.trust_key))

    @property
    def ca_pem(self) -> str:
        """Return the authorities it names, as PEM; empty when those pinned stay."""
        return "".join(self.statement.authorities)


def read_root(signed: str, key: PublicKey) -> Root:
    """Return the word of the root whose key is *key*.

    Raises:
        BadSignatureError, UnknownKeyError, MalformedMessageError: It is none, or names what nobody
            can use.
    """
    statement = open_statement(RootStatement, signed, only(key), ContentType.ROOT_STATEMENT)
    if len(set(statement.recipients)) < 2:
        raise MalformedMessageError("the root names fewer than two recipients")
    for pem in statement.authorities:
        try:
            x509.load_pem_x509_certificate(pem.encode("ascii"))
        except ValueError as error:
            raise MalformedMessageError("the root names an authority that is none") from error
    return Root(signed=signed, statement=statement, key=key)


def follow(root: Root, signed: Iterable[str]) -> Root:
    """Return the newest of the words that follow *root*; *root* itself when none does.

    *signed* are later words in their order; those that *root* already knows may be among them.

    Raises:
        BadSignatureError, UnknownKeyError, MalformedMessageError: One of them was not signed by
            the key that the last one named. None is believed then.
    """
    for count, text in enumerate(signed, start=1):
        if count > MAX_STATEMENTS:
            raise MalformedMessageError("too many words of the root at once")
        if text == root.signed:
            continue
        later = read_root(text, root.next_key)
        if later.statement.version <= root.statement.version:
            continue  # replayed: it would bring back keys that were given up
        root = later
    return root
