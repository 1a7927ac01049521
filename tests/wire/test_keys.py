"""Keys: their ids, and that a secret never shows."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.wire.keys import PrivateKey, PublicKey
from tests.wire.samples import OTHERS, OURS


def test_key_of_rfc_8032_is_derived_and_verifies() -> None:
    # RFC 8032, section 7.1, test 1: an empty message.
    key = PrivateKey(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
        "b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert key.public == PublicKey(public)
    assert key.public.key_id == hashlib.sha256(public).digest()[:8]
    assert key.public.verifies(signature, b"")
    assert not key.public.verifies(signature, b"x")
    assert not key.public.verifies(signature[:-1], b"")


def test_seed_never_shows() -> None:
    assert repr(OURS) == "PrivateKey()"
    assert OURS.seed.hex() not in f"{OURS!r} {OURS}"


@given(st.binary(max_size=80))
def test_signature_of_anything_else_never_holds(signature: bytes) -> None:
    assert not OURS.public.verifies(signature, b"signed")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_public_key_of_another_length_is_none(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        PublicKey(bytes(length))


def test_new_keys_differ() -> None:
    assert PrivateKey.generate() != PrivateKey.generate()
    assert OURS.public.key_id != OTHERS.public.key_id
