"""Measures what compression costs a reader: ``python -m bench.legibility``.

Tesseract (fra, ara) reads scans at 300 dpi, or at ``--dpi``, as they are and as they are kept:
characters missed of the drawn text, in points, and bytes beside those of JPEG quality 75.
"""

import shutil
import subprocess
import sys
import unicodedata

import cv2
import numpy as np

from bench._report import Figure, Report, parser_of
from kiosk.scan.compress import compress_page
from kiosk.scan.onepage import write_one_page
from kiosk.scan.page import Seen, flat_page, place_page
from kiosk.scan.picture import Picture, Pixels
from kiosk.scan.render import decode_pdf_page
from tests.paper import Kind, draw_page, scan

LIMIT_POINTS = 0.5
LIMIT_BYTES = 36_000
LIMIT_RATIO = 8.0
_KINDS: tuple[Kind, ...] = ("feuille_de_soins", "ordonnance", "facture", "resultats", "fse")
_READ_LIMIT_S = 120


def read_text(pixels: Pixels) -> str:
    """Return what Tesseract reads on a page."""
    png = cv2.imencode(".png", pixels)[1].tobytes()
    command = ["tesseract", "-", "-", "-l", "fra+ara", "--dpi", "300", "--psm", "3"]
    done = subprocess.run(
        command, input=png, capture_output=True, check=True, timeout=_READ_LIMIT_S
    )
    return done.stdout.decode("utf-8")


def letters_of(text: str) -> str:
    """Return letters and digits only, in compatibility form: blanks and marks are no reading."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def missing_share(truth: list[str], read: str) -> float:
    """Return the percentage of the letters drawn that were not read, line by line.

    Each drawn line is sought in what was read at its best place, so that the order in which
    Tesseract takes columns counts for nothing.
    """
    total = sum(len(letters_of(line)) for line in truth)
    return 100 * sum(edits_anywhere(line, read) for line in truth) / max(1, total)


def edits_anywhere(line: str, read: str) -> int:
    """Return the fewest edits that make the letters of *line* of a stretch of those *read*.

    At most as many as *line* has letters (Sellers, 1980).
    """
    text = np.array([ord(c) for c in letters_of(read)] or [0])
    wanted = [ord(c) for c in letters_of(line)]
    ramp = np.arange(len(text) + 1)
    row = np.zeros(len(text) + 1, np.int64)
    for letter in wanted:
        step = np.minimum(row[1:] + 1, row[:-1] + (text != letter))
        new = np.concatenate([[row[0] + 1], step])
        row = np.minimum.accumulate(new - ramp) + ramp
    return min(len(wanted), int(row.min()))


def measure(kind: Kind, seed: int, dpi: int) -> dict[str, float]:
    """Return errors on the flat scan and on what is kept of it, and bytes."""
    drawn = draw_page(kind, seed, dpi=dpi)
    sample = scan(drawn, seed=seed, dpi=dpi, is_colour=False)
    seen = Seen(Picture(pixels=sample.image, dpi=dpi))
    place = place_page(seen.picture, quarter_turns=0)
    flat = flat_page(seen, place)
    pdf = write_one_page(compress_page(flat, place.sheet.dpi), place.sheet.dpi)
    jpeg = cv2.imencode(".jpg", sample.image, [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    truth = [line.text for line in drawn.text_lines if not line.is_handwritten]
    return {
        "original": missing_share(truth, read_text(flat.grey)),
        "ours": missing_share(truth, read_text(decode_pdf_page(pdf).pixels)),
        "bytes": len(pdf),
        "q75": len(jpeg),
    }


def figures_of(rows: list[dict[str, float]]) -> list[Figure]:
    """Return what is told of all pages."""
    mean = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    worse = mean["ours"] - mean["original"]
    least = min(row["q75"] / row["bytes"] for row in rows)
    return [
        Figure(
            name=f"letters missed on {len(rows)} pages as kept",
            ours=mean["ours"],
            unit="%",
            peer="as scanned",
            theirs=mean["original"],
        ),
        Figure(name="the same, ours minus theirs", ours=worse, unit="points", limit=LIMIT_POINTS),
        Figure(
            name="largest page",
            ours=max(row["bytes"] for row in rows),
            unit="bytes",
            limit=LIMIT_BYTES,
        ),
        Figure(
            name="mean page",
            ours=mean["bytes"],
            unit="bytes",
            peer="JPEG q75",
            theirs=mean["q75"],
        ),
        Figure(
            name="least ratio to JPEG q75",
            ours=least,
            limit=LIMIT_RATIO,
            is_more_better=True,
        ),
    ]


def main() -> int:
    """Measure, print, and write the figures."""
    parser = parser_of(__doc__)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--dpi", type=int, default=300, help="of the scans (300)")
    options = parser.parse_args()
    if shutil.which("tesseract") is None:
        print("skipped: Tesseract with fra and ara is not installed")
        return 0
    cv2.setNumThreads(1)
    report = Report("legibility", options.out)
    rows = []
    for number in range(options.pages):
        kind = _KINDS[number % len(_KINDS)]
        row = measure(kind, 9300 + number, options.dpi)
        rows.append(row)
        print(
            f"{kind:17s} errors {row['original']:5.2f} % -> {row['ours']:5.2f} %   "
            f"{row['bytes']:6.0f} bytes, JPEG q75 {row['q75']:7.0f}, "
            f"ratio {row['q75'] / row['bytes']:.1f}",
            flush=True,
        )
    for figure in figures_of(rows):
        report.add(figure)
    report.details["pages"] = rows
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
