"""An acknowledged item as a signed bundle for the insurer's own system.

A ZIP file that compresses nothing: ``dossier.json`` says what it is, with the exact bytes that the
counter signed; ``dossier.json.cose`` is the central's COSE_Sign1 over that file's SHA-256; and
``document.pdf.age`` is the sealed document, where there is one. The same item gives the same bytes,
unless its deposit was cancelled meanwhile.
"""

import hashlib
import json
import zipfile
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import Connection, select

from central.adapter import Parcel
from central.blobs import Blobs
from central.schema import deposits, devices, events, items, uploads
from kiosk.domain.moments import rfc3339
from kiosk.wire.cose import ContentType, sign
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey

DOSSIER, SIGNATURE, DOCUMENT = "dossier.json", "dossier.json.cose", "document.pdf.age"
_DAY_ONE = (1980, 1, 1, 0, 0, 0)


def make(connection: Connection, item_id: UUID, blobs: Blobs, key: PrivateKey) -> Parcel:
    """Return the parcel of an acknowledged item: a deposit, or an event under its number.

    Of a cancelled deposit no document leaves: its originals went back, and its scan is nobody's
    business.
    """
    row = _item(connection, item_id)
    kind = row.event or "deposit"
    is_open = row.cancelled_at is None
    has_document = is_open and row.finished_at is not None
    dossier = {
        "version": 1,
        "receipt_number": row.receipt_number,
        "deposit_id": str(row.deposit_id),
        "item_id": str(row.id),
        "kind": kind,
        "state": "accepted" if is_open else "cancelled",
        "device": row.device,
        "received_at": rfc3339(row.received_at),
        "acknowledged_at": rfc3339(row.acknowledged_at),
        "manifest": b64(row.manifest),
        "manifest_sha256": row.manifest_sha256.hex(),
        "signature": b64(row.signature),
        "acknowledgement": b64(row.acknowledgement),
        "document_sha256": row.document_sha256.hex() if has_document else None,
    }
    text = json.dumps(dossier, indent=1).encode("ascii")
    signature = sign(hashlib.sha256(text).digest(), key, ContentType.DOSSIER)

    def write(out: BinaryIO) -> None:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
            bundle.writestr(zipfile.ZipInfo(DOSSIER, _DAY_ONE), text)
            bundle.writestr(zipfile.ZipInfo(SIGNATURE, _DAY_ONE), signature)
            if has_document:
                with bundle.open(zipfile.ZipInfo(DOCUMENT, _DAY_ONE), "w") as document:
                    for block in blobs.read(row.id, row.document_sha256):
                        document.write(block)

    return Parcel(name=f"{row.receipt_number}.{kind}.{row.id}.zip", write=write)


def _item(connection: Connection, item_id: UUID) -> Any:
    owner = events.c.deposit_id
    return connection.execute(
        select(
            items,
            events.c.event,
            deposits.c.id.label("deposit_id"),
            deposits.c.cancelled_at,
            devices.c.code.label("device"),
            uploads.c.finished_at,
        )
        .select_from(items)
        .outerjoin(events, events.c.id == items.c.id)
        .join(deposits, (deposits.c.id == items.c.id) | (deposits.c.id == owner))
        .join(devices, devices.c.id == items.c.author_id)
        .outerjoin(uploads, uploads.c.item_id == items.c.id)
        .where(items.c.id == item_id)
    ).one()
