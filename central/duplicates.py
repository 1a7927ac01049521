"""The same dossier deposited twice: seen and noted, never refused."""

from uuid import UUID

from sqlalchemy import Connection, distinct, func, select

from central.database import insert_once
from central.schema import deposits, duplicates, items


def flag(connection: Connection, deposit_id: UUID) -> None:
    """Note every earlier deposit that has the new one's document, or its person, date and sum."""
    new = connection.execute(
        select(deposits.c.fingerprint, items.c.document_sha256)
        .join(items, items.c.id == deposits.c.id)
        .where(deposits.c.id == deposit_id)
    ).one()
    others = select(deposits.c.id).where(
        deposits.c.id != deposit_id, deposits.c.cancelled_at.is_(None)
    )
    same_facts = others.where(deposits.c.fingerprint == new.fingerprint)
    _note(connection, deposit_id, list(connection.scalars(same_facts)), "same_facts")
    if new.document_sha256 is not None:
        same_document = others.join(items, items.c.id == deposits.c.id).where(
            items.c.document_sha256 == new.document_sha256
        )
        _note(connection, deposit_id, list(connection.scalars(same_document)), "same_document")


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


def _note(connection: Connection, deposit_id: UUID, earlier: list[UUID], reason: str) -> None:
    for earlier_id in earlier:
        insert_once(
            connection,
            duplicates,
            {"deposit_id": deposit_id, "earlier_id": earlier_id, "reason": reason},
        )
