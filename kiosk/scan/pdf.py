"""The last stage: one PDF/A-2b per dossier, made of the one-page PDFs, one page at a time."""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import BinaryIO, Final
from uuid import UUID

from kiosk.domain.vocabulary import PieceKind
from kiosk.scan.pdf_file import PdfFile, text_string
from kiosk.scan.srgb import srgb_profile
from kiosk.scan.stored_page import StoredPage, read_stored_page
from kiosk.scan.xmp import Description

_TITLES: Final = {
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
_INTENT: Final = (
    "/Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB IEC61966-2.1)"
    " /Info (sRGB IEC61966-2.1) /RegistryName (http://www.color.org)"
)


def build_pdf(
    pages: Iterable[bytes],
    *,
    deposit_id: UUID | str,
    kinds: Sequence[PieceKind | None] = (),
    created_at: datetime,
) -> bytes:
    """Return what ``write_pdf`` writes. A dossier lies nowhere in clear but in memory."""
    file = io.BytesIO()
    write_pdf(file, pages, deposit_id=deposit_id, kinds=kinds, created_at=created_at)
    return file.getvalue()


def write_pdf(
    file: BinaryIO,
    pages: Iterable[bytes],
    *,
    deposit_id: UUID | str,
    kinds: Sequence[PieceKind | None] = (),
    created_at: datetime,
) -> None:
    """Write one PDF/A-2b (ISO 19005-2) of all pages; the same bytes for the same arguments.

    It carries the deposit id (``dc:identifier`` and the document information) and nothing about
    the insured person. One page is in memory at a time.

    Args:
        file: Written from where it stands; nothing is read back.
        pages: The one-page PDFs, in order; taken one at a time.
        deposit_id: The deposit they belong to.
        kinds: For each page the kind of the piece that begins there, or None where the piece
            before goes on; each becomes a bookmark. A shorter sequence is filled with None.
        created_at: When, with a time zone.

    Raises:
        UnreadableFileError: One of *pages* is no page of ours.
        ValueError: There are no pages, or *created_at* has no time zone.
    """
    if created_at.tzinfo is None:
        raise ValueError("created_at needs a time zone")
    about = Description(deposit_id=str(deposit_id), created_at=created_at.astimezone(UTC))
    pdf = PdfFile(file)
    tree = pdf.reserve()
    sheets = [_write_page(pdf, tree, read_stored_page(content)) for content in pages]
    if not sheets:
        raise ValueError("a dossier has at least one page")
    kids = " ".join(f"{sheet} 0 R" for sheet in sheets)
    pdf.write(f"<< /Type /Pages /Count {len(sheets)} /Kids [{kids}] >>", tree)
    profile = pdf.write_packed("/N 3 /Alternate /DeviceRGB", srgb_profile())
    intent = pdf.write(f"<< {_INTENT} /DestOutputProfile {profile} 0 R >>")
    # Not compressed: a program that knows no PDF finds the packet by its marks.
    metadata = pdf.write_stream("/Type /Metadata /Subtype /XML", about.xmp())
    entries = f"/Pages {tree} 0 R /Metadata {metadata} 0 R /OutputIntents [{intent} 0 R]"
    bookmarks = _write_bookmarks(pdf, sheets, kinds)
    if bookmarks is not None:
        entries += f" /Outlines {bookmarks} 0 R /PageMode /UseOutlines"
    root = pdf.write(f"<< /Type /Catalog {entries} >>")
    pdf.finish(root, pdf.write(about.information()))


def _write_page(pdf: PdfFile, tree: int, page: StoredPage) -> int:
    placed = {
        name: pdf.write_stream(picture.entries, picture.content)
        for name, picture in page.pictures.items()
    }
    drawing = pdf.write_stream("", page.drawing)
    named = " ".join(f"/{name} {number} 0 R" for name, number in placed.items())
    width, height = (f"{side:.2f}".rstrip("0").rstrip(".") for side in page.size_pt)
    turned = f" /Rotate {page.rotate_deg}" if page.rotate_deg else ""
    return pdf.write(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {width} {height}]{turned}"
        f" /Resources << /XObject << {named} >> >> /Contents {drawing} 0 R >>"
    )


def _write_bookmarks(
    pdf: PdfFile, sheets: Sequence[int], kinds: Sequence[PieceKind | None]
) -> int | None:
    """Write one bookmark for each piece; return the number of their root, None without any."""
    begins = [(sheet, kind) for sheet, kind in zip(sheets, kinds, strict=False) if kind is not None]
    if not begins:
        return None
    root = pdf.reserve()
    items = [pdf.reserve() for _ in begins]
    for at, (sheet, kind) in enumerate(begins):
        before = f" /Prev {items[at - 1]} 0 R" if at else ""
        after = f" /Next {items[at + 1]} 0 R" if at + 1 < len(items) else ""
        title = text_string(_TITLES[kind])
        pdf.write(
            f"<< /Title {title} /Parent {root} 0 R{before}{after} /Dest [{sheet} 0 R /Fit] >>",
            items[at],
        )
    ends = f"/First {items[0]} 0 R /Last {items[-1]} 0 R /Count {len(items)}"
    return pdf.write(f"<< /Type /Outlines {ends} >>", root)
