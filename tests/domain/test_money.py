"""Amounts: what people write is what is kept, to the centime."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import money
from kiosk.domain.errors import InvalidInputError
from tests.domain.slips import ANY_TEXT

AMOUNTS = st.integers(1, money.MAX_CENTIMES)


@given(AMOUNTS)
def test_amount_shown_is_the_amount_read(centimes: int) -> None:
    assert money.parse(money.shown(centimes)) == centimes


@given(AMOUNTS, st.sampled_from(",."), st.sampled_from(["", " DH", "dhs", " MAD"]))
def test_amount_is_read_with_point_or_comma(centimes: int, point: str, unit: str) -> None:
    assert money.parse(f"{centimes // 100}{point}{centimes % 100:02d}{unit}") == centimes


@given(AMOUNTS)
def test_amount_is_shown_in_groups_that_do_not_break(centimes: int) -> None:
    shown = money.shown(centimes)
    assert re.fullmatch(r"\d{1,3}(\u00a0\d{3})*,\d{2}\u00a0DH", shown)


def test_amounts_read_as_the_contract_writes_them() -> None:
    assert money.parse("845.50") == 84_550
    assert money.parse("1 234,5") == 123_450
    assert money.parse("845 DH") == 84_500
    assert money.shown(123_450) == "1\u00a0234,50\u00a0DH"
    assert money.shown(5) == "0,05\u00a0DH"


@pytest.mark.parametrize(
    "text",
    [
        *("", "DH", "0", "0,00", "-5", "+5", "5,", ",5", "1,234", "1.234,50", "1e5", "NaN", "inf"),
        *("٨٤٥", "845 EUR", "100000000,01", "9999999999", "1" * 5_000, "5" + " " * 40),
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        money.parse(text)
    assert refused.value.field == "amount"


@given(ANY_TEXT)
def test_any_text_is_an_amount_or_refused_input(text: str) -> None:
    try:
        centimes = money.parse(text)
    except InvalidInputError:
        return
    assert 0 < centimes <= money.MAX_CENTIMES
