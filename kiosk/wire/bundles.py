"""The self-contained bundle: sealed scan, sealed manifest and signature in one file.

Layout: 8 bytes magic, 4 bytes big-endian length of the header, the header (CBOR), the sealed PDF,
then the SHA-256 of everything before it. Any part that is missing or changed shows in that hash.
Nothing in a bundle is readable but ids, the receipt number, sizes and hashes. One that names a
document of 0 bytes brings the manifest alone.
"""

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import cbor2

from kiosk.wire.errors import DamagedBundleError, MalformedMessageError
from kiosk.wire.manifests import MAX_DOCUMENT_BYTES, MAX_MANIFEST_BYTES
from kiosk.wire.strict_cbor import decode_map, exactly

MAGIC = b"WASLBND1"
SUFFIX = ".wasl"
_LENGTH = struct.Struct(">I")
MAX_HEADER_BYTES = 2 * MAX_MANIFEST_BYTES
_TRAILER = 32
MAX_BUNDLE_BYTES = len(MAGIC) + _LENGTH.size + MAX_HEADER_BYTES + MAX_DOCUMENT_BYTES + _TRAILER
_BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleHeader:
    """What a bundle says of itself in the open.

    Attributes:
        item_id: The deposit's or event's id.
        sealed_manifest: age file of the frozen manifest, sealed to the intake key.
        manifest_sha256: Over the unsealed frozen manifest.
        signature: The author's COSE_Sign1 over that hash.
        document_sha256: Over the sealed PDF; empty when there is none.
        document_bytes: Size of the sealed PDF.
    """

    item_id: UUID
    receipt_number: str
    sealed_manifest: bytes
    manifest_sha256: bytes
    signature: bytes
    document_sha256: bytes
    document_bytes: int

    @property
    def has_document(self) -> bool:
        """Tell whether a sealed PDF follows."""
        return self.document_bytes > 0

    def alone(self) -> "BundleHeader":
        """Return the header of a bundle that brings the manifest and no document."""
        return replace(self, document_sha256=b"", document_bytes=0)


def write_bundle(target: BinaryIO, header: BundleHeader, sealed_pdf: bytes) -> None:
    """Write a whole bundle to *target*; the caller makes it durable."""
    for part in bundle_parts(header, (sealed_pdf,)):
        target.write(part)


def bundle_parts(header: BundleHeader, document: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a whole bundle, block by block; *document* is its sealed PDF."""
    packed = pack_header(header)
    digest = hashlib.sha256()
    for part in chain((MAGIC, _LENGTH.pack(len(packed)), packed), document):
        digest.update(part)
        yield part
    yield digest.digest()


def bundle_bytes(header: BundleHeader) -> int:
    """Return how large the bundle of that header is."""
    head = len(MAGIC) + _LENGTH.size + len(pack_header(header))
    return head + header.document_bytes + _TRAILER


def pack_header(header: BundleHeader) -> bytes:
    """Return a header as it stands in a bundle, and as a carrier sends it."""
    return cbor2.dumps(
        {
            "item": header.item_id.bytes,
            "receipt": header.receipt_number,
            "manifest": header.sealed_manifest,
            "manifest_sha256": header.manifest_sha256,
            "signature": header.signature,
            "document_sha256": header.document_sha256,
            "document_bytes": header.document_bytes,
        }
    )


def read_header(bundle: Path) -> tuple[BundleHeader, int]:
    """Return the header, and the offset of the sealed PDF in the file.

    Raises:
        DamagedBundleError: Not a bundle, or of another length than it says.
        OSError: The file cannot be read.
    """
    with bundle.open("rb") as source:
        header, start = _read_header(source)
        total = os.fstat(source.fileno()).st_size
    if total != start + header.document_bytes + _TRAILER:
        raise DamagedBundleError("the bundle is longer or shorter than it says")
    return header, start


def check_bundle(bundle: Path) -> BundleHeader:
    """Read the whole bundle and return its header once every hash holds.

    Raises:
        DamagedBundleError: Any byte is missing or changed.
        OSError: The file cannot be read.
    """
    with bundle.open("rb") as source:
        return check_open(source)


def check_open(source: BinaryIO) -> BundleHeader:
    """Read the whole bundle from an open file at its beginning; see :func:`check_bundle`."""
    header, start = _read_header(source)
    source.seek(0)
    whole, document = hashlib.sha256(), hashlib.sha256()
    whole.update(source.read(start))
    for block in _blocks(source, header.document_bytes):
        whole.update(block)
        document.update(block)
    if source.read(_TRAILER + 1) != whole.digest():
        raise DamagedBundleError("the bundle's bytes are not those that were written")
    if header.has_document and document.digest() != header.document_sha256:
        raise DamagedBundleError("the sealed scan is not the one the bundle names")
    return header


def read_header_of(source: BinaryIO) -> BundleHeader:
    """Return the header of an open bundle; the rest is not looked at.

    Raises:
        DamagedBundleError: Not a bundle.
        OSError: The file cannot be read.
    """
    source.seek(0)
    return _read_header(source)[0]


def read_open(source: BinaryIO, offset: int = 0) -> Iterator[bytes]:
    """Yield the sealed PDF of an open bundle from *offset* on, in blocks of at most 256 KiB.

    Raises:
        DamagedBundleError: Not a bundle, or cut short.
        OSError: The file cannot be read.
    """
    source.seek(0)
    header, start = _read_header(source)
    source.seek(start + offset)
    yield from _blocks(source, header.document_bytes - offset)


def read_document(bundle: Path, offset: int = 0) -> Iterator[bytes]:
    """Yield the sealed PDF from *offset* on, in blocks of at most 256 KiB.

    Raises:
        DamagedBundleError: Not a bundle, or cut short.
        OSError: The file cannot be read.
    """
    header, start = read_header(bundle)
    with bundle.open("rb") as source:
        source.seek(start + offset)
        yield from _blocks(source, header.document_bytes - offset)


def _blocks(source: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0:
        block = source.read(min(_BLOCK, left))
        if not block:
            raise DamagedBundleError("the bundle ends early")
        left -= len(block)
        yield block


def _read_header(source: BinaryIO) -> tuple[BundleHeader, int]:
    start = source.read(len(MAGIC) + _LENGTH.size)
    if len(start) < len(MAGIC) + _LENGTH.size or not start.startswith(MAGIC):
        raise DamagedBundleError("not a bundle")
    (length,) = _LENGTH.unpack(start[len(MAGIC) :])
    if length > MAX_HEADER_BYTES:
        raise DamagedBundleError("the bundle's header is too large")
    return parse_header(source.read(length)), len(start) + length


def parse_header(packed: bytes) -> BundleHeader:
    """Return the header in what :func:`pack_header` made.

    Raises:
        DamagedBundleError: It is something else, or past a bound.
    """
    if len(packed) > MAX_HEADER_BYTES:
        raise DamagedBundleError("the bundle's header is too large")
    try:
        fields = decode_map(packed)
        header = BundleHeader(
            item_id=UUID(bytes=exactly(bytes, fields.get("item"))),
            receipt_number=exactly(str, fields.get("receipt")),
            sealed_manifest=exactly(bytes, fields.get("manifest")),
            manifest_sha256=exactly(bytes, fields.get("manifest_sha256")),
            signature=exactly(bytes, fields.get("signature")),
            document_sha256=exactly(bytes, fields.get("document_sha256")),
            document_bytes=exactly(int, fields.get("document_bytes")),
        )
    except (MalformedMessageError, ValueError) as error:
        raise DamagedBundleError("the bundle's header cannot be read") from error
    if not 0 <= header.document_bytes <= MAX_DOCUMENT_BYTES:
        raise DamagedBundleError("the bundle names an impossible size")
    return header
