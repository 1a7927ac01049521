"""What follows once an item is wholly held: acknowledgement, stages, and what becomes needless."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, update

from central import carried, duplicates, items, outgoing, same_pages, statuses
from central.items import Item, ItemKind
from central.schema import deposits, events, uploads
from kiosk.domain.deposit import UNCANCELLABLE_STAGES
from kiosk.domain.vocabulary import EventKind, Stage
from kiosk.wire.keys import PrivateKey
from kiosk.wire.manifests import read_event


def hold(connection: Connection, item: Item, *, key: PrivateKey, now: datetime) -> Item:
    """Acknowledge *item*, all of whose bytes are held durably, and do what follows from it.

    Returns it as it is held.
    """
    has_document = item.document_sha256 is not None
    signed = items.acknowledge(connection, item, holds_document=has_document, key=key, now=now)
    if item.kind is not ItemKind.BUNDLE:
        outgoing.add(connection, item.id)
    if item.kind is ItemKind.EVENT:
        _after_event(connection, item, key=key, now=now)
    elif item.kind is ItemKind.BUNDLE:
        carried.mark_whole(connection, item.id)
    elif has_document:
        _copy_received(connection, item.id, item.receipt_number, now)
    return replace(item, acknowledgement=signed)


def cancel(connection: Connection, deposit_id: UUID, *, key: PrivateKey, now: datetime) -> None:
    """Mark a deposit cancelled, once; its document is no longer asked for.

    One that is settled or paid stays so: the counter could not know, and is told again.
    """
    over = sorted(stage.value for stage in UNCANCELLABLE_STAGES)
    is_open = deposits.c.stage.is_(None) | deposits.c.stage.not_in(over)
    changed = connection.execute(
        update(deposits)
        .where(deposits.c.id == deposit_id, deposits.c.cancelled_at.is_(None), is_open)
        .values(cancelled_at=now)
    )
    row = _deposit(connection, deposit_id)
    if not changed.rowcount and row.cancelled_at is not None:
        return
    if changed.rowcount:
        _release_document(connection, deposit_id, key=key, now=now)
    statuses.record(
        connection,
        point=row.point,
        receipt_number=row.receipt_number,
        stage=Stage.CANCELLED if changed.rowcount else Stage(row.stage),
        now=now,
    )


def _after_event(connection: Connection, item: Item, *, key: PrivateKey, now: datetime) -> None:
    event = connection.execute(select(events).where(events.c.id == item.id)).one()
    if event.event == EventKind.AMENDMENT:
        corrected = read_event(items.manifest_of(connection, item.id)).immatriculation
        if corrected is not None:
            duplicates.correct(connection, event.deposit_id, corrected)
    if event.event == EventKind.CANCELLATION:
        cancel(connection, event.deposit_id, key=key, now=now)
    if event.event != EventKind.COMPLETION:
        return
    changed = connection.execute(
        update(deposits)
        .where(deposits.c.id == event.deposit_id, deposits.c.completed_by.is_(None))
        .values(completed_by=item.id)
    )
    had_copy = _holds_own_document(connection, event.deposit_id)
    if changed.rowcount:
        # A person is held before a point, as by who deposits.
        pages = read_event(items.manifest_of(connection, item.id)).page_hashes
        duplicates.complete(connection, event.deposit_id, same_pages.packed(pages))
        _release_document(connection, event.deposit_id, key=key, now=now)
        if not had_copy:
            _copy_received(connection, event.deposit_id, item.receipt_number, now)


def _release_document(
    connection: Connection, deposit_id: UUID, *, key: PrivateKey, now: datetime
) -> None:
    # The upload's closing and its finishing exclude each other by the same row.
    connection.execute(
        update(uploads)
        .where(uploads.c.item_id == deposit_id, uploads.c.finished_at.is_(None))
        .values(closed_at=now)
    )
    deposit = items.by_id(connection, deposit_id)
    if deposit.acknowledgement is None:
        items.acknowledge(connection, deposit, holds_document=False, key=key, now=now)
        outgoing.add(connection, deposit_id)


def _holds_own_document(connection: Connection, deposit_id: UUID) -> bool:
    finished = select(uploads.c.finished_at).where(uploads.c.item_id == deposit_id)
    return connection.scalar(finished) is not None


def _copy_received(
    connection: Connection, deposit_id: UUID, receipt_number: str, now: datetime
) -> None:
    # The paper may have been there first: who was told of it is not told less.
    statuses.record_first(
        connection,
        deposit_id=deposit_id,
        receipt_number=receipt_number,
        stage=Stage.COPY_RECEIVED,
        now=now,
    )


def _deposit(connection: Connection, deposit_id: UUID) -> Row[Any]:
    return connection.execute(select(deposits).where(deposits.c.id == deposit_id)).one()
