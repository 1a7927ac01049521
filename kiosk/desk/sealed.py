"""From a draft's pages to one durable bundle: build the PDF, seal it, freeze, write."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kiosk.domain.dossier import Piece
from kiosk.domain.moments import ClockReading
from kiosk.domain.page import Page
from kiosk.domain.page_hash import BITS
from kiosk.domain.vocabulary import PieceKind, ProblemKind
from kiosk.security.keystore import DeviceKeys
from kiosk.security.sealing import seal
from kiosk.store.spool import Spool
from kiosk.wire import manifests
from kiosk.wire.bundles import BundleHeader
from kiosk.wire.encoding import b64
from kiosk.wire.manifests import Clock, Document, FrozenManifest, Manifest, PageNote, PieceEntry
from kiosk.wire.trust import RootStatement

MAX_NOTED_CODES = 200
MAX_CODES_BYTES = 12 * 1024
_DIGITS = BITS // 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedScan:
    """A sealed PDF and what a manifest says of it."""

    content: bytes
    document: Document

    @property
    def sha256(self) -> bytes:
        """Return the hash of the sealed bytes."""
        return bytes.fromhex(self.document.sha256)


def seal_scan(
    pdfs: Iterable[bytes],
    item_id: UUID,
    pieces: Sequence[Piece],
    created_at: datetime,
    root: RootStatement,
) -> SealedScan:
    """Build one PDF of all pages and seal it to everybody the offline root names."""
    # pikepdf takes a tenth of a second to load; commands that seal nothing do without it.
    from kiosk.scan.pdf import build_pdf

    pdf = build_pdf(pdfs, deposit_id=item_id, kinds=_kinds_by_page(pieces), created_at=created_at)
    sealed = seal(pdf, root.recipients)
    document = Document(
        sha256=hashlib.sha256(sealed).hexdigest(),
        size_bytes=len(sealed),
        page_count=sum(len(piece.pages) for piece in pieces),
    )
    return SealedScan(content=sealed, document=document)


def freeze_and_spool(
    manifest: Manifest,
    item_id: UUID,
    scan: SealedScan | None,
    keys: DeviceKeys,
    root: RootStatement,
    spool: Spool,
) -> FrozenManifest:
    """Freeze *manifest* and put the durable bundle in the spool; return what was signed."""
    frozen = manifests.freeze(manifest, keys.request_key)
    header = BundleHeader(
        item_id=item_id,
        receipt_number=manifest.receipt_number,
        sealed_manifest=seal(frozen.content, (root.intake,)),
        manifest_sha256=frozen.sha256,
        signature=frozen.signature,
        document_sha256=scan.sha256 if scan else b"",
        document_bytes=scan.document.size_bytes if scan else 0,
    )
    spool.put(header, scan.content if scan else b"")
    return frozen


def salt() -> str:
    """Return what keeps a manifest's hash from being guessed back to its content."""
    return b64(secrets.token_bytes(16))


def clock_entry(reading: ClockReading) -> Clock:
    """Return a clock reading as a manifest carries it."""
    return Clock(utc=reading.utc, monotonic_ms=reading.monotonic_ms, trust=reading.trust)


def piece_entries(pieces: Sequence[Piece]) -> tuple[PieceEntry, ...]:
    """Return pieces as a manifest carries them."""
    return tuple(PieceEntry(kind=piece.kind, pages=piece.pages) for piece in pieces)


def page_notes(pages: Mapping[int, Page]) -> tuple[PageNote, ...]:
    """Return what is to be said about pages, by number; pages without a word are left out.

    A manifest is bounded: codes past :data:`MAX_CODES_BYTES` are left out, they stand in the scan.
    """
    notes = []
    left = MAX_CODES_BYTES
    for number, page in enumerate(pages.values(), start=1):
        codes, left = _noted_codes(page, left)
        problems = tuple(problem.kind.value for problem in page.problems)
        if codes or problems:
            notes.append(
                PageNote(
                    page=number,
                    problems=problems,
                    original_is_so=page.original_is_so,
                    codes=codes,
                )
            )
    return tuple(notes)


def page_hashes(pages: Iterable[Page]) -> tuple[str, ...]:
    """Return the hash of where the ink lies on each page that has any.

    Blank pages all look alike, and a draft of an earlier version carries another hash.
    """
    return tuple(
        b64(bytes.fromhex(page.fingerprint[_DIGITS:]))
        for page in pages
        if len(page.fingerprint) == 2 * _DIGITS
        and not any(problem.kind is ProblemKind.BLANK for problem in page.problems)
    )


def _noted_codes(page: Page, left: int) -> tuple[tuple[tuple[str, str], ...], int]:
    noted = []
    for code in page.codes[:MAX_NOTED_CODES]:
        size = len(json.dumps((code.format, code.text), ensure_ascii=False).encode("utf-8"))
        if size <= left:
            left -= size
            noted.append((code.format, code.text))
    return tuple(noted), left


def _kinds_by_page(pieces: Sequence[Piece]) -> list[PieceKind | None]:
    first = {piece.pages[0]: piece.kind for piece in pieces if piece.pages}
    last = max((number for piece in pieces for number in piece.pages), default=0)
    return [first.get(number) for number in range(1, last + 1)]
