"""Bytes of scans that nobody waits for any more: gone at once where that is seen, else by a round.

A scan is not waited for once its deposit was cancelled or completed, its author was shut out, or
its place has ended long ago. What is decided is decided once more where it cannot change meanwhile,
so that several nodes may clear up at once, and die while they do.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, Select, select, update

from central import places
from central.rounds import in_rounds
from central.schema import devices, events, items, uploads
from central.services import Services

EVERY_S = 600.0
GRACE = timedelta(days=1)
"""Longer than any request lasts that was let in before a place ended, or a document was refused."""
_AT_ONCE = 200
log = structlog.get_logger("central")

Judge = Callable[[Row[Any] | None, datetime, datetime | None], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one round took away: uploads' bytes, and documents that were never acknowledged."""

    uploads: int
    documents: int


def is_over(upload: Row[Any] | None, now: datetime, written_at: datetime | None) -> bool:
    """Tell whether nobody waits for the bytes of *upload* that lie apart, last *written_at*.

    None is an upload that the database does not know, of before a backup that was restored: its
    author is asked to send it again, and goes on at the same byte.
    """
    if upload is None:
        return written_at is not None and now - written_at > places.GOOD_FOR + GRACE
    if upload.finished_at is not None or _is_unwanted(upload):
        return True
    return places.has_ended(upload.secret, now - GRACE)


def sweep(
    services: Services, judge: Judge = is_over, stopping: threading.Event | None = None
) -> Swept:
    """Take away what *judge* finds over, and the documents of uploads that were closed.

    What fails, since its store does, is found again by the next round.
    """
    swept = documents = 0
    staged = list(services.leftovers.staged().items())
    for start in range(0, len(staged), _AT_ONCE):
        if stopping is not None and stopping.is_set():
            break
        lot = dict(staged[start : start + _AT_ONCE])
        with services.database.reading() as connection:
            known = {row.item_id: row for row in connection.execute(_asked(list(lot)))}
        over = [one for one, at in lot.items() if judge(known.get(one), services.now(), at)]
        swept += sum(_clear(services, one, lot[one], judge) for one in over)
    while stopping is None or not stopping.is_set():
        with services.database.reading() as connection:
            closed = connection.execute(_closed_before(services.now() - GRACE)).all()
        done = [row for row in closed if _remove(services, row)]
        _mark_cleared(services, [row.item_id for row in done])
        documents += len(done)
        if len(done) < _AT_ONCE:
            break  # the last ones, or some fail: not for ever in this round
    return Swept(uploads=swept, documents=documents)


def sweeping(services: Services, every_s: float = EVERY_S) -> AbstractContextManager[None]:
    """Sweep in a thread of its own, every *every_s*, until the block ends."""

    def act(stopping: threading.Event) -> None:
        swept = sweep(services, stopping=stopping)
        if swept.uploads or swept.documents:
            log.info("swept", uploads=swept.uploads, documents=swept.documents)

    return in_rounds("sweep", act, every_s=every_s, failed="not_swept")


def drop_released(services: Services, event_id: UUID) -> None:
    """Take away what came of a scan that an event, held by now, made unwanted."""
    of_event = select(events.c.deposit_id).where(events.c.id == event_id).scalar_subquery()
    with services.database.glancing() as connection:
        row = connection.execute(_SEEN.where(uploads.c.item_id == of_event)).one_or_none()
    if row is not None and _is_unwanted(row):
        _clear(services, row.item_id, None, is_over)


def drop_document(services: Services, item_id: UUID) -> None:
    """Take a document away that was stored while its upload was closed, or its author shut out."""
    with services.database.glancing() as connection:
        row = connection.execute(_SEEN.where(uploads.c.item_id == item_id)).one_or_none()
    if row is not None and _is_unwanted(row):
        _remove(services, row)


_SEEN: Select[Any] = (
    select(
        uploads.c.item_id,
        uploads.c.secret,
        uploads.c.finished_at,
        uploads.c.closed_at,
        items.c.document_sha256,
        devices.c.revoked_at,
    )
    .join(items, items.c.id == uploads.c.item_id)
    .join(devices, devices.c.id == items.c.author_id)
)


def _is_unwanted(upload: Row[Any]) -> bool:
    # Neither is ever taken back, and no document is acknowledged after either.
    is_refused = upload.closed_at is not None or upload.revoked_at is not None
    return is_refused and upload.finished_at is None


def _asked(ids: Sequence[UUID]) -> Select[Any]:
    return _SEEN.where(uploads.c.item_id.in_(ids))


def _closed_before(moment: datetime) -> Select[Any]:
    # As the index says it, so that it is used.
    is_open = uploads.c.closed_at.is_not(None) & uploads.c.cleared_at.is_(None)
    condition = is_open & (uploads.c.closed_at < moment) & uploads.c.finished_at.is_(None)
    return _SEEN.where(condition).order_by(uploads.c.closed_at).limit(_AT_ONCE)


def _clear(services: Services, item_id: UUID, written_at: datetime | None, judge: Judge) -> bool:
    """Forget an upload's bytes unless it is wanted after all, or bytes are being added to it."""
    with services.database.writing() as connection:
        # Whoever gives the upload another place waits, and counts the bytes after that.
        locked = _SEEN.where(uploads.c.item_id == item_id).with_for_update(of=uploads)
        row = connection.execute(locked).one_or_none()
        if not judge(row, services.now(), written_at):
            return False
        is_cleared = services.leftovers.clear(connection, item_id)
    if is_cleared and row is not None and _is_unwanted(row):
        _remove(services, row)
    return is_cleared


def _remove(services: Services, row: Row[Any]) -> bool:
    """Remove a document that can no longer be acknowledged; tell whether it is surely gone."""
    try:
        services.blobs.remove(row.item_id, row.document_sha256)
    except OSError as error:
        log.warning("not_removed", item=str(row.item_id), error=type(error).__name__)
        return False
    return True


def _mark_cleared(services: Services, ids: Sequence[UUID]) -> None:
    if ids:
        with services.database.writing() as connection:
            marked = update(uploads).where(uploads.c.item_id.in_(ids))
            connection.execute(marked.values(cleared_at=services.now()))
