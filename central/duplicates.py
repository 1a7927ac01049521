"""The same dossier deposited twice: seen and noted, never refused."""

from uuid import UUID

from sqlalchemy import Connection, distinct, func, literal, select

from central.database import insert_once
from central.schema import deposits, duplicates, items


def flag(
    connection: Connection, deposit_id: UUID, *, fingerprint: bytes, document_sha256: bytes | None
) -> None:
    """Note every earlier deposit that has the new one's document, or its person, date and sum."""
    others = (deposits.c.id != deposit_id, deposits.c.cancelled_at.is_(None))
    asked = select(deposits.c.id, literal("same_facts").label("reason")).where(
        deposits.c.fingerprint == fingerprint, *others
    )
    if document_sha256 is not None:
        same_document = (
            select(deposits.c.id, literal("same_document"))
            .join(items, items.c.id == deposits.c.id)
            .where(items.c.document_sha256 == document_sha256, *others)
        )
        asked = asked.union_all(same_document)
    # The same facts are told before the same document.
    found = sorted(connection.execute(asked).all(), key=lambda row: str(row.reason), reverse=True)
    for earlier_id, reason in found:
        row = {"deposit_id": deposit_id, "earlier_id": earlier_id, "reason": reason}
        insert_once(connection, duplicates, row)


def count(connection: Connection) -> int:
    """Count the deposits noted as repeating an earlier one, neither being cancelled."""
    mine, earlier = deposits.alias("mine"), deposits.alias("earlier")
    return (
        connection.scalar(
            select(func.count(distinct(duplicates.c.deposit_id)))
            .join(mine, mine.c.id == duplicates.c.deposit_id)
            .join(earlier, earlier.c.id == duplicates.c.earlier_id)
            .where(mine.c.cancelled_at.is_(None), earlier.c.cancelled_at.is_(None))
        )
        or 0
    )
