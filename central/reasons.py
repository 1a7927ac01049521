"""Why a dossier comes back: reference data, each code with what an insured person is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.domain.vocabulary import PieceKind
from kiosk.domain.words import PIECE_KIND, Words

MAX_REASONS: Final = 12
"""Reasons in one return; their sentences fit the 1000 characters of a status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason. ``brings`` is the piece that puts it right, where one does."""

    words: Words
    brings: PieceKind | None = None


def _missing(kind: PieceKind) -> Reason:
    name = PIECE_KIND[kind]
    return Reason(
        words=Words(f"Pièce manquante : {name.fr}.", f"وثيقة ناقصة: {name.ar}."), brings=kind
    )


REASONS: Final[dict[str, Reason]] = {
    **{f"missing_piece:{kind.value}": _missing(kind) for kind in PieceKind},
    "copy_not_original": Reason(
        words=Words("Copie au lieu de l’original.", "نسخة بدل الأصل."), brings=PieceKind.AUTRE
    ),
    "unsigned_by_insured": Reason(
        words=Words("Feuille non signée par l’assuré.", "الورقة غير موقعة من المؤمَّن له."),
        brings=PieceKind.FEUILLE_DE_SOINS,
    ),
    "missing_stamp_or_signature": Reason(
        words=Words(
            "Cachet ou signature du praticien manquant.", "خاتم الطبيب أو توقيعه غير موجود."
        ),
        brings=PieceKind.FEUILLE_DE_SOINS,
    ),
    "missing_inpe": Reason(
        words=Words("Code INPE manquant ou illisible.", "رمز INPE غير موجود أو غير مقروء."),
        brings=PieceKind.FEUILLE_DE_SOINS,
    ),
    "illegible": Reason(
        words=Words("Pièce illisible.", "وثيقة غير مقروءة."), brings=PieceKind.AUTRE
    ),
    "several_persons_or_events": Reason(
        words=Words(
            "Une feuille par personne et par événement.", "ورقة واحدة لكل شخص ولكل حالة مرضية."
        ),
        brings=PieceKind.FEUILLE_DE_SOINS,
    ),
    "missing_prior_agreement": Reason(
        words=Words("Accord préalable manquant.", "الموافقة المسبقة غير موجودة."),
        brings=PieceKind.ACCORD_PREALABLE,
    ),
    "beneficiary_not_declared": Reason(
        words=Words("Bénéficiaire non déclaré à la CNSS.", "المستفيد غير مصرح به.")
    ),
    "rights_closed": Reason(
        words=Words("Droits fermés à cette date.", "الحقوق موقوفة في هذا التاريخ.")
    ),
    "late_deposit": Reason(words=Words("Dépôt hors délai.", "إيداع خارج الأجل.")),
    "duplicate": Reason(words=Words("Dossier déjà déposé.", "ملف سبق إيداعه.")),
}


def told(codes: Sequence[str]) -> Words:
    """Return what an insured person reads for *codes*, all of which are known."""
    reasons = [REASONS[code].words for code in codes]
    return Words(" ".join(one.fr for one in reasons), " ".join(one.ar for one in reasons))


def pieces_of(codes: Sequence[str]) -> tuple[PieceKind, ...]:
    """Return the pieces that put *codes* right, each once."""
    brought = (REASONS[code].brings for code in codes)
    return tuple(dict.fromkeys(piece for piece in brought if piece is not None))
