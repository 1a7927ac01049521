"""Bundles: whole they are read back, and any byte changed or missing is told."""

import hashlib
import io
import struct
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.wire.bundles import (
    MAGIC,
    BundleHeader,
    check_bundle,
    read_document,
    read_header,
    write_bundle,
)
from kiosk.wire.errors import DamagedBundleError
from kiosk.wire.manifests import MAX_DOCUMENT_BYTES
from tests.wire.samples import DEPOSIT_ID, NUMBER, PERSONAL

# The file is written anew by each example; only the folder is shared.
in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
SCAN = bytes(range(256)) * 3


def header_of(scan: bytes, item_id: UUID = DEPOSIT_ID) -> BundleHeader:
    return BundleHeader(
        item_id=item_id,
        receipt_number=str(NUMBER),
        sealed_manifest=b"sealed manifest",
        manifest_sha256=hashlib.sha256(b"manifest").digest(),
        signature=b"signature",
        document_sha256=hashlib.sha256(scan).digest() if scan else b"",
        document_bytes=len(scan),
    )


def packed(scan: bytes = SCAN, item_id: UUID = DEPOSIT_ID) -> bytes:
    target = io.BytesIO()
    write_bundle(target, header_of(scan, item_id), scan)
    return target.getvalue()


WHOLE = packed(SCAN[:40])


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return tmp_path / "one.wasl"


@in_one_folder
@given(st.binary(max_size=5_000), st.uuids())
def test_bundle_written_is_the_bundle_read(bundle: Path, scan: bytes, item_id: UUID) -> None:
    bundle.write_bytes(packed(scan, item_id))
    assert check_bundle(bundle) == header_of(scan, item_id)
    assert read_header(bundle)[0] == header_of(scan, item_id)
    assert b"".join(read_document(bundle)) == scan


@in_one_folder
@given(st.integers(0, len(SCAN) + 5))
def test_scan_is_read_on_from_any_offset(bundle: Path, offset: int) -> None:
    bundle.write_bytes(packed())
    assert b"".join(read_document(bundle, offset)) == SCAN[offset:]


def test_large_scan_is_read_in_bounded_blocks(bundle: Path) -> None:
    scan = bytes(600_000)
    bundle.write_bytes(packed(scan))
    sizes = [len(block) for block in read_document(bundle)]
    assert sum(sizes) == 600_000
    assert max(sizes) <= 256 * 1024


def test_nothing_personal_stands_in_the_open() -> None:
    assert not [one for one in PERSONAL if one.encode("ascii") in packed()]


def accepted(check: Callable[[Path], object], bundle: Path, content: bytes) -> bool:
    bundle.write_bytes(content)
    try:
        check(bundle)
    except DamagedBundleError:
        return False
    return True


# An id of letters: a byte string turned into a text by one bit is then a readable text.
@pytest.mark.parametrize(
    ("item_id", "bit"), [(DEPOSIT_ID, 0x01), (UUID(bytes=b"abcdefghijklmnop"), 0x20)]
)
def test_one_changed_bit_anywhere_is_damage(bundle: Path, item_id: UUID, bit: int) -> None:
    whole = packed(SCAN[:40], item_id)
    for at in range(len(whole)):
        spoiled = whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :]
        assert not accepted(check_bundle, bundle, spoiled), at


@in_one_folder
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_any_changed_byte_is_damage(bundle: Path, at: int, flips: int) -> None:
    spoiled = WHOLE[:at] + bytes([WHOLE[at] ^ flips]) + WHOLE[at + 1 :]
    assert not accepted(check_bundle, bundle, spoiled)


def test_bundle_cut_anywhere_is_damage(bundle: Path) -> None:
    for length in range(len(WHOLE)):
        assert not accepted(check_bundle, bundle, WHOLE[:length]), length


@in_one_folder
@given(st.binary(min_size=1, max_size=80))
def test_bundle_with_more_behind_it_is_damage(bundle: Path, more: bytes) -> None:
    assert not accepted(check_bundle, bundle, WHOLE + more)


@pytest.mark.parametrize("content", [WHOLE + b"x", WHOLE[:-1]])
def test_header_of_a_bundle_of_another_length_is_not_given(bundle: Path, content: bytes) -> None:
    assert not accepted(read_header, bundle, content)


def test_check_that_looks_at_sizes_only_would_let_changes_through(bundle: Path) -> None:
    spoiled = WHOLE[:-50] + bytes([WHOLE[-50] ^ 1]) + WHOLE[-49:]
    assert accepted(read_header, bundle, spoiled)
    assert not accepted(check_bundle, bundle, spoiled)


@in_one_folder
@given(st.binary(max_size=300) | st.binary(max_size=300).map((MAGIC + b"\x00\x00\x00").__add__))
def test_any_file_is_no_bundle_and_nothing_worse(bundle: Path, content: bytes) -> None:
    assert not accepted(check_bundle, bundle, content)


def forged(fields: object, scan: bytes = b"") -> bytes:
    """Return a file whose outer hash is right, as anybody can make it: what is in it may harm."""
    head = cbor2.dumps(fields)
    body = MAGIC + struct.pack(">I", len(head)) + head + scan
    return body + hashlib.sha256(body).digest()


GOOD = {
    "item": DEPOSIT_ID.bytes,
    "receipt": str(NUMBER),
    "manifest": b"m",
    "manifest_sha256": b"h" * 32,
    "signature": b"s",
    "document_sha256": b"",
    "document_bytes": 0,
}


def test_bundle_made_by_hand_is_read(bundle: Path) -> None:
    assert accepted(check_bundle, bundle, forged(GOOD))


@pytest.mark.parametrize(
    "fields",
    [
        [],
        5,
        {},
        GOOD | {"item": "sixteen letters!"},
        GOOD | {"item": b"short"},
        GOOD | {"item": 5},
        GOOD | {"receipt": 5},
        GOOD | {"manifest": 2**40},
        GOOD | {"signature": [1, 2]},
        GOOD | {"document_bytes": -1},
        GOOD | {"document_bytes": MAX_DOCUMENT_BYTES + 1},
        GOOD | {"document_bytes": True},
        GOOD | {"document_bytes": float("inf")},
        GOOD | {"document_bytes": cbor2.CBORTag(4, [999_999_999, 1])},
        GOOD | {"manifest": bytes(200_000)},
    ],
    ids=lambda fields: str(fields)[-40:],
)
def test_forged_header_is_damage_and_costs_nothing(bundle: Path, fields: object) -> None:
    assert not accepted(check_bundle, bundle, forged(fields))


def test_scan_that_is_not_the_one_named_is_damage(bundle: Path) -> None:
    fields = GOOD | {"document_bytes": 4, "document_sha256": hashlib.sha256(b"scan").digest()}
    assert accepted(check_bundle, bundle, forged(fields, b"scan"))
    assert not accepted(check_bundle, bundle, forged(fields, b"nacs"))


def test_absent_file_is_the_world_s_fault_not_damage(bundle: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check_bundle(bundle)


def test_file_cut_while_it_is_read_is_damage(bundle: Path) -> None:
    # A stick pulled half-way: the size was right when reading began.
    scan = bytes(600_000)
    bundle.write_bytes(packed(scan))
    blocks = read_document(bundle)
    next(blocks)
    with bundle.open("r+b") as file:
        file.truncate(300_000)
    with pytest.raises(DamagedBundleError, match="ends early"):
        list(blocks)
