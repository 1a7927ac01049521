"""Makes pages taken more than once and pages that are all but the same, as the kiosk keeps them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import cv2
import numpy as np

from kiosk.scan.compress import compress_page
from kiosk.scan.fingerprint import fingerprint
from kiosk.scan.inkprint import InkPrint, pack, print_of, unpack
from kiosk.scan.page import Seen, flat_page, place_page
from kiosk.scan.picture import Picture, Pixels
from kiosk.scan.preview import PREVIEW_SIDE_PX, preview_of
from tests.paper import CATEGORIES, CleanPage, Kind, Sample, draw_page, photograph, scan
from tests.paper.draw import draw_case
from tests.paper.people import Case

_FORMS: tuple[Kind, ...] = ("feuille_de_soins", "facture", "ordonnance")
_KINDS: tuple[Kind, ...] = (*_FORMS, "ticket", "vignettes", "resultats", "fse")
_MEGAPIXELS = (3.1, 6.0)
_DPI = (200, 300)
_TURNS = (0, 0, 1, 2, 3)
"""Every second page lies as it is read."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taken:
    """One page as it was taken once.

    Attributes:
        sheet: Of which sheet; two of one name are one page.
        seed: From which it was drawn; sheets of one seed differ in one field.
        kind: What was drawn.
        change: The field that was drawn otherwise; empty where none was.
        how: ``scan`` or the category of the photograph.
        page: What is kept of it to tell it again, packed and unpacked.
        size_bytes: Of that, packed.
        fingerprint: As ``kiosk.scan.fingerprint`` gives it.
        peer: The 64-bit hash of the whole page.
    """

    sheet: str
    seed: int
    kind: Kind
    change: str
    how: str
    page: InkPrint
    size_bytes: int
    fingerprint: str
    peer: int


Pair = tuple[Taken, Taken]


def taken_pages(first_seed: int, count: int) -> Iterator[Taken]:
    """Yield *count* sheets, each scanned twice and photographed twice, and near copies of some.

    A near copy has another number, date, price or medicine in the same place by the same hand, and
    is scanned once and photographed once.
    """
    for number in range(count):
        seed = first_seed + number
        rng = np.random.default_rng([seed, 991])
        kind = _KINDS[number % len(_KINDS)] if number % 2 else _FORMS[number // 2 % len(_FORMS)]
        page = draw_page(kind, seed)
        yield from _takes(page, seed, "", 2, rng)
        changes = _changes_of(kind)
        if changes:
            change = changes[int(rng.integers(len(changes)))]
            near = draw_case(kind, seed, CHANGES[change])
            if not np.array_equal(near.image, page.image):  # a form names no medicine
                yield from _takes(near, seed, change, 1, rng)


def _takes(
    page: CleanPage, seed: int, change: str, times: int, rng: np.random.Generator
) -> Iterator[Taken]:
    for _ in range(times):
        sample = scan(
            page,
            int(rng.integers(1 << 30)),
            int(rng.choice(_DPI)),
            quarter_turns=int(rng.choice(_TURNS)),
            is_colour=bool(rng.random() < 0.5),
            jpeg_quality=85,
        )
        yield _kept(page, seed, change, "scan", sample)
    for _ in range(times):
        category = CATEGORIES[int(rng.integers(len(CATEGORIES)))]
        sample = photograph(
            page,
            int(rng.integers(1 << 30)),
            category,
            quarter_turns=int(rng.choice(_TURNS)),
            megapixels=float(rng.choice(_MEGAPIXELS)),
        )
        yield _kept(page, seed, change, category, sample)


def _kept(page: CleanPage, seed: int, change: str, how: str, sample: Sample) -> Taken:
    """Return what the kiosk would keep; where it is not sure of the outline a person sets it."""
    picture = Picture(pixels=sample.image)
    place = place_page(picture)
    if place.is_uncertain:
        most = (sample.image.shape[1] - 1, sample.image.shape[0] - 1)
        corners = np.clip(np.array(sample.truth.corners), 0, most)
        place = place_page(picture, corners=corners)
    flat = flat_page(Seen(picture), place)
    shown = preview_of(compress_page(flat, place.sheet.dpi), PREVIEW_SIDE_PX)
    ink = print_of(shown)
    packed = pack(ink)
    return Taken(
        sheet=f"{seed}{change}",
        seed=seed,
        kind=page.kind,
        change=change,
        how=how,
        page=unpack(packed) if packed else ink,
        size_bytes=len(packed),
        fingerprint=fingerprint(ink),
        peer=hash_of_page(flat.grey),
    )


def hash_of_page(grey: Pixels) -> int:
    """Return the signs of the 8x8 lowest cosine terms of a page, 64 bits.

    Source: Zauner, *Implementation and Benchmarking of Perceptual Image Hash Functions*, 2010.
    """
    small = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    terms = cv2.dct(small)[:9, :9].ravel()[1:65]
    return int("".join("1" if bit else "0" for bit in terms > np.median(terms)), 2)


def same_pairs(pages: list[Taken]) -> list[Pair]:
    """Return every two takes of one sheet."""
    return [(a, b) for a, b in combinations(pages, 2) if a.sheet == b.sheet]


def near_pairs(pages: list[Taken]) -> list[Pair]:
    """Return every two takes of sheets that differ in one field."""
    return [(a, b) for a, b in combinations(pages, 2) if a.seed == b.seed and a.sheet != b.sheet]


def different_pairs(pages: list[Taken], most_of_a_kind: int, forms: int) -> list[Pair]:
    """Return takes of different sheets of one kind, drawn by chance: *forms* of the form."""
    rng = np.random.default_rng(5)
    found: list[Pair] = []
    for kind in _KINDS:
        pairs = [
            (a, b)
            for a, b in combinations(pages, 2)
            if a.kind == b.kind == kind and a.seed != b.seed
        ]
        count = forms if kind == "feuille_de_soins" else most_of_a_kind
        found += [pairs[place] for place in rng.permutation(len(pairs))[:count]]
    return found


def _changes_of(kind: Kind) -> tuple[str, ...]:
    if kind in ("facture", "ticket"):
        return ("date", "price")
    return tuple(CHANGES) if kind in ("feuille_de_soins", "ordonnance", "vignettes") else ()


def _other_number(case: Case) -> Case:
    digits = "".join(str((int(digit) + 3) % 10) for digit in case.immatriculation)
    return replace(case, immatriculation=digits)


def _other_date(case: Case) -> Case:
    day, month = int(case.care_date[:2]), int(case.care_date[3:5])
    return replace(case, care_date=f"{(day + 12) % 28 + 1:02d}/{month % 12 + 1:02d}/2026")


def _other_price(case: Case) -> Case:
    first, *others = case.medicines
    return replace(case, medicines=(replace(first, price=first.price + 7_777), *others))


def _other_medicine(case: Case) -> Case:
    first, *others = case.medicines
    return replace(case, medicines=(replace(first, name=first.name[::-1]), *others))


CHANGES: dict[str, Callable[[Case], Case]] = {
    "number": _other_number,
    "date": _other_date,
    "price": _other_price,
    "medicine": _other_medicine,
}
