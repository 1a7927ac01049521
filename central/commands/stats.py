"""``central stats``."""

import argparse

from sqlalchemy import Connection, Table, func, select

from central import duplicates, opening
from central.commands.place import place_of
from central.items import ItemKind
from central.schema import deposits, devices, items, uploads


def run(options: argparse.Namespace) -> dict[str, int]:
    """Count what the central holds.

    Raises:
        InvalidInputError: There is no central in the data folder.
    """
    database = opening.existing(place_of(options))
    try:
        with database.reading() as connection:
            return _count(connection)
    finally:
        database.close()


def _count(connection: Connection) -> dict[str, int]:
    held = (
        select(func.count(), func.coalesce(func.sum(items.c.document_bytes), 0))
        .select_from(uploads)
        .join(items, items.c.id == uploads.c.item_id)
        # A bundle that waits for the intake key is no dossier yet, and afterwards one of its own.
        .where(uploads.c.finished_at.is_not(None), items.c.kind != ItemKind.BUNDLE.value)
    )
    acknowledged = (
        select(func.count())
        .select_from(deposits)
        .join(items, items.c.id == deposits.c.id)
        .where(items.c.acknowledgement.is_not(None))
    )
    blobs, size_bytes = connection.execute(held).one()
    return {
        "deposits": _rows(connection, deposits),
        "blobs": blobs,
        "bytes": int(size_bytes),
        "acknowledged": connection.execute(acknowledged).scalar_one(),
        "devices": _rows(connection, devices),
        "duplicates_flagged": duplicates.count(connection),
    }


def _rows(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
