"""The dossier's PDF: its pages, its deposit id, and nobody's name."""

import io
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pytest

from kiosk.domain.errors import UnreadableFileError
from kiosk.domain.vocabulary import PieceKind
from kiosk.scan.compress import compress_page
from kiosk.scan.onepage import write_one_page
from kiosk.scan.pdf import build_pdf, write_pdf
from tests.paper import draw_page

DEPOSIT = "0197c0de-0000-7000-8000-000000000001"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def pages() -> list[bytes]:
    page = draw_page("facture", 8800)
    return [write_one_page(compress_page(page.image, page.dpi), page.dpi)] * 5


def test_pages_and_deposit_id_are_in_it(pages: list[bytes]) -> None:
    content = build_pdf(pages, deposit_id=DEPOSIT, created_at=NOON)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == 5
        assert pdf.open_metadata()["dc:identifier"] == DEPOSIT
        assert str(pdf.docinfo["/Subject"]) == DEPOSIT


def test_pieces_are_bookmarks(pages: list[bytes]) -> None:
    kinds = [PieceKind.FEUILLE_DE_SOINS, None, PieceKind.ORDONNANCE]
    content = build_pdf(pages, deposit_id=DEPOSIT, kinds=kinds, created_at=NOON)
    with pikepdf.open(io.BytesIO(content)) as pdf, pdf.open_outline() as outline:
        assert [item.title for item in outline.root] == ["Feuille de soins", "Ordonnance"]


def test_same_arguments_give_the_same_bytes(pages: list[bytes]) -> None:
    first, second = (build_pdf(pages, deposit_id=DEPOSIT, created_at=NOON) for _ in range(2))
    assert first == second


def test_pages_are_taken_one_at_a_time(pages: list[bytes]) -> None:
    content = build_pdf(iter(pages), deposit_id=DEPOSIT, created_at=NOON)
    assert content.startswith(b"%PDF-")


class _Sink(io.RawIOBase):
    """A file that keeps nothing."""

    def write(self, content: Any) -> int:
        return len(content)


def test_memory_does_not_grow_with_the_pages(pages: list[bytes]) -> None:
    peaks = []
    tracemalloc.start()
    try:
        for count in (3, 60):
            tracemalloc.reset_peak()
            copies = (bytes(bytearray(pages[0])) for _ in range(count))
            write_pdf(_Sink(), copies, deposit_id=DEPOSIT, created_at=NOON)  # type: ignore[arg-type]
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2 * len(pages[0])


def test_five_pages_are_merged_quickly(pages: list[bytes]) -> None:
    build_pdf(pages, deposit_id=DEPOSIT, created_at=NOON)
    start = time.process_time()
    for _ in range(5):
        build_pdf(pages, deposit_id=DEPOSIT, created_at=NOON)
    assert (time.process_time() - start) / 5 <= 0.02


def test_dossier_without_pages_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one page"):
        build_pdf([], deposit_id=DEPOSIT, created_at=NOON)


def test_time_without_a_zone_is_a_mistake(pages: list[bytes]) -> None:
    with pytest.raises(ValueError, match="time zone"):
        build_pdf(pages, deposit_id=DEPOSIT, created_at=datetime(2026, 1, 1))


def _stored(content: bytes, changes: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        changes(pdf)
        file = io.BytesIO()
        pdf.save(file)
        return file.getvalue()


def _with_extras(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    pdf.attachments["virus.exe"] = b"MZ-payload"
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
    pdf.pages[0].Annots = pikepdf.Array([link])
    pdf.pages[0].AA = pikepdf.Dictionary(O=pdf.Root.OpenAction)
    pdf.pages[0].Resources.XObject["/Back"].Interpolate = True


def test_nothing_but_pictures_of_a_stored_page_is_taken(pages: list[bytes]) -> None:
    extras = _stored(pages[0], _with_extras)
    assert b"app.alert" in extras
    plain = build_pdf(pages[:1], deposit_id=DEPOSIT, created_at=NOON)
    assert build_pdf([extras], deposit_id=DEPOSIT, created_at=NOON) == plain


def _soft_masked(pdf: pikepdf.Pdf) -> None:
    images = pdf.pages[0].Resources.XObject
    images["/Back"].SMask = images["/Ink0"]


def _with_a_form(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Resources.XObject["/Back"].Subtype = pikepdf.Name.Form


@pytest.mark.parametrize("times", [1, 2])
def test_drawing_that_is_a_bomb_is_refused_before_it_is_unpacked(
    pages: list[bytes], times: int
) -> None:
    packed = b" " * 30_000_000
    for _ in range(times):
        packed = zlib.compress(packed, 9)
    name = pikepdf.Name.FlateDecode
    filters = name if times == 1 else pikepdf.Array([name] * times)

    def drawn_without_end(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].Contents = pikepdf.Stream(pdf, packed, Filter=filters)

    bomb = _stored(pages[0], drawn_without_end)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFileError):
            build_pdf([bomb], deposit_id=DEPOSIT, created_at=NOON)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "changes",
    [
        lambda pdf: pdf.pages[0].contents_add(b"BT /F1 12 Tf (Bonjour) Tj ET"),
        lambda pdf: pdf.pages[0].contents_add(b"q " * 3000),
        lambda pdf: pdf.pages[0].contents_add(b"1" * 3000 + b"!"),
        lambda pdf: pdf.pages.append(pdf.pages[0]),
        lambda pdf: pdf.pages[0].__setattr__("MediaBox", pikepdf.Array([0, 0, 1, 99_999])),
        _soft_masked,
        _with_a_form,
    ],
    ids=["text", "endless", "digits", "two pages", "no size", "soft mask", "form"],
)
def test_stored_page_that_is_none_of_ours_is_refused(
    pages: list[bytes], changes: Callable[[pikepdf.Pdf], None]
) -> None:
    with pytest.raises(UnreadableFileError):
        build_pdf([_stored(pages[0], changes)], deposit_id=DEPOSIT, created_at=NOON)


def test_damaged_page_is_refused(tiny_pdf: Callable[..., bytes]) -> None:
    with pytest.raises(UnreadableFileError):
        build_pdf([tiny_pdf(), b"not a PDF"], deposit_id=DEPOSIT, created_at=NOON)
