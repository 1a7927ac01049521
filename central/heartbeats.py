"""Heartbeats: the latest of each device, and its journal's heads, which may not go back unseen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select, update

from central import numbers
from central.database import insert_once
from central.registry import Device
from central.schema import heartbeats, journal_faults, journal_heads
from kiosk.wire.heartbeats import Heartbeat, HeartbeatWord, JournalHead

LATE = timedelta(minutes=10)
"""How long a heartbeat may have been on its way when a newer one has overtaken it."""


class JournalFault(StrEnum):
    """How a journal contradicts the head that was held."""

    WENT_BACK = "journal_went_back"
    FORKED = "journal_forked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A heartbeat as it came, with its request's sequence."""

    device: Device
    sequence: int
    report: Heartbeat


def take(connection: Connection, beat: Beat, now: datetime) -> HeartbeatWord:
    """Keep *beat* as its device's latest and return the central's word on it.

    A journal with fewer entries than were held, or with another entry in their last place, is kept
    as a fault for ever: a restored backup and a tampered journal both show.
    """
    table = heartbeats
    # The device's row is locked since its call was admitted: beats of one device come one by one.
    kept = connection.execute(
        select(table).where(table.c.device_id == beat.device.id)
    ).one_or_none()
    before = None if kept is None else _head(kept)
    told = beat.report.journal
    is_late = kept is not None and _was_overtaken(kept, beat, now)
    if not is_late:
        if before is not None:
            _compare(connection, beat, before, now)
        _keep(connection, beat, now)
    return HeartbeatWord(
        device=beat.device.code,
        nonce=beat.report.nonce,
        time=now,
        epochs=numbers.held(
            connection, beat.device, {one.epoch: one.highest for one in beat.report.issued}
        ),
        journal=before if is_late and before is not None else told,
        journal_before=before,
    )


def _was_overtaken(kept: Row[Any], beat: Beat, now: datetime) -> bool:
    # A restored device counts its requests from before; by then the last beat is not minutes old.
    return bool(beat.sequence < kept.sequence and now - kept.received_at < LATE)


def _compare(connection: Connection, beat: Beat, before: JournalHead, now: datetime) -> None:
    told = beat.report.journal
    if told.entries > before.entries or told == before:
        return
    kind = JournalFault.WENT_BACK if told.entries < before.entries else JournalFault.FORKED
    connection.execute(
        journal_faults.insert().values(
            device_id=beat.device.id,
            found_at=now,
            kind=kind.value,
            held_entries=before.entries,
            held_hash=bytes.fromhex(before.hash),
            told_entries=told.entries,
            told_hash=bytes.fromhex(told.hash),
        )
    )


def _keep(connection: Connection, beat: Beat, now: datetime) -> None:
    head, owner = beat.report.journal, {"device_id": beat.device.id}
    latest = {
        "sequence": beat.sequence,
        "received_at": now,
        "journal_entries": head.entries,
        "journal_hash": bytes.fromhex(head.hash),
        "report_json": beat.report.model_dump_json(),
    }
    if not insert_once(connection, heartbeats, owner | latest):
        condition = heartbeats.c.device_id == beat.device.id
        connection.execute(update(heartbeats).where(condition).values(latest))
    table, of_day = journal_heads, owner | {"day": now.date().isoformat()}
    last = {"received_at": now, "entries": head.entries, "hash": bytes.fromhex(head.hash)}
    if not insert_once(connection, table, of_day | last):
        connection.execute(
            update(table)
            .where(table.c.device_id == beat.device.id, table.c.day == of_day["day"])
            .values(last)
        )


def _head(row: Row[Any]) -> JournalHead:
    return JournalHead(entries=row.journal_entries, hash=row.journal_hash.hex())
