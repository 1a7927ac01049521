"""One-time codes: the same digits on both sides of the phone, and nothing near them."""

import hashlib
import hmac

import pytest

from kiosk.domain.agents import BY_CODE, Task
from kiosk.domain.errors import InvalidInputError
from kiosk.security import codes

SEED = bytes(range(20))


def test_code_is_what_the_document_says() -> None:
    """The same computation written a second time, from docs/operations.md."""
    digest = hmac.new(SEED, b"wasl-one-time-code-1\x1fR48217730", hashlib.sha256).digest()
    offset = digest[31] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    assert codes.code_for(SEED, "R48217730") == str(number % 100_000_000).zfill(8)


@pytest.mark.parametrize("task", sorted(BY_CODE))
def test_challenge_read_over_the_phone_comes_back(task: Task) -> None:
    shown = codes.new_challenge(task)
    spoken = f" {shown[0].lower()} {shown[1:5]} {shown[5:]} "
    assert codes.read_challenge(spoken) == (shown, task)


def test_challenges_do_not_repeat() -> None:
    assert len({codes.new_challenge(Task.RELEASE) for _ in range(200)}) >= 199


@pytest.mark.parametrize("text", ["", "R", "R1234567", "R123456789", "X12345678", "R1234567٤"])
def test_what_is_no_challenge_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        codes.read_challenge(text)


def test_seed_that_was_written_down_is_read_again() -> None:
    written = codes.seed_text(SEED)
    assert codes.read_seed(written.lower()) == SEED
    for text in ("", "AAAA", written[:-1], written + " AAAA AAAA", "é" * 32):
        with pytest.raises(InvalidInputError):
            codes.read_seed(text)


def test_only_the_code_of_this_seed_and_challenge_is_right() -> None:
    code = codes.code_for(SEED, "R48217730")
    assert codes.is_code(SEED, "R48217730", f"{code[:4]} {code[4:]}")
    for seed, challenge, told in (
        (codes.new_seed(), "R48217730", code),
        (SEED, "A48217730", code),
        (SEED, "R48217731", code),
        (SEED, "R48217730", ""),
        (SEED, "R48217730", "٤" * 8),
        (SEED, "R48217730", code + "0"),
    ):
        assert not codes.is_code(seed, challenge, told)
