"""The decode stage for PDF: a page is drawn as an image, and nothing else of it is kept."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from kiosk.domain.errors import EncryptedPdfError, FileTooLargeError, UnreadableFileError
from kiosk.scan.limits import MAX_CONTAINER_BYTES
from kiosk.scan.marks import check_marks, has_marks, open_forms
from kiosk.scan.picture import Picture

RENDER_DPI: Final = 300
MAX_RENDER_PIXELS: Final = 12_000_000
"""A little over A4 at 300 dpi: a larger sheet is drawn at a lower resolution."""
_MIN_RENDER_DPI: Final = 36
_MAX_LAYERS: Final = 8
_POINTS_PER_INCH: Final = 72


def count_pdf_pages(content: bytes | Path) -> int:
    """Return the number of pages.

    Raises:
        EncryptedPdfError: A password is asked for.
        UnreadableFileError: Not a PDF that can be opened, or one without pages.
    """
    with _opened(content) as document:
        pages = len(document)
    if pages < 1:
        raise UnreadableFileError("a PDF without pages")
    return pages


def decode_pdf_page(content: bytes | Path, *, page: int = 0) -> Picture:
    """Draw one page, at most 300 dpi, with what is filled in and noted on it.

    Scripts do not run, and attachments are left behind. A page that is one full-page image and no
    more is drawn at that image's own resolution when it is lower.

    Raises:
        EncryptedPdfError: A password is asked for.
        UndrawnMarkError: A form field or an annotation cannot be drawn.
        UnreadableFileError: The page cannot be drawn.
        FileTooLargeError: The sheet is too large to be drawn legibly.
    """
    with _opened(content) as document:
        try:
            open_forms(document)
            sheet = document[page]
            width_pt, height_pt = sheet.get_size()
            dpi = _render_dpi(sheet, width_pt, height_pt)
            bitmap = sheet.render(
                scale=dpi / _POINTS_PER_INCH, may_draw_forms=True, draw_annots=True
            )
            check_marks(content, page, document, sheet)
            pixels = np.array(bitmap.to_numpy()[:, :, :3], np.uint8, copy=True)
        except (pypdfium2.PdfiumError, IndexError, ValueError, RuntimeError) as error:
            raise UnreadableFileError("the page cannot be drawn") from error
        except MemoryError as error:
            raise FileTooLargeError("drawing needs more memory than a page may have") from error
    return Picture(pixels=pixels, dpi=round(dpi), is_rendered=True)


@contextmanager
def _opened(content: bytes | Path) -> Iterator[pypdfium2.PdfDocument]:
    if isinstance(content, Path) and content.stat().st_size > MAX_CONTAINER_BYTES:
        raise FileTooLargeError("the file has grown above its bound")
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD and _names_encryption(content):
            raise EncryptedPdfError("the PDF asks for a password") from error
        raise UnreadableFileError("not a PDF that can be opened") from error
    except OSError as error:
        raise UnreadableFileError("cannot be read") from error
    try:
        yield document
    finally:
        document.close()


def _names_encryption(content: bytes | Path) -> bool:
    # A fault that pdfium has no code for leaves the code of the fault before: of another file.
    # The trailer, which names the encryption, is never encrypted itself (ISO 32000-1, 7.5.8.2).
    whole = content.read_bytes() if isinstance(content, Path) else content
    return b"/Encrypt" in whole


def _render_dpi(sheet: pypdfium2.PdfPage, width_pt: float, height_pt: float) -> float:
    if not (width_pt > 1 and height_pt > 1):
        raise UnreadableFileError("a page without a size")
    dpi: float = RENDER_DPI
    own = None if has_marks(sheet) else _image_dpi(sheet, width_pt, height_pt)
    if own is not None:
        dpi = min(dpi, max(own, 100.0))
    area_in: float = (width_pt / _POINTS_PER_INCH) * (height_pt / _POINTS_PER_INCH)
    dpi = min(dpi, (MAX_RENDER_PIXELS / area_in) ** 0.5)
    if dpi < _MIN_RENDER_DPI:
        raise FileTooLargeError(f"a sheet of {width_pt:.0f}x{height_pt:.0f} pt")
    return dpi


def _image_dpi(sheet: pypdfium2.PdfPage, width_pt: float, height_pt: float) -> float | None:
    """Return the finest resolution of a page's images when each of them covers the whole page."""
    objects = list(itertools.islice(sheet.get_objects(max_depth=2), _MAX_LAYERS + 1))
    if not 0 < len(objects) <= _MAX_LAYERS:
        return None
    finest = 0.0
    for layer in objects:
        if layer.type != pdfium.FPDF_PAGEOBJ_IMAGE:
            return None
        left, bottom, right, top = layer.get_bounds()
        if (right - left) * (top - bottom) < 0.9 * width_pt * height_pt:
            return None
        long_px = max(layer.get_px_size())
        finest = max(finest, long_px / max(right - left, top - bottom) * _POINTS_PER_INCH)
    return finest
