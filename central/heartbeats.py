"""Heartbeats: the latest of each device, and its journal's heads, which may not go back unseen."""

from collections.abc import Sequence
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

    A journal with fewer entries than were held, or with another entry in the place of a head that
    was held, is kept as a fault for ever: a restored backup and a tampered journal both show. A
    longer one says nothing by its head: a device tells what it has in the place it was last told.
    """
    table = heartbeats
    # The device's row is locked since its call was admitted: beats of one device come one by one.
    kept = connection.execute(
        select(table).where(table.c.device_id == beat.device.id)
    ).one_or_none()
    told = beat.report.journal
    before = None if kept is None else _head(kept.journal_entries, kept.journal_hash)
    asked = None if kept is None else _head(kept.asked_entries, kept.asked_hash)
    held = [one for one in (asked, before) if one is not None]
    forked = [one for one in held if _contradicts(beat.report, one)]
    is_late = kept is not None and not forked and _was_overtaken(kept, beat, now)
    if not is_late:
        _note(connection, beat, now, JournalFault.FORKED, forked)
        if before is not None and told.entries < before.entries:
            _note(connection, beat, now, JournalFault.WENT_BACK, [before])
        asked = _to_ask(beat.report, held)
        _keep(connection, beat, asked, now)
    return HeartbeatWord(
        device=beat.device.code,
        nonce=beat.report.nonce,
        time=now,
        epochs=numbers.held(
            connection, beat.device, {one.epoch: one.highest for one in beat.report.issued}
        ),
        journal=before if is_late and before is not None else told,
        journal_before=asked or before,
    )


def _was_overtaken(kept: Row[Any], beat: Beat, now: datetime) -> bool:
    # A restored device counts its requests from before. Its journal tells it apart where it is
    # longer: nothing that was overtaken knows more than what came.
    is_behind = beat.sequence < kept.sequence and now - kept.received_at < LATE
    return bool(is_behind and beat.report.journal.entries <= kept.journal_entries)


def _contradicts(report: Heartbeat, held: JournalHead) -> bool:
    """Tell whether the journal has another entry where *held* ended."""
    return any(one.entries == held.entries and one != held for one in _told(report))


def _to_ask(report: Heartbeat, held: Sequence[JournalHead]) -> JournalHead | None:
    """Return the first of the heads held that the device has not told to have passed or not.

    It forgot it with a restored backup, or never heard of it, because the answer got lost.
    """
    if report.journal_passed is None:
        return None
    answered = {one.entries for one in _told(report)}
    longest = report.journal.entries  # what is longer has gone back, and was noted
    return next(
        (one for one in held if one.entries not in answered and one.entries < longest), None
    )


def _told(report: Heartbeat) -> tuple[JournalHead, ...]:
    return (report.journal, *(report.journal_passed or ()))


def _note(
    connection: Connection,
    beat: Beat,
    now: datetime,
    kind: JournalFault,
    held: Sequence[JournalHead],
) -> None:
    told = beat.report.journal
    for one in held:
        connection.execute(
            journal_faults.insert().values(
                device_id=beat.device.id,
                found_at=now,
                kind=kind.value,
                held_entries=one.entries,
                held_hash=bytes.fromhex(one.hash),
                told_entries=told.entries,
                told_hash=bytes.fromhex(told.hash),
            )
        )


def _keep(connection: Connection, beat: Beat, asked: JournalHead | None, now: datetime) -> None:
    head, owner = beat.report.journal, {"device_id": beat.device.id}
    latest = {
        "sequence": beat.sequence,
        "received_at": now,
        "journal_entries": head.entries,
        "journal_hash": bytes.fromhex(head.hash),
        "report_json": beat.report.model_dump_json(),
        "asked_entries": asked.entries if asked else None,
        "asked_hash": bytes.fromhex(asked.hash) if asked else None,
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


def _head(entries: int | None, digest: bytes | None) -> JournalHead | None:
    return (
        None
        if entries is None or digest is None
        else JournalHead(entries=entries, hash=digest.hex())
    )
