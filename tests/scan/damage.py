"""Real files, what happens to files, and what may come of it: the parts of the fuzz tests."""

import io
import time
from collections.abc import Callable
from functools import cache

import numpy as np
import pikepdf
from hypothesis import strategies as st
from PIL import Image

from kiosk.domain.errors import EncryptedPdfError, FileTooLargeError, UnreadableFileError
from kiosk.scan.compress import compress_page
from kiosk.scan.limits import MAX_PIXELS
from kiosk.scan.onepage import write_one_page
from kiosk.scan.picture import Picture
from tests.scan.hostile import encoded, filled_form, paper
from tests.scan.profiles import four_inks, grey_of_dot_gain, wide_rgb

Decode = Callable[[bytes], Picture]
NAMED = (UnreadableFileError, FileTooLargeError, EncryptedPdfError)
MAX_CPU_S = 5.0
_ENDS = (b"", b"\xff\xd9", b"\0\0\0\0IEND\xaeB`\x82", b"\n%%EOF\n")
_END_MARKS = {b"\xff\xd8": b"\xff\xd9", b"\x89PNG": _ENDS[2]}
_LAST_PX = 18
_LENGTHS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF)


@cache
def images() -> dict[str, bytes]:
    """Return one real file of each kind that is taken; no two rows of the picture are alike."""
    grain = np.random.default_rng(5).integers(0, 40, (160, 120, 3), np.uint8)
    sheet = Image.fromarray(np.asarray(paper(120, 160)) - grain)
    grey, fax = sheet.convert("L"), sheet.convert("1")
    return {
        "jpeg": encoded(sheet, "JPEG", quality=85),
        "progressive": encoded(sheet, "JPEG", quality=85, progressive=True),
        "of a profile": encoded(sheet, "JPEG", quality=85, icc_profile=wide_rgb()),
        "palette of a profile": encoded(sheet.convert("P"), "PNG", icc_profile=wide_rgb()),
        "grey of a profile": encoded(grey, "TIFF", icc_profile=grey_of_dot_gain(20)),
        "inks of a profile": encoded(sheet.convert("CMYK"), "TIFF", icc_profile=four_inks()),
        "cmyk": encoded(sheet.convert("CMYK"), "JPEG", quality=85),
        "png": encoded(sheet, "PNG"),
        "palette": encoded(sheet.convert("P"), "PNG", transparency=3),
        "webp": encoded(sheet, "WEBP", quality=80),
        "lossless": encoded(sheet, "WEBP", lossless=True),
        "tiff": encoded(sheet, "TIFF"),
        "lzw": encoded(sheet, "TIFF", compression="tiff_lzw"),
        "deflate": encoded(grey, "TIFF", compression="tiff_adobe_deflate"),
        "jpeg in tiff": encoded(grey, "TIFF", compression="jpeg"),
        "fax": encoded(fax, "TIFF", compression="group4"),
        "two pages": encoded(grey, "TIFF", save_all=True, append_images=[grey]),
    }


@cache
def pdfs() -> dict[str, bytes]:
    """Return real PDFs of small pages: of our own, as a scanner writes them, drawn, with a form."""
    sheet = paper(150, 200)
    stored = write_one_page(compress_page(np.asarray(sheet)[:, :, ::-1].copy(), 72), 72)
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(150, 200))
        pdf.pages[0].Contents = pdf.make_stream(b"0 0 1 RG 4 w 20 20 m 90 150 l S 30 30 40 40 re f")
        file = io.BytesIO()
        pdf.save(file)
    scanned = encoded(sheet, "PDF", resolution=72)
    with pikepdf.new() as pdf:
        filled_form(pdf, b"0 0 100 30 re f")
        form = io.BytesIO()
        pdf.save(form)
    drawn, filled = file.getvalue(), form.getvalue()
    return {"ours": stored, "scanned": scanned, "drawn": drawn, "filled": filled}


@st.composite
def damaged(draw: st.DrawFn, files: dict[str, bytes]) -> bytes:
    """Draw a real file with something done to it: bits, lengths, a span, another file's head."""
    content = bytearray(files[draw(st.sampled_from(sorted(files)))])
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.sampled_from(["bit", "length", "cut", "drop", "repeat", "head", "junk"])):
            case "bit" if content:
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "length":
                size, order = (
                    draw(st.sampled_from([2, 4])),
                    draw(st.sampled_from(["big", "little"])),
                )
                value = draw(st.sampled_from(_LENGTHS)) & (256**size - 1)
                content[at : at + size] = value.to_bytes(size, order)
            case "cut":
                content[at:] = draw(st.sampled_from(_ENDS))
            case "drop":
                del content[at : at + draw(st.integers(1, 64))]
            case "repeat":
                content[at:at] = content[at : at + draw(st.integers(1, 200))]
            case "head":
                other = files[draw(st.sampled_from(sorted(files)))]
                content[: draw(st.integers(1, 64))] = other[: draw(st.integers(1, 64))]
            case _:
                content[at:at] = draw(st.binary(max_size=40))
    return bytes(content)


def check_answer(decode: Decode, content: bytes) -> Picture | None:
    """Decode *content*: a picture within bounds or a named error, in time; return the picture."""
    start = time.process_time()
    try:
        picture = decode(content)
    except NAMED:
        return None
    finally:
        assert time.process_time() - start < MAX_CPU_S
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.ndim == 3
    assert picture.pixels.shape[2] == 3
    assert picture.pixels[..., 0].size <= MAX_PIXELS
    return picture


def check_cut(decode: Decode, content: bytes, at: int, *, is_marked: bool = False) -> None:
    """Decode a file cut short: what is lost may not be made up.

    With *is_marked* it ends in its format's own end mark, as if it had always been so short.

    Either it is refused, or nothing that was cut off belonged to the picture. Only of the last
    block of a JPEG nobody can tell: 16 pixels, and what smooth colours carry beyond them.
    """
    mark = next((mark for head, mark in _END_MARKS.items() if content.startswith(head)), b"")
    end = mark if is_marked else b""
    whole = decode(content)
    rest = check_answer(decode, content[:at] + end)
    if rest is not None:
        assert rest.pixels.shape == whole.pixels.shape
        differs = (rest.pixels != whole.pixels).any(2)
        if content.startswith(b"\xff\xd8"):
            differs[-_LAST_PX:, -_LAST_PX:] = False
        assert not differs.any(), "a picture of bytes that are not there"
