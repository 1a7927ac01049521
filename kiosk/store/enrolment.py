"""What enrolment brought, how it is kept, and what takes the place of it later."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from kiosk.domain.errors import NotEnrolledError
from kiosk.store.kept_texts import read, write
from kiosk.store.sqlite import sqlite3
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64, unb64
from kiosk.wire.keys import PublicKey
from kiosk.wire.succession import Root, read_root
from kiosk.wire.trust import Configuration, RootStatement, TrustList, only, open_statement
from kiosk.wire.trust_parts import Entry, read_entries

_ENROLMENT, _REVOKED = "enrolment", "revoked_since_list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What enrolment brought, as received: no signed statement is believed that was not checked.

    ``statements_by`` is the trust key (base64url) that signed list and configuration where the root
    has named another one since; empty where it is today's. ``revoked`` are codes that were shut
    out since the list, as updates told.
    """

    device: str
    reserve_letter: str
    url: str
    ca_pem: str
    root_key: PublicKey
    root_statement: str
    trust_list: str
    configuration: str
    statements_by: str = ""
    revoked: tuple[str, ...] = ()

    def word(self) -> Root:
        """Return the offline root's newest word."""
        return _root(self.root_statement, self.root_key)

    def root(self) -> RootStatement:
        """Return what the offline root vouches for."""
        return self.word().statement

    def trust_key(self) -> PublicKey:
        """Return the key that signs trust lists, configuration and updates."""
        return self.word().trust_key

    def _signer(self) -> PublicKey:
        return PublicKey(unb64(self.statements_by)) if self.statements_by else self.trust_key()

    def trust(self) -> TrustList:
        """Return the trust list."""
        key = only(self._signer())
        listed = open_statement(TrustList, self.trust_list, key, ContentType.TRUST_LIST)
        return listed.with_revoked(self.revoked)

    def entries(self) -> tuple[Entry, ...]:
        """Return the entries of the trust list as they were signed."""
        return read_entries(self.trust_list, self._signer())

    def configured(self) -> Configuration:
        """Return the point's signed configuration."""
        return _configuration(self.configuration, self._signer())


# The same bytes under the same key say the same: each is verified once a run, and again as soon as
# either differs by a bit. A trust list may name a whole country's devices and is not kept.
@lru_cache(maxsize=4)
def _root(signed: str, key: PublicKey) -> Root:
    return read_root(signed, key)


@lru_cache(maxsize=4)
def _configuration(signed: str, key: PublicKey) -> Configuration:
    return open_statement(Configuration, signed, only(key), ContentType.CONFIGURATION)


_FIELDS = (
    "device",
    "reserve_letter",
    "url",
    "ca_pem",
    "root_statement",
    "trust_list",
    "configuration",
    "statements_by",
)


def keep_enrolment(connection: sqlite3.Connection, enrolment: Enrolment) -> None:
    """Keep what enrolment brought, within the caller's transaction."""
    fields = {name: getattr(enrolment, name) for name in _FIELDS}
    fields["root_key"] = b64(enrolment.root_key.raw)
    write(connection, _ENROLMENT, json.dumps(fields))


def read_enrolment(connection: sqlite3.Connection) -> Enrolment:
    """Return what enrolment brought, and what came since.

    Raises:
        NotEnrolledError: There is no device yet.
    """
    text = read(connection, _ENROLMENT)
    if text is None:
        raise NotEnrolledError("this device is not enrolled")
    fields = json.loads(text)
    root_key = PublicKey(unb64(fields.pop("root_key")))
    revoked = tuple(json.loads(read(connection, _REVOKED) or "[]"))
    return Enrolment(root_key=root_key, revoked=revoked, **fields)


def change_enrolment(connection: sqlite3.Connection, new: dict[str, str]) -> None:
    """Keep *new* fields in place of those that are kept."""
    fields = json.loads(read(connection, _ENROLMENT) or "{}")
    write(connection, _ENROLMENT, json.dumps(fields | new))
    if "trust_list" in new:
        write(connection, _REVOKED, "[]")


def shut_out(connection: sqlite3.Connection, codes: Sequence[str]) -> None:
    """Believe no more in devices of these codes, until the list that says so is here."""
    if codes:
        kept = json.loads(read(connection, _REVOKED) or "[]")
        write(connection, _REVOKED, json.dumps(list(dict.fromkeys([*kept, *codes]))))


def renew(
    connection: sqlite3.Connection,
    trust_list: str | None,
    configuration: str | None,
    trust: TrustList | None,
) -> None:
    """Take a verified *trust* list, signed in *trust_list*, and a configuration that are newer.

    *trust* None: that list is not wanted. Where both are to come by a new trust key, both are taken
    at once or none.

    Raises:
        BadSignatureError, UnknownKeyError, MalformedMessageError: The configuration is not by it.
    """
    if trust_list is None and configuration is None:
        return
    kept, new = read_enrolment(connection), {}
    if kept.statements_by:
        _replace(connection, kept, trust_list if trust else None, configuration)
        return
    if trust_list and trust is not None and trust.version > kept.trust().version:
        new["trust_list"] = trust_list
    if configuration:
        told = replace(kept, configuration=configuration).configured()
        if told.version > kept.configured().version:
            new["configuration"] = configuration
    if new:
        change_enrolment(connection, new)


def _replace(
    connection: sqlite3.Connection,
    kept: Enrolment,
    trust_list: str | None,
    configuration: str | None,
) -> None:
    """Take what the new trust key signed, both at once, whatever versions the former one gave.

    A key that was stolen may have signed a version that no honest one ever reaches.
    """
    if not trust_list or not configuration:
        return
    # Raises where it is not signed by the key of today.
    replace(kept, configuration=configuration, statements_by="").configured()
    new = {"trust_list": trust_list, "configuration": configuration, "statements_by": ""}
    change_enrolment(connection, new)
