"""Reads the lines of a page where they are known to lie, with Tesseract.

Each line is cut out and read as one line, in the language it is written in, once with Tesseract's
search for words and once raw; the better of the two counts. The page as a whole is not shown to
it: its search for blocks drops lines at random, which says nothing about the light or the lens.
What was read is kept in ``.cache/gate``, by the pixels that were read.
"""

import csv
import hashlib
import io
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from bench.legibility import edits_anywhere, letters_of
from kiosk.scan.picture import Floats, Pixels
from tests.paper import TextLine

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "gate"
_READ_LIMIT_S = 1200
_MODES = ("7", "13")
"""Page-segmentation modes: one line of text, and one line without any search in it."""
_AROUND = 0.12
"""Margin around a line in its heights."""
_MARGIN_PX = 8
_ASKEW = 0.02
"""Slope from which a line is set straight before it is cut out."""
_LEAST_PX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """A written line: where it lies, (4, 2) in the page's pixels, its letters, those not read."""

    quad: Floats
    letters: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """A page to be read.

    Attributes:
        grey: (height, width) uint8.
        lines: What is written on it.
        quads: Where each lies on *grey*: (4, 2) x, y, clockwise from the top left as read.
    """

    grey: Pixels
    lines: Sequence[TextLine]
    quads: Sequence[Floats]


def read_lines(shown: Sequence[Shown]) -> list[list[ReadLine]]:
    """Return what Tesseract makes of the lines of each page, printed and written by hand.

    Pages are read together, which spares starting Tesseract six times for each of them.
    """
    wanted = [
        (page.grey, line, quad)
        for page in shown
        for line, quad in zip(page.lines, page.quads, strict=True)
        if letters_of(line.text)
    ]
    strips = [_strip(grey, quad) for grey, _, quad in wanted]
    letters = [len(letters_of(line.text)) for _, line, _ in wanted]
    missed = list(letters)
    for language in ("fra", "ara", "fra+ara"):
        here = [i for i, (_, line, _) in enumerate(wanted) if language_of(line.text) == language]
        for mode in _MODES:
            here = [i for i in here if missed[i]]
            read = _read([strips[i] for i in here], language, mode)
            for i, text in zip(here, read, strict=True):
                missed[i] = min(missed[i], edits_anywhere(wanted[i][1].text, text))
    lines = iter(
        ReadLine(quad=quad, letters=count, missed=lost)
        for (_, _, quad), count, lost in zip(wanted, letters, missed, strict=True)
    )
    counts = [sum(bool(letters_of(line.text)) for line in page.lines) for page in shown]
    return [list(islice(lines, count)) for count in counts]


def read_page(grey: Pixels) -> str:
    """Return what Tesseract reads on a page that it is shown as a whole."""
    file = _png(grey)
    kept = CACHE / hashlib.sha256(b"page" + file).hexdigest()
    if not kept.exists():
        done = subprocess.run(
            ["tesseract", "-", "-", "-l", "fra+ara", "--dpi", "200", "--psm", "3"],
            input=file,
            capture_output=True,
            check=True,
            timeout=_READ_LIMIT_S,
            env=os.environ | {"OMP_THREAD_LIMIT": "1"},
        )
        CACHE.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(done.stdout)
    return kept.read_text(encoding="utf-8")


def missed_share(lines: Sequence[ReadLine]) -> float:
    """Return the percentage of the letters that were not read."""
    return 100 * sum(line.missed for line in lines) / max(1, sum(line.letters for line in lines))


def language_of(text: str) -> str:
    """Return the language, as Tesseract names it, that a line is read in."""
    arabic = any("\u0600" <= c <= "\u06ff" for c in text)
    latin = any(c.isalpha() and c < "\u0250" for c in text)
    return "fra+ara" if arabic and latin else "ara" if arabic else "fra"


def _strip(grey: Pixels, quad: Floats) -> Pixels:
    """Return a line cut out, set straight where it stands askew; white where it is off the page."""
    across, down = quad[1] - quad[0], quad[3] - quad[0]
    width, height = float(np.hypot(*across)), float(np.hypot(*down))
    around = _AROUND * height
    if abs(across[1]) > _ASKEW * abs(across[0]) or across[0] <= 0:
        size = (max(1, round(width + 2 * around)), max(1, round(height + 2 * around)))
        goal = np.array([[0, 0], [width, 0], [width, height], [0, height]]) + around
        matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), goal.astype(np.float32))
        return cv2.warpPerspective(
            grey, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT,
            borderValue=255,
        )  # fmt: skip
    left, top = np.floor(quad.min(axis=0) - around).astype(int)
    right, bottom = np.ceil(quad.max(axis=0) + around).astype(int)
    part = grey[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    if min(part.shape) < _LEAST_PX:
        return np.full((_LEAST_PX, _LEAST_PX), 255, np.uint8)
    return part


def _read(strips: Sequence[Pixels], language: str, mode: str) -> list[str]:
    """Return what is read on each strip, from the cache where all of them were read before."""
    if not strips:
        return []
    files = [_png(strip) for strip in strips]
    seen = hashlib.sha256(f"{language} {mode}".encode())
    for file in files:
        seen.update(hashlib.sha256(file).digest())
    kept = CACHE / seen.hexdigest()
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        kept.write_text(_tsv_of(files, language, mode), encoding="utf-8")
    words: list[list[str]] = [[] for _ in strips]
    table = csv.DictReader(
        io.StringIO(kept.read_text(encoding="utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    for row in table:
        words[int(row["page_num"]) - 1].append(row["text"] or "")
    return [" ".join(line) for line in words]


def _png(strip: Pixels) -> bytes:
    framed = cv2.copyMakeBorder(
        strip, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX, cv2.BORDER_REPLICATE
    )
    return bytes(cv2.imencode(".png", framed, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1])


def _tsv_of(files: Sequence[bytes], language: str, mode: str) -> str:
    """Return Tesseract's table of words; each file is a page of its own to it."""
    with TemporaryDirectory(prefix="wasl-gate-") as folder:
        names = []
        for number, file in enumerate(files):
            names.append(f"{folder}/{number}.png")
            Path(names[-1]).write_bytes(file)
        listed = Path(folder, "lines.txt")
        listed.write_text("\n".join(names) + "\n")
        done = subprocess.run(
            ["tesseract", str(listed), "-", "-l", language, "--psm", mode, "--dpi", "200", "tsv"],
            capture_output=True,
            check=True,
            timeout=_READ_LIMIT_S,
            env=os.environ | {"OMP_THREAD_LIMIT": "1"},
        )
    return done.stdout.decode("utf-8")
