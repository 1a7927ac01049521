"""Acknowledged items that have still to leave for the insurer's own system."""

from uuid import UUID

from sqlalchemy import Connection

from central.database import insert_once
from central.schema import outgoing


def add(connection: Connection, item_id: UUID) -> None:
    """Let an item leave, in the transaction that acknowledges it."""
    insert_once(connection, outgoing, {"item_id": item_id})
