"""Every value has its words in both languages, and the words are those that were reviewed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest

from kiosk.domain import words
from kiosk.domain.vocabulary import (
    Beneficiary,
    Depositor,
    DepositState,
    DossierKind,
    IdType,
    Network,
    PieceKind,
    Stage,
)
from kiosk.domain.words import Words

TABLES: list[tuple[type[StrEnum], Mapping[Any, Words]]] = [
    (DossierKind, words.DOSSIER_KIND),
    (PieceKind, words.PIECE_KIND),
    (Beneficiary, words.BENEFICIARY),
    (Depositor, words.DEPOSITOR),
    (IdType, words.ID_TYPE),
    (Stage, words.STAGE),
    (DepositState, words.DEPOSIT_STATE),
    (Network, words.NETWORK),
]


def is_arabic(text: str) -> bool:
    return any("\u0600" <= sign <= "\u06ff" for sign in text)


@pytest.mark.parametrize(("values", "table"), TABLES, ids=[one.__name__ for one, _ in TABLES])
def test_every_value_has_words_in_both_languages(
    values: type[StrEnum], table: Mapping[Any, Words]
) -> None:
    assert list(table) == list(values)
    for french, arabic in table.values():
        assert french.strip() == french != ""
        assert not is_arabic(french)
        assert is_arabic(arabic)
        assert arabic.strip() == arabic


# domain.md §5, as it stands there.
STAGES = {
    "deposited": ("Déposé", "تم الإيداع"),
    "copy_received": ("Copie reçue par la CNSS", "تم التوصل بالنسخة"),
    "originals_received": ("Originaux reçus", "تم التوصل بالأصول"),
    "in_review": ("En traitement", "قيد المعالجة"),
    "returned": ("Retourné : à compléter", "أُعيد لاستكماله"),
    "settled": ("Réglé", "تمت التسوية"),
    "paid": ("Payé", "تم الأداء"),
    "cancelled": ("Annulé", "أُلغي الإيداع"),
    "scan_to_come": ("Reçu, numérisation à venir", "تم الإيداع والنسخ لاحقاً"),
    # «Originaux égarés / abîmés» ضاعت / تضررت الأصول
    "lost": ("Originaux égarés", "ضاعت الأصول"),
    "damaged": ("Originaux abîmés", "تضررت الأصول"),
}


def test_stages_are_told_in_the_reviewed_words() -> None:
    assert {stage.value: tuple(words.STAGE[stage]) for stage in Stage} == STAGES


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.ISSUER, ("CNSS", "الصندوق الوطني للضمان الاجتماعي")),
        (
            words.RECEIPT_TITLE,
            ("Récépissé de dépôt — AMO", "وصل إيداع — التأمين الإجباري عن المرض"),
        ),
        (words.KEEP, ("À conserver", "يرجى الاحتفاظ بهذا الوصل")),
        (words.CHECK_BEFORE_LEAVING, ("Vérifiez avant de partir", "تحققوا قبل المغادرة")),
        (
            words.PROVES_DEPOSIT_ONLY,
            (
                "Ce récépissé prouve le dépôt. Il ne vaut pas accord de remboursement.",
                "يثبت هذا الوصل الإيداع ولا يعني الموافقة على التعويض.",
            ),
        ),
        (
            words.LAW_09_08,
            (
                "Données traitées par la CNSS pour votre remboursement."
                " Accès, rectification, opposition (loi 09-08).",
                "لكم حق الولوج والتصحيح والتعرض (القانون 09.08).",
            ),
        ),
        (words.PIECE_KIND[PieceKind.ORDONNANCE], ("Ordonnance", "وصفة طبية")),
        (words.PIECE_KIND[PieceKind.FACTURE], ("Facture", "فاتورة")),
        (words.PIECE_KIND[PieceKind.FEUILLE_DE_SOINS], ("Feuille de soins", "ورقة العلاجات")),
        (
            words.PIECE_KIND[PieceKind.CODES_BARRES],
            ("Codes-barres des médicaments", "الرموز الشريطية للأدوية"),
        ),
        (words.DOSSIER_KIND[DossierKind.MALADIE], ("Maladie", "مرض")),
        (words.DOSSIER_KIND[DossierKind.MATERNITE], ("Maternité", "أمومة")),
        (words.DOSSIER_KIND[DossierKind.ALD], ("ALD", "أمراض مزمنة")),
        (words.DOSSIER_KIND[DossierKind.DENTAIRE], ("Dentaire", "علاجات الأسنان")),
        (words.DOSSIER_KIND[DossierKind.OPTIQUE], ("Optique", "نظارات طبية")),
        (words.BENEFICIARY[Beneficiary.SELF], ("Assuré", "المؤمَّن له")),
        (words.BENEFICIARY[Beneficiary.SPOUSE], ("Conjoint", "الزوج(ة)")),
        (words.BENEFICIARY[Beneficiary.CHILD], ("Enfant", "ابن/ابنة")),
        (words.ID_TYPE[IdType.CIN], ("Carte nationale", "بطاقة التعريف الوطنية")),
    ],
)
def test_words_are_the_reviewed_ones(said: Words, expected: tuple[str, str]) -> None:
    assert tuple(said) == expected


def test_depositors_and_waiting_are_said_in_the_reviewed_arabic() -> None:
    assert words.DEPOSITOR[Depositor.FAMILY].ar == "أحد الأقارب"
    assert words.DEPOSITOR[Depositor.OTHER].ar == "شخص آخر"
    assert words.DEPOSIT_STATE[DepositState.QUEUED].ar == "في انتظار الإرسال"


def test_months_are_the_moroccan_ones() -> None:
    said = "يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر"
    assert " ".join(words.MONTHS_AR) == said


def test_reading_a_code_is_never_called_wiping() -> None:
    # «مسح» also means to erase (domain.md §5).
    said = [text.ar for _, table in TABLES for text in table.values()]
    assert not [arabic for arabic in said if "مسح" in arabic]
