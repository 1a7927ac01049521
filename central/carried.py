"""Bundles that another kiosk carried here: sealed, kept until the intake key opens them."""

import hashlib
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, func, select, update

from central import deposits, items, registry, rotation, uploads
from central.database import insert_once
from central.errors import ProblemError
from central.items import Arrival, Item, ItemKind
from central.registry import Device
from central.schema import bundles
from central.schema import items as item_rows
from kiosk.wire.bundles import BundleHeader, parse_header
from kiosk.wire.cose import ContentType, verify
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PublicKey
from kiosk.wire.manifests import Document
from kiosk.wire.messages import ProblemType


class State(StrEnum):
    """How far a carried bundle is.

    One is cleared once its document lies under the item it brought alone.
    """

    WANTED = "wanted"
    WHOLE = "whole"
    OPENED = "opened"
    CLEARED = "cleared"
    REFUSED = "refused"


def id_of(packed: bytes) -> UUID:
    """Return the id a carried bundle is kept under: the beginning of its header's SHA-256.

    Only the author's signature over the manifest's hash is sure while the bundle is sealed, so
    two headers that claim the same item lie side by side until the intake key tells which is true.
    """
    return UUID(bytes=hashlib.sha256(packed).digest()[:16])


def held(connection: Connection, header: BundleHeader) -> Item | None:
    """Return what the bundle brings if exactly that is kept already."""
    row = connection.execute(
        select(item_rows.c.manifest_sha256).where(item_rows.c.id == header.item_id)
    ).one_or_none()
    if row is None or row.manifest_sha256 != header.manifest_sha256:
        return None
    return items.by_id(connection, header.item_id)


def keep(
    connection: Connection, header: BundleHeader, packed: bytes, carrier: Device, now: datetime
) -> tuple[Item, bool]:
    """Keep a sealed bundle; return it as kept, and whether it is new.

    Raises:
        ProblemError: Its author is unknown or revoked, or did not sign it.
    """
    deposits.checked_number(header.receipt_number)
    author = _author(connection, header)
    item_id = id_of(packed)
    document = None
    if header.has_document:
        document = Document(
            sha256=header.document_sha256.hex(), size_bytes=header.document_bytes, page_count=1
        )
    arrival = Arrival(
        content=packed,
        sha256=hashlib.sha256(packed).digest(),
        signature=header.signature,
        author=author,
        carrier=None if carrier.id == author.id else carrier,
    )
    item, is_new = items.keep(
        connection,
        item_id=item_id,
        kind=ItemKind.BUNDLE,
        receipt_number=header.receipt_number,
        arrival=arrival,
        document=document,
        now=now,
    )
    if is_new:
        state = State.WANTED if document else State.WHOLE
        row = {"id": item_id, "brings_sha256": header.manifest_sha256, "state": state.value}
        insert_once(connection, bundles, row)
        if document is not None:
            uploads.open_place(connection, item_id, now)
    return item, is_new


def mark_whole(connection: Connection, bundle_id: UUID) -> None:
    """Note that the sealed document of a bundle is here."""
    mark(connection, bundle_id, State.WHOLE)


def mark(connection: Connection, bundle_id: UUID, state: State, refusal: str | None = None) -> None:
    """Note how far a bundle is."""
    connection.execute(
        update(bundles).where(bundles.c.id == bundle_id).values(state=state.value, refusal=refusal)
    )


def whole(connection: Connection) -> list[tuple[UUID, BundleHeader, Device | None]]:
    """Return the bundles that wait for the intake key, oldest first, and who carried each."""
    rows = connection.execute(
        select(item_rows.c.id, item_rows.c.manifest, item_rows.c.carrier_id)
        .join(bundles, bundles.c.id == item_rows.c.id)
        .where(bundles.c.state == State.WHOLE.value)
        .order_by(item_rows.c.received_at, item_rows.c.id)
    ).all()
    return [
        (
            row.id,
            parse_header(row.manifest),
            registry.by_id(connection, row.carrier_id) if row.carrier_id else None,
        )
        for row in rows
    ]


def doubled(connection: Connection) -> list[tuple[UUID, BundleHeader]]:
    """Return the opened bundles whose document may still lie under the bundle too."""
    rows = connection.execute(
        select(item_rows.c.id, item_rows.c.manifest)
        .join(bundles, bundles.c.id == item_rows.c.id)
        .where(bundles.c.state == State.OPENED.value, item_rows.c.document_sha256.is_not(None))
        .order_by(item_rows.c.id)
    ).all()
    return [(row.id, parse_header(row.manifest)) for row in rows]


def counts(connection: Connection) -> dict[State, int]:
    """Count bundles by how far they are."""
    rows = connection.execute(select(bundles.c.state, func.count()).group_by(bundles.c.state))
    return {State(state): count for state, count in rows}


def _author(connection: Connection, header: BundleHeader) -> Device:
    found: list[Device] = []

    def resolve(key_id: bytes) -> PublicKey | None:
        signer = rotation.signer(connection, key_id, "request")
        if signer is None:
            return None
        found.append(signer[0])
        return signer[1]

    try:
        signed = verify(header.signature, resolve, ContentType.MANIFEST)
    except (BadSignatureError, UnknownKeyError, MalformedMessageError) as error:
        raise _not_signed() from error
    if signed != header.manifest_sha256:
        raise _not_signed()
    if found[0].is_revoked:
        # Not the carrier's revocation: it must not think that it was shut out itself.
        raise ProblemError(403, ProblemType.NOT_YOURS, "the bundle's device has been revoked")
    return found[0]


def _not_signed() -> ProblemError:
    detail = "the bundle is not signed by an enrolled device"
    return ProblemError(403, ProblemType.NOT_YOURS, detail)
