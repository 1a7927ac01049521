"""What lies on a courier's stick: bundles, signed lists of them, and the central's words back.

``DIR/wasl-courier/`` holds ``<item id>.wasl`` (a bundle), ``<item id>.ack`` (base64url of the
central's COSE_Sign1) and ``<device>.list`` (base64url of the device's COSE_Sign1 over
:class:`CourierList`). Names hold ids alone; whoever finds the stick reads numbers, sizes, hashes.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from kiosk.wire.bundles import MAX_BUNDLE_BYTES, SUFFIX
from kiosk.wire.cose import ContentType, KeyResolver
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import DeviceCode, Sha256Hex
from kiosk.wire.trust import Signed, open_statement, sign_statement

FOLDER = "wasl-courier"
ACKNOWLEDGEMENT_SUFFIX, LIST_SUFFIX = ".ack", ".list"
MAX_BUNDLES = 10_000
"""Bundles that one device puts on a stick."""
MAX_LIST_BYTES = 4 * 1024 * 1024
MAX_ACKNOWLEDGEMENT_BYTES = 8 * 1024

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BUNDLE = re.compile(f"({_ID}){re.escape(SUFFIX)}")
_ACKNOWLEDGEMENT = re.compile(f"({_ID}){re.escape(ACKNOWLEDGEMENT_SUFFIX)}")
_LIST = re.compile(rf"([A-Z][0-9]{{4}}[A-HJ-NP-Z]){re.escape(LIST_SUFFIX)}")


class Carried(StrEnum):
    """What a bundle brings, as its list says; the manifest inside is what counts."""

    DEPOSIT = "deposit"
    EVENT = "event"
    UNKNOWN = "unknown"


class ListedBundle(Signed):
    """One bundle that a device put on the stick; the hash is over the whole file."""

    item_id: UUID
    kind: Carried
    size_bytes: Annotated[int, Field(gt=0, le=MAX_BUNDLE_BYTES)]
    sha256: Sha256Hex


class CourierList(Signed):
    """What one device put on a stick, in the order it is to be taken in."""

    version: Literal[1] = 1
    device: DeviceCode
    written_at: AwareDatetime
    bundles: Annotated[tuple[ListedBundle, ...], Field(max_length=MAX_BUNDLES)]


def sign_list(listed: CourierList, key: PrivateKey) -> str:
    """Return a list as it lies on the stick, signed with the device's request key."""
    return sign_statement(listed, key, ContentType.COURIER)


def open_list(text: str, resolve: KeyResolver) -> CourierList:
    """Return a list once its signature holds.

    Raises:
        BadSignatureError, UnknownKeyError, MalformedMessageError: As :func:`wire.cose.verify`.
    """
    return open_statement(CourierList, text, resolve, ContentType.COURIER)


def bundle_name(item_id: UUID) -> str:
    """Return the name of an item's bundle on the stick."""
    return f"{item_id}{SUFFIX}"


def acknowledgement_name(item_id: UUID) -> str:
    """Return the name of the central's word on an item."""
    return f"{item_id}{ACKNOWLEDGEMENT_SUFFIX}"


def list_name(device: str) -> str:
    """Return the name of a device's list."""
    return f"{device}{LIST_SUFFIX}"


def bundle_of(name: str) -> UUID | None:
    """Return whose bundle a name on the stick is; None: it is none."""
    match = _BUNDLE.fullmatch(name)
    return UUID(match[1]) if match else None


def acknowledgement_of(name: str) -> UUID | None:
    """Return whose acknowledgement a name on the stick is; None: it is none."""
    match = _ACKNOWLEDGEMENT.fullmatch(name)
    return UUID(match[1]) if match else None


def list_of(name: str) -> str | None:
    """Return whose list a name on the stick is; None: it is none."""
    match = _LIST.fullmatch(name)
    return match[1] if match else None
