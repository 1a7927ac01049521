"""What is said of a field when it is left: pure, the same rules as the command line."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kiosk.domain import identifiers, moments, money
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.identifiers import Judged
from kiosk.domain.vocabulary import IdType, WarningKind
from kiosk.domain.words import Words
from kiosk.ui.i18n import texts
from kiosk.ui.i18n.faults import ERROR, FAULT
from kiosk.ui.i18n.shown import DAYS, counted, fill, same


class Tone(StrEnum):
    """How a sentence is meant; it is never shown by colour alone."""

    NEUTRAL = "neutral"
    OK = "ok"
    ATTENTION = "attention"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A sentence under a field, and how it is meant; ``WRONG`` holds the step back."""

    tone: Tone = Tone.NEUTRAL
    words: Words

    @property
    def is_wrong(self) -> bool:
        """Tell whether the field must be corrected first."""
        return self.tone is Tone.WRONG


NOTHING = Verdict(words=Words("", ""))
_OLDEST_YEAR = 2000


def immatriculation(text: str) -> Verdict:
    """Judge the immatriculation; a key that does not hold asks for a second typing."""
    judged = identifiers.immatriculation(text)
    if judged.warning is WarningKind.IMMATRICULATION_KEY:
        return Verdict(tone=Tone.ATTENTION, words=texts.KEY_DOUBT)
    return _faulty("immatriculation", judged) or Verdict(tone=Tone.OK, words=texts.ACCEPTED)


def second_typing(first: str, second: str) -> Verdict:
    """Judge the second typing of a doubtful immatriculation."""
    if identifiers.fold(first) == identifiers.fold(second):
        return Verdict(tone=Tone.OK, words=texts.AGAIN_SAME)
    words = texts.AGAIN_DIFFERENT if second.strip() else texts.AGAIN_MISSING
    return Verdict(tone=Tone.WRONG, words=words)


def id_number(id_type: IdType, text: str) -> Verdict:
    """Judge the number of an identity document."""
    if id_type is IdType.NONE:
        return Verdict(words=texts.ID_NONE)
    judged = identifiers.identity_document(id_type, text)
    if judged.warning is not None:
        return Verdict(tone=Tone.ATTENTION, words=texts.ID_ODD)
    return _faulty("id_number", judged) or Verdict(tone=Tone.OK, words=texts.ACCEPTED)


def phone(text: str) -> Verdict:
    """Judge a mobile number; it may stay empty."""
    judged = identifiers.phone(text)
    if judged.value == "":
        return Verdict(words=texts.PHONE_HINT)
    return _faulty("phone", judged) or Verdict(tone=Tone.OK, words=texts.ACCEPTED)


def care_date(text: str, end_text: str, today: date) -> Verdict:
    """Judge the date of the first act, and say how long a deposit is in time."""
    if not text.strip():
        return Verdict(tone=Tone.WRONG, words=texts.DATE_MISSING)
    wrong, day = _day(text, "care_date", today)
    if day is None:
        return wrong
    _, end = _day(end_text, "end_date", today) if end_text.strip() else (NOTHING, None)
    left = (moments.deadline(day, end) - today).days
    if left < 0:
        words = fill(texts.LATE, days=counted(-left, DAYS))
        return Verdict(tone=Tone.ATTENTION, words=words)
    if left == 0:
        return Verdict(tone=Tone.OK, words=texts.LAST_DAY)
    return Verdict(tone=Tone.OK, words=fill(texts.IN_TIME, days=counted(left, DAYS)))


def end_date(text: str, care_text: str, today: date) -> Verdict:
    """Judge the end of a continuous treatment; it may stay empty."""
    if not text.strip():
        return Verdict(words=texts.END_HINT)
    wrong, day = _day(text, "end_date", today)
    if day is None:
        return wrong
    _, care = _day(care_text, "care_date", today)
    if care is not None and day < care:
        return Verdict(tone=Tone.WRONG, words=texts.END_BEFORE)
    return Verdict(tone=Tone.OK, words=texts.ACCEPTED)


def amount(text: str) -> Verdict:
    """Judge an amount in dirhams."""
    try:
        money.parse(text)
    except InvalidInputError:
        return Verdict(tone=Tone.WRONG, words=texts.AMOUNT_WRONG)
    return Verdict(words=texts.AMOUNT_HINT)


def digits_so_far(text: str, wanted: int) -> Verdict:
    """Return the neutral hint shown while typing: «8 de 9 chiffres»."""
    count = sum(char.isdecimal() for char in identifiers.fold(text))
    return Verdict(words=fill(texts.DIGITS_OF, n=same(str(count)), of=same(str(wanted))))


def is_late(text: str, end_text: str, today: date) -> bool:
    """Tell whether a well-typed dossier is past its last day."""
    return care_date(text, end_text, today).tone is Tone.ATTENTION


def _day(text: str, field: str, today: date) -> tuple[Verdict, date | None]:
    try:
        day = moments.parse_day(text, field)
    except InvalidInputError:
        return Verdict(tone=Tone.WRONG, words=texts.DATE_SHAPE), None
    if day > today:
        return Verdict(tone=Tone.WRONG, words=texts.DATE_FUTURE), None
    if day.year < _OLDEST_YEAR:
        return Verdict(tone=Tone.WRONG, words=texts.DATE_LONG_AGO), None
    return NOTHING, day


def _faulty(field: str, judged: Judged) -> Verdict | None:
    if judged.fault is None:
        return None
    words = FAULT.get((field, judged.fault), ERROR["invalid_input"])
    return Verdict(tone=Tone.WRONG, words=words)
