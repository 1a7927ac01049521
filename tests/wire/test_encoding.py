"""Bytes as text: one byte string has one text, and no other spelling is taken."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.wire.encoding import b32, b64, unb32, unb64
from kiosk.wire.errors import BadSignatureError, MalformedMessageError

ANY_TEXT = st.text(st.characters())
BASE32 = string.ascii_uppercase + "234567"
BASE64 = string.ascii_letters + string.digits + "-_"


@given(st.binary(max_size=200))
def test_bytes_come_back_from_their_text(raw: bytes) -> None:
    assert unb64(b64(raw)) == raw
    assert unb32(b32(raw)) == raw
    assert "=" not in b64(raw) + b32(raw)


@given(ANY_TEXT | st.text(BASE64 + "+/= \n"))
def test_text_that_is_taken_is_the_one_text_of_its_bytes(text: str) -> None:
    try:
        raw = unb64(text)
    except MalformedMessageError:
        return
    assert b64(raw) == text


@given(ANY_TEXT | st.text(BASE32 + "abc=1890 "))
def test_base32_that_is_taken_is_the_one_text_of_its_bytes(text: str) -> None:
    try:
        raw = unb32(text)
    except BadSignatureError:
        return
    assert b32(raw) == text


@given(st.binary(min_size=1, max_size=60), st.data())
def test_changed_sign_never_gives_the_same_bytes(raw: bytes, data: st.DataObject) -> None:
    text = b32(raw)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([one for one in BASE32 if one != text[at]]))
    try:
        assert unb32(text[:at] + other + text[at + 1 :]) != raw
    except BadSignatureError:
        return


def lenient_unb32(text: str) -> bytes:
    """Read base32 without asking whether it is the one spelling: what must not be used."""
    return base64.b32decode(text + "=" * (-len(text) % 8))


def test_unused_bits_of_a_last_letter_would_hide_a_change() -> None:
    text = b32(b"one")
    spelt = [text[:-1] + last for last in BASE32 if lenient_unb32(text[:-1] + last) == b"one"]
    assert len(spelt) == 2
    (other,) = set(spelt) - {text}
    with pytest.raises(BadSignatureError, match="canonical"):
        unb32(other)


@pytest.mark.parametrize(
    "text", ["a", "aQ==", "aQ=", "aR", "a+bc", "a/bc", "aQ\n", " aQ", "é", "a" * 5]
)
def test_other_spellings_of_base64url_are_refused(text: str) -> None:
    with pytest.raises(MalformedMessageError):
        unb64(text)
