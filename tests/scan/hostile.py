"""Files that somebody made to hurt: each a few kilobytes, made in milliseconds, never committed."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
from PIL import Image

Maker = Callable[[Path], None]

_SMALL_PT = (150, 200)
"""Of pages of which nothing but the drawing is of interest."""
_TIFF_TAGS = {256: "width", 257: "length", 279: "strip_bytes"}


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture as a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def paper(width: int = 420, height: int = 594, mode: str = "RGB") -> Image.Image:
    """Return a light sheet with lines of ink."""
    pixels = np.full((height, width, 3), 246, np.uint8)
    for row in range(height // 10, height * 9 // 10, 22):
        pixels[row : row + 7, width // 8 : width * 7 // 8 - row % 60] = 30
    return Image.fromarray(pixels).convert(mode)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width: int, height: int, *extra: bytes, rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", head) + b"".join(extra) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def png_of_a_gigabyte(path: Path) -> None:
    """400 Mpx, compressed a thousandfold."""
    path.write_bytes(_png(20_000, 20_000, rows=zlib.compress(bytes(60_001) * 400, 9)))


def png_just_within(path: Path) -> None:
    """39 Mpx by its header, with the rows of a few lines."""
    path.write_bytes(_png(6_500, 6_000, rows=zlib.compress(bytes(19_501) * 9, 9)))


def png_with_a_bomb_for_a_profile(path: Path) -> None:
    """A colour profile of 200 MB, compressed to a few hundred kilobytes."""
    packer = zlib.compressobj(1)
    million = bytes(1_000_000)
    packed = b"".join(packer.compress(million) for _ in range(200)) + packer.flush()
    profile = _chunk(b"iCCP", b"p\0\0" + packed)
    rows = zlib.compress((b"\0" + bytes(1_260)) * 594)
    path.write_bytes(_png(420, 594, profile, rows=rows))


def _tiff_with(content: bytes, **tags: int) -> bytes:
    """Return a TIFF of one directory with other numbers in some of its tags."""
    changed = bytearray(content)
    start = int.from_bytes(content[4:8], "little")
    end = start + 2 + 12 * int.from_bytes(content[start : start + 2], "little")
    for entry in range(start + 2, end, 12):
        name = _TIFF_TAGS.get(int.from_bytes(content[entry : entry + 2], "little"))
        if name in tags:
            changed[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, tags[name])
    changed[end : end + 4] = struct.pack("<I", tags.get("next_at", 0))
    return bytes(changed)


def tiff_of_gigabytes(path: Path) -> None:
    """3,600 Mpx by its tags."""
    path.write_bytes(_tiff_with(encoded(paper(), "TIFF"), width=60_000, length=60_000))


def tiff_that_goes_round(path: Path) -> None:
    """Its first directory names itself as the next."""
    content = encoded(paper(mode="L"), "TIFF")
    path.write_bytes(_tiff_with(content, next_at=int.from_bytes(content[4:8], "little")))


def tiff_with_endless_strips(path: Path) -> None:
    """A strip of 4 GB by its tags."""
    content = encoded(paper(), "TIFF", compression="tiff_lzw")
    path.write_bytes(_tiff_with(content, strip_bytes=4_000_000_000))


def jpeg_saying(width: int, height: int, **options: object) -> bytes:
    """Return a small JPEG whose header says another size."""
    content = bytearray(encoded(paper(), "JPEG", quality=80, **options))
    mark = b"\xff\xc2" if options.get("progressive") else b"\xff\xc0"
    frame = content.index(mark)
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def jpeg_that_lies(path: Path) -> None:
    """61 Mpx by its header, the data of a quarter of one."""
    path.write_bytes(jpeg_saying(7_800, 7_800))


def jpeg_of_161_mpx(path: Path) -> None:
    """A little above what is decoded reduced."""
    path.write_bytes(jpeg_saying(12_700, 12_700))


def jpeg_of_many_scans(path: Path) -> None:
    """4 Mpx progressive, its last scan five thousand times over: minutes of work in 300 KB."""
    content = encoded(Image.new("L", (2_000, 2_000), 200), "JPEG", progressive=True, quality=40)
    last = content.rindex(b"\xff\xda")
    scan = content[last:-2]
    path.write_bytes(content[:last] + scan * 5_000 + content[-2:])


def jpeg_of_41_mb(path: Path) -> None:
    """A good picture with zeros behind it."""
    with path.open("wb") as file:
        file.write(encoded(paper(), "JPEG"))
        file.truncate(41_000_000)


def _pdf(build: Callable[[pikepdf.Pdf], object], path: Path, **save: object) -> None:
    with pikepdf.new() as pdf:
        build(pdf)
        pdf.save(path, **save)  # type: ignore[arg-type]


def pdf_of_10_000_pages(path: Path) -> None:
    """One sheet named ten thousand times."""
    with pikepdf.new() as pdf:
        for _ in range(10_000):
            pdf.add_blank_page(page_size=(595, 842))
        pdf.save(path)


def pdf_that_lies_about_its_pages(path: Path) -> None:
    """Two thousand million pages by its tree, none in it."""

    def build(pdf: pikepdf.Pdf) -> None:
        pdf.add_blank_page(page_size=_SMALL_PT)
        pdf.Root.Pages.Count = 2_000_000_000

    _pdf(build, path)


def pdf_that_goes_round(path: Path) -> None:
    """Its tree of pages is its own child."""

    def build(pdf: pikepdf.Pdf) -> None:
        pdf.add_blank_page()
        pdf.Root.Pages.Kids = pikepdf.Array([pdf.Root.Pages])

    _pdf(build, path)


def pdf_with_a_bomb_for_a_picture(path: Path) -> None:
    """A picture of 64 Mpx, compressed a thousandfold."""

    def build(pdf: pikepdf.Pdf) -> None:
        pdf.add_blank_page(page_size=_SMALL_PT)
        packer = zlib.compressobj(1)
        rows = bytes(8_000)
        packed = b"".join(packer.compress(rows) for _ in range(8_000)) + packer.flush()
        image = pikepdf.Stream(
            pdf,
            packed,
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=8_000,
            Height=8_000,
            ColorSpace=pikepdf.Name.DeviceGray,
            BitsPerComponent=8,
            Filter=pikepdf.Name.FlateDecode,
        )
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
        pdf.pages[0].Contents = pdf.make_stream(b"q 150 0 0 200 0 0 cm /I Do Q")

    _pdf(build, path)


def pdf_of_a_billion_laughs(path: Path) -> None:
    """Nine forms, each drawing the one below ten times."""

    def build(pdf: pikepdf.Pdf) -> None:
        pdf.add_blank_page(page_size=(595, 842))
        below = None
        for _ in range(9):
            drawn = b"/F Do " * 10 if below is not None else b"0 0 400 400 re f " * 10
            form = pdf.make_stream(drawn)
            form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
            form.BBox = pikepdf.Array([0, 0, 595, 842])
            if below is not None:
                form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=below))
            below = form
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=below))
        pdf.pages[0].Contents = pdf.make_stream(b"/F Do")

    _pdf(build, path)


def pdf_that_is_encrypted(path: Path) -> None:
    """A password is asked for."""
    _pdf(lambda pdf: pdf.add_blank_page(), path, encryption=pikepdf.Encryption(owner="o", user="u"))


def pdf_cut_short(path: Path) -> None:
    """The first half of one."""
    pdf_with_luggage(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def pdf_with_luggage(path: Path) -> None:
    """A good page, a script that runs at once, an attachment, a form field, a link."""

    def build(pdf: pikepdf.Pdf) -> None:
        pdf.add_blank_page(page_size=(420, 594))
        image = pikepdf.Stream(
            pdf,
            encoded(paper(mode="L"), "JPEG"),
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=420,
            Height=594,
            ColorSpace=pikepdf.Name.DeviceGray,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
        sheet = pdf.pages[0]
        sheet.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
        sheet.Contents = pdf.make_stream(b"q 420 0 0 594 0 0 cm /I Do Q")
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('WASL-LUGGAGE')")
        pdf.Root.OpenAction = script
        sheet.AA = pikepdf.Dictionary(O=script)
        pdf.attachments["WASL-LUGGAGE.exe"] = b"MZ WASL-LUGGAGE"
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=script
        )
        sheet.Annots = pikepdf.Array([link])
        pdf.docinfo["/Author"] = "WASL-LUGGAGE"

    _pdf(build, path)


def filled_form(pdf: pikepdf.Pdf, look: bytes) -> pikepdf.Object:
    """Make a page with one filled field that draws *look*; return the field."""
    pdf.add_blank_page(page_size=_SMALL_PT)
    drawing = pdf.make_stream(look)
    drawing.Type, drawing.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    drawing.BBox = pikepdf.Array([0, 0, 100, 30])
    field = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T="total",
            V="\N{ARABIC LETTER DAL}",
            Rect=[20, 20, 120, 50],
            AP=pikepdf.Dictionary(N=drawing),
        )
    )
    pdf.pages[0].Annots = pikepdf.Array([field])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field], CO=[field])
    return field


def pdf_form_with_scripts(path: Path) -> None:
    """A field that runs scripts when it is shown, formatted, calculated and left."""

    def build(pdf: pikepdf.Pdf) -> None:
        endless = pikepdf.Dictionary(
            S=pikepdf.Name.JavaScript, JS="while (true) app.alert('WASL-LUGGAGE');"
        )
        field = filled_form(pdf, b"0 0 100 30 re f")
        field.AA = pikepdf.Dictionary(
            {f"/{on}": endless for on in ("F", "K", "C", "V", "PO", "PV")}
        )
        pdf.Root.OpenAction = endless
        names = pikepdf.Dictionary(Names=["run", endless])
        pdf.Root.Names = pikepdf.Dictionary(JavaScript=names)

    _pdf(build, path)


def pdf_form_with_a_bomb_for_an_appearance(path: Path) -> None:
    """A field whose appearance is 200 MB of blanks."""

    def build(pdf: pikepdf.Pdf) -> None:
        packer = zlib.compressobj(1)
        million = b" " * 1_000_000
        packed = b"".join(packer.compress(million) for _ in range(200)) + packer.flush()
        filled_form(pdf, b"").AP.N.write(packed, filter=pikepdf.Name.FlateDecode)

    _pdf(build, path)


def nothing(path: Path) -> None:
    """Not one byte."""
    path.write_bytes(b"")


def text(path: Path) -> None:
    """A letter with the name of a picture."""
    path.write_text("Bonjour, ceci n'est pas une image.\n" * 40)


def animation(path: Path) -> None:
    """A GIF, which no scanner writes."""
    paper().save(path, "GIF")
