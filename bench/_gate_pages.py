"""Makes the pages the quality gate is measured and trained on, and reads what is kept of them.

What Tesseract read is kept in ``.cache/gate``, by the pixels it read.
"""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from bench.legibility import missing_share
from kiosk.scan.compress import Compressed, compress_page
from kiosk.scan.cutoff import find_cut
from kiosk.scan.flat import FlatPage
from kiosk.scan.onepage import write_one_page
from kiosk.scan.page import Seen, flat_page, place_page
from kiosk.scan.picture import Floats, Picture, Pixels
from kiosk.scan.render import decode_pdf_page
from tests.paper import CleanPage, Defect, Kind, draw_page, photograph

PROBLEMS: tuple[Defect, ...] = tuple(d for d in get_args(Defect) if d not in ("blank", "faint"))
BAD_POINTS = 10.0
GRADES = ((0.2, 0.5, 0.8), (0.35, 0.65, 1.0))
"""Strengths of a defect on every other page: together they are six."""
_KINDS: tuple[Kind, ...] = (
    "facture",
    "ordonnance",
    "ticket",
    "facture",
    "ordonnance",
    "feuille_de_soins",
)
_MEGAPIXELS = 3.1
_FORM_MEGAPIXELS = 6.0
"""A form's small print is lost on fewer even without a defect."""
_CACHE = Path(__file__).resolve().parents[1] / ".cache" / "gate"
_READ_LIMIT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GatePage:
    """One photographed page: what was done to it, what became of it, what that cost a reader.

    Attributes:
        kind: What was drawn.
        problem: The defect, or ``none``.
        grade: Its strength, 0-1.
        points: Errors on what is kept minus errors on the clean original, in percent of letters.
        is_uncertain: The outline was left to a person; its true corners stand for theirs.
        is_cut: The page was told as cut off.
        flat: The page the judge sees.
        kept: What is kept of it.
        dpi: Its resolution.
    """

    kind: str
    problem: str
    grade: float
    points: float
    is_uncertain: bool
    is_cut: bool
    flat: FlatPage
    kept: Compressed
    dpi: int

    @property
    def is_bad(self) -> bool:
        """Tell whether a reader loses too much."""
        return self.points >= BAD_POINTS


def gate_pages(first_seed: int, count: int) -> Iterator[GatePage]:
    """Yield *count* drawn pages without a defect, and with each at three strengths."""
    for number in range(count):
        page = draw_page(_KINDS[number % len(_KINDS)], first_seed + number)
        clean = errors_on(page, page.image)
        yield _photographed(page, first_seed + number, "none", 0.0, clean)
        for problem in PROBLEMS:
            for grade in GRADES[number // len(_KINDS) % len(GRADES)]:
                yield _photographed(page, first_seed + number, problem, grade, clean)


def _photographed(
    page: CleanPage, seed: int, problem: Defect | str, grade: float, clean: float
) -> GatePage:
    defects = [d for d in PROBLEMS if d == problem]
    megapixels = _FORM_MEGAPIXELS if page.kind == "feuille_de_soins" else _MEGAPIXELS
    sample = photograph(page, seed, megapixels=megapixels, defects=defects, strength=grade)
    picture = Picture(pixels=sample.image)
    place = place_page(picture, quarter_turns=0)
    cut = find_cut(sample.image, place.corners, is_uncertain=place.is_uncertain, turns=0)
    is_uncertain = place.is_uncertain
    if is_uncertain:
        corners = _within(np.array(sample.truth.corners), sample.image)
        place = place_page(picture, quarter_turns=0, corners=corners)
    flat = flat_page(Seen(picture), place)
    kept = compress_page(flat, place.sheet.dpi)
    read = decode_pdf_page(write_one_page(kept, place.sheet.dpi)).pixels
    return GatePage(
        kind=page.kind,
        problem=problem,
        grade=grade,
        points=round(errors_on(page, read) - clean, 2),
        is_uncertain=is_uncertain,
        is_cut=cut is not None,
        flat=flat,
        kept=kept,
        dpi=place.sheet.dpi,
    )


def _within(corners: Floats, image: Pixels) -> Floats:
    """Return corners as a person can set them: inside the picture."""
    return np.clip(corners, 0, (image.shape[1] - 1, image.shape[0] - 1))


def errors_on(page: CleanPage, pixels: Pixels) -> float:
    """Return the percentage of printed letters, French and Arabic, that are not read."""
    lines = [line.text for line in page.text_lines if not line.is_handwritten]
    return missing_share(lines, read_text(pixels))


def read_text(pixels: Pixels) -> str:
    """Return what Tesseract reads on a page, from the cache when it has read it before."""
    png = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))[1].tobytes()
    kept = _CACHE / hashlib.sha256(png).hexdigest()
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    done = subprocess.run(
        ["tesseract", "-", "-", "-l", "fra+ara", "--dpi", "200", "--psm", "3"],
        input=png,
        capture_output=True,
        check=True,
        timeout=_READ_LIMIT_S,
        env=os.environ | {"OMP_THREAD_LIMIT": "1"},
    )
    _CACHE.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(done.stdout)
    return done.stdout.decode("utf-8")
