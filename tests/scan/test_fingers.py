"""Fingers that lie over a page are told, and what only has their colour is not."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from kiosk.domain.page import Region
from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan import rectify
from kiosk.scan.fingers import SIDE, find_fingers
from kiosk.scan.page import Placement, Seen, process_picture
from kiosk.scan.picture import Picture, Pixels
from kiosk.scan.shrink import shrunk_by
from tests.paper import KINDS, Kind, Sample, draw_page
from tests.paper.light import SKINS, hold, to_image

Finder = Callable[[Pixels], Region | None]
_THICK_PX = 26
"""A finger of some 19 mm on A4 at the size that is looked at."""
_DEEP_PX = 30


def flat(kind: Kind, *, paper: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Pixels:
    """Return a page at the size that is looked at, on paper of a colour (BGR, 1 is white)."""
    page = draw_page(kind, 8770).image
    return np.asarray(shrunk_by(page, SIDE / max(page.shape)) * np.array(paper), np.uint8)


def pressed(page: Pixels, side: int, skin: int) -> tuple[Pixels, tuple[float, float]]:
    """Return a page with a finger over one side (0 right, 1 bottom, 2 left), and where its tip is.

    The tip is given as shares of the page's width and height.
    """
    height, width = page.shape[:2]
    tip, towards = [
        ((width - _DEEP_PX, 0.4 * height), (1.0, 0.1)),
        ((0.6 * width, height - _DEEP_PX), (0.1, 1.0)),
        ((_DEEP_PX, 0.7 * height), (-1.0, 0.1)),
    ][side]
    picture = page.astype(np.float32)
    rng = np.random.default_rng(side)
    hold(picture, tip, towards, _THICK_PX, np.array(SKINS[skin], np.float32), rng)
    return to_image(picture), (tip[0] / width, tip[1] / height)


def with_strip(page: Pixels) -> Pixels:
    """Return a page along whose left edge a strip of wooden table shows, as at a bent sheet."""
    strip = page.copy()
    strip[:, :9] = (70, 110, 150)
    return strip


def any_skin_at_the_rim(small: Pixels) -> Region | None:
    """Tell a finger by its colour alone: what the tests must catch."""
    blue, green, red = (small[:, :12, i].astype(float) + 1 for i in range(3))
    is_warm = (red / green > 1.15) & (blue / green < 0.9)
    return Region(left=0.0, top=0.0, right=0.1, bottom=1.0) if is_warm.mean() > 0.02 else None


@pytest.mark.parametrize("skin", range(len(SKINS)))
@pytest.mark.parametrize("side", range(3))
def test_finger_of_any_skin_is_told_where_it_lies(side: int, skin: int) -> None:
    small, (x, y) = pressed(flat("resultats"), side, skin)
    region = find_fingers(small)
    assert region is not None
    assert region.left - 0.03 < x < region.right + 0.03
    assert region.top - 0.03 < y < region.bottom + 0.03
    assert (region.right - region.left) * (region.bottom - region.top) < 0.06


@pytest.mark.parametrize("paper", [(0.72, 0.92, 1.0), (0.82, 0.84, 1.0), (0.9, 1.0, 0.85)])
def test_finger_on_coloured_paper_is_told(paper: tuple[float, float, float]) -> None:
    page = flat("facture", paper=paper)
    assert find_fingers(page) is None
    assert find_fingers(pressed(page, 0, 1)[0]) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_page_without_a_finger_is_not_told(kind: Kind) -> None:
    assert find_fingers(flat(kind)) is None


def test_strip_of_table_along_an_edge_is_no_finger() -> None:
    def is_told(find: Finder) -> bool:
        return find(with_strip(flat("ordonnance"))) is not None

    assert not is_told(find_fingers)
    assert is_told(any_skin_at_the_rim)


def test_stamp_at_an_edge_is_no_finger() -> None:
    page = flat("ordonnance")
    for radius in (18, 15):
        cv2.circle(page, (page.shape[1] - 12, 200), radius, (60, 70, 190), 1, cv2.LINE_AA)
    assert find_fingers(page) is None


def test_fingers_are_told_on_photographs_that_are_held_and_no_others(
    photographs: list[Sample], placed_photographs: list[Placement]
) -> None:
    told = set()
    for sample, place in zip(photographs, placed_photographs, strict=True):
        if place.corners is None:
            continue
        seen, scale = Seen(Picture(pixels=sample.image)), place.sheet.scale_to(SIDE)
        small = rectify.glance_at(seen.colour, place.to_page, place.sheet, scale)
        if find_fingers(small) is not None:
            told.add(sample.truth.category)
    assert told == {"hand_and_curl"}


def test_finger_is_a_problem_of_the_page(
    photographs: list[Sample], placed_photographs: list[Placement]
) -> None:
    held = (
        process_picture(Picture(pixels=sample.image), source="", index=1).page
        for sample, place in zip(photographs, placed_photographs, strict=True)
        if place.corners is not None and sample.truth.category == "hand_and_curl"
    )
    told = [p for page in held for p in page.problems if p.kind is ProblemKind.CUT_OFF]
    assert told
    for problem in told:
        region = problem.region
        assert (region.right - region.left) * (region.bottom - region.top) < 0.5
