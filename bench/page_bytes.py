"""Measures the bytes of a page: ``python -m bench.page_bytes [--images FOLDER]``.

Twenty scanner-model pages of grey text at 300 dpi and real scanned pages, each beside JPEG at
quality 75 of the same pixels. Aged pages in colour apart: six of the scanner model with stamps and
pens, aged by ``bench._aged``, and the real grey books, aged by the same.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from bench._aged import aged
from bench._report import Figure, Report, parser_of
from kiosk.scan.compress import compress_page
from kiosk.scan.decode import decode_image
from kiosk.scan.onepage import write_one_page
from kiosk.scan.page import Seen, flat_page, place_page
from kiosk.scan.picture import Picture
from kiosk.scan.render import count_pdf_pages, decode_pdf_page
from tests.paper import Kind, draw_page, scan

IMAGES: Final = Path(__file__).resolve().parents[2] / "shared" / "devset" / "pages"
MAX_GREY_BYTES: Final = 36_000
MAX_COLOUR_BYTES: Final = 100_000
MIN_RATIO: Final = 8.0
_PEER: Final = "JPEG q75"
_KINDS: Final[tuple[Kind, ...]] = ("feuille_de_soins", "ordonnance", "facture", "resultats", "fse")
_AGED_KINDS: Final[tuple[Kind, ...]] = ("ordonnance", "facture", "resultats")
_SUFFIXES: Final = (".jpg", ".png", ".tif")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Bytes of one page as it is kept, and as a JPEG."""

    name: str
    ours: int
    jpeg: int
    is_colour: bool


def kept(name: str, picture: Picture) -> Kept:
    """Return the bytes of a picture's page; its JPEG is of the same flat pixels."""
    seen = Seen(picture)
    place = place_page(picture, quarter_turns=0)
    flat = flat_page(seen, place)
    dpi = place.sheet.dpi
    compressed = compress_page(flat, dpi)
    height, width = flat.grey.shape
    pixels = flat.at((width, height))
    jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    pdf = write_one_page(compressed, dpi)
    is_colour = not compressed.is_grey
    return Kept(name=name, ours=len(pdf), jpeg=len(jpeg), is_colour=is_colour)


def scanner_pages() -> Iterator[Kept]:
    """Yield twenty pages of the scanner model, four of each kind."""
    for number in range(20):
        kind = _KINDS[number % len(_KINDS)]
        sample = scan(draw_page(kind, 9300 + number, dpi=300), number, 300, is_colour=False)
        grey = np.ascontiguousarray(sample.image[:, :, 0])
        yield kept(f"{kind} {number}", Picture(pixels=sample.image, dpi=300, grey=grey))


def aged_pages(folder: Path) -> Iterator[Kept]:
    """Yield pages in colour on old paper: six of the scanner model, then those under *folder*."""
    for number, kind in enumerate(_AGED_KINDS * 2):
        sample = scan(draw_page(kind, 9400 + number, dpi=300), number, 300)
        picture = Picture(pixels=aged(sample.image, number), dpi=300)
        yield kept(f"aged {kind} {number}", picture)
    for number, path in enumerate(sorted(folder.glob("galli/**/*.jpg"))):
        book = decode_image(path)
        picture = Picture(pixels=aged(book.pixels, number), dpi=book.dpi)
        yield kept(f"aged {path.parent.name}/{path.stem}", picture)


def real_pages(folder: Path) -> Iterator[Kept]:
    """Yield the real pages under *folder*, and those of its PDFs."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES:
            yield kept(path.name, decode_image(path))
        elif path.suffix == ".pdf":
            for page in range(count_pdf_pages(path)):
                yield kept(f"{path.name} {page + 1}", decode_pdf_page(path, page=page))


def report_on(report: Report, title: str, pages: list[Kept], limit: float) -> None:
    """Report the mean and the largest page, and the least ratio to JPEG."""
    if not pages:
        return
    ours, jpeg = np.array([p.ours for p in pages]), np.array([p.jpeg for p in pages])
    worst = int(np.argmax(ours))
    for name, value, theirs in (
        (f"{title}, mean of {len(pages)}", ours.mean(), jpeg.mean()),
        (f"{title}, largest: {pages[worst].name}", ours[worst], jpeg[worst]),
    ):
        figure = Figure(
            name=name, ours=float(value) / 1000, unit="KB", limit=limit / 1000,
            peer=_PEER, theirs=float(theirs) / 1000,
        )  # fmt: skip
        report.add(figure)
    above = float((ours > limit).sum())
    report.add(Figure(name=f"{title}, pages above {limit / 1000:g} KB", ours=above, limit=0))
    ratio = float((jpeg / ours).min())
    name = f"{title}, least ratio to JPEG q75"
    report.add(Figure(name=name, ours=ratio, limit=MIN_RATIO, is_more_better=True))


def main() -> int:
    """Measure, print, and write the figures."""
    parser = parser_of(__doc__)
    parser.add_argument("--images", type=Path, default=IMAGES)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    report = Report("page_bytes", options.out)
    made, real = list(scanner_pages()), list(real_pages(options.images))
    if not real:
        print(f"skipped: the real pages are not at {options.images}")
    old = list(aged_pages(options.images))
    for page in made + real + old:
        colour = "colour" if page.is_colour else "grey"
        print(f"  {page.name:24} {colour:6} {page.ours:8} bytes, {_PEER} {page.jpeg:8}, "
              f"ratio {page.jpeg / page.ours:.1f}")  # fmt: skip
    report_on(report, "scanner model, grey", made, MAX_GREY_BYTES)
    grey = [page for page in real if not page.is_colour]
    report_on(report, "real, grey", grey, MAX_GREY_BYTES)
    report_on(report, "aged, colour", old, MAX_COLOUR_BYTES)
    report_on(report, "real, colour", [p for p in real if p.is_colour], MAX_COLOUR_BYTES)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
