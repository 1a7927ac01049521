"""What lies over a PDF page: form fields and annotations. All that shows is drawn, or refused.

A value that a form holds, a stamp or a stroke of ink is as much of the paper as what is printed.
pdfium draws what brings its own appearance, and makes one for most of what does not. It makes none
for some kinds, and leaves out letters for which it has no font: a page that would come out without
them is refused by name.
"""

import ctypes
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from kiosk.domain.errors import FileTooLargeError, UndrawnMarkError

MAX_MARKS: Final = 5_000
"""Annotations of one page, links among them."""
_ASIDE: Final = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP)
"""Ways to somewhere else, and notes that are closed."""
_ON_PAPER: Final = frozenset(
    (
        pdfium.FPDF_ANNOT_FREETEXT,
        pdfium.FPDF_ANNOT_LINE,
        pdfium.FPDF_ANNOT_SQUARE,
        pdfium.FPDF_ANNOT_CIRCLE,
        pdfium.FPDF_ANNOT_POLYGON,
        pdfium.FPDF_ANNOT_POLYLINE,
        pdfium.FPDF_ANNOT_HIGHLIGHT,
        pdfium.FPDF_ANNOT_UNDERLINE,
        pdfium.FPDF_ANNOT_SQUIGGLY,
        pdfium.FPDF_ANNOT_STRIKEOUT,
        pdfium.FPDF_ANNOT_STAMP,
        pdfium.FPDF_ANNOT_CARET,
        pdfium.FPDF_ANNOT_INK,
    )
)
"""Annotations that mark the page itself."""
_NOT_SEEN: Final = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_WRITTEN: Final = (
    pdfium.FPDF_FORMFIELD_TEXTFIELD,
    pdfium.FPDF_FORMFIELD_COMBOBOX,
    pdfium.FPDF_FORMFIELD_LISTBOX,
)
_TICKED: Final = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
_SURE_LETTERS: Final = "cp1252"
"""What pdfium draws by fonts of its own where the system has none; Arabic is not among it."""
_TICK: Final = "\0"
_UTF16_NUL_BYTES: Final = 2
_MISSHAPEN: Final = (TypeError, ValueError, KeyError, IndexError, AttributeError, OSError)
"""What pikepdf raises where an object is not of the kind asked for, or not there."""

Mark = Any
"""A handle of pdfium's on one annotation."""


def open_forms(document: pypdfium2.PdfDocument) -> None:
    """Let the fields of a form be drawn. Call before a page is loaded; no script of it runs.

    Raises:
        UndrawnMarkError: A form that only the program it was made with can draw (dynamic XFA).
    """
    kind = document.get_formtype()
    if kind == pdfium.FORMTYPE_XFA_FULL:
        raise UndrawnMarkError("a form in XFA, which only its own program draws")
    if kind != pdfium.FORMTYPE_NONE:
        # Without a platform for scripts even a pdfium that was built with V8 runs none.
        document.init_forms(pdfium.FPDF_FORMFILLINFO(version=2, xfa_disabled=True))


def has_marks(sheet: pypdfium2.PdfPage) -> bool:
    """Tell whether fields or annotations lie on a page.

    Raises:
        FileTooLargeError: More than ``MAX_MARKS``.
    """
    return any(pdfium.FPDFAnnot_GetSubtype(mark) not in _ASIDE for _, mark in _marks_of(sheet))


def check_marks(
    content: bytes | Path, page: int, document: pypdfium2.PdfDocument, sheet: pypdfium2.PdfPage
) -> None:
    """Check that a page which was drawn has come out with all of its marks.

    Raises:
        UndrawnMarkError: It may have come out without one.
    """
    unsure: dict[int, bool] = {}
    for number, mark in _marks_of(sheet):
        if not _is_seen(mark):
            continue
        filling = _filling(mark, document.formenv)
        if filling not in (None, _TICK) and not pdfium.FPDFAnnot_HasKey(mark, b"AP"):
            kind = pdfium.FPDFAnnot_GetSubtype(mark)
            raise UndrawnMarkError(f"mark {number + 1} of the page, of kind {kind}")
        if filling and (filling == _TICK or not _is_surely_drawn(mark, filling)):
            unsure[number] = filling == _TICK
    if unsure and not _have_own_looks(content, page, unsure):
        raise UndrawnMarkError("a field or a note that no font or no appearance is there for")


def _have_own_looks(content: bytes | Path, page: int, unsure: dict[int, bool]) -> bool:
    """Tell whether marks of a page bring an appearance in the file that pdfium then shows.

    Args:
        content: The file.
        page: Number of the page.
        unsure: By number of the mark, whether it is a box to tick.
    """
    source = content if isinstance(content, Path) else io.BytesIO(content)
    try:
        with pikepdf.open(source) as pdf:
            form = pdf.Root.get("/AcroForm", pikepdf.Dictionary())
            is_made_anew = bool(form.get("/NeedAppearances", False))
            marks = pdf.pages[page].obj.Annots
            return all(
                _shows_its_state(marks[number])
                if is_tick
                else _has_own_look(marks[number], is_made_anew=is_made_anew)
                for number, is_tick in unsure.items()
            )
    except (pikepdf.PdfError, *_MISSHAPEN):
        return False


def _has_own_look(mark: pikepdf.Object, *, is_made_anew: bool) -> bool:
    is_field = mark.Subtype == pikepdf.Name.Widget
    return "/N" in mark.get("/AP", pikepdf.Dictionary()) and not (is_field and is_made_anew)


def _shows_its_state(box: pikepdf.Object) -> bool:
    """Tell whether a box shows that it is ticked: pdfium shows one of no known state as empty."""
    off = pikepdf.Name.Off
    if box.get("/AS", box.get("/V", off)) == off or "/AP" not in box:
        return True
    return "/AS" in box and box.AS in box.AP.N


def _marks_of(sheet: pypdfium2.PdfPage) -> Iterator[tuple[int, Mark]]:
    count = pdfium.FPDFPage_GetAnnotCount(sheet)
    if count > MAX_MARKS:
        raise FileTooLargeError(f"{count} annotations on a page, at most {MAX_MARKS} are taken")
    for number in range(count):
        with _opened(sheet, number) as mark:
            if mark:
                yield number, mark


@contextmanager
def _opened(sheet: pypdfium2.PdfPage, number: int) -> Iterator[Mark]:
    mark = pdfium.FPDFPage_GetAnnot(sheet, number)
    try:
        yield mark
    finally:
        if mark:
            pdfium.FPDFPage_CloseAnnot(mark)


def _is_seen(mark: Mark) -> bool:
    """Tell whether a mark shows on a screen, and has a place there."""
    if pdfium.FPDFAnnot_GetFlags(mark) & _NOT_SEEN:
        return False
    box = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(mark, box):
        return False
    return bool(abs(box.right - box.left) >= 1 and abs(box.top - box.bottom) >= 1)


def _filling(mark: Mark, form: pypdfium2.PdfFormEnv | None) -> str | None:
    """Return the letters a mark must show, "" for other ink, ``_TICK`` for a box, None for none.

    Raises:
        UndrawnMarkError: A field without its form, which shows.
    """
    kind = pdfium.FPDFAnnot_GetSubtype(mark)
    if kind == pdfium.FPDF_ANNOT_FREETEXT:
        return _text(pdfium.FPDFAnnot_GetStringValue, mark, b"Contents")
    if kind != pdfium.FPDF_ANNOT_WIDGET:
        return "" if kind in _ON_PAPER else None
    if form is None:
        # Of a page that was cut out of its form: other programs show it, pdfium does not.
        _refuse_if_it_shows(mark)
        return None
    field = pdfium.FPDFAnnot_GetFormFieldType(form, mark)
    if field in _WRITTEN:
        return _text(pdfium.FPDFAnnot_GetFormFieldValue, form, mark).strip() or None
    return _TICK if field in _TICKED else None


def _refuse_if_it_shows(field: Mark) -> None:
    if pdfium.FPDFAnnot_HasKey(field, b"AP"):
        raise UndrawnMarkError("a field of a form that is not in the file")


def _is_surely_drawn(mark: Mark, text: str) -> bool:
    """Tell whether an appearance made by pdfium shows all of *text*."""
    is_free = pdfium.FPDFAnnot_GetSubtype(mark) == pdfium.FPDF_ANNOT_FREETEXT
    if is_free and not pdfium.FPDFAnnot_HasKey(mark, b"DA"):
        return False  # without a font to be set in it comes out as an empty box
    try:
        text.encode(_SURE_LETTERS)
    except UnicodeEncodeError:
        return False
    return True


def _text(ask: Callable[..., int], *about: object) -> str:
    """Return what a function of pdfium's writes as UTF-16 into the buffer it is given last."""
    size = ask(*about, None, 0)
    if size <= _UTF16_NUL_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(size)
    ask(*about, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw[: size - _UTF16_NUL_BYTES].decode("utf-16-le", "replace")
