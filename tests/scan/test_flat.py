"""The flat page: its colour lies where its light does, and is kept only where there is any."""

import cv2
import numpy as np
import pytest

from kiosk.scan.compress import compress_page
from kiosk.scan.flat import flat_of, lay_page
from kiosk.scan.inks import split_ink
from kiosk.scan.rectify import Sheet
from kiosk.scan.shrink import Halvings
from tests.paper import draw_page


def picture_with_a_stamp() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return a page of over 3 Mpx, an odd number of pixels wide, with black and red on it."""
    page = np.full((2400, 1601, 3), 245, np.uint8)
    page[300:340, 200:1400] = 20
    cv2.circle(page, (1000, 1500), 180, (40, 30, 200), 24)
    return page


def test_page_without_colour_is_kept_in_grey() -> None:
    page = cv2.cvtColor(draw_page("facture", 1, dpi=300).image, cv2.COLOR_BGR2GRAY)
    assert flat_of(np.dstack([page] * 3)).colour is None


def test_a_few_strokes_of_a_coloured_pen_are_seen() -> None:
    page = np.full((2400, 1601, 3), 245, np.uint8)
    cv2.line(page, (400, 700), (700, 760), (170, 60, 30), 5)
    assert flat_of(page).colour is not None


def test_colour_lies_where_the_light_does() -> None:
    page = picture_with_a_stamp()
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    turn = cv2.getRotationMatrix2D((800, 1200), 1.5, 1.0)
    sheet = Sheet(width_px=1601, height_px=2400, dpi=300)
    flat = lay_page(Halvings(page), Halvings(grey), np.vstack([turn, [0, 0, 1]]), sheet)
    assert flat.colour is not None
    assert flat.colour.shape == (1200, 800, 3)
    half = cv2.cvtColor(flat.colour, cv2.COLOR_BGR2GRAY)
    exact = cv2.resize(flat.grey[:, :1600], (800, 1200), interpolation=cv2.INTER_AREA)
    assert np.abs(half.astype(int) - exact).mean() < 0.6


@pytest.mark.parametrize("size", [(1601, 2400), (800, 1200), (401, 600)])
def test_page_is_given_at_any_size_in_its_colours(size: tuple[int, int]) -> None:
    page = picture_with_a_stamp()
    shown = flat_of(page).at(size)
    exact = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
    assert shown.shape == exact.shape
    assert np.abs(shown.astype(int) - exact).mean() < 2


def test_black_and_red_are_two_inks_on_exact_masks() -> None:
    page = picture_with_a_stamp()
    flat = flat_of(page)
    mask = cv2.inRange(flat.grey, 0, 150)
    black, red = split_ink(flat, mask)
    assert max(black.colour) < 40
    assert red.colour[0] > 180
    assert max(red.colour[1:]) < 70
    assert np.array_equal(cv2.bitwise_or(black.mask, red.mask), mask)
    assert not cv2.countNonZero(cv2.bitwise_and(black.mask, red.mask))


def test_dark_two_level_picture_stays_exact_ink() -> None:
    page = np.full((1200, 900), 255, np.uint8)
    rng = np.random.default_rng(3)
    blobs = cv2.GaussianBlur(rng.uniform(0, 255, (1200, 900)).astype(np.float32), (0, 0), 12)
    page[blobs > np.percentile(blobs, 65)] = 0
    assert compress_page(page, 150).inks
