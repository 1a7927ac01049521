"""Bytes of unfinished uploads as rows of the database: any node goes on with what another began.

No lock is held while bytes come in. How many are there is counted in one row, and only who finds
that count as it was may add to it, so a node that dies keeps nobody waiting.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, select, update

from central.database import Database, insert_once
from central.schema import upload_bytes, upload_chunks
from central.staging import UploadBusyError

_CHUNKS_AT_ONCE = 8


class RowStaging:
    """See :class:`central.staging.Staging`."""

    is_locking = False

    def __init__(self, database: Database) -> None:
        self._database = database

    def size_bytes(self, item_id: UUID) -> int:
        """See :class:`central.staging.Staging`."""
        condition = upload_bytes.c.item_id == item_id
        with self._database.glancing() as connection:
            return connection.scalar(select(upload_bytes.c.size_bytes).where(condition)) or 0

    def appender(self, item_id: UUID, counted: int | None = None) -> "_RowAppender":
        """See :class:`central.staging.Staging`; here, the second one to add bytes is told."""
        there = self.size_bytes(item_id) if counted is None else counted
        return _RowAppender(self._database, item_id, there)

    def read(self, item_id: UUID) -> Iterator[bytes]:
        """See :class:`central.staging.Staging`."""
        chunks = (
            select(upload_chunks.c.content)
            .where(upload_chunks.c.item_id == item_id)
            .order_by(upload_chunks.c.start)
        )
        with self._database.reading() as connection:
            streamed = connection.execution_options(yield_per=_CHUNKS_AT_ONCE)
            yield from streamed.scalars(chunks)

    def discard(self, item_id: UUID) -> None:
        """See :class:`central.staging.Staging`."""
        with self._database.writing() as connection:
            self.clear(connection, item_id)

    def staged(self) -> dict[UUID, datetime | None]:
        """See :class:`central.staging.Leftovers`; each of these has an item."""
        with self._database.glancing() as connection:
            return dict.fromkeys(connection.scalars(select(upload_bytes.c.item_id)))

    def clear(self, connection: Connection, item_id: UUID) -> bool:
        """See :class:`central.staging.Leftovers`; who adds to it is told at the next bytes."""
        # In the order in which they are added to: two who take both never wait for each other.
        counted = connection.execute(delete(upload_bytes).where(upload_bytes.c.item_id == item_id))
        connection.execute(delete(upload_chunks).where(upload_chunks.c.item_id == item_id))
        return bool(counted.rowcount)


class _RowAppender:
    def __init__(self, database: Database, item_id: UUID, size_bytes: int) -> None:
        self._database = database
        self._item_id = item_id
        self._size_bytes = size_bytes

    def size_bytes(self) -> int:
        return self._size_bytes

    def append(self, block: bytes) -> None:
        reached = self._size_bytes + len(block)
        with self._database.writing() as connection:
            insert_once(connection, upload_bytes, {"item_id": self._item_id, "size_bytes": 0})
            counted = connection.execute(
                update(upload_bytes)
                .where(
                    upload_bytes.c.item_id == self._item_id,
                    upload_bytes.c.size_bytes == self._size_bytes,
                )
                .values(size_bytes=reached)
            )
            if not counted.rowcount:
                raise UploadBusyError("another request has added bytes to this upload")
            row = {"item_id": self._item_id, "start": self._size_bytes, "content": block}
            connection.execute(upload_chunks.insert().values(row))
        self._size_bytes = reached

    def reset(self) -> None:
        RowStaging(self._database).discard(self._item_id)
        self._size_bytes = 0

    def close(self) -> None:
        """Nothing is held."""
