"""Signed messages: made as RFC 9052 says, and never taken for something else."""

import contextlib
from itertools import permutations

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.wire.cose import MAX_SIGNED_BYTES, ContentType, sign, verify
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PublicKey
from tests.wire.samples import OTHERS, OURS, knows

NAMED = (BadSignatureError, MalformedMessageError, UnknownKeyError)
TRUSTED = knows(OURS.public)
PAYLOAD = b"what is signed"
PROTECTED = cbor2.dumps({1: -8, 16: ContentType.RECEIPT.value})
KEY_ID = {4: OURS.public.key_id}
SIGNED = sign(PAYLOAD, OURS, ContentType.RECEIPT)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=9)
    | st.just(OURS.public.key_id),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-9, 40) | st.text(max_size=3), inner, max_size=4)
        | st.builds(cbor2.CBORTag, st.sampled_from([0, 1, 2, 4, 5, 18, 24, 30, 35, 37, 100]), inner)
    ),
    max_leaves=6,
)


@given(st.binary(max_size=300), st.sampled_from(ContentType))
def test_payload_comes_back_when_its_signature_holds(payload: bytes, kind: ContentType) -> None:
    assert verify(sign(payload, OURS, kind), TRUSTED, kind) == payload


def test_signature_is_the_one_of_rfc_9052() -> None:
    # Section 4.4: the structure that is signed, put together here by hand.
    message = cbor2.loads(SIGNED)
    protected, unprotected, payload, signature = message.value
    assert message.tag == 18
    assert cbor2.loads(protected) == {1: -8, 16: "wasl-r"}
    assert unprotected == KEY_ID
    structure = cbor2.dumps(["Signature1", protected, b"", payload])
    Ed25519PublicKey.from_public_bytes(OURS.public.raw).verify(signature, structure)


@pytest.mark.parametrize(("made", "asked"), list(permutations(ContentType, 2)))
def test_no_signed_thing_passes_for_another(made: ContentType, asked: ContentType) -> None:
    with pytest.raises(BadSignatureError, match="another purpose"):
        verify(sign(PAYLOAD, OURS, made), TRUSTED, asked)


def test_key_nobody_trusts_is_unknown_and_its_id_is_told() -> None:
    with pytest.raises(UnknownKeyError) as refused:
        verify(sign(PAYLOAD, OTHERS, ContentType.RECEIPT), TRUSTED, ContentType.RECEIPT)
    assert refused.value.key_id == OTHERS.public.key_id


def test_signature_of_another_key_under_our_id_does_not_hold() -> None:
    forged = cbor2.loads(sign(PAYLOAD, OTHERS, ContentType.RECEIPT))
    forged.value[1] = KEY_ID
    with pytest.raises(BadSignatureError):
        verify(cbor2.dumps(forged), TRUSTED, ContentType.RECEIPT)


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_changed_byte_never_verifies(at: int, flips: int) -> None:
    spoiled = bytearray(SIGNED)
    spoiled[at] ^= flips
    with pytest.raises(NAMED):
        verify(bytes(spoiled), TRUSTED, ContentType.RECEIPT)


@pytest.mark.parametrize("length", range(len(SIGNED)))
def test_message_cut_short_never_verifies(length: int) -> None:
    with pytest.raises(NAMED):
        verify(SIGNED[:length], TRUSTED, ContentType.RECEIPT)


@given(st.lists(VALUES, max_size=5), st.sampled_from([18, 17, 98]))
def test_any_tagged_list_is_refused_by_name(parts: list[object], tag: int) -> None:
    with pytest.raises(NAMED):
        verify(cbor2.dumps(cbor2.CBORTag(tag, parts)), TRUSTED, ContentType.RECEIPT)


@given(VALUES, st.integers(0, 3))
def test_strange_part_in_our_own_message_is_refused_by_name(part: object, at: int) -> None:
    message = cbor2.loads(SIGNED)
    message.value[at] = part
    with pytest.raises(NAMED):
        verify(cbor2.dumps(message), TRUSTED, ContentType.RECEIPT)


@given(st.dictionaries(st.integers(-70, 300), VALUES, max_size=3))
def test_headers_outside_the_signature_never_make_it_hold(headers: dict[int, object]) -> None:
    protected, _, payload, _ = cbor2.loads(SIGNED).value
    message = cbor2.CBORTag(18, [protected, headers | KEY_ID, payload, bytes(64)])
    with pytest.raises(NAMED):
        verify(cbor2.dumps(message), TRUSTED, ContentType.RECEIPT)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_by_name(raw: bytes) -> None:
    with pytest.raises(NAMED):
        verify(raw, TRUSTED, ContentType.RECEIPT)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x81" * 100_000 + b"\x00",
        b"\xc4\x82\x1b" + b"\x7f" * 8 + b"\x01",
        b"\xc5\x82\x1b" + b"\x7f" * 8 + b"\x01",
        b"\x5b" + b"\x7f" * 8,
        b"\x9b" + b"\x7f" * 8,
        cbor2.dumps(cbor2.CBORTag(100, 10**12)),
        cbor2.dumps(cbor2.CBORTag(37, "sixteen letters!")),
        b"\xa1\xc8\xf6\x00",
        cbor2.dumps(cbor2.CBORTag(18, [PROTECTED, [], b"x", b"y"])),
        cbor2.dumps(cbor2.CBORTag(18, [PROTECTED, "abcde", b"x", b"y"])),
        cbor2.dumps(cbor2.CBORTag(18, [PROTECTED, KEY_ID, None, bytes(64)])),
        cbor2.dumps(cbor2.CBORTag(18, [PROTECTED, KEY_ID, b"x", None])),
        bytes(MAX_SIGNED_BYTES + 1),
    ],
    ids=[
        *("deep", "decimal", "big-float", "huge-bytes", "huge-list", "day-count"),
        *("text-for-an-id", "tag-for-a-key"),
        *("list-headers", "text-headers", "no-payload", "no-signature", "too-large"),
    ],
)
def test_message_made_to_harm_is_refused_by_name(raw: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        verify(raw, TRUSTED, ContentType.RECEIPT)


@given(st.binary(min_size=32, max_size=32))
def test_any_32_bytes_as_a_trusted_key_verify_nothing(raw: bytes) -> None:
    stranger = PublicKey(raw)
    with pytest.raises(NAMED):
        verify(SIGNED, lambda _: stranger, ContentType.RECEIPT)


def test_reader_that_ignores_the_content_type_would_be_told() -> None:
    def careless(signed: bytes) -> bytes:
        for kind in ContentType:
            with contextlib.suppress(BadSignatureError):
                return verify(signed, TRUSTED, kind)
        raise BadSignatureError("none")

    assert careless(sign(PAYLOAD, OURS, ContentType.MANIFEST)) == PAYLOAD
