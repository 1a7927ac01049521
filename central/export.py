"""Accepted dossiers as files for the back office: JSON beside the sealed documents."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pyrage
from sqlalchemy import Connection, Row, select

from central.blobs import Blobs
from central.database import Database
from central.errors import WrongKeyError
from central.files import make_private, replacing, write_private
from central.identities import read_identities
from central.schema import deposits, events, items, uploads
from kiosk.domain.moments import rfc3339
from kiosk.domain.vocabulary import EventKind
from kiosk.wire.encoding import b64

_SEALED, _OPENED = ".pdf.age", ".pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    item_id: UUID
    sha256: bytes
    stem: str


def export(database: Database, blobs: Blobs, out: Path, identity: Path | None) -> dict[str, int]:
    """Write every acknowledged deposit to *out* and return how many files of which kind.

    A dossier is ``<receipt number>.json`` with its events, and its documents still sealed. With
    the back office's age *identity* they are opened instead. Of a cancelled one only what was
    signed is written: its originals went back, and so its scan is nobody's business.

    Raises:
        UnreadableFileError: *identity* holds no age identity.
        WrongKeyError: *identity* does not open a document.
    """
    opener = list(read_identities(identity)) if identity is not None else None
    make_private(out)
    counts = {"dossiers": 0, "documents": 0, "opened": 0}
    with database.reading() as connection:
        for deposit in connection.execute(_accepted()).all():
            dossier, documents = _dossier(connection, deposit, opened=opener is not None)
            for document in documents:
                _write_document(blobs, document, out, opener)
                counts["documents"] += 1
                counts["opened"] += opener is not None
            text = json.dumps(dossier, ensure_ascii=False, indent=1)
            write_private(out / f"{deposit.receipt_number}.json", text.encode("utf-8"))
            counts["dossiers"] += 1
    return counts


def _accepted() -> Any:
    return (
        select(items, deposits.c.point, deposits.c.cancelled_at)
        .join(deposits, deposits.c.id == items.c.id)
        .where(items.c.acknowledgement.is_not(None))
        .order_by(items.c.receipt_number)
    )


def _dossier(
    connection: Connection, deposit: Row[Any], *, opened: bool
) -> tuple[dict[str, Any], list[_Document]]:
    number = deposit.receipt_number
    rows = connection.execute(
        select(items, events.c.event)
        .join(events, events.c.id == items.c.id)
        .where(events.c.deposit_id == deposit.id, items.c.acknowledgement.is_not(None))
        .order_by(items.c.received_at, items.c.id)
    ).all()
    documents: list[_Document] = []
    suffix = _OPENED if opened else _SEALED
    acts = []
    held = _held(connection, [deposit.id, *(row.id for row in rows)])
    is_cancelled = deposit.cancelled_at is not None
    for count, row in enumerate([deposit, *rows]):
        stem = f"{number}.{row.event}-{count}" if count else number
        if count and row.event == EventKind.COMPLETION and deposit.id not in held:
            stem = number  # the scan that was to come: the dossier's own document
        file = None
        if row.id in held and not is_cancelled:
            documents.append(_Document(item_id=row.id, sha256=row.document_sha256, stem=stem))
            file = {
                "file": stem + suffix,
                "sealed_sha256": row.document_sha256.hex(),
                "sealed_bytes": row.document_bytes,
            }
        acts.append(_act(row, file))
    body = {
        "receipt_number": number,
        "deposit_id": str(deposit.id),
        "point": deposit.point,
        "state": "cancelled" if is_cancelled else "accepted",
        **acts[0],
        "events": [
            {"event_id": str(row.id), "event": row.event, **act}
            for row, act in zip(rows, acts[1:], strict=True)
        ],
    }
    return body, documents


def _act(row: Row[Any], document: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "received_at": rfc3339(row.received_at),
        "manifest": json.loads(row.manifest),
        # The exact signed bytes: the object above is only for reading.
        "manifest_bytes": b64(row.manifest),
        "manifest_sha256": row.manifest_sha256.hex(),
        "signature": b64(row.signature),
        "acknowledgement": b64(row.acknowledgement),
        "document": document,
    }


def _held(connection: Connection, item_ids: list[UUID]) -> set[UUID]:
    condition = uploads.c.item_id.in_(item_ids), uploads.c.finished_at.is_not(None)
    return set(connection.scalars(select(uploads.c.item_id).where(*condition)))


def _write_document(blobs: Blobs, document: _Document, out: Path, opener: list[Any] | None) -> None:
    sealed = blobs.read(document.item_id, document.sha256)
    if opener is None:
        with replacing(out / (document.stem + _SEALED)) as target:
            target.writelines(sealed)
        return
    try:
        opened = pyrage.decrypt(b"".join(sealed), opener)
    except pyrage.DecryptError as error:
        raise WrongKeyError("this identity does not open the documents") from error
    write_private(out / (document.stem + _OPENED), opened)
