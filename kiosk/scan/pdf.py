"""The last stage: one PDF per dossier, made of the one-page PDFs."""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import pikepdf

from kiosk.domain.errors import UnreadableFileError
from kiosk.domain.vocabulary import PieceKind

_PRODUCER = "Wasl"
_TITLES = {
    PieceKind.FEUILLE_DE_SOINS: "Feuille de soins",
    PieceKind.ORDONNANCE: "Ordonnance",
    PieceKind.FACTURE: "Facture",
    PieceKind.CODES_BARRES: "Codes-barres des médicaments",
    PieceKind.RESULTATS: "Résultats",
    PieceKind.RADIO: "Radio",
    PieceKind.NOTE_HONORAIRES: "Note d’honoraires",
    PieceKind.ACCORD_PREALABLE: "Accord préalable",
    PieceKind.CERTIFICAT: "Certificat",
    PieceKind.AUTRE: "Autre",
}


def build_pdf(
    pages: Iterable[bytes],
    *,
    deposit_id: UUID | str,
    kinds: Sequence[PieceKind | None] = (),
    created_at: datetime,
) -> bytes:
    """Return one PDF of all pages; the same bytes for the same arguments.

    It carries the deposit id (``dc:identifier`` and the document information) and nothing about
    the insured person.

    Args:
        pages: The one-page PDFs, in order; taken one at a time.
        deposit_id: The deposit they belong to.
        kinds: For each page the kind of the piece that begins there, or None where the piece
            before goes on; each becomes a bookmark. A shorter sequence is filled with None.
        created_at: When, with a time zone.

    Raises:
        UnreadableFileError: One of *pages* is no PDF.
        ValueError: There are no pages, or *created_at* has no time zone.
    """
    if created_at.tzinfo is None:
        raise ValueError("created_at needs a time zone")
    with pikepdf.new() as merged:
        for content in pages:
            _append(merged, content)
        if not len(merged.pages):
            raise ValueError("a dossier has at least one page")
        _bookmark(merged, kinds)
        _describe(merged, str(deposit_id), created_at.astimezone(UTC))
        file = io.BytesIO()
        merged.save(file, deterministic_id=True, compress_streams=True, linearize=False)
        return file.getvalue()


def _append(merged: pikepdf.Pdf, content: bytes) -> None:
    try:
        with pikepdf.open(io.BytesIO(content)) as one:
            merged.pages.extend(one.pages)
    except pikepdf.PdfError as error:
        raise UnreadableFileError("a stored page is no PDF") from error


def _bookmark(merged: pikepdf.Pdf, kinds: Sequence[PieceKind | None]) -> None:
    if not any(kinds):
        return
    with merged.open_outline() as outline:
        for number, kind in enumerate(kinds[: len(merged.pages)]):
            if kind is not None:
                outline.root.append(pikepdf.OutlineItem(_TITLES[kind], number))


def _describe(merged: pikepdf.Pdf, deposit_id: str, created_at: datetime) -> None:
    stamp = created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    with merged.open_metadata(set_pikepdf_as_editor=False) as xmp:
        xmp["dc:identifier"] = deposit_id
        xmp["xmp:CreateDate"] = stamp
        xmp["xmp:ModifyDate"] = stamp
        xmp["pdf:Producer"] = _PRODUCER
    merged.docinfo["/Subject"] = deposit_id
    merged.docinfo["/Producer"] = _PRODUCER
    merged.docinfo["/CreationDate"] = created_at.strftime("D:%Y%m%d%H%M%SZ")
