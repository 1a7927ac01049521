"""Takes in what the back office says of deposits: each word once, and no impossible move."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from central import statuses
from central.database import Database
from central.office_words import ANSWER_DAYS, RawWord, Word, WordError, read
from central.progress import Move, judge
from central.reasons import told
from central.schema import deposits, office_words
from kiosk.domain.vocabulary import Stage
from kiosk.wire.messages import StatusUpdate

_AT_ONCE = 500
"""Words in one transaction: devices that deliver meanwhile wait for no more than these."""
RECORDED, UNCHANGED, UNKNOWN_RECEIPT = "recorded", "unchanged", "unknown_receipt"
OTHER_NETWORK = "other_network"


_KEY = ("receipt_number", "stage", "said_at", "detail_sha256")
_Key = tuple[str, str, datetime, bytes]


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
    network: str | None = None,
) -> Iterator[Verdict]:
    """Yield a verdict for each word, some hundreds of them at a time, each lot durable by then.

    The same word again, in whatever order, changes nothing. Where the speaker is of a *network*,
    words on deposits of other networks are refused, and nothing is told of those.
    """
    waiting = iter(raw)
    while lot := list(islice(waiting, _AT_ONCE)):
        words, verdicts = _read(lot, now, answer_days, network)
        with database.writing() as connection:
            verdicts += _take_lot(connection, words, said_by, now)
        yield from sorted(verdicts, key=lambda verdict: verdict.place)


def _read(
    lot: Sequence[RawWord], now: datetime, answer_days: int, network: str | None
) -> tuple[list[tuple[RawWord, Word]], list[Verdict]]:
    words, verdicts = [], []
    for raw in lot:
        try:
            word = read(raw, now, answer_days)
        except WordError as error:
            verdicts.append(_verdict(raw, error.fault.value))
            continue
        # A number names its point, so that nothing has to be looked up, and so nothing is told.
        if network is not None and not word.point.startswith(network):
            verdicts.append(_verdict(raw, OTHER_NETWORK))
        else:
            words.append((raw, word))
    return words, verdicts


@dataclass(slots=True, kw_only=True)
class _Lot:
    """Words that are taken in together, and what is known of their deposits meanwhile.

    Attributes:
        current: The last status of each deposit, those of this lot included.
        said: Words taken before, by number, stage, time and detail.
        news: What each point is told in the end, in order.
    """

    held: dict[str, Any]
    current: dict[str, StatusUpdate]
    said: set[_Key]
    notes: list[dict[str, Any]] = field(default_factory=list)
    news: dict[str, list[StatusUpdate]] = field(default_factory=dict)
    stages: dict[UUID, Stage] = field(default_factory=dict)


def _take_lot(
    connection: Connection, words: Sequence[tuple[RawWord, Word]], said_by: str, now: datetime
) -> list[Verdict]:
    numbers = sorted({word.receipt_number for _raw, word in words})
    if not numbers:
        return []
    # Held first: what is read after that stays so.
    found = _Lot(
        held=_lock(connection, numbers),
        current=statuses.latest_of(connection, numbers),
        said=_said(connection, numbers),
    )
    verdicts = [_verdict(raw, *_judge(found, word)) for raw, word in words]
    _write(connection, found, said_by, now)
    return verdicts


def _lock(connection: Connection, numbers: Sequence[str]) -> dict[str, Any]:
    # All deposits before any point: who delivers locks them in this order too.
    rows = connection.execute(
        select(deposits.c.id, deposits.c.receipt_number, deposits.c.point)
        .where(deposits.c.receipt_number.in_(numbers))
        .order_by(deposits.c.id)
        .with_for_update()
    )
    return {row.receipt_number: row for row in rows}


def _judge(lot: _Lot, word: Word) -> tuple[str, Stage | None]:
    number = word.receipt_number
    deposit = lot.held.get(number)
    if deposit is None:
        return UNKNOWN_RECEIPT, None
    last = lot.current.get(number)
    stage = last.status if last else Stage.DEPOSITED
    if _key(word) in lot.said:
        return UNCHANGED, stage
    move = judge(stage, word.stage)
    if move is Move.SAID_ALREADY:
        # A return with other reasons is another return.
        is_same = last is not None and set(word.reason_codes) == set(last.reason_codes)
        return UNCHANGED if is_same else Move.IMPOSSIBLE.value, stage
    if move is not Move.ALLOWED:
        return move.value, stage
    status = _status(word, last)
    lot.current[number] = status
    lot.said.add(_key(word))
    lot.notes.append(dict(zip(_KEY, _key(word), strict=True)))
    lot.news.setdefault(deposit.point, []).append(status)
    lot.stages[deposit.id] = word.stage
    return RECORDED, word.stage


def _write(connection: Connection, lot: _Lot, said_by: str, now: datetime) -> None:
    if not lot.notes:
        return
    common = {"said_by": said_by, "taken_at": now}
    connection.execute(office_words.insert(), [note | common for note in lot.notes])
    connection.execute(
        update(deposits)
        .where(deposits.c.id == bindparam("deposit"))
        .values(stage=bindparam("reached")),
        [{"deposit": one, "reached": stage.value} for one, stage in lot.stages.items()],
    )
    # Points in one order, so that two who import never wait for each other.
    for point, news in sorted(lot.news.items()):
        statuses.tell(connection, point, news)


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


def _said(connection: Connection, numbers: Sequence[str]) -> set[_Key]:
    columns = [office_words.c[name] for name in _KEY]
    rows = connection.execute(select(*columns).where(office_words.c.receipt_number.in_(numbers)))
    return {(row.receipt_number, row.stage, row.said_at, row.detail_sha256) for row in rows}


def _key(word: Word) -> _Key:
    return word.receipt_number, word.stage.value, word.said_at.astimezone(UTC), _detail(word)


def _detail(word: Word) -> bytes:
    parts = [word.reason_codes, word.pieces_to_bring, word.last_day and word.last_day.isoformat()]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).digest()


def _verdict(raw: RawWord, outcome: str, current: Stage | None = None) -> Verdict:
    # What is refused is repeated at most as far as a receipt number is long.
    return Verdict(place=raw.place, receipt=raw.receipt[:24], outcome=outcome, current=current)
