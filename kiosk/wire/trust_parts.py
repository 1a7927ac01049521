"""The trust list in parts: the entries that changed since a version, for any line.

Parts are not signed. With the last one comes the signature over the whole list: whoever puts the
parts into the list they hold comes to the very bytes that were signed, or believes nothing.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints, ValidationError

from kiosk.wire.cose import MAX_SIGNED_BYTES, ContentType, attach, verify
from kiosk.wire.encoding import b64, unb64
from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.keys import PublicKey
from kiosk.wire.packing import inflate
from kiosk.wire.trust import Signed, TrustList, only, open_statement

PART_ENTRIES = 512
"""Entries after which a part ends with the device it is at."""
MAX_PART_ENTRIES = 1024
MAX_ENTRIES = 100_000
"""Entries of a whole list, as :class:`wire.trust.TrustList` bounds them."""
MAX_PART_BYTES = 256 * 1024
MAX_PACKED_PART_BYTES = 64 * 1024

Entry = Mapping[str, JsonValue]
"""A device's key as it stands in the list, with members that only a newer program knows."""


class ListPart(Signed):
    """All entries of the devices that changed after version ``after``, up to ``upto``.

    They take the place of those of the same codes. ``head`` is the list without its ``devices``
    and ``signature`` that over the whole of it (base64url): both come with the last part alone.
    """

    after: Annotated[int, Field(ge=0)]
    upto: Annotated[int, Field(ge=1)]
    devices: Annotated[tuple[dict[str, JsonValue], ...], Field(max_length=MAX_PART_ENTRIES)]
    head: dict[str, JsonValue] | None = None
    signature: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{86}$")] | None = None


def pack_part(part: ListPart) -> bytes:
    """Return *part* as it goes over the line."""
    return zlib.compress(part.model_dump_json(exclude_none=True).encode("utf-8"), 9)


def unpack_part(packed: bytes) -> ListPart:
    """Return the part that *packed* is.

    Raises:
        MalformedMessageError: It is none, or past a bound.
    """
    if len(packed) > MAX_PACKED_PART_BYTES:
        raise MalformedMessageError("the part of a list is larger than the protocol allows")
    try:
        return ListPart.model_validate_json(inflate(packed, MAX_PART_BYTES, "part of a list"))
    except ValidationError as error:
        raise MalformedMessageError("not a part of a list") from error


def list_payload(head: Entry, entries: Iterable[Entry]) -> bytes:
    """Return the list in the one spelling that is signed: its devices come last, in order.

    Raises:
        MalformedMessageError: An entry has no code or no key to be put in order by.
    """
    told = {name: value for name, value in head.items() if name != "devices"}
    try:
        devices = sorted(entries, key=_place)
        text = json.dumps({**told, "devices": devices}, separators=(",", ":"), ensure_ascii=False)
        return text.encode("utf-8")
    except (KeyError, UnicodeEncodeError) as error:
        raise MalformedMessageError("an entry without a device or a key, or no text") from error


def read_entries(signed: str, key: PublicKey) -> tuple[Entry, ...]:
    """Return the entries of a signed list as they stand in it.

    Raises:
        BadSignatureError, UnknownKeyError, MalformedMessageError: As :func:`wire.cose.verify`.
    """
    payload = verify(unb64(signed), only(key), ContentType.TRUST_LIST)
    try:
        TrustList.model_validate_json(payload)
    except ValidationError as error:
        raise MalformedMessageError("not a trust list") from error
    return tuple(json.loads(payload)["devices"])


def put_in(held: Sequence[Entry], told: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries *held* with those *told* in place of all that have the same codes."""
    told = tuple(told)
    codes = {str(entry.get("device")) for entry in told}
    return (*(entry for entry in held if str(entry.get("device")) not in codes), *told)


def signed_list(entries: Iterable[Entry], last: ListPart, key: PublicKey) -> tuple[str, TrustList]:
    """Return the list of *entries* as the central signed it, and as read.

    Args:
        entries: Those that the parts told, put into those that were held.
        last: The part that ended it.
        key: The trust key: what it has not signed whole is not believed.

    Raises:
        BadSignatureError: This is not the list that was signed.
        UnknownKeyError, MalformedMessageError: Nothing that could be a list.
    """
    if last.head is None or last.signature is None:
        raise MalformedMessageError("the last part has no signature")
    payload = list_payload(last.head, entries)
    if len(payload) > MAX_SIGNED_BYTES:
        raise MalformedMessageError("the list is larger than the protocol allows")
    kind = ContentType.TRUST_LIST
    signed = b64(attach(payload, unb64(last.signature), key.key_id, kind))
    return signed, open_statement(TrustList, signed, only(key), kind)


def _place(entry: Entry) -> tuple[str, str]:
    return str(entry["device"]), str(entry["receipt_key"])
