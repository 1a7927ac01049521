"""A form becomes a dossier, or says which field is wrong without repeating what was typed."""

from dataclasses import fields, replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import form as forms
from kiosk.domain.dossier import pieces_from_pages
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.form import DepositForm
from kiosk.domain.vocabulary import DossierKind, IdType, WarningKind
from tests.domain.slips import ANY_TEXT

TODAY = date(2026, 11, 23)
PIECES = pieces_from_pages(2, {})
GOOD = DepositForm(
    immatriculation="101 455 262",
    id_type=IdType.CIN,
    id_number="ab 123456",
    phone="06 12 34 56 78",
    kind=DossierKind.ALD,
    care_date="10/11/2026",
    end_date="2026-11-20",
    amount="1 234,50 DH",
    group_id=UUID(int=7),
)
TYPED = [one.name for one in fields(DepositForm) if one.type in (str, "str")]


def test_form_is_read_as_a_whole() -> None:
    read = forms.read(GOOD, PIECES, TODAY)
    dossier = read.dossier
    assert dossier.insured.immatriculation == "101455262"
    assert dossier.insured.id_number == "AB123456"
    assert dossier.insured.phone == "+212612345678"
    assert (dossier.care_date, dossier.end_date) == (date(2026, 11, 10), date(2026, 11, 20))
    assert dossier.amount_centimes == 123_450
    assert (dossier.kind, dossier.pieces) == (DossierKind.ALD, PIECES)
    assert (dossier.group_id, dossier.carnet_number) == (UUID(int=7), None)
    assert read.warnings == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"immatriculation": "10145526"}, "immatriculation"),
        ({"immatriculation": "100000000"}, "immatriculation"),
        ({"id_number": ""}, "id_number"),
        ({"phone": "0512345678"}, "phone"),
        ({"care_date": "24/11/2026"}, "care_date"),
        ({"care_date": ""}, "care_date"),
        ({"end_date": "09/11/2026"}, "end_date"),
        ({"end_date": "soon"}, "end_date"),
        ({"amount": "0"}, "amount"),
        ({"carnet_number": "C0417A-000131-38"}, "carnet_number"),
        ({"reason": "x" * 501}, "reason"),
    ],
)
def test_wrong_field_is_named_and_its_value_is_not_repeated(
    changes: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        forms.read(replace(GOOD, **changes), PIECES, TODAY)  # type: ignore[arg-type]
    assert refused.value.field == field
    (typed,) = changes.values()
    assert not typed or typed == "0" or typed not in str(refused.value)


@given(st.sampled_from(TYPED), ANY_TEXT)
def test_any_text_in_any_field_is_read_or_refused_by_name(field: str, text: str) -> None:
    form = replace(GOOD, **{field: text})  # type: ignore[arg-type]
    try:
        forms.read(form, PIECES, TODAY)
    except InvalidInputError as refused:
        named = refused.field
    else:
        named = field
    assert named == field


def test_warnings_gather_in_the_order_of_the_form() -> None:
    form = replace(
        GOOD, immatriculation="101455267", id_number="?12", care_date="2026-09-22", end_date=""
    )
    assert forms.read(form, PIECES, TODAY).warnings == (
        WarningKind.IMMATRICULATION_KEY,
        WarningKind.IDENTITY_DOCUMENT,
        WarningKind.LATE_DEPOSIT,
    )


def test_last_day_is_in_time_and_the_next_is_late() -> None:
    form = replace(GOOD, care_date="2026-09-23", end_date="")
    assert forms.read(form, PIECES, date(2026, 11, 23)).warnings == ()
    assert forms.read(form, PIECES, date(2026, 11, 24)).warnings == (WarningKind.LATE_DEPOSIT,)


def test_end_of_treatment_makes_an_old_first_act_timely() -> None:
    form = replace(GOOD, care_date="2025-01-10", end_date="2026-10-01")
    assert forms.read(form, PIECES, TODAY).warnings == ()


def test_number_of_a_carnet_is_kept_in_its_one_text() -> None:
    form = replace(GOOD, carnet_number=" c0417a 000131 39 ", reason="x" * 500)
    assert forms.read(form, PIECES, TODAY).dossier.carnet_number == "C0417A-000131-39"
    assert (
        forms.read(replace(GOOD, carnet_number="  "), PIECES, TODAY).dossier.carnet_number is None
    )
