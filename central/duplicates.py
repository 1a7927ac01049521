"""The same dossier deposited twice: seen and noted, never refused."""

from uuid import UUID

from sqlalchemy import Connection, bindparam, distinct, func, literal_column, select, union_all

from central.database import insert_once
from central.schema import deposits, duplicates, items

_OTHERS = (deposits.c.id != bindparam("new"), deposits.c.cancelled_at.is_(None))
_EARLIER = union_all(
    select(deposits.c.id, literal_column("'same_facts'").label("reason")).where(
        deposits.c.fingerprint == bindparam("fingerprint"), *_OTHERS
    ),
    select(deposits.c.id, literal_column("'same_document'"))
    .join(items, items.c.id == deposits.c.id)
    .where(items.c.document_sha256 == bindparam("sha256"), *_OTHERS),
)


def flag(
    connection: Connection, deposit_id: UUID, *, fingerprint: bytes, document_sha256: bytes | None
) -> None:
    """Note every earlier deposit that has the new one's document, or its person, date and sum."""
    # Without a document, nothing has the same: NULL equals nothing.
    asked = {"new": deposit_id, "fingerprint": fingerprint, "sha256": document_sha256}
    found = connection.execute(_EARLIER, asked).all()
    # The same facts are told before the same document.
    for earlier_id, reason in sorted(found, key=lambda row: str(row.reason), reverse=True):
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
