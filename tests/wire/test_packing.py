"""Packed manifests: what comes out is what went in, and nothing else comes out."""

import hashlib
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.wire.errors import MalformedMessageError
from kiosk.wire.manifests import MAX_MANIFEST_BYTES, Manifest, freeze
from kiosk.wire.packing import DICTIONARY, pack, unpack
from tests.wire.samples import OURS, deposit_manifest, event_manifest

TEXT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
DEPOSIT = freeze(deposit_manifest(), OURS).content
PACKED = pack(DEPOSIT)
BOMB = zlib.compress(b" " * 50_000_000, 9)


@given(st.binary(max_size=MAX_MANIFEST_BYTES))
def test_whatever_is_packed_comes_back_byte_for_byte(content: bytes) -> None:
    assert unpack(pack(content)) == content


@pytest.mark.parametrize(
    "manifest", [deposit_manifest(), event_manifest()], ids=["deposit", "event"]
)
def test_packed_manifest_takes_half_of_its_bytes(manifest: Manifest) -> None:
    content = freeze(manifest, OURS).content
    assert len(pack(content)) < len(content) / 2


def test_zlib_without_the_dictionary_is_unpacked_too() -> None:
    assert unpack(zlib.compress(DEPOSIT)) == DEPOSIT


def test_dictionary_never_changes() -> None:
    # Kiosks and centrals that are out there know this one: another would need another type.
    fence = TEXT.split("```text Dictionary\n", 1)[1].split("```", 1)[0]
    assert "".join(fence.splitlines()).encode("ascii") == DICTIONARY
    digest = hashlib.sha256(DICTIONARY).hexdigest()
    assert digest == "dfc2a60e9ca07ee2fd4e581c294a7b9cff447ef6c25090fe95aa3a73e0fb97d1"
    assert digest in TEXT
    assert f"`{zlib.adler32(DICTIONARY):08x}`" in TEXT


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        DEPOSIT,
        PACKED[:-1],
        PACKED + b"\0",
        PACKED * 2,
        PACKED[:40] + b"\xff" + PACKED[41:],
        pack(b" " * (MAX_MANIFEST_BYTES + 1)),
        BOMB[: 2 * MAX_MANIFEST_BYTES],
    ],
    ids=["empty", "plain", "cut", "tail", "twice", "damaged", "too large", "bomb"],
)
def test_anything_else_is_refused(packed: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        unpack(packed)


def test_another_dictionary_is_refused() -> None:
    packer = zlib.compressobj(zdict=DICTIONARY[:-1])
    with pytest.raises(MalformedMessageError):
        unpack(packer.compress(DEPOSIT) + packer.flush())


@given(st.integers(0, len(PACKED) - 1), st.integers(1, 255))
def test_damaged_byte_is_refused_or_makes_no_difference(at: int, other: int) -> None:
    # Two bits say how hard the packer tried; all the others matter.
    damaged = bytearray(PACKED)
    damaged[at] ^= other
    try:
        assert unpack(bytes(damaged)) == DEPOSIT
    except MalformedMessageError:
        return
    assert at == 1
