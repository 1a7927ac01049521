"""Which receipt numbers the central holds, letter by letter, and which it misses."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select, update

from central.database import insert_once
from central.registry import Device
from central.schema import deposits, epochs, whole_epochs
from kiosk.domain.receipt_number import MAX_SEQUENCE, ReceiptNumber
from kiosk.wire.heartbeats import MAX_RANGES, EpochHeld, Missing


def held(
    connection: Connection, device: Device, issued: Mapping[str, int]
) -> tuple[EpochHeld, ...]:
    """Return what is held of each letter of *device*, gaps up to the numbers *issued* included."""
    codes = connection.scalars(
        select(epochs.c.code).where(epochs.c.device_id == device.id).order_by(epochs.c.code)
    )
    return tuple(_of_epoch(connection, code, issued.get(code, 0)) for code in codes.all())


def _of_epoch(connection: Connection, epoch: str, issued: int) -> EpochHeld:
    table = whole_epochs
    whole_to = connection.scalar(select(table.c.whole_to).where(table.c.epoch == epoch)) or 0
    numbers = _after(connection, epoch, whole_to)
    reached = whole_to
    for number in numbers:
        if number != reached + 1:
            break
        reached = number
    if reached > whole_to:
        _note_whole(connection, epoch, reached)
    return counted(epoch, reached, numbers[reached - whole_to :], issued)


def counted(epoch: str, whole_to: int, beyond: Sequence[int], issued: int) -> EpochHeld:
    """Return what is held: every number to *whole_to*, and the ascending ones *beyond* it."""
    highest = beyond[-1] if beyond else whole_to
    asked_to = max(issued, highest)
    gaps = gaps_in(beyond, whole_to, asked_to)
    told = tuple(reversed(gaps[-MAX_RANGES:]))
    return EpochHeld(
        epoch=epoch,
        highest=highest,
        count=whole_to + len(beyond),
        asked_to=asked_to,
        missing=told,
        told_from=1 if len(gaps) <= MAX_RANGES else told[-1].first,
    )


def gaps_in(numbers: Iterable[int], after: int, to: int) -> list[Missing]:
    """Return what ascending *numbers* leave out from after *after* to *to*."""
    gaps, expected = [], after + 1
    for number in numbers:
        if number > expected:
            gaps.append(Missing(first=expected, last=number - 1))
        expected = number + 1
    if expected <= to:
        gaps.append(Missing(first=expected, last=to))
    return gaps


def _after(connection: Connection, epoch: str, number: int) -> list[int]:
    # Deposits never leave the central, so below a whole stretch nothing is ever counted again.
    # All texts of one letter have the same shape: any collation puts them in order of number.
    column = deposits.c.receipt_number
    first = str(ReceiptNumber(device=epoch, sequence=min(number + 1, MAX_SEQUENCE)))
    last = str(ReceiptNumber(device=epoch, sequence=MAX_SEQUENCE))
    rows = connection.scalars(select(column).where(column.between(first, last)).order_by(column))
    # Each was checked when it came in: six figures after the letter's code and a dash.
    return [found for found in (int(text[7:13]) for text in rows) if found > number]


def _note_whole(connection: Connection, epoch: str, whole_to: int) -> None:
    table = whole_epochs
    if not insert_once(connection, table, {"epoch": epoch, "whole_to": whole_to}):
        connection.execute(update(table).where(table.c.epoch == epoch).values(whole_to=whole_to))
