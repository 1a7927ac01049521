"""Items: frozen bytes kept under an id once, and acknowledged once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from central import rotation
from central.database import insert_once
from central.errors import ProblemError
from central.registry import Device, by_code
from central.schema import items
from kiosk.wire.cose import ContentType, KeyResolver, sign
from kiosk.wire.encoding import unb64
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.manifests import Document, check_signature
from kiosk.wire.messages import Acknowledgement, ProblemType

COLUMNS = (
    items.c.id,
    items.c.kind,
    items.c.receipt_number,
    items.c.manifest_sha256,
    items.c.author_id,
    items.c.document_sha256,
    items.c.document_bytes,
    items.c.acknowledgement,
)
"""What an :class:`Item` is made of: not the manifest's bytes."""


_BY_ID = select(*COLUMNS).where(items.c.id == bindparam("item"))
_ACKNOWLEDGING = (
    update(items)
    .where(items.c.id == bindparam("item"), items.c.acknowledgement.is_(None))
    .values(acknowledgement=bindparam("signed"), acknowledged_at=bindparam("now"))
)


class ItemKind(StrEnum):
    """What an item is."""

    DEPOSIT = "deposit"
    EVENT = "event"
    BUNDLE = "bundle"
    """Carried here sealed: what it brings is not known before the intake key opens it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A deposit or an event as it is kept.

    Attributes:
        document_sha256: The sealed document its manifest names; None when it names none.
        acknowledgement: COSE_Sign1, once everything is held.
    """

    id: UUID
    kind: ItemKind
    receipt_number: str
    manifest_sha256: bytes
    author_id: int
    document_sha256: bytes | None
    document_bytes: int
    acknowledgement: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An item as it is kept now.

    Attributes:
        new_place: The secret of the place where its document goes, made in this very call.
        is_new: It was not kept before this call.
    """

    item: Item
    new_place: str | None = None
    is_new: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Frozen bytes as they came: who wrote them, who brought them."""

    content: bytes
    sha256: bytes
    signature: bytes
    author: Device
    carrier: Device | None


def authenticate(
    connection: Connection, *, caller: Device, author: str, content: bytes, signature: str
) -> Arrival:
    """Return the arrival once the author's signature over *content* holds.

    Raises:
        ProblemError: The author is unknown or revoked, or the signature does not hold.
    """
    device = caller if caller.code == author else by_code(connection, author)
    if device is None:
        raise ProblemError(403, ProblemType.NOT_YOURS, "the manifest's device is not enrolled")
    if device.is_revoked:
        raise ProblemError(403, ProblemType.REVOKED, "the manifest's device has been revoked")
    try:
        raw = unb64(signature)
        digest = check_signature(content, raw, _keys_of(connection, device))
    except (BadSignatureError, UnknownKeyError, MalformedMessageError) as error:
        detail = "the manifest's signature is not its device's"
        raise ProblemError(403, ProblemType.SIGNATURE, detail) from error
    return Arrival(
        content=content,
        sha256=digest,
        signature=raw,
        author=device,
        carrier=None if caller.id == device.id else caller,
    )


def _keys_of(connection: Connection, device: Device) -> KeyResolver:
    """Return what finds a device's request key of today, or one it had when it signed."""

    def resolve(key_id: bytes) -> PublicKey | None:
        if key_id == device.request_key.key_id:
            return device.request_key
        found = rotation.signer(connection, key_id, "request")
        return found[1] if found is not None and found[0].id == device.id else None

    return resolve


def keep(
    connection: Connection,
    *,
    item_id: UUID,
    kind: ItemKind,
    receipt_number: str,
    arrival: Arrival,
    document: Document | None,
    now: datetime,
) -> tuple[Item, bool]:
    """Return the item as it is kept, and whether it is new.

    Raises:
        ProblemError: Other bytes are kept under this id.
    """
    row = {
        "id": item_id,
        "kind": kind.value,
        "receipt_number": receipt_number,
        "author_id": arrival.author.id,
        "carrier_id": arrival.carrier.id if arrival.carrier else None,
        "manifest": arrival.content,
        "manifest_sha256": arrival.sha256,
        "signature": arrival.signature,
        "document_sha256": bytes.fromhex(document.sha256) if document else None,
        "document_bytes": document.size_bytes if document else None,
        "received_at": now,
    }
    if insert_once(connection, items, row):
        new = Item(
            id=item_id,
            kind=kind,
            receipt_number=receipt_number,
            manifest_sha256=arrival.sha256,
            author_id=arrival.author.id,
            document_sha256=bytes.fromhex(document.sha256) if document else None,
            document_bytes=document.size_bytes if document else 0,
            acknowledgement=None,
        )
        return new, True
    kept = by_id(connection, item_id)
    if kept.manifest_sha256 != arrival.sha256 or kept.kind is not kind:
        raise ProblemError(409, ProblemType.CONFLICT, "other bytes are kept under this id")
    return kept, False


def by_id(connection: Connection, item_id: UUID) -> Item:
    """Return an item that is kept."""
    return from_row(connection.execute(_BY_ID, {"item": item_id}).one())


def manifest_of(connection: Connection, item_id: UUID) -> bytes:
    """Return the frozen bytes of an item that is kept."""
    content: bytes = connection.execute(
        select(items.c.manifest).where(items.c.id == item_id)
    ).scalar_one()
    return content


def acknowledge(
    connection: Connection, item: Item, *, holds_document: bool, key: PrivateKey, now: datetime
) -> bytes:
    """Return the item's one acknowledgement, making it if there is none yet."""
    sha256 = item.document_sha256 if holds_document else None
    statement = Acknowledgement(
        item_id=item.id,
        receipt_number=item.receipt_number,
        manifest_sha256=item.manifest_sha256.hex(),
        document_sha256=sha256.hex() if sha256 else None,
        at=now,
    )
    payload = statement.model_dump_json().encode("utf-8")
    signed = sign(payload, key, ContentType.ACKNOWLEDGEMENT)
    changed = connection.execute(_ACKNOWLEDGING, {"item": item.id, "signed": signed, "now": now})
    if changed.rowcount:
        return signed
    kept = by_id(connection, item.id).acknowledgement
    assert kept is not None  # noqa: S101 the update found it set
    return kept


def from_row(row: Any) -> Item:
    """Return the item in a row that has :data:`COLUMNS`."""
    return Item(
        id=row.id,
        kind=ItemKind(row.kind),
        receipt_number=row.receipt_number,
        manifest_sha256=row.manifest_sha256,
        author_id=row.author_id,
        document_sha256=row.document_sha256,
        document_bytes=row.document_bytes or 0,
        acknowledgement=row.acknowledgement,
    )
