"""The talon: the slip that is stapled to the paper dossier and travels with it."""

from dataclasses import dataclass
from datetime import datetime

from kiosk.domain import moments
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.papers.layout import (
    HEAD,
    LABEL,
    TALON_NUMBER,
    Align,
    Layout,
    Qr,
    QrBeside,
    Text,
    isolated_rtl,
)
from kiosk.papers.wording import TALON_TITLE, piece_total


@dataclass(frozen=True, slots=True, kw_only=True)
class TalonFacts:
    """All that a talon says.

    Attributes:
        created_at: Timezone-aware; its day in Casablanca is printed.
        piece_count: Pieces stapled together.
        qr_text: ``HTTPS://HOST/T/`` and the receipt number, made by the caller: short, so that
            its modules stay large on a slip that gets folded and stamped.
    """

    receipt_number: ReceiptNumber
    created_at: datetime
    piece_count: int
    qr_text: str

    def __post_init__(self) -> None:
        if self.created_at.tzinfo is None:
            raise ValueError("a talon's time needs its offset")
        if self.piece_count < 1:
            raise ValueError("a talon goes with at least one piece")


def talon(facts: TalonFacts) -> Layout:
    """Lay a talon out."""
    device, _, rest = str(facts.receipt_number).partition("-")
    day = moments.local_date(facts.created_at).strftime("%d/%m/%y")
    lines = (
        (TALON_TITLE.fr, HEAD),
        (isolated_rtl(TALON_TITLE.ar), HEAD),
        (device, TALON_NUMBER),
        (rest, TALON_NUMBER),
        (f"{piece_total(facts.piece_count)} · {day}", LABEL),
    )
    texts = tuple(
        Text(text=text, style=style, align=Align.START, is_one_line=True) for text, style in lines
    )
    return Layout(
        title=f"{facts.receipt_number} T",
        boxes=(QrBeside(qr=Qr(text=facts.qr_text, module_mm=0.625), texts=texts),),
    )
