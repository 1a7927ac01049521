"""Takes in what the back office says of deposits: each word once, and no impossible move."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select, update

from central import statuses
from central.database import Database, insert_once
from central.office_words import ANSWER_DAYS, RawWord, Word, WordError, read
from central.progress import Move, judge
from central.reasons import told
from central.schema import deposits, office_words
from kiosk.domain.vocabulary import Stage
from kiosk.wire.messages import StatusUpdate

_AT_ONCE = 500
"""Words in one transaction: devices that deliver meanwhile wait for no more than these."""
RECORDED, UNCHANGED, UNKNOWN_RECEIPT = "recorded", "unchanged", "unknown_receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one word: recorded, unchanged, or why it was refused.

    ``current`` is the deposit's stage at that moment; None where it is not known.
    """

    place: int
    receipt: str
    outcome: str
    current: Stage | None = None

    @property
    def is_refused(self) -> bool:
        """Tell whether the word was not taken."""
        return self.outcome not in (RECORDED, UNCHANGED)


def take(
    database: Database,
    raw: Iterable[RawWord],
    *,
    said_by: str,
    now: datetime,
    answer_days: int = ANSWER_DAYS,
) -> Iterator[Verdict]:
    """Yield a verdict for each word, some hundreds of them at a time, each lot durable by then.

    The same word again, in whatever order, changes nothing.
    """
    waiting = iter(raw)
    while lot := list(islice(waiting, _AT_ONCE)):
        with database.writing() as connection:
            verdicts = _take_lot(connection, lot, said_by, now, answer_days)
        yield from verdicts


def _take_lot(
    connection: Connection, lot: Sequence[RawWord], said_by: str, now: datetime, answer_days: int
) -> list[Verdict]:
    verdicts, words = [], []
    for raw in lot:
        try:
            words.append((raw, read(raw, now, answer_days)))
        except WordError as error:
            verdicts.append(_verdict(raw, error.fault.value))
    numbers = sorted({word.receipt_number for _raw, word in words})
    held = _lock(connection, numbers)
    current = statuses.latest_of(connection, numbers)
    # Points are locked in one order, the lines of one deposit stay in theirs.
    for raw, word in sorted(words, key=lambda pair: pair[1].point):
        row = held.get(word.receipt_number)
        if row is None:
            verdicts.append(_verdict(raw, UNKNOWN_RECEIPT))
            continue
        verdicts.append(_take(connection, raw, word, row, current, said_by, now))
    return sorted(verdicts, key=lambda verdict: verdict.place)


def _lock(connection: Connection, numbers: Sequence[str]) -> dict[str, Any]:
    # All deposits before any point: who delivers locks them in this order too.
    rows = connection.execute(
        select(deposits.c.id, deposits.c.receipt_number, deposits.c.point)
        .where(deposits.c.receipt_number.in_(numbers))
        .order_by(deposits.c.id)
        .with_for_update()
    )
    return {row.receipt_number: row for row in rows}


def _take(
    connection: Connection,
    raw: RawWord,
    word: Word,
    deposit: Any,
    current: dict[str, StatusUpdate],
    said_by: str,
    now: datetime,
) -> Verdict:
    number = word.receipt_number
    last = current.get(number)
    stage = last.status if last else Stage.DEPOSITED
    if _was_said(connection, word):
        return _verdict(raw, UNCHANGED, stage)
    move = judge(stage, word.stage)
    is_same = last is not None and set(word.reason_codes) == set(last.reason_codes)
    if move is Move.SAID_ALREADY:
        # A return with other reasons is another return.
        return _verdict(raw, UNCHANGED if is_same else Move.IMPOSSIBLE.value, stage)
    if move is not Move.ALLOWED:
        return _verdict(raw, move.value, stage)
    status = _status(word, last)
    _note(connection, word, said_by, now)
    statuses.tell(connection, deposit.point, status)
    connection.execute(
        update(deposits).where(deposits.c.id == deposit.id).values(stage=word.stage.value)
    )
    current[number] = status
    return _verdict(raw, RECORDED, word.stage)


def _status(word: Word, last: StatusUpdate | None) -> StatusUpdate:
    # A day's name says less than the moment before it: what follows is never told as earlier.
    at = word.said_at if last is None else max(word.said_at, last.at)
    words = told(word.reason_codes)
    return StatusUpdate(
        receipt_number=word.receipt_number,
        status=word.stage,
        at=at,
        reason_codes=word.reason_codes,
        text_fr=words.fr,
        text_ar=words.ar,
        pieces_to_bring=word.pieces_to_bring,
        last_day=word.last_day,
    )


def _was_said(connection: Connection, word: Word) -> bool:
    table = office_words
    found = connection.scalar(
        select(table.c.id).where(
            table.c.receipt_number == word.receipt_number,
            table.c.stage == word.stage.value,
            table.c.said_at == word.said_at,
            table.c.detail_sha256 == _detail(word),
        )
    )
    return found is not None


def _note(connection: Connection, word: Word, said_by: str, now: datetime) -> None:
    row = {
        "receipt_number": word.receipt_number,
        "stage": word.stage.value,
        "said_at": word.said_at,
        "detail_sha256": _detail(word),
        "said_by": said_by,
        "taken_at": now,
    }
    insert_once(connection, office_words, row)


def _detail(word: Word) -> bytes:
    parts = [word.reason_codes, word.pieces_to_bring, word.last_day and word.last_day.isoformat()]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).digest()


def _verdict(raw: RawWord, outcome: str, current: Stage | None = None) -> Verdict:
    # What is refused is repeated at most as far as a receipt number is long.
    return Verdict(place=raw.place, receipt=raw.receipt[:24], outcome=outcome, current=current)
