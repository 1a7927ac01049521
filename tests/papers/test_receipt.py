"""What a receipt and a talon say, in every case."""

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime

import pytest

from kiosk.domain import words
from kiosk.domain.vocabulary import Beneficiary, Depositor, DossierKind, PieceKind, Stage
from kiosk.papers.layout import Band, Layout, Pair, Qr, QrBeside, Row, Text
from kiosk.papers.receipt import LARGE_PRINT, LawNotice, Mark, ReceiptFacts, receipt
from kiosk.papers.talon import TalonFacts, talon
from kiosk.papers.wording import MARKS, SCAN_TO_VERIFY, TALON_TITLE, TIME_NOT_VERIFIED
from tests.papers.samples import NUMBER, QR_TEXT, receipt_facts, talon_facts


def said(layout: Layout) -> Iterator[str]:
    """Yield every word on a paper."""
    for box in layout.boxes:
        match box:
            case Text(text=text):
                yield text
            case Pair(words=both) | Band(words=both):
                yield from both
            case Row(label=label, value=value, note=note):
                yield from label
                yield from [value] if isinstance(value, str) else value
                yield from note or ()
            case QrBeside(texts=texts):
                yield from (text.text for text in texts)
            case _:
                continue


def values(layout: Layout) -> dict[str, object]:
    """Return the facts of a receipt by their French label."""
    return {box.label.fr: box.value for box in layout.boxes if isinstance(box, Row)}


def bands(layout: Layout) -> list[str]:
    return [box.words.fr for box in layout.boxes if isinstance(box, Band)]


def test_receipt_says_the_facts_of_the_deposit() -> None:
    assert values(receipt(receipt_facts(end_date=date(2026, 11, 20)))) == {
        "Date": "23/11/2026 11:42",
        "Immatriculation": "•••••• 785",
        "Bénéficiaire": words.BENEFICIARY[Beneficiary.CHILD],
        "Date des soins": "02/11/2026",
        "Fin des soins": "20/11/2026",
        "Déposé par": words.DEPOSITOR[Depositor.SELF],
        "Pages": "4",
        "Montant déclaré": "845,50\u00a0DH",
    }


def test_time_is_that_of_casablanca() -> None:
    """July 2026 is UTC+1 there."""
    facts = receipt_facts(created_at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    assert values(receipt(facts))["Date"] == "02/07/2026 00:30"


@pytest.mark.parametrize(
    "always",
    [
        *(words.ISSUER, words.PROVES_DEPOSIT_ONLY, words.CHECK_BEFORE_LEAVING, words.LAW_09_08),
        SCAN_TO_VERIFY,
    ],
)
@pytest.mark.parametrize("stage", Stage)
def test_sentences_are_on_every_receipt_in_both_languages(
    always: words.Words, stage: Stage
) -> None:
    everything = list(said(receipt(receipt_facts(stage=stage))))
    assert always.fr in everything
    assert always.ar in everything


def test_title_and_advice_to_keep_are_printed() -> None:
    everything = list(said(receipt(receipt_facts())))
    assert "RÉCÉPISSÉ DE DÉPÔT — AMO" in everything
    assert words.RECEIPT_TITLE.ar in everything
    assert "À CONSERVER" in everything
    assert words.KEEP.ar in everything
    assert str(NUMBER) in everything
    assert "Cash Plus — Azrou Centre · C0417A" in everything


def test_pieces_are_counted_in_both_languages_and_never_broken() -> None:
    everything = list(said(receipt(receipt_facts(pieces=((PieceKind.CODES_BARRES, 12),)))))
    assert "Codes-\u2060barres\u00a0des\u00a0médicaments\u00a012" in everything
    assert "الرموز\u00a0الشريطية\u00a0للأدوية\u00a0\u206612\u2069" in everything


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.DEPOSITED, Stage.CANCELLED}))
def test_later_stages_are_told_in_both_languages(stage: Stage) -> None:
    everything = list(said(receipt(receipt_facts(stage=stage))))
    assert words.STAGE[stage].fr in everything
    assert words.STAGE[stage].ar in everything


def test_receipt_before_scanning_tells_that_and_counts_no_pages() -> None:
    facts = receipt_facts(stage=Stage.SCAN_TO_COME, page_count=None)
    assert "Reçu, numérisation à venir" in list(said(receipt(facts)))
    assert "Pages" not in values(receipt(facts))


def test_first_print_has_no_mark() -> None:
    assert bands(receipt(receipt_facts())) == []


@pytest.mark.parametrize("mark", Mark)
def test_marks_are_told_in_both_languages(mark: Mark) -> None:
    layout = receipt(receipt_facts(marks=(mark,)))
    assert bands(layout) == [MARKS[mark.value].fr]
    assert MARKS[mark.value].ar in list(said(layout))


def test_reprint_of_an_amended_receipt_has_both_marks_once() -> None:
    marks = (Mark.DUPLICATE, Mark.AMENDED, Mark.DUPLICATE)
    assert bands(receipt(receipt_facts(marks=marks))) == ["DUPLICATA", "RECTIFIÉ"]


@pytest.mark.parametrize("marks", [(), (Mark.CANCELLED,)])
def test_cancelled_deposit_is_marked_even_when_forgotten(marks: tuple[Mark, ...]) -> None:
    facts = receipt_facts(stage=Stage.CANCELLED, marks=marks)
    assert bands(receipt(facts)) == ["ANNULÉ"]


def test_untrusted_clock_is_told_under_the_time() -> None:
    assert date_note(receipt(receipt_facts(is_clock_trusted=False))) == TIME_NOT_VERIFIED
    assert date_note(receipt(receipt_facts())) is None


def date_note(layout: Layout) -> words.Words | None:
    rows = [box for box in layout.boxes if isinstance(box, Row) and box.label.fr == "Date"]
    return rows[0].note


def test_registration_is_printed_only_when_configured() -> None:
    notice = LawNotice(authorisation="Autorisation CNDP A-1/2027", contact="dpo@cnss.invalid")
    with_notice = list(said(receipt(receipt_facts(law_notice=notice))))
    assert {notice.authorisation, notice.contact} <= set(with_notice)
    assert len(with_notice) == len(list(said(receipt(receipt_facts())))) + 2


def test_host_is_printed_only_when_given() -> None:
    assert "wasl.invalid" in list(said(receipt(receipt_facts(verify_host="wasl.invalid"))))
    assert not any("wasl" in text for text in said(receipt(receipt_facts())))


def test_complement_may_declare_no_amount() -> None:
    assert "Montant déclaré" not in values(receipt(receipt_facts(amount_centimes=None)))


def test_large_print_is_larger() -> None:
    assert receipt(receipt_facts(is_large_print=True)).scale == LARGE_PRINT > 1.3


def test_facts_have_no_place_for_a_person() -> None:
    """A new field is a decision: add it here only if a thief of receipts may read it."""
    assert {field.name for field in fields(ReceiptFacts)} == {
        *("receipt_number", "created_at", "is_clock_trusted", "point_name", "immatriculation_end"),
        *("beneficiary", "care_date", "end_date", "depositor", "pieces", "page_count"),
        *("amount_centimes", "qr_text", "stage", "marks", "is_large_print", "law_notice"),
        "verify_host",
    }
    assert {field.name for field in fields(TalonFacts)} == {
        *("receipt_number", "created_at", "piece_count", "qr_text"),
    }


def test_no_paper_tells_an_immatriculation_or_the_kind_of_care() -> None:
    kinds = {text for kind in words.DOSSIER_KIND.values() for text in kind}
    for layout in (receipt(receipt_facts()), talon(talon_facts())):
        for text in (*said(layout), layout.title):
            assert not re.search(r"\d{7,}", text.replace(" ", "")), text
            assert text not in kinds
    assert len(kinds) == 2 * len(DossierKind)


@pytest.mark.parametrize(
    "change",
    [
        *({"immatriculation_end": "123456785"}, {"immatriculation_end": "78"}),
        {"immatriculation_end": "٧٨٥"},
        {"created_at": datetime(2026, 11, 23, 10, 42)},
        *({"point_name": ""}, {"point_name": "x" * 81}, {"point_name": "a\nb"}),
        *({"point_name": "a\u202eb"}, {"verify_host": "http://x"}, {"verify_host": ""}),
        {"law_notice": LawNotice(authorisation="x" * 161, contact="y")},
    ],
)
def test_facts_that_do_not_belong_on_paper_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"receipt|line on paper|host"):
        receipt_facts(**change)


def test_piece_counted_zero_times_is_refused() -> None:
    with pytest.raises(ValueError, match="counted from one"):
        receipt(receipt_facts(pieces=((PieceKind.FACTURE, 0),)))


def test_receipts_code_carries_the_callers_text() -> None:
    assert [box.text for box in receipt(receipt_facts()).boxes if isinstance(box, Qr)] == [QR_TEXT]


def test_talon_says_what_is_needed_to_staple_it_rightly() -> None:
    texts = list(said(talon(talon_facts())))
    assert texts[0] == TALON_TITLE.fr == "Talon à agrafer"
    assert TALON_TITLE.ar in texts[1]
    assert texts[2:] == ["C0417A", "000131-39", "4\u00a0pièces · 23/11/26"]


def test_talon_of_one_piece_is_singular() -> None:
    assert list(said(talon(talon_facts(piece_count=1))))[-1] == "1\u00a0pièce · 23/11/26"


@pytest.mark.parametrize("change", [{"piece_count": 0}, {"created_at": datetime(2026, 11, 23)}])
def test_talon_that_says_nothing_true_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="talon"):
        talon_facts(**change)
