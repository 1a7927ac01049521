"""Identifiers as people type them: what is refused, what only warns, and that nothing breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10

from kiosk.domain import identifiers
from kiosk.domain.identifiers import Fault, Judged
from kiosk.domain.vocabulary import IdType, WarningKind
from tests.domain.slips import ANY_TEXT, slips_let_through

LONGEST = 40
ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def judged_by_all(text: str) -> list[Judged]:
    return [
        identifiers.immatriculation(text),
        identifiers.phone(text),
        identifiers.inpe(text),
        identifiers.ice(text),
        *(identifiers.identity_document(one, text) for one in IdType),
    ]


def key_of(eight: str) -> str:
    """Return the ninth digit, written as domain.md writes it."""
    c = [0, *map(int, eight)]
    total = 2 * (c[2] + c[4] + c[6] + c[8]) + c[3] + c[5] + c[7]
    return str((10 - total % 10) % 10)


EIGHT = st.integers(10_000_000, 19_999_999).map(str)


@given(ANY_TEXT | st.text("ﷺ㎏½ßŉ+ 0٣", max_size=60))
def test_any_text_is_judged_and_what_is_kept_is_short(text: str) -> None:
    for judged in judged_by_all(text):
        assert (judged.value is None) == (judged.fault is not None)
        assert len(judged.value or "") <= LONGEST


def test_one_sign_that_folds_into_a_phrase_is_too_long() -> None:
    # Forty of these are within what may be typed and fold into hundreds of letters.
    faults = [identifiers.identity_document(IdType.PASSPORT, "ﷺ" * LONGEST).fault]
    faults += [identifiers.inpe("ﷺ" * LONGEST).fault, identifiers.ice("ﷺ" * LONGEST).fault]
    assert faults == [Fault.LENGTH] * 3


@pytest.mark.parametrize("number", ["101455262", "123456785", "187654325"])
def test_known_immatriculation_passes_without_a_word(number: str) -> None:
    assert identifiers.immatriculation(number) == Judged(value=number)


def test_wrong_key_warns_and_is_kept() -> None:
    judged = identifiers.immatriculation("101455267")
    assert judged == Judged(value="101455267", warning=WarningKind.IMMATRICULATION_KEY)


@given(EIGHT)
def test_exactly_one_digit_is_the_key(eight: str) -> None:
    right = [digit for digit in "0123456789" if identifiers.has_valid_key(eight + digit)]
    assert right == [key_of(eight)]


@given(EIGHT, st.sampled_from([2, 4, 6]), st.sampled_from("0123456789"))
def test_key_tells_any_wrong_digit_of_weight_one(eight: str, at: int, other: str) -> None:
    number = eight + key_of(eight)
    wrong = number[:at] + other + number[at + 1 :]
    assert identifiers.has_valid_key(wrong) == (wrong == number)


@given(st.text("023456789", min_size=1, max_size=1), st.text("0123456789", min_size=8, max_size=8))
def test_number_that_does_not_begin_with_1_warns(first: str, rest: str) -> None:
    judged = identifiers.immatriculation(first + rest)
    is_placeholder = first + rest in identifiers.PLACEHOLDERS
    assert judged.warning is (None if is_placeholder else WarningKind.IMMATRICULATION_KEY)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.MISSING),
        ("  - ", Fault.MISSING),
        ("10145526", Fault.LENGTH),
        ("1014552622", Fault.LENGTH),
        ("10145526A", Fault.NOT_DIGITS),
        ("+10145526", Fault.NOT_DIGITS),
        ("100000000", Fault.PLACEHOLDER),
        ("000000000", Fault.PLACEHOLDER),
        ("999999999", Fault.PLACEHOLDER),
        ("101455262" + " " * LONGEST + "7", Fault.LENGTH),
    ],
)
def test_immatriculation_that_cannot_be_right_is_refused(text: str, fault: Fault) -> None:
    assert identifiers.immatriculation(text) == Judged(value=None, fault=fault)


@given(EIGHT)
def test_spaces_and_arabic_digits_are_the_same_number(eight: str) -> None:
    number = eight + key_of(eight)
    if number not in identifiers.PLACEHOLDERS:
        spaced = f" {number[:3]} {number[3:6]}-{number[6:]}".translate(ARABIC_DIGITS)
        assert identifiers.immatriculation(spaced) == Judged(value=number)


@pytest.mark.parametrize(
    ("text", "value"), [("bk 12345", "BK12345"), ("A1", "A1"), ("AB123456", "AB123456")]
)
def test_cin_is_folded_and_kept(text: str, value: str) -> None:
    assert identifiers.identity_document(IdType.CIN, text) == Judged(value=value)


@pytest.mark.parametrize(
    "text", ["AB1234567", "A12345678", "12345", "ABC123", "AB", "AB12C", "بك1"]
)
def test_strange_cin_warns_and_is_kept(text: str) -> None:
    judged = identifiers.identity_document(IdType.CIN, text)
    assert judged == Judged(value=text, warning=WarningKind.IDENTITY_DOCUMENT)


@given(st.text("ABZ019", max_size=12))
def test_no_cin_above_8_characters_passes_unsaid(text: str) -> None:
    judged = identifiers.identity_document(IdType.CIN, text)
    assert len(text) <= 8 or judged.warning is WarningKind.IDENTITY_DOCUMENT


def test_other_documents_take_letters_and_digits() -> None:
    for kind in (IdType.PASSPORT, IdType.SEJOUR, IdType.SEJOUR_RECEPISSE):
        assert identifiers.identity_document(kind, "zx 123-456") == Judged(value="ZX123456")
        short = identifiers.identity_document(kind, "Z1")
        assert short == Judged(value="Z1", warning=WarningKind.IDENTITY_DOCUMENT)


def test_document_is_asked_for_only_when_one_was_shown() -> None:
    assert identifiers.identity_document(IdType.NONE, "AB123456") == Judged(value="")
    assert identifiers.identity_document(IdType.CIN, " ").fault is Fault.MISSING
    assert identifiers.identity_document(IdType.CIN, "A1" + " " * LONGEST).fault is Fault.LENGTH


@given(st.sampled_from("67"), st.integers(0, 99_999_999), st.sampled_from(["0", "+212", "00212"]))
def test_mobile_is_kept_in_one_form(first: str, rest: int, prefix: str) -> None:
    national = f"{first}{rest:08d}"
    judged = identifiers.phone(f"{prefix}{national[:1]} {national[1:]}")
    assert judged == Judged(value=f"+212{national}")


def test_no_mobile_is_an_answer() -> None:
    assert identifiers.phone(" ") == Judged(value="")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("0512345678", Fault.NOT_A_MOBILE),
        ("0812345678", Fault.NOT_A_MOBILE),
        ("061234567", Fault.NOT_A_MOBILE),
        ("06123456789", Fault.NOT_A_MOBILE),
        ("+33612345678", Fault.NOT_A_MOBILE),
        ("0612345678" + " " * LONGEST, Fault.NOT_A_MOBILE),
        ("+", Fault.FORMAT),
        ("1", Fault.FORMAT),
        # Letters are no keypad here, and nothing typed is dropped unsaid.
        ("06FLOWERSS", Fault.FORMAT),
        ("0612345678 ext. 5", Fault.FORMAT),
        ("tel:0612345678", Fault.FORMAT),
    ],
)
def test_what_is_no_moroccan_mobile_is_refused(text: str, fault: Fault) -> None:
    assert identifiers.phone(text) == Judged(value=None, fault=fault)


def test_inpe_of_another_length_warns() -> None:
    assert identifiers.inpe("051 234 567") == Judged(value="051234567")
    assert identifiers.inpe("05123456").warning is WarningKind.INPE
    assert identifiers.inpe("05123456A").warning is WarningKind.INPE
    assert identifiers.inpe("").fault is Fault.MISSING
    assert identifiers.inpe("051234567" + " " * LONGEST + "8").fault is Fault.LENGTH


def is_silent_ice(text: str) -> bool:
    return identifiers.ice(text) == Judged(value=text)


@given(st.integers(0, 10**13 - 1))
def test_no_slip_in_an_ice_goes_unsaid(body: int) -> None:
    digits = f"{body:013d}"
    number = digits + mod_97_10.calc_check_digits(digits)
    assert is_silent_ice(number)
    assert slips_let_through(is_silent_ice, number) == []


def test_ice_of_another_length_warns() -> None:
    assert identifiers.ice("12345").warning is WarningKind.ICE
    assert identifiers.ice("").fault is Fault.MISSING


def test_sum_of_digits_would_let_slips_through() -> None:
    def has_digit_sum(text: str) -> bool:
        return sum(map(int, text[:-2])) % 97 == int(text[-2:])

    body = "0123456789012"
    number = f"{body}{sum(map(int, body)) % 97:02d}"
    assert f"1023456789012{number[-2:]}" in slips_let_through(has_digit_sum, number)


def test_masked_number_hides_the_rest() -> None:
    assert identifiers.masked("101455262") == "•••••• 262"
