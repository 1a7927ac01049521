"""PDF pages are drawn, and nothing else of a PDF is kept."""

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from kiosk.domain.errors import EncryptedPdfError, FileTooLargeError, UnreadableFileError
from kiosk.scan.page import process_picture
from kiosk.scan.render import MAX_RENDER_PIXELS, count_pdf_pages, decode_pdf_page
from tests.scan import hostile

MakePdf = Callable[..., bytes]


def test_page_is_drawn_at_300_dpi(tiny_pdf: MakePdf) -> None:
    picture = decode_pdf_page(tiny_pdf())
    assert picture.dpi == 300
    assert picture.pixels.shape == pytest.approx((3508, 2479, 3), abs=2)


def test_page_that_is_one_image_is_drawn_at_its_own_resolution() -> None:
    file = io.BytesIO()
    Image.new("L", (1240, 1754), 200).save(file, "PDF", resolution=150)
    picture = decode_pdf_page(file.getvalue())
    assert picture.dpi == 150
    assert picture.pixels.shape == pytest.approx((1754, 1240, 3), abs=2)


def test_large_sheet_is_drawn_within_bounds(tiny_pdf: MakePdf) -> None:
    with pikepdf.open(io.BytesIO(tiny_pdf())) as pdf:
        pdf.pages[0].MediaBox = [0, 0, 2384, 3370]  # A0
        file = io.BytesIO()
        pdf.save(file)
    picture = decode_pdf_page(file.getvalue())
    assert picture.pixels[..., 0].size <= MAX_RENDER_PIXELS * 1.01


def test_endless_sheet_is_too_large(tiny_pdf: MakePdf) -> None:
    with pikepdf.open(io.BytesIO(tiny_pdf())) as pdf:
        pdf.pages[0].MediaBox = [0, 0, 14_400, 14_400]
        pdf.pages[0].UserUnit = 1
        file = io.BytesIO()
        pdf.save(file)
    with pytest.raises((FileTooLargeError, UnreadableFileError)):
        decode_pdf_page(file.getvalue())


def test_fault_after_an_encrypted_pdf_is_not_called_encrypted(tmp_path: Path) -> None:
    # One child reads both, and pdfium remembers the last code it gave.
    hostile.pdf_that_is_encrypted(tmp_path / "asks.pdf")
    hostile.pdf_that_goes_round(tmp_path / "round.pdf")
    with pytest.raises(EncryptedPdfError):
        count_pdf_pages((tmp_path / "asks.pdf").read_bytes())
    for content in ((tmp_path / "round.pdf").read_bytes(), b"%PDF-1.7 and no more"):
        with pytest.raises(UnreadableFileError):
            decode_pdf_page(content)


def test_encrypted_pdf_is_named(tiny_pdf: MakePdf) -> None:
    content = tiny_pdf(encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(EncryptedPdfError):
        count_pdf_pages(content)


def test_script_and_attachment_are_left_behind(tiny_pdf: MakePdf) -> None:
    with pikepdf.open(io.BytesIO(tiny_pdf())) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('x')")
        pdf.Root.OpenAction = script
        pdf.attachments["virus.exe"] = b"MZ-payload"
        file = io.BytesIO()
        pdf.save(file)
    page = process_picture(decode_pdf_page(file.getvalue()), source="a.pdf", index=1)
    with pikepdf.open(io.BytesIO(page.pdf)) as kept:
        assert "/OpenAction" not in kept.Root
        assert not kept.attachments
    assert b"JavaScript" not in page.pdf


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.4\ntrailer<</Root 1 0 R>>", b"hello"])
def test_broken_pdf_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        decode_pdf_page(content)
