"""A stored page taken apart: its pictures and how they are laid, and nothing else that is in it.

The page comes from the child that looked into hostile files, so that only what
``kiosk.scan.onepage`` writes is taken: JPEGs, stencils of fax code, and the operators that place
them. A script, an attachment or an annotation has no way into a dossier.
"""

import io
import re
from dataclasses import dataclass
from typing import Any, Final

import pikepdf

from kiosk.domain.errors import UnreadableFileError

_MAX_PICTURES: Final = 16
_MAX_DRAWING_BYTES: Final = 4096
_SIDE_PT: Final = (3.0, 14_400.0)
"""Bounds of ISO 19005-2, 6.1.13."""
_OPERATORS: Final = frozenset((b"q", b"Q", b"cm", b"rg", b"Do"))
_OPERAND: Final = re.compile(rb"/[A-Za-z0-9]{1,16}|-?\d{1,5}(?:\.\d{1,6})?")
_COLOURS: Final = {"/DeviceGray": "DeviceGray", "/DeviceRGB": "DeviceRGB"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredPicture:
    """One image of a page: its encoded bytes and the dictionary that says how to read them."""

    entries: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredPage:
    """What is kept of a page.

    Attributes:
        size_pt: Width and height in points, before the rotation.
        rotate_deg: Clockwise quarter turns by which it is shown, in degrees.
        drawing: The operators that lay the pictures.
        pictures: Them, by the names that *drawing* gives them.
    """

    size_pt: tuple[float, float]
    rotate_deg: int
    drawing: bytes
    pictures: dict[str, StoredPicture]


def read_stored_page(content: bytes) -> StoredPage:
    """Return what is to be kept of a one-page PDF.

    Raises:
        UnreadableFileError: No PDF, or not one as ``kiosk.scan.onepage`` writes them.
    """
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if len(pdf.pages) != 1:
                raise UnreadableFileError("a stored page is a PDF of one page")
            return _taken_apart(pdf.pages[0].obj)
    except (pikepdf.PdfError, TypeError, ValueError, KeyError, AttributeError) as error:
        # What pikepdf raises where an object is not of the kind asked for.
        raise UnreadableFileError("a stored page is no PDF of ours") from error


def _taken_apart(sheet: Any) -> StoredPage:
    left, bottom, right, top = (float(value) for value in sheet.MediaBox)
    low, high = _SIDE_PT
    if (left, bottom) != (0.0, 0.0) or not (low <= right <= high and low <= top <= high):
        raise UnreadableFileError("a stored page of an impossible size")
    drawing = _unpacked(sheet.Contents)
    if len(drawing) > _MAX_DRAWING_BYTES or not _draws_pictures_only(drawing):
        raise UnreadableFileError("a stored page that draws more than pictures")
    pictures = sheet.Resources.XObject
    if len(pictures) > _MAX_PICTURES:
        raise UnreadableFileError("a stored page with too many pictures")
    return StoredPage(
        size_pt=(right, top),
        rotate_deg=int(sheet.get("/Rotate", 0)) % 360 // 90 * 90,
        drawing=drawing,
        pictures={str(name)[1:]: _picture(image) for name, image in pictures.items()},
    )


def _unpacked(contents: Any) -> bytes:
    """Return the operators of a page, whose packed form bounds them: one Flate is 1,032 times."""
    packed: bytes = contents.read_raw_bytes()
    if str(contents.get("/Filter", "/FlateDecode")) != "/FlateDecode":
        raise UnreadableFileError("a stored page that is packed in another way")
    if len(packed) > _MAX_DRAWING_BYTES:
        raise UnreadableFileError("a stored page that draws without end")
    drawing: bytes = contents.read_bytes()
    return drawing


def _draws_pictures_only(drawing: bytes) -> bool:
    return all(part in _OPERATORS or _OPERAND.fullmatch(part) for part in drawing.split())


def _picture(image: Any) -> StoredPicture:
    if str(image.Subtype) != "/Image" or "/SMask" in image or "/Mask" in image:
        raise UnreadableFileError("a stored page with something else than plain pictures")
    width, height = int(image.Width), int(image.Height)
    entries = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} "
    if bool(image.get("/ImageMask", False)):
        _expect(image.Filter, "/CCITTFaxDecode")
        # Ink is the fax's black, and black is 0: what a stencil paints (ISO 32000-1, 8.9.6.2).
        fax = f"/K -1 /Columns {width} /Rows {height} /BlackIs1 false"
        entries += (
            f"/ImageMask true /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms << {fax} >>"
        )
    else:
        _expect(image.Filter, "/DCTDecode")
        colour = _COLOURS[str(image.ColorSpace)]
        entries += f"/ColorSpace /{colour} /BitsPerComponent 8 /Filter /DCTDecode"
    return StoredPicture(entries=entries, content=image.read_raw_bytes())


def _expect(found: Any, wanted: str) -> None:
    if str(found) != wanted:
        raise UnreadableFileError("a stored page with pictures of another kind")
