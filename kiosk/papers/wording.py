"""Words that only papers use, and the lines made from them."""

import unicodedata
from collections.abc import Iterable
from enum import Enum
from typing import Final

from kiosk.domain import words
from kiosk.domain.vocabulary import PieceKind
from kiosk.domain.words import Words
from kiosk.papers.layout import isolated

_NBSP: Final = "\u00a0"
_WORD_JOINER: Final = "\u2060"


class Label(Enum):
    """Names of the facts on a receipt."""

    DATE = "date"
    IMMATRICULATION = "immatriculation"
    BENEFICIARY = "beneficiary"
    CARE_DATE = "care_date"
    CARE_END = "care_end"
    DEPOSITOR = "depositor"
    PAGES = "pages"
    AMOUNT = "amount"


LABELS: Final[dict[Label, Words]] = {
    Label.DATE: Words("Date", "التاريخ"),
    Label.IMMATRICULATION: Words("Immatriculation", f"رقم التسجيل {isolated('(CNSS)')}"),
    Label.BENEFICIARY: Words("Bénéficiaire", "المستفيد من العلاجات"),
    Label.CARE_DATE: Words("Date des soins", "تاريخ العلاج"),
    Label.CARE_END: Words("Fin des soins", "نهاية العلاج"),
    Label.DEPOSITOR: Words("Déposé par", "المودِع"),
    Label.PAGES: Words("Pages", "الصفحات"),
    Label.AMOUNT: Words("Montant déclaré", "المبلغ المصرح به"),
}

MARKS: Final[dict[str, Words]] = {
    "duplicate": Words("DUPLICATA", "نظير"),
    "amended": Words("RECTIFIÉ", "مصحَّح"),
    "cancelled": Words("ANNULÉ", "أُلغي الإيداع"),
    "complement": Words("COMPLÉMENT", "استكمال الملف"),
}

TIME_NOT_VERIFIED: Final = Words("heure non vérifiée", "ساعة غير مؤكدة")

SCAN_TO_VERIFY: Final = Words(
    "Scannez pour vérifier ce récépissé et suivre le dossier.",
    "صوِّر الرمز بهاتفك للتحقق من الوصل وتتبع الملف.",
)

TALON_TITLE: Final = Words("Talon à agrafer", "قسيمة تُرفق بالملف")


def counted_pieces(pieces: Iterable[tuple[PieceKind, int]]) -> Words:
    """Return «Feuille de soins 1 · Ordonnance 2» in both languages; no piece is broken in two.

    Raises:
        ValueError: A count below one.
    """
    french, arabic = [], []
    for kind, count in pieces:
        if count < 1:
            raise ValueError("a piece is counted from one")
        name = words.PIECE_KIND[kind]
        french.append(_unbroken(f"{name.fr} {count}"))
        arabic.append(_unbroken(f"{name.ar} {isolated(str(count))}"))
    return Words(" · ".join(french), " · ".join(arabic))


def piece_total(count: int) -> str:
    """Return «1 pièce» or «4 pièces»."""
    return f"{count}{_NBSP}pièce{'s' if count > 1 else ''}"


def checked_line(text: str, max_length: int) -> None:
    """Refuse what does not belong on one line of a paper: controls, direction marks, a flood.

    Raises:
        ValueError: Empty, too long, or with such characters.
    """
    unwanted = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    if not text.strip() or len(text) > max_length:
        raise ValueError(f"a line on paper takes 1 to {max_length} characters")
    if any(unicodedata.category(char) in unwanted for char in text):
        raise ValueError("a line on paper takes no control characters")


def _unbroken(text: str) -> str:
    """Return *text* with no place where a line may end."""
    return text.replace(" ", _NBSP).replace("-", f"-{_WORD_JOINER}")
