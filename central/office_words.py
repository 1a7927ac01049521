"""What the back office says of one deposit, read from texts that anybody may have written."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from central.reasons import MAX_REASONS, REASONS, pieces_of
from kiosk.domain.errors import InvalidInputError, NotAReceiptError
from kiosk.domain.moments import bounds_of_day, local_date, parse_day, parse_rfc3339
from kiosk.domain.receipt_number import parse
from kiosk.domain.vocabulary import PieceKind, Stage

MAX_TEXT = 1000
"""Characters of one field; longer is refused unread."""
ANSWER_DAYS = 60
"""Days to bring what is missing where nobody names the last one: the form's own delay."""
_AHEAD = timedelta(days=1)
_BETWEEN = re.compile(r"[\s,;|+]+")


class Fault(StrEnum):
    """Why a word cannot be taken, whatever deposit it is about."""

    NOT_A_RECEIPT = "not_a_receipt"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_REASON = "unknown_reason"
    REASONS_MISSING = "reasons_missing"
    REASONS_UNEXPECTED = "reasons_unexpected"
    UNKNOWN_PIECE = "unknown_piece"
    BAD_DATE = "bad_date"
    DATE_AHEAD = "date_ahead"
    BAD_LAST_DAY = "bad_last_day"
    TOO_LONG = "too_long"
    BAD_LINE = "bad_line"


class WordError(Exception):
    """A word that cannot be taken."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class RawWord:
    """One line of a file or one entry of a call, unread. ``place`` counts from 1.

    Attributes:
        fault: Why it cannot even be parted into its fields; None where it was.
    """

    place: int
    receipt: str
    status: str
    at: str
    reasons: str = ""
    pieces: str = ""
    last_day: str = ""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of the back office.

    Attributes:
        said_at: A time, or the beginning of the day that was named, in Casablanca.
    """

    receipt_number: str
    point: str
    stage: Stage
    said_at: datetime
    reason_codes: tuple[str, ...] = ()
    pieces_to_bring: tuple[PieceKind, ...] = ()
    last_day: date | None = None


def read(raw: RawWord, now: datetime, answer_days: int = ANSWER_DAYS) -> Word:
    """Return the word in *raw*.

    Raises:
        WordError: What is wrong with it.
    """
    if raw.fault is not None:
        raise WordError(raw.fault)
    fields = (raw.receipt, raw.status, raw.at, raw.reasons, raw.pieces, raw.last_day)
    if any(len(field) > MAX_TEXT for field in fields):
        raise WordError(Fault.TOO_LONG)
    try:
        number = parse(raw.receipt)
    except NotAReceiptError as error:
        raise WordError(Fault.NOT_A_RECEIPT) from error
    stage, said_at = _stage(raw.status), _moment(raw.at, now)
    reasons = _reasons(raw.reasons, stage)
    is_return = stage is Stage.RETURNED
    if not is_return and (raw.pieces.strip() or raw.last_day.strip()):
        raise WordError(Fault.REASONS_UNEXPECTED)
    return Word(
        receipt_number=str(number),
        point=number.point,
        stage=stage,
        said_at=said_at,
        reason_codes=reasons,
        pieces_to_bring=_pieces(raw.pieces) or pieces_of(reasons),
        last_day=_last_day(raw.last_day, said_at, answer_days) if is_return else None,
    )


def _stage(text: str) -> Stage:
    try:
        return Stage(text.strip().lower())
    except ValueError as error:
        raise WordError(Fault.UNKNOWN_STATUS) from error


def _moment(text: str, now: datetime) -> datetime:
    text = text.strip()
    try:
        if "T" in text or " " in text:
            moment = parse_rfc3339(text)
        else:
            moment = bounds_of_day(parse_day(text, "date"))[0]
    except (ValueError, OverflowError, InvalidInputError) as error:
        raise WordError(Fault.BAD_DATE) from error
    if moment.year < 2000:
        raise WordError(Fault.BAD_DATE)
    if moment > now + _AHEAD:
        raise WordError(Fault.DATE_AHEAD)
    return moment


def _reasons(text: str, stage: Stage) -> tuple[str, ...]:
    codes = tuple(sorted({code for code in _BETWEEN.split(text.strip().lower()) if code}))
    if not set(codes) <= REASONS.keys() or len(codes) > MAX_REASONS:
        raise WordError(Fault.UNKNOWN_REASON)
    if stage is Stage.RETURNED and not codes:
        raise WordError(Fault.REASONS_MISSING)
    if stage is not Stage.RETURNED and codes:
        raise WordError(Fault.REASONS_UNEXPECTED)
    return codes


def _pieces(text: str) -> tuple[PieceKind, ...]:
    named = [code for code in _BETWEEN.split(text.strip().lower()) if code]
    try:
        return tuple(dict.fromkeys(PieceKind(code) for code in named))
    except ValueError as error:
        raise WordError(Fault.UNKNOWN_PIECE) from error


def _last_day(text: str, said_at: datetime, answer_days: int) -> date:
    said_on = local_date(said_at)
    if not text.strip():
        return said_on + timedelta(days=answer_days)
    try:
        last = parse_day(text, "last_day")
    except InvalidInputError as error:
        raise WordError(Fault.BAD_LAST_DAY) from error
    if not said_on <= last <= said_on + timedelta(days=3660):
        raise WordError(Fault.BAD_LAST_DAY)
    return last
