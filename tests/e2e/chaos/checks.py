"""What both sides hold after a chaos, compared byte by byte."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from central import opening
from central.blobs import FolderBlobs
from central.schema import deposits, items
from kiosk.app import Kiosk, open_kiosk
from kiosk.store import journal
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.messages import Acknowledgement
from kiosk.wire.trust import open_statement

_ROWS = """
    SELECT d.deposit_id, d.receipt_number, d.state, d.manifest, d.document_sha256, d.size_bytes,
           d.acknowledgement, o.state
    FROM deposits d JOIN outbox o ON o.item_id = d.deposit_id
"""


@dataclass(slots=True)
class Result:
    """What both sides held in the end, and what they went through.

    Attributes:
        faults: What does not hold, in words; empty when everything arrived, once.
        payload: Bytes of all sealed scans.
        up: Bytes that came to the line from the kiosk.
    """

    faults: list[str] = field(default_factory=list)
    deposits: int = 0
    at_central: int = 0
    kiosk_kills: int = 0
    central_kills: int = 0
    cuts: int = 0
    connections: int = 0
    up: int = 0
    payload: int = 0


def examine(result: Result, root: Path, wanted: int) -> None:
    """Add to *result* what both data folders under *root* say, and what does not hold."""
    with open_kiosk(root / "kiosk", writing=True, keys=root / "keys") as kiosk:
        held = _held(root / "central")
        rows = kiosk.store.db.conn.execute(_ROWS).fetchall()
        result.deposits, result.at_central = len(rows), len(held)
        if not len(rows) == len(held) == wanted:
            result.faults.append(f"{wanted} wanted, {len(rows)} made, {len(held)} at the central")
        for row in rows:
            result.payload += row[5] or 0
            result.faults += _compare(kiosk, root / "central" / "blobs", row, held.get(row[0]))
        journal.verify(kiosk.store.db.conn)


def _held(folder: Path) -> Mapping[str, Any]:
    """Return what the central keeps by the item's id; an item that is no deposit counts too."""
    database = opening.existing(opening.Place(data=folder))
    try:
        with database.reading() as connection:
            rows = connection.execute(
                select(items, deposits.c.id.label("deposit")).outerjoin(
                    deposits, deposits.c.id == items.c.id
                )
            ).all()
    finally:
        database.close()
    return {str(row.id): row for row in rows}


def _compare(kiosk: Kiosk, blobs: Path, row: Any, held: Any) -> list[str]:
    deposit, number, state, manifest, sha256, _size, word, sending = row
    name = f"{number} ({deposit})"
    if held is None:
        return [f"{name} is not at the central, and is {state} at the kiosk"]
    faults = []
    if state != "acknowledged" or sending != "done" or word is None:
        faults.append(f"{name} is {state} and {sending} at the kiosk")
    elif not _is_word_of(kiosk, word, held):
        faults.append(f"{name} has no word of the central")
    if held.manifest != manifest or held.deposit is None:
        faults.append(f"{name} has another manifest at the central")
    try:
        kept = b"".join(FolderBlobs(blobs).read(held.id, sha256))
    except OSError:
        return [*faults, f"{name} has no scan at the central"]
    if kept != b"".join(kiosk.store.spool.read_document(held.id, 0)):
        faults.append(f"{name} has another scan at the central")
    return faults


def _is_word_of(kiosk: Kiosk, word: bytes, held: Any) -> bool:
    key = kiosk.store.memory.trust_list().acknowledgement_key
    said = open_statement(Acknowledgement, b64(word), key, ContentType.ACKNOWLEDGEMENT)
    return bool(said.item_id == held.id) and said.manifest_sha256 == held.manifest_sha256.hex()
