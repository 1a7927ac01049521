"""The receipt (récépissé): what a person takes home as proof of the deposit.

It never holds a name, a full immatriculation, an identity number, a diagnosis or the kind of care:
:class:`ReceiptFacts` has no place for them.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final

from kiosk.domain import identifiers, moments, money, words
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import Beneficiary, Depositor, PieceKind, Stage
from kiosk.domain.words import Words
from kiosk.papers.layout import (
    HEAD,
    NUMBER,
    SMALL,
    TITLE,
    VALUE,
    Align,
    Band,
    Box,
    Language,
    Layout,
    Pair,
    Qr,
    Row,
    Rule,
    Space,
    Text,
)
from kiosk.papers.wording import (
    LABELS,
    MARKS,
    SCAN_TO_VERIFY,
    TIME_NOT_VERIFIED,
    Label,
    checked_line,
    counted_pieces,
)

LARGE_PRINT: Final = 1.45
_MAX_POINT_NAME: Final = 80
_MAX_NOTICE: Final = 160
_LAST_DIGITS: Final = re.compile(r"[0-9]{3}")
_HOST: Final = re.compile(r"[a-z0-9.-]{1,100}")


class Mark(Enum):
    """What sets this print apart from the first one."""

    DUPLICATE = "duplicate"
    AMENDED = "amended"
    CANCELLED = "cancelled"
    COMPLEMENT = "complement"


@dataclass(frozen=True, slots=True, kw_only=True)
class LawNotice:
    """What the controller's registration adds to the notice of law 09-08, once there is one."""

    authorisation: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts:
    """All that a receipt says.

    Attributes:
        receipt_number: Its device code is printed beside the point's name.
        created_at: Timezone-aware; printed in Casablanca's time.
        is_clock_trusted: False prints «heure non vérifiée» under the time.
        point_name: As people know it, «Cash Plus — Azrou Centre»; at most 80 characters.
        immatriculation_end: The last three digits only.
        end_date: End of a continuous treatment.
        page_count: Scanned pages; None while nothing is scanned.
        pieces: How many of each kind, in the order to print.
        amount_centimes: What the person declared; None on a complement, which declares none.
        qr_text: The whole text of the QR code, made by the caller.
        stage: Printed when it is more than «Déposé».
        verify_host: Printed so that people know which site to expect; None prints nothing.
    """

    receipt_number: ReceiptNumber
    created_at: datetime
    is_clock_trusted: bool
    point_name: str
    immatriculation_end: str
    beneficiary: Beneficiary
    care_date: date
    depositor: Depositor
    pieces: tuple[tuple[PieceKind, int], ...]
    amount_centimes: int | None
    qr_text: str
    end_date: date | None = None
    page_count: int | None = None
    stage: Stage = Stage.DEPOSITED
    marks: tuple[Mark, ...] = ()
    is_large_print: bool = False
    law_notice: LawNotice | None = None
    verify_host: str | None = None

    def __post_init__(self) -> None:
        if not _LAST_DIGITS.fullmatch(self.immatriculation_end):
            raise ValueError("a receipt takes the last three digits of an immatriculation")
        if self.created_at.tzinfo is None:
            raise ValueError("a receipt's time needs its offset")
        if self.verify_host is not None and not _HOST.fullmatch(self.verify_host):
            raise ValueError("not a host name")
        checked_line(self.point_name, _MAX_POINT_NAME)
        if self.law_notice is not None:
            checked_line(self.law_notice.authorisation, _MAX_NOTICE)
            checked_line(self.law_notice.contact, _MAX_NOTICE)


def receipt(facts: ReceiptFacts) -> Layout:
    """Lay a receipt out.

    Raises:
        ValueError: A count that is not positive.
    """
    boxes = (*_head(facts), *_rows(facts), *_pieces(facts), *_code(facts), *_sentences(facts))
    return Layout(
        title=str(facts.receipt_number),
        boxes=boxes,
        scale=LARGE_PRINT if facts.is_large_print else 1.0,
    )


def _head(facts: ReceiptFacts) -> tuple[Box, ...]:
    title = words.RECEIPT_TITLE
    return (
        Pair(words=words.ISSUER, style=HEAD),
        Text(text=title.fr.upper(), style=TITLE, is_one_line=True),
        Text(text=title.ar, language=Language.ARABIC, style=TITLE, is_one_line=True),
        Text(text=f"{facts.point_name} · {facts.receipt_number.device}"),
        Pair(words=Words(words.KEEP.fr.upper(), words.KEEP.ar), style=HEAD),
        Space(height_mm=1),
        *(Band(words=MARKS[mark.value]) for mark in _all_marks(facts)),
        Text(text=str(facts.receipt_number), style=NUMBER, is_one_line=True),
        *_stage(facts),
        Space(height_mm=1),
    )


def _all_marks(facts: ReceiptFacts) -> tuple[Mark, ...]:
    """Return the marks once each; a cancelled deposit is marked whoever forgot to say so."""
    implied = (Mark.CANCELLED,) if facts.stage is Stage.CANCELLED else ()
    return tuple(dict.fromkeys((*implied, *facts.marks)))


def _stage(facts: ReceiptFacts) -> tuple[Box, ...]:
    if facts.stage in (Stage.DEPOSITED, Stage.CANCELLED):
        return ()
    return (Pair(words=words.STAGE[facts.stage], style=HEAD),)


def _rows(facts: ReceiptFacts) -> tuple[Box, ...]:
    note = None if facts.is_clock_trusted else TIME_NOT_VERIFIED
    rows = [
        Row(label=LABELS[Label.DATE], value=moments.shown_time(facts.created_at), note=note),
        _row(Label.IMMATRICULATION, identifiers.masked(facts.immatriculation_end)),
        _row(Label.BENEFICIARY, words.BENEFICIARY[facts.beneficiary]),
        _row(Label.CARE_DATE, moments.shown_date(facts.care_date)),
    ]
    if facts.end_date is not None:
        rows.append(_row(Label.CARE_END, moments.shown_date(facts.end_date)))
    rows.append(_row(Label.DEPOSITOR, words.DEPOSITOR[facts.depositor]))
    if facts.page_count is not None:
        rows.append(_row(Label.PAGES, str(facts.page_count)))
    if facts.amount_centimes is not None:
        rows.append(_row(Label.AMOUNT, money.shown(facts.amount_centimes)))
    return tuple(box for row in rows for box in (row, Rule()))


def _row(label: Label, value: str | Words) -> Row:
    return Row(label=LABELS[label], value=value)


def _pieces(facts: ReceiptFacts) -> tuple[Box, ...]:
    if not facts.pieces:
        return ()
    listed = counted_pieces(facts.pieces)
    return (
        Text(text=listed.fr, align=Align.START),
        Text(text=listed.ar, language=Language.ARABIC, align=Align.START),
        Rule(),
    )


def _code(facts: ReceiptFacts) -> tuple[Box, ...]:
    host = facts.verify_host
    return (
        Qr(text=facts.qr_text),
        *_both(SCAN_TO_VERIFY),
        *((Text(text=host, style=SMALL),) if host is not None else ()),
    )


def _sentences(facts: ReceiptFacts) -> tuple[Box, ...]:
    notice = facts.law_notice
    gap = Space(height_mm=1)
    return (
        gap,
        *_both(words.PROVES_DEPOSIT_ONLY),
        gap,
        Pair(words=words.CHECK_BEFORE_LEAVING, style=VALUE),
        gap,
        *_both(words.LAW_09_08),
        *(
            (
                Text(text=notice.authorisation, style=SMALL),
                Text(text=notice.contact, style=SMALL),
            )
            if notice is not None
            else ()
        ),
    )


def _both(sentence: Words) -> tuple[Text, Text]:
    return (
        Text(text=sentence.fr, style=SMALL),
        Text(text=sentence.ar, language=Language.ARABIC, style=SMALL),
    )
