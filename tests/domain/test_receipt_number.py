"""Receipt numbers: one text each, and no slip goes through."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10

from kiosk.domain.errors import NotAReceiptError
from kiosk.domain.receipt_number import (
    EPOCH_LETTERS,
    MAX_SEQUENCE,
    ReceiptNumber,
    is_device_code,
    is_point_code,
    parse,
)
from tests.domain.slips import ANY_TEXT, slips_let_through

DEVICES = st.builds(
    "{}{:04d}{}".format,
    st.sampled_from("CBHAM"),
    st.integers(0, 9999),
    st.sampled_from(EPOCH_LETTERS),
)
NUMBERS = st.builds(ReceiptNumber, device=DEVICES, sequence=st.integers(1, MAX_SEQUENCE))


def is_accepted(text: str) -> bool:
    try:
        parse(text)
    except NotAReceiptError:
        return False
    return True


def has_plain_mod_11(text: str) -> bool:
    """Check two last digits made by adding everything up modulo 11: what must not be used."""
    body, check = text[:-2].replace("-", ""), text[-2:]
    return check.isdecimal() and sum(map(ord, body)) % 11 == int(check)


def test_number_of_the_contract_reads_as_it_says() -> None:
    number = parse("C0417A-000131-39")
    assert (number.device, number.point, number.sequence) == ("C0417A", "C0417", 131)
    assert str(number) == "C0417A-000131-39"
    assert number.read_back() == "000 131 39"


@given(NUMBERS)
def test_number_written_is_the_number_read(number: ReceiptNumber) -> None:
    text = str(number)
    assert len(text) == 16
    assert parse(text) == number
    assert mod_97_10.is_valid(text.replace("-", ""))
    assert number.read_back().replace(" ", "") == text[7:13] + text[14:]


@given(NUMBERS)
def test_no_slip_in_a_number_goes_through(number: ReceiptNumber) -> None:
    assert slips_let_through(is_accepted, str(number)) == []


@given(NUMBERS, st.sampled_from(string.ascii_uppercase), st.sampled_from((0, 5)))
def test_wrong_letter_never_goes_through(number: ReceiptNumber, letter: str, at: int) -> None:
    text = str(number)
    wrong = text[:at] + letter + text[at + 1 :]
    assert wrong == text or not is_accepted(wrong)


def test_plain_mod_11_would_let_swapped_digits_through() -> None:
    body = "C0417A-000131"
    text = f"{body}-{sum(map(ord, body.replace('-', ''))) % 11:02d}"
    assert has_plain_mod_11(text)
    assert "C0471A-000131" + text[-3:] in slips_let_through(has_plain_mod_11, text)


@given(NUMBERS)
def test_number_has_one_pair_of_check_digits(number: ReceiptNumber) -> None:
    body = str(number)[:-2]
    assert [n for n in range(100) if is_accepted(f"{body}{n:02d}")] == [int(str(number)[-2:])]


def test_second_pair_of_the_same_class_is_refused() -> None:
    # 97 and 00 differ by the modulus, so the arithmetic alone holds for both.
    number = next(
        one
        for one in (ReceiptNumber(device="C0417A", sequence=n) for n in range(1, 500))
        if str(one).endswith("97")
    )
    other = str(number)[:-2] + "00"
    assert mod_97_10.is_valid(other.replace("-", ""))
    assert not is_accepted(other)


@given(NUMBERS, st.sampled_from(["", " ", "-"]), st.sampled_from(["", " ", "-"]))
def test_small_letters_and_spaces_pass(number: ReceiptNumber, first: str, second: str) -> None:
    device, sequence, check = str(number).split("-")
    assert parse(f"  {device.lower()}{first}{sequence}{second}{check} ") == number


@given(ANY_TEXT)
def test_any_other_text_is_no_receipt_and_nothing_worse(text: str) -> None:
    assert not is_accepted(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "C0417A-000131",
        "C0417A-000131-3",
        "C0417A-000131-390",
        "Z0417A-000131-39",
        "C0417O-000131-39",
        "C0417I-000131-39",
        "C0417A-٠٠٠١٣١-39",
        "C0417A--000131-39",
        "6111245678905",
        "C0417A-000131-39" + " " * 64,
    ],
)
def test_another_shape_is_no_receipt(text: str) -> None:
    with pytest.raises(NotAReceiptError):
        parse(text)


def test_sequence_zero_is_no_receipt_even_with_right_digits() -> None:
    check = mod_97_10.calc_check_digits("C0417A000000")
    with pytest.raises(NotAReceiptError):
        parse(f"C0417A-000000-{check}")


@pytest.mark.parametrize(
    ("device", "sequence"),
    [("C0417A", 0), ("C0417A", MAX_SEQUENCE + 1), ("C0417O", 1), ("C0417", 1), ("X0417A", 1)],
)
def test_number_out_of_range_cannot_be_made(device: str, sequence: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        ReceiptNumber(device=device, sequence=sequence)


def test_letters_that_look_like_digits_are_no_device_letters() -> None:
    assert set(string.ascii_uppercase) - set(EPOCH_LETTERS) == {"O", "I"}
    assert is_device_code("C0417A")
    assert not is_device_code("C0417I")
    assert not is_device_code("C0417")
    assert is_point_code("M0001")
    assert not is_point_code("D0001")


@given(DEVICES, st.lists(st.integers(1, MAX_SEQUENCE), min_size=2, max_size=6))
def test_numbers_of_a_device_sort_by_their_sequence(device: str, sequences: list[int]) -> None:
    numbers = sorted(ReceiptNumber(device=device, sequence=one) for one in sequences)
    assert [one.sequence for one in numbers] == sorted(sequences)
    assert [str(one) for one in numbers] == sorted(map(str, numbers))
