"""Bytes of a sealed document: where they go, how many are there, and when they are all held."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from central import holding, items, leftovers, places, registry
from central.blobs import DamagedBlobError
from central.errors import ProblemError
from central.items import Item, ItemKind, Taken
from central.schema import devices, upload_bytes, uploads
from central.schema import items as item_rows
from central.services import Services
from central.staging import Appender, UploadBusyError
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey
from kiosk.wire.messages import UPLOADS, ProblemType, PutAnswer, UploadPlace

PERSIST_BYTES = 32 * 1024
"""How much of an upload may be lost with the node that was taking it in."""
_GATHER_BYTES, GATHER_S = 1024 * 1024, 0.05
"""A small body that is whole within this time is never kept in pieces; a slow line never is."""


_OPENING = uploads.insert()
_WANTED = (
    select(
        *items.COLUMNS,
        uploads.c.closed_at,
        devices.c.revoked_at,
        devices.c.request_key_id,
        upload_bytes.c.size_bytes,
    )
    .join(uploads, uploads.c.item_id == item_rows.c.id)
    .join(devices, devices.c.id == item_rows.c.author_id)
    .outerjoin(upload_bytes, upload_bytes.c.item_id == item_rows.c.id)
    .where(uploads.c.secret == bindparam("secret"))
)
_FINISHING = (
    update(uploads)
    .where(
        uploads.c.item_id == bindparam("item"),
        uploads.c.finished_at.is_(None),
        uploads.c.closed_at.is_(None),
        # Shut out while its last bytes were on the way: they are not acknowledged.
        ~registry.is_revoked(bindparam("author")),
    )
    .values(finished_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload as a client sees it. ``acknowledgement`` is the item's, once all is held."""

    item: Item
    offset: int

    @property
    def length(self) -> int:
        """Return how many bytes the manifest names."""
        return self.item.document_bytes

    @property
    def acknowledgement(self) -> bytes | None:
        """Return the item's acknowledgement."""
        return self.item.acknowledgement


def open_place(connection: Connection, item_id: UUID, now: datetime) -> str:
    """Give an item's document an unguessable place to go; return its secret."""
    secret = places.make(now)
    connection.execute(_OPENING, {"secret": secret, "item_id": item_id})
    return secret


def expect(connection: Connection, item: Item, *, key: PrivateKey, now: datetime) -> Taken:
    """Give a new item's document a place to go; hold the item where it names none."""
    if item.document_sha256 is not None:
        return Taken(item=item, new_place=open_place(connection, item.id, now))
    return Taken(item=holding.hold(connection, item, key=key, now=now))


def _renew(services: Services, ended: str) -> str:
    """Give a document another place for one that has ended; what came stays."""
    new = places.make(services.now())
    with services.database.writing() as connection:
        renewed = connection.execute(
            update(uploads).where(uploads.c.secret == ended).values(secret=new)
        )
    # Where another call was first, who asks again is told the place of that one.
    return new if renewed.rowcount else ended


def answer(services: Services, taken: Taken) -> PutAnswer:
    """Return the acknowledgement of a held item, else where its document goes."""
    item = taken.item
    if item.kind is ItemKind.EVENT and item.acknowledgement is not None:
        leftovers.drop_released(services, item.id)
    if taken.new_place is not None:
        return PutAnswer(upload=UploadPlace(path=f"{UPLOADS}/{taken.new_place}", offset=0))
    if item.acknowledgement is None:
        with services.database.glancing() as connection:
            condition = uploads.c.item_id == item.id
            secret = connection.scalar(select(uploads.c.secret).where(condition))
        assert secret is not None  # noqa: S101 an item that lacks something has a place for it
        if places.has_ended(secret, services.now()):
            secret = _renew(services, secret)
        offset = services.staging.size_bytes(item.id)
        if offset < item.document_bytes:
            place = UploadPlace(path=f"{UPLOADS}/{secret}", offset=offset)
            return PutAnswer(upload=place)
        # All bytes came, and the process died before it could say so.
        with closing(receiving(services, secret, offset)) as upload:
            item = upload.finish().item
    assert item.acknowledgement is not None  # noqa: S101 either branch above saw to it
    return PutAnswer(acknowledgement=b64(item.acknowledgement))


def look(services: Services, secret: str) -> Upload:
    """Return how far an upload has come.

    Raises:
        ProblemError: Unknown, no longer wanted, or of a revoked device.
    """
    item = _wanted(services, secret).item
    if item.acknowledgement is not None:
        return Upload(item=item, offset=item.document_bytes)
    return Upload(item=item, offset=services.staging.size_bytes(item.id))


def hold_whole(services: Services, item: Item, blocks: Iterator[bytes]) -> Item:
    """Hold an item whose whole document is here, whatever of it came over the line before.

    Raises:
        ProblemError: The bytes are not those the manifest names; nothing was stored.
    """
    assert item.document_sha256 is not None  # noqa: S101 what has a whole document names one
    try:
        services.blobs.put(item.id, item.document_sha256, blocks)
    except DamagedBlobError as error:
        detail = "the bytes are not those the manifest names"
        raise ProblemError(422, ProblemType.DAMAGED_UPLOAD, detail) from error
    held = _settle(services, item)
    services.staging.discard(item.id)
    return held


class Receiving:
    """The one request that may add bytes to an upload now; it must be closed.

    However it ends, what has come is kept for whoever goes on. A small document that arrives at
    once goes whole to where it stays, without being kept in pieces first.
    """

    def __init__(self, services: Services, item: Item, appender: Appender, offset: int) -> None:
        self._services = services
        self._item = item
        self._appender = appender
        self._offset = offset
        self._pending = bytearray()
        self._began = time.monotonic()

    def close(self) -> None:
        """Keep what has come, and let the next request in."""
        try:
            self._persist_pending()
        except UploadBusyError:
            return  # whoever is at it now has those bytes, or asks for them again
        finally:
            self._appender.close()

    @property
    def missing_bytes(self) -> int:
        """Return how many bytes are still to come."""
        return self._item.document_bytes - self._offset

    def append(self, block: bytes) -> None:
        """Take bytes in; :meth:`persist` them when :attr:`is_persist_due`.

        Raises:
            ProblemError: More than the manifest names.
        """
        if len(block) > self.missing_bytes:
            raise ProblemError(413, ProblemType.TOO_LARGE, "more bytes than the manifest names")
        self._pending += block
        self._offset += len(block)

    @property
    def is_clear(self) -> bool:
        """Return whether nothing is left to keep, so that closing waits for nobody."""
        return not self._pending

    @property
    def is_persist_due(self) -> bool:
        """Return whether what has come must not wait any longer in memory."""
        if len(self._pending) < PERSIST_BYTES:
            return False
        is_small = self._item.document_bytes <= _GATHER_BYTES
        return not is_small or time.monotonic() - self._began > GATHER_S

    def persist(self) -> None:
        """Keep what has come; it outlives this process.

        Raises:
            ProblemError: Another request has added bytes meanwhile.
        """
        try:
            self._persist_pending()
        except UploadBusyError as error:
            raise _busy() from error

    def finish(self) -> Upload:
        """Return what is there now, durably; with the last byte, verify, store and acknowledge.

        Raises:
            ProblemError: The bytes have another hash: all of them are thrown away. Or another
                request has added bytes meanwhile.
        """
        item = self._item
        is_whole_in_memory = bool(item.document_bytes) and len(self._pending) == item.document_bytes
        if not is_whole_in_memory:
            self.persist()
            offset = self._appender.size_bytes()
            if offset < item.document_bytes or item.acknowledgement is not None:
                return Upload(item=item, offset=offset)
        services = self._services
        blocks = iter([bytes(self._pending)]) if self._pending else services.staging.read(item.id)
        held = self._store(blocks)
        self._pending.clear()
        if services.staging.is_locking or not is_whole_in_memory:
            # What locks has made a file to lock, though no byte went there.
            services.staging.discard(item.id)
        return Upload(item=held, offset=item.document_bytes)

    def _store(self, blocks: Iterator[bytes]) -> Item:
        item, services = self._item, self._services
        assert item.document_sha256 is not None  # noqa: S101 an upload has a document
        try:
            services.blobs.put(item.id, item.document_sha256, blocks)
        except DamagedBlobError as error:
            with services.database.glancing() as connection:
                kept = items.by_id(connection, item.id)
            if kept.acknowledgement is not None:
                return kept  # another node finished it, and cleared away what was read here
            self._pending.clear()
            self._appender.reset()
            detail = "the bytes are not those the manifest names; send them again from 0"
            raise ProblemError(422, ProblemType.DAMAGED_UPLOAD, detail) from error
        return _settle(services, item)

    def _persist_pending(self) -> None:
        if self._pending:
            block = bytes(self._pending)
            self._pending.clear()
            self._appender.append(block)


def receiving(services: Services, secret: str, offset: int) -> Receiving:
    """Become the one who adds bytes to an upload, from *offset* on.

    Raises:
        ProblemError: As :func:`look`; another request is at it; another offset is next.
    """
    wanted = _wanted(services, secret)
    try:
        appender = services.staging.appender(wanted.item.id, wanted.counted_bytes)
    except UploadBusyError as error:
        raise _busy() from error
    return _checked(services, secret, offset, appender, wanted.item)


def _checked(
    services: Services, secret: str, offset: int, appender: Appender, item: Item
) -> Receiving:
    try:
        if services.staging.is_locking:
            # Once more under the lock: the last holder may have finished the upload.
            item = _wanted(services, secret).item
        is_held = item.acknowledgement is not None
        if is_held:
            services.staging.discard(item.id)
        there = item.document_bytes if is_held else appender.size_bytes()
        if offset != there:
            headers = {"Upload-Offset": str(there)}
            raise ProblemError(
                409, ProblemType.WRONG_OFFSET, "another byte is next", headers=headers
            )
    except BaseException:
        appender.close()
        raise
    return Receiving(services, item, appender, there)


def _busy() -> ProblemError:
    detail = "another request is sending to this upload"
    return ProblemError(423, "about:blank", detail, headers={"Retry-After": "1"})


def _settle(services: Services, item: Item) -> Item:
    now = services.now()
    with services.database.writing() as connection:
        finished = connection.execute(
            _FINISHING, {"item": item.id, "author": item.author_id, "now": now}
        )
        if finished.rowcount:
            held = holding.hold(connection, item, key=services.keys.acknowledgement, now=now)
        else:
            held = items.by_id(connection, item.id)
    if finished.rowcount:
        if item.kind is ItemKind.EVENT:
            leftovers.drop_released(services, item.id)
        return held
    # Not asked for any more when its last byte came: what was just stored goes again.
    leftovers.drop_document(services, item.id)
    if held.acknowledgement is None:
        with services.database.glancing() as connection:
            _refuse_revoked(connection, item.author_id)
    return held


def _refuse_revoked(connection: Connection, author_id: int) -> None:
    if registry.by_id(connection, author_id).is_revoked:
        raise ProblemError(403, ProblemType.REVOKED, "this device has been revoked")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """An item whose document may come, and how many of its bytes are kept as rows."""

    item: Item
    counted_bytes: int


def _wanted(services: Services, secret: str) -> _Wanted:
    with services.database.glancing() as connection:
        row: Any = connection.execute(_WANTED, {"secret": secret}).one_or_none()
    if row is None:
        raise ProblemError(404, ProblemType.UNKNOWN, "no such upload")
    if row.revoked_at is not None:
        raise ProblemError(403, ProblemType.REVOKED, "this device has been revoked")
    if row.closed_at is not None:
        raise ProblemError(410, ProblemType.UNKNOWN, "this document is no longer wanted")
    item = items.from_row(row)
    if item.acknowledgement is None and places.has_ended(secret, services.now()):
        raise ProblemError(410, ProblemType.UNKNOWN, "this place has ended; hand in the manifest")
    services.turnstile.take(row.request_key_id)
    return _Wanted(item=item, counted_bytes=row.size_bytes or 0)
