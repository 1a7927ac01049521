"""Makes the pages the quality gate is measured and trained on, and reads what is kept of them."""

import os
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from bench._gate_reading import ReadLine, Shown, missed_share, read_lines, read_page
from bench.legibility import missing_share
from kiosk.scan.compress import Compressed, compress_page
from kiosk.scan.cutoff import find_cut
from kiosk.scan.onepage import write_one_page
from kiosk.scan.page import Placement, Seen, flat_page, place_page
from kiosk.scan.picture import Floats, Picture, Pixels
from kiosk.scan.render import decode_pdf_page
from tests.paper import (
    CATEGORIES,
    Category,
    CleanPage,
    Defect,
    Kind,
    Sample,
    TextLine,
    draw_page,
    photograph,
    scan,
)
from tests.paper.sample_sets import WRITTEN

PROBLEMS: tuple[Defect, ...] = tuple(d for d in get_args(Defect) if d not in ("blank", "faint"))
BAD_POINTS = 10.0
GRADES: dict[Defect, tuple[float, float]] = {
    "blurred": (0.0, 0.7),
    "glare": (0.3, 1.5),
    "shadow": (0.3, 1.2),
    "cut_off": (0.0, 1.0),
    "too_dark": (0.3, 1.2),
    "low_resolution": (0.2, 1.2),
}
"""From a strength that costs a reader nothing to one that leaves little to read."""
_GRADES = 2
"""Photographs of one page with one defect."""
_GOLDEN = 0.618034
_OF_SCANS: tuple[Defect, ...] = ("blurred", "low_resolution", "shadow", "too_dark", "cut_off")
_MEGAPIXELS = {True: (5.0, 6.5), False: (2.6, 3.6)}
"""Of large pages and of others."""
_LARGE: tuple[Kind, ...] = ("feuille_de_soins", "vignettes", "resultats", "fse")
_SCAN_DPI = (150, 200, 300)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GatePage:
    """One photographed or scanned page: what was done to it, and what that cost a reader.

    Attributes:
        kind: What was drawn.
        seed: Of what was drawn and of its picture.
        source: ``scan``, or the category of photograph.
        problem: The defect, or ``none``.
        grade: Its strength.
        points: Errors on what is kept minus errors on the clean original, in percent of letters.
        lines: Its lines in pixels of the flat page, as they were read on what is kept.
        is_uncertain: The outline was left to a person; its true corners stand for theirs.
        is_cut: The page was told as cut off.
        flat_png: The page the judge sees, grey.
        kept_png: What is kept of it, drawn, grey.
        dpi: Its resolution.
    """

    kind: str
    seed: int
    source: str
    problem: str
    grade: float
    points: float
    lines: Sequence[ReadLine]
    is_uncertain: bool
    is_cut: bool
    flat_png: bytes
    kept_png: bytes
    dpi: int

    @property
    def flat(self) -> Pixels:
        """Return the page the judge sees, (height, width) uint8."""
        return _pixels_of(self.flat_png)

    @property
    def kept(self) -> Pixels:
        """Return what is kept of it, drawn, (height, width) uint8."""
        return _pixels_of(self.kept_png)

    @property
    def is_bad(self) -> bool:
        """Tell whether a reader loses too much."""
        return self.points >= BAD_POINTS


Unread = tuple[GatePage, Shown]
"""A picture that was not read yet, and what will be shown to the reader."""


def gate_pages(first_seed: int, count: int, folder: Path | None = None) -> Iterator[GatePage]:
    """Yield pictures of *count* drawn pages: without a defect, and with each at two strengths.

    Of each page 13 photographs and 3 scans. What is made is kept in *folder* and taken from there
    when it is asked for again: whoever changes what makes it empties the folder.
    """
    for number in range(count):
        seed = first_seed + number
        kept = folder / f"{seed}-{number}.pickle" if folder else None
        if kept and kept.exists():
            yield from pickle.loads(kept.read_bytes())  # noqa: S301  our own file
            continue
        pages = pictures_of(number, seed)
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            part = kept.with_suffix(f".{os.getpid()}")
            part.write_bytes(pickle.dumps(pages))
            part.rename(kept)
        yield from pages


def pictures_of(number: int, seed: int) -> list[GatePage]:
    """Return the pictures of one drawn page, which is the *number*-th of its set."""
    page = draw_page(WRITTEN[number % len(WRITTEN)], seed)
    made = list(_pictures(page, number, seed))
    grey = cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY)
    quads = [np.array(line.outline) for line in page.text_lines]
    original = Shown(grey=grey, lines=page.text_lines, quads=quads)
    clean, *read = read_lines([original, *(shown for _, shown in made)])
    return [
        _with_reading(picture, shown, lines, clean)
        for (picture, shown), lines in zip(made, read, strict=True)
    ]


def _pictures(page: CleanPage, number: int, seed: int) -> Iterator[Unread]:
    usual: Category = CATEGORIES[(number + number // len(WRITTEN)) % len(CATEGORIES)]
    yield _photographed(page, seed, usual, None, 0.0)
    for place, problem in enumerate(PROBLEMS):
        for half in range(_GRADES):
            category: Category = "low_contrast" if (number + half) % 2 else "plain"
            grade = _grade(problem, number * _GOLDEN + place * 0.37, half)
            yield _photographed(page, seed, category, problem, grade)
    dpi = _SCAN_DPI[number % len(_SCAN_DPI)]
    yield _scanned(page, seed, dpi, None, 0.0)
    for half in range(_GRADES):
        problem = _OF_SCANS[(2 * number + half) % len(_OF_SCANS)]
        grade = _grade(problem, number * _GOLDEN + 0.21, half)
        yield _scanned(page, seed, dpi, problem, grade)


def _grade(problem: Defect, turn: float, half: int) -> float:
    """Return a strength in the lower or upper half of the range, spread evenly over the pages."""
    least, most = GRADES[problem]
    return round(least + (most - least) * (turn % 1 + half) / _GRADES, 3)


def _photographed(
    page: CleanPage,
    seed: int,
    category: Category,
    problem: Defect | None,
    grade: float,
) -> Unread:
    megapixels = _MEGAPIXELS[page.kind in _LARGE][seed % 2]
    sample = photograph(
        page,
        seed,
        category,
        megapixels=megapixels,
        defects={problem} if problem else (),
        strength=grade,
    )
    return _gate_page(page, sample, None, seed, problem, grade)


def _scanned(
    page: CleanPage,
    seed: int,
    dpi: int,
    problem: Defect | None,
    grade: float,
) -> Unread:
    defects = {problem} if problem else set()
    sample = scan(page, seed, dpi, defects=defects, strength=grade, is_colour=seed % 2 == 0)
    return _gate_page(page, sample, round(sample.truth.dpi), seed, problem, grade)


def _gate_page(
    page: CleanPage,
    sample: Sample,
    dpi: int | None,
    seed: int,
    problem: Defect | None,
    grade: float,
) -> Unread:
    picture = Picture(pixels=sample.image, dpi=dpi)
    place = place_page(picture, quarter_turns=0)
    cut = find_cut(sample.image, place.corners, is_uncertain=place.is_uncertain, turns=0)
    is_uncertain = place.is_uncertain
    if is_uncertain:
        corners = _within(np.array(sample.truth.corners), sample.image)
        place = place_page(picture, quarter_turns=0, corners=corners)
    flat = flat_page(Seen(picture), place)
    kept = drawn(compress_page(flat, place.sheet.dpi), place.sheet.dpi)
    made = GatePage(
        kind=page.kind,
        seed=seed,
        source=sample.truth.category or "scan",
        problem=problem or "none",
        grade=grade,
        points=0.0,
        lines=(),
        is_uncertain=is_uncertain,
        is_cut=cut is not None,
        flat_png=_png(flat.grey),
        kept_png=_png(kept),
        dpi=place.sheet.dpi,
    )
    return made, shown_lines(kept, sample.truth.text_lines, place)


def _with_reading(
    picture: GatePage, shown: Shown, read: Sequence[ReadLine], clean: Sequence[ReadLine]
) -> GatePage:
    scale = np.array(shown.grey.shape[::-1]) / picture.flat.shape[::-1]
    lines = [ReadLine(quad=r.quad / scale, letters=r.letters, missed=r.missed) for r in read]
    points = round(missed_share(read) - missed_share(clean), 2)
    return replace(picture, lines=lines, points=points)


def plain_points(page: GatePage) -> float:
    """Return the points of a page that is read as a whole, and so its original."""
    clean = draw_page(_kind_of(page.kind), page.seed)
    lines = [line.text for line in clean.text_lines]
    grey = cv2.cvtColor(clean.image, cv2.COLOR_BGR2GRAY)
    before, after = (missing_share(lines, read_page(image)) for image in (grey, page.kept))
    return round(after - before, 2)


def _kind_of(name: str) -> Kind:
    return next(kind for kind in WRITTEN if kind == name)


def _png(grey: Pixels) -> bytes:
    return bytes(cv2.imencode(".png", grey, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1])


def _pixels_of(png: bytes) -> Pixels:
    grey = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ValueError("a page that was kept is no PNG")
    return np.asarray(grey, np.uint8)


def drawn(kept: Compressed, dpi: int) -> Pixels:
    """Return what is kept of a page as a reader draws it, grey, as fine as its finest part."""
    return cv2.cvtColor(decode_pdf_page(write_one_page(kept, dpi)).pixels, cv2.COLOR_BGR2GRAY)


def shown_lines(kept: Pixels, lines: Sequence[TextLine], place: Placement) -> Shown:
    """Return a page as it is kept with its lines where they lie on it.

    Args:
        kept: (height, width) uint8, of any size.
        lines: Written lines, outlined in the picture.
        place: Where the page lies in the picture.
    """
    scale = np.array([kept.shape[1] / place.sheet.width_px, kept.shape[0] / place.sheet.height_px])
    quads = [_on_page(np.array(line.outline), place.to_page) * scale for line in lines]
    return Shown(grey=kept, lines=lines, quads=quads)


def _on_page(quad: Floats, to_page: Floats) -> Floats:
    placed: Floats = cv2.perspectiveTransform(quad[None], to_page)[0]
    return placed


def _within(corners: Floats, image: Pixels) -> Floats:
    """Return corners as a person can set them: inside the picture."""
    return np.clip(corners, 0, (image.shape[1] - 1, image.shape[0] - 1))
