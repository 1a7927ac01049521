"""Measures the reading of codes: ``python -m bench.codes [--images FOLDER]``.

Ours beside plain zxing-cpp and then pyzbar on the same real images, by kind of code, and what is
read where nothing is. An image counts as read when exactly its text is among what was read.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import zxingcpp
from pyzbar import pyzbar

from bench._report import Figure, Report, parser_of, took
from kiosk.domain.errors import WaslError
from kiosk.scan.codes import read_codes
from kiosk.scan.decode import decode_image
from kiosk.scan.picture import Pixels
from tests.paper import Kind, draw_page, scan

IMAGES: Final = Path(__file__).resolve().parents[2] / "shared" / "devset" / "barcodes"
_KINDS: Final = {
    "qrcode": "QR", "code128": "Code 128", "ean13": "EAN-13",
    "datamatrix": "DataMatrix", "pdf417": "PDF417",
}  # fmt: skip
_PAGE_SIDE: Final = 2400
"""An image this long is a page, which may hold more than the code already read."""
_NOTHING: Final = "nothing"
_PEER: Final = "zxing then pyzbar"
_NEGATIVES: Final = "falsepositives"
_PAGES: Final[tuple[Kind, ...]] = ("vignettes", "fse", "feuille_de_soins", "facture") * 2
_SUFFIXES: Final = (".png", ".webp", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """An image, and the text of its code; None where nothing must be read."""

    path: Path
    kind: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What both ways read on one image, and the CPU they took."""

    text: str | None
    ours: set[str]
    theirs: set[str]
    ours_ms: float
    theirs_ms: float

    def is_right(self, texts: set[str]) -> bool:
        """Tell whether the text of the code is among *texts*."""
        return self.text is not None and plain(self.text) in texts


def labelled(folder: Path) -> Iterator[Labelled]:
    """Yield the images under *folder* with their ground truth, of the kinds that are measured."""
    for path in sorted((folder / "zxing").rglob("*")):
        if path.suffix not in _SUFFIXES:
            continue
        kind = path.parent.name.partition("-")[0]
        if kind == _NEGATIVES:
            yield Labelled(path=path, kind=_NOTHING, text=None)
        elif kind in _KINDS and path.with_suffix(".txt").exists():
            text = path.with_suffix(".txt").read_text("utf-8")
            yield Labelled(path=path, kind=_KINDS[kind], text=text)
    for path in sorted((folder / "jsqr").glob("*/input.png")):
        answer = json.loads(path.with_name("output.json").read_text("utf-8"))
        if answer and answer.get("data"):
            yield Labelled(path=path, kind="QR, jsQR set", text=answer["data"])


def by_ours(pixels: Pixels) -> set[str]:
    """Return the texts our stage reads."""
    return {plain(code.text) for code in read_codes(pixels)}


def by_zxing_then_zbar(pixels: Pixels) -> set[str]:
    """Return the texts zxing-cpp reads, and what pyzbar does where more may be left."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    texts = {plain(code.text) for code in zxingcpp.read_barcodes(grey)}
    if texts and max(grey.shape) < _PAGE_SIDE:
        return texts
    return texts | {plain(code.data.decode("utf-8", "replace")) for code in pyzbar.decode(grey)}


def plain(text: str) -> str:
    """Return a text with one kind of line end: the sets and the readers differ in it."""
    return "\n".join(text.replace("\r\n", "\n").splitlines()).strip()


def read_both(image: Labelled) -> Read:
    """Return what both ways read on an image of the sets."""
    try:
        pixels = decode_image(image.path).pixels
    except WaslError:
        pixels = np.asarray(cv2.imread(str(image.path)), np.uint8)  # smaller than a page may be
    return read_both_of(pixels, image.text)


def read_both_of(pixels: Pixels, text: str | None) -> Read:
    """Return what both ways read on *pixels*, BGR, and the CPU each took."""
    ours: list[set[str]] = []
    theirs: list[set[str]] = []
    ours_ms = took(lambda: ours.append(by_ours(pixels))).cpu_ms
    theirs_ms = took(lambda: theirs.append(by_zxing_then_zbar(pixels))).cpu_ms
    return Read(text=text, ours=ours[0], theirs=theirs[0], ours_ms=ours_ms, theirs_ms=theirs_ms)


def main() -> int:
    """Measure, print, and write the figures."""
    parser = parser_of(__doc__)
    parser.add_argument("--images", type=Path, default=IMAGES)
    parser.add_argument("--missed", action="store_true", help="name what ours does not read")
    options = parser.parse_args()
    if not options.images.is_dir():
        print(f"skipped: the labelled images are not at {options.images}")
        return 0
    cv2.setNumThreads(1)
    report = Report("codes", options.out)
    read_by_kind: dict[str, list[Read]] = defaultdict(list)
    for image in labelled(options.images):
        read = read_both(image)
        read_by_kind[image.kind].append(read)
        if options.missed and image.text is not None and not read.is_right(read.ours):
            print(f"  {image.path.relative_to(options.images)}: {read.ours}, they {read.theirs}")
    for kind, reads in read_by_kind.items():
        report.add(_figure(kind, reads))
    for figure in _of_pages():
        report.add(figure)
    every = [read for reads in read_by_kind.values() for read in reads]
    report.add(
        Figure(
            name="CPU for all images",
            ours=sum(read.ours_ms for read in every),
            unit="ms",
            peer=_PEER,
            theirs=sum(read.theirs_ms for read in every),
        )
    )
    return report.finish()


def _of_pages() -> list[Figure]:
    """Return what is read on whole scanned pages at 300 dpi, where a reader must be fast too."""
    total, right, ms, wrong = 0, np.zeros(2), np.zeros(2), np.zeros(2)
    for seed, kind in enumerate(_PAGES):
        sample = scan(draw_page(kind, 8600 + seed, dpi=300), seed=seed, dpi=300, is_colour=False)
        drawn = {plain(code.text) for code in sample.truth.codes}
        total += len(drawn)
        read = read_both_of(sample.image, None)
        right += (len(read.ours & drawn), len(read.theirs & drawn))
        wrong += (len(read.ours - drawn), len(read.theirs - drawn))
        ms += (read.ours_ms, read.theirs_ms)
    shares = 100 * right / total
    return [
        Figure(
            name=f"codes of {len(_PAGES)} scanned A4 pages, of {total}",
            ours=float(shares[0]),
            unit="%",
            limit=float(shares[1]),
            is_more_better=True,
            peer=_PEER,
            theirs=float(shares[1]),
        ),
        Figure(
            name="wrong texts on them",
            ours=float(wrong[0]),
            limit=0,
            peer=_PEER,
            theirs=float(wrong[1]),
        ),
        Figure(
            name="CPU of an A4 page",
            ours=float(ms[0]) / len(_PAGES),
            unit="ms",
            peer=_PEER,
            theirs=float(ms[1]) / len(_PAGES),
        ),
    ]


def _figure(kind: str, reads: list[Read]) -> Figure:
    if kind == _NOTHING:
        false = [sum(len(texts) for texts in column) for column in _columns(reads)]
        name = f"texts read on {len(reads)} images without a code"
        return Figure(name=name, ours=false[0], limit=0, peer=_PEER, theirs=false[1])
    ours, theirs = (
        sum(read.is_right(texts) for read, texts in zip(reads, column, strict=True))
        for column in _columns(reads)
    )
    return Figure(
        name=f"{kind}, read exactly, of {len(reads)}",
        ours=100 * ours / len(reads),
        unit="%",
        limit=100 * theirs / len(reads),
        is_more_better=True,
        peer=_PEER,
        theirs=100 * theirs / len(reads),
    )


def _columns(reads: list[Read]) -> tuple[list[set[str]], list[set[str]]]:
    return [read.ours for read in reads], [read.theirs for read in reads]


if __name__ == "__main__":
    sys.exit(main())
