"""The QR of a receipt: read when it is whole, refused by name however it is changed."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.errors import NotAReceiptError, WaslError
from kiosk.domain.moments import ClockTrust
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.wire.cose import ContentType, sign, verify
from kiosk.wire.encoding import b32
from kiosk.wire.errors import BadSignatureError, UnknownKeyError
from kiosk.wire.receipt_token import (
    MAX_QR_TEXT,
    ReceiptClaims,
    is_receipt_text,
    read_number,
    read_qr_text,
    write_qr_text,
    write_talon_text,
)
from tests.wire.samples import DEPOSIT_ID, NUMBER, OTHERS, OURS, PERSONAL, claims, knows

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
TRUSTED = knows(OURS.public)
NAMED = (NotAReceiptError, BadSignatureError, UnknownKeyError)
TEXT = write_qr_text(claims(), OURS, "wasl.invalid")
FIRST = TEXT.index("/R/") + 3
ALL_CLAIMS = st.builds(
    ReceiptClaims,
    receipt_number=st.builds(
        ReceiptNumber,
        device=st.sampled_from(["C0417A", "M0001Z"]),
        sequence=st.integers(1, 999_999),
    ),
    deposit_id=st.uuids(),
    created_at=st.integers(0, 4 * 10**9).map(lambda s: datetime.fromtimestamp(s, UTC)),
    clock_trust=st.sampled_from(ClockTrust),
    manifest_sha256=st.binary(min_size=32, max_size=32),
    page_count=st.integers(0, 200),
    piece_count=st.integers(1, 99),
)
Reader = Callable[[str], object]


def reader(text: str) -> object:
    return read_qr_text(text, TRUSTED)


def careless_reader(text: str) -> object:
    """Verify a token without asking for the one spelling of its base32: what must not be used."""
    letters = text[FIRST:]
    return verify(
        base64.b32decode(letters + "=" * (-len(letters) % 8)), TRUSTED, ContentType.RECEIPT
    )


def changes_let_through(read: Reader, text: str, last: int) -> list[str]:
    """Return the texts, one letter of the last ones changed, that still read as valid."""
    through = []
    for at in range(len(text) - last, len(text)):
        for letter in BASE32.replace(text[at], ""):
            changed = text[:at] + letter + text[at + 1 :]
            try:
                read(changed)
            except NAMED:
                continue
            through.append(changed)
    return through


@given(ALL_CLAIMS)
def test_claims_written_are_the_claims_read(made: ReceiptClaims) -> None:
    text = write_qr_text(made, OURS, "verify.example-1.ma")
    assert read_qr_text(f" {text}\n", TRUSTED) == made
    assert is_receipt_text(text)
    assert text.startswith("HTTPS://VERIFY.EXAMPLE-1.MA/R/")
    assert len(text) < 400


def test_qr_is_packed_in_alphanumeric_mode_and_names_nobody() -> None:
    allowed = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    assert set(TEXT) <= allowed
    letters = TEXT[FIRST:]
    token = base64.b32decode(letters + "=" * (-len(letters) % 8))
    assert not [one for one in PERSONAL if one.encode("ascii") in token]


def test_claims_are_printed_as_the_command_line_says() -> None:
    assert claims().as_json() == {
        "receipt_number": "C0417A-000131-39",
        "deposit_id": str(DEPOSIT_ID),
        "created_at": "2026-11-23T09:30:05.000Z",
        "clock": "verified",
        "manifest_sha256": claims().manifest_sha256.hex(),
        "pages": 4,
        "pieces": 3,
    }


@given(st.integers(FIRST, len(TEXT) - 1), st.sampled_from(BASE32))
def test_changed_letter_never_verifies_and_is_named(at: int, letter: str) -> None:
    changed = TEXT[:at] + letter + TEXT[at + 1 :]
    if changed == TEXT:
        return
    with pytest.raises(NAMED):
        reader(changed)


def test_no_change_in_the_signature_s_last_letters_goes_through() -> None:
    assert changes_let_through(reader, TEXT, last=12) == []


def test_reader_of_lenient_base32_would_let_changed_letters_through() -> None:
    assert careless_reader(TEXT)
    assert changes_let_through(careless_reader, TEXT, last=1)


@given(st.integers(FIRST, len(TEXT) - 1))
def test_text_cut_short_never_verifies(length: int) -> None:
    with pytest.raises(NAMED):
        reader(TEXT[:length])


@given(st.text(st.characters()) | st.text(BASE32, min_size=40).map("HTTPS://A/R/{}".format))
def test_any_text_is_refused_by_name(text: str) -> None:
    with pytest.raises(NAMED):
        reader(text)
    assert is_receipt_text(text) == (text.startswith("HTTPS://A/R/") and len(text) <= 912)


@given(st.binary(min_size=30, max_size=500))
def test_any_bytes_in_a_qr_of_ours_are_refused_by_name(raw: bytes) -> None:
    with pytest.raises(NAMED):
        reader(f"HTTPS://WASL.INVALID/R/{b32(raw)}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT.lower(),
        TEXT.replace("HTTPS", "HTTP"),
        TEXT.replace("/R/", "/T/"),
        TEXT + "?",
        TEXT + " " * MAX_QR_TEXT,
        TEXT.replace("WASL.INVALID", "A" * 101),
    ],
)
def test_qr_of_another_shape_is_no_receipt(text: str) -> None:
    with pytest.raises(NotAReceiptError):
        reader(text)
    assert not is_receipt_text(text)


def test_receipt_of_a_device_nobody_knows_is_told_so() -> None:
    with pytest.raises(UnknownKeyError):
        reader(write_qr_text(claims(), OTHERS, "wasl.invalid"))


def test_manifest_signed_by_the_same_device_is_no_receipt() -> None:
    token = sign(b"x" * 32, OURS, ContentType.MANIFEST)
    with pytest.raises(BadSignatureError):
        reader(f"HTTPS://WASL.INVALID/R/{b32(token)}")


GOOD = {2: str(NUMBER), 6: 1_800_000_000, 7: DEPOSIT_ID.bytes, -65537: [b"h" * 32, 1, 1, True]}


def signed_text(payload: bytes) -> str:
    return f"HTTPS://WASL.INVALID/R/{b32(sign(payload, OURS, ContentType.RECEIPT))}"


def test_claims_made_by_hand_are_read() -> None:
    assert read_qr_text(signed_text(cbor2.dumps(GOOD)), TRUSTED).deposit_id == DEPOSIT_ID


@pytest.mark.parametrize(
    "content",
    [
        [1, 2, 3],
        "x" * 20,
        {},
        GOOD | {2: "C0417A-000131-38"},
        GOOD | {2: 5},
        GOOD | {6: "soon"},
        GOOD | {6: 2**60},
        GOOD | {6: 2**200},
        GOOD | {7: "sixteen letters!"},
        GOOD | {7: b"short"},
        GOOD | {7: UUID(int=1).hex},
        GOOD | {-65537: [2**62, 1, 1, True]},
        GOOD | {-65537: [b"h" * 32, 1, 1]},
        GOOD | {-65537: [b"h" * 32, "1", 1, True]},
        GOOD | {-65537: 5},
    ],
    ids=str,
)
def test_signed_claims_of_another_shape_are_refused_by_name(content: object) -> None:
    with pytest.raises(BadSignatureError):
        reader(signed_text(cbor2.dumps(content)))


def test_signed_bytes_that_are_no_cbor_are_refused_by_name() -> None:
    with pytest.raises(BadSignatureError):
        reader(signed_text(b"\xff\xff"))


def test_talon_says_the_number_alone() -> None:
    text = write_talon_text(NUMBER, "wasl.invalid")
    assert text == "HTTPS://WASL.INVALID/T/C0417A-000131-39"
    assert read_number(text) == NUMBER
    assert read_number("c0417a 000131 39") == NUMBER
    assert not is_receipt_text(text)


@given(st.text(st.characters()) | st.text("ACT0419-", max_size=16).map("HTTPS://A/T/{}".format))
def test_any_text_is_a_number_or_no_receipt(text: str) -> None:
    try:
        read_number(text)
    except WaslError as refused:
        named = type(refused)
    else:
        named = NotAReceiptError
    assert named is NotAReceiptError


def test_receipt_s_own_qr_is_no_number() -> None:
    with pytest.raises(NotAReceiptError):
        read_number(TEXT)
