"""A draft's key: while it lives its pages open, afterwards nobody opens them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.security.draft_key import DraftKey, new_key
from kiosk.security.errors import WrongKeyError

DRAFT = UUID(int=1)
KEY = DraftKey(DRAFT, new_key())
PAGE = b"a page nobody else may read"
CLOSED = KEY.close(PAGE, "1.jpg")


@given(st.binary(max_size=2_000), st.text(max_size=20))
def test_page_closed_is_the_page_opened(content: bytes, name: str) -> None:
    closed = KEY.close(content, name)
    assert KEY.open(closed, name) == content
    assert len(closed) == len(content) + 28
    assert len(content) < 8 or content not in closed


def test_same_page_closed_twice_looks_different() -> None:
    assert KEY.close(PAGE, "1.jpg") != CLOSED


def test_destroyed_key_leaves_pages_unreadable() -> None:
    key = DraftKey(DRAFT, new_key())
    closed = key.close(PAGE, "1.jpg")
    key.destroy()
    with pytest.raises(WrongKeyError, match="destroyed"):
        key.open(closed, "1.jpg")
    with pytest.raises(WrongKeyError, match="destroyed"):
        key.close(PAGE, "2.jpg")
    key.destroy()
    with pytest.raises(WrongKeyError):
        DraftKey(DRAFT, new_key()).open(closed, "1.jpg")


@given(st.text(max_size=10))
def test_page_does_not_open_under_another_name(name: str) -> None:
    if name != "1.jpg":
        with pytest.raises(WrongKeyError):
            KEY.open(CLOSED, name)


@given(st.integers(0, len(CLOSED) - 1), st.integers(1, 255))
def test_changed_byte_does_not_open(at: int, flips: int) -> None:
    with pytest.raises(WrongKeyError):
        KEY.open(CLOSED[:at] + bytes([CLOSED[at] ^ flips]) + CLOSED[at + 1 :], "1.jpg")


@pytest.mark.parametrize("length", range(len(CLOSED)))
def test_page_cut_short_does_not_open(length: int) -> None:
    # A power cut half-way through writing the file.
    with pytest.raises(WrongKeyError):
        KEY.open(CLOSED[:length], "1.jpg")


@given(st.binary(max_size=100))
def test_any_bytes_do_not_open(raw: bytes) -> None:
    with pytest.raises(WrongKeyError):
        KEY.open(raw, "1.jpg")
