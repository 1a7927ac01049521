"""Keyed hashes: the same claim is found again, and without the key nothing is."""

import hashlib
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from kiosk.security.lookup import person_and_day, same_claim

KEY = bytes(range(32))
NUMBERS = st.from_regex(r"1[0-9]{8}", fullmatch=True)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
CLAIMS = st.tuples(NUMBERS, DAYS, st.sampled_from(["ald", "maladie"]), st.integers(1, 10**10))


@given(st.tuples(NUMBERS, DAYS), st.tuples(NUMBERS, DAYS))
def test_person_and_day_are_told_from_every_other(
    one: tuple[str, date], other: tuple[str, date]
) -> None:
    assert (person_and_day(KEY, *one) == person_and_day(KEY, *other)) == (one == other)
    assert len(person_and_day(KEY, *one)) == 32


@given(CLAIMS, CLAIMS)
def test_claim_is_told_from_every_other(
    one: tuple[str, date, str, int], other: tuple[str, date, str, int]
) -> None:
    assert (same_claim(KEY, *one) == same_claim(KEY, *other)) == (one == other)
    assert same_claim(KEY, *one) != person_and_day(KEY, *one[:2])


@given(NUMBERS, DAYS, st.binary(min_size=32, max_size=32))
def test_hash_without_the_key_is_of_no_use(number: str, day: date, guess: bytes) -> None:
    # Nine digits are soon tried out: a plain hash would give the person away.
    kept = person_and_day(KEY, number, day)
    assert guess == KEY or person_and_day(guess, number, day) != kept
    assert kept != hashlib.sha256(f"person-day\x1f{number}\x1f{day.isoformat()}".encode()).digest()
