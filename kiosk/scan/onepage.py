"""The one-page PDF that holds a compressed page."""

import io

import pikepdf

from kiosk.scan.compress import Compressed, InkLayer

_POINTS_PER_INCH = 72
_MIN_SIDE_PT = 3.0
"""Below this a page is none for PDF/A (ISO 19005-2, 6.1.13)."""


def write_one_page(page: Compressed, dpi: int) -> bytes:
    """Return a PDF of one page, the same bytes for the same page.

    Its pictures go into the dossier as they are, so that PDF/A's bounds hold for them here: none
    asks to be interpolated, none is transparent.
    """
    width_pt, height_pt = (
        max(_MIN_SIDE_PT, round(side_px / dpi * _POINTS_PER_INCH, 2))
        for side_px in (page.width_px, page.height_px)
    )
    place = f"q {width_pt} 0 0 {height_pt} 0 0 cm "
    with pikepdf.new() as pdf:
        images = {"/Back": _background(pdf, page)}
        drawn = [place + "/Back Do Q"]
        for number, ink in enumerate(page.inks):
            name = f"/Ink{number}"
            images[name] = _stencil(pdf, ink)
            colour = " ".join(f"{value / 255:.3f}" for value in ink.colour)
            drawn.append(f"{place}{colour} rg {name} Do Q")
        pdf.add_blank_page(page_size=(width_pt, height_pt))
        sheet = pdf.pages[0]
        sheet.Contents = pdf.make_stream("\n".join(drawn).encode("ascii"))
        sheet.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(images))
        file = io.BytesIO()
        pdf.save(file, deterministic_id=True, compress_streams=True)
        return file.getvalue()


def _background(pdf: pikepdf.Pdf, page: Compressed) -> pikepdf.Stream:
    width, height = page.jpeg_size
    return pikepdf.Stream(
        pdf,
        page.jpeg,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        ColorSpace=pikepdf.Name.DeviceGray if page.is_grey else pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )


def _stencil(pdf: pikepdf.Pdf, ink: InkLayer) -> pikepdf.Stream:
    height, width = ink.mask.shape
    return pikepdf.Stream(
        pdf,
        ink.g4,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        ImageMask=True,
        BitsPerComponent=1,
        Filter=pikepdf.Name.CCITTFaxDecode,
        DecodeParms=pikepdf.Dictionary(K=-1, Columns=width, Rows=height, BlackIs1=False),
    )
