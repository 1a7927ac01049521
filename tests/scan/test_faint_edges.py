"""Paper on a lid as light as itself: its edges are found, and no writing is ever cut away."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from kiosk.scan.faint_edges import find_faint_edges
from kiosk.scan.page import Placement, place_page
from kiosk.scan.picture import Floats, Picture, Pixels
from kiosk.scan.rectify import Sheet
from kiosk.scan.whole import is_whole_page
from tests.paper import Kind, Sample, draw_page, scan
from tests.scan.conftest import overlap

MM_PX = 4.0
PAPER = (60, 70, 840, 1170)
"""Left, top, right and bottom of the paper in a frame of 900 x 1240 pixels."""
ALL_KINDS: tuple[tuple[Kind, int], ...] = (
    ("ordonnance", 91_029), ("resultats", 91_012), ("vignettes", 91_130),
    ("feuille_de_soins", 91_133), ("facture", 91_086), ("fse", 91_125),
)  # fmt: skip


def frame(step: float = 3.0, *, missing: str = "") -> Floats:
    """Return paper with ten lines of print, *step* levels lighter than the lid but for one side."""
    left, top, right, bottom = PAPER
    light = np.full((1240, 900), 236.0 - step)
    light[0 if missing == "top" else top : bottom, left : 900 if missing == "right" else right] = (
        236
    )
    for row in range(10):
        light[200 + 60 * row : 212 + 60 * row, 140:700:9] = 60
    return light


def exposed(light: Floats) -> Pixels:
    """Return the frame as a sensor gives it: a little soft, with noise."""
    noise = np.random.default_rng(3).normal(0, 1.5, light.shape)
    soft = cv2.GaussianBlur(light, (0, 0), 0.7)
    return np.clip(soft + noise, 0, 255).round().astype(np.uint8)


@pytest.mark.parametrize("step", [3.0, -3.0, 12.0])
def test_step_of_a_few_levels_is_an_edge(step: float) -> None:
    found = find_faint_edges(exposed(frame(step)), MM_PX)
    left, top, right, bottom = PAPER
    assert found is not None
    wanted = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    assert np.abs(found - wanted).max() < 2


@pytest.mark.parametrize("missing", ["top", "right"])
def test_page_with_a_side_that_does_not_show_is_left_whole(missing: str) -> None:
    assert find_faint_edges(exposed(frame(missing=missing)), MM_PX) is None


def test_paper_that_cannot_be_told_from_its_lid_is_left_whole() -> None:
    assert find_faint_edges(exposed(frame(0.0)), MM_PX) is None


def test_printed_frame_is_no_edge_of_paper() -> None:
    light = np.full((1188, 840), 236.0)  # A4, and a frame 5 mm within its edges
    cv2.rectangle(light, (20, 20), (820, 1168), (60.0,), 2)
    assert find_faint_edges(exposed(light), MM_PX) is None


def test_lines_with_writing_beyond_them_are_no_edges() -> None:
    light = frame()
    assert find_faint_edges(exposed(light), MM_PX) is not None
    light[600:612, 12:32:5] = 60  # three strokes in what would have been the lid
    assert find_faint_edges(exposed(light), MM_PX) is None


def test_dust_beyond_the_edges_is_no_writing() -> None:
    light = frame()
    for at in range(12):
        light[90 + 80 * at : 92 + 80 * at, 20:22] = 90
    assert find_faint_edges(exposed(light), MM_PX) is not None


@pytest.mark.parametrize(("kind", "seed"), ALL_KINDS)
def test_page_on_a_white_lid_is_cut_out_and_keeps_its_writing(kind: Kind, seed: int) -> None:
    sample = scan(draw_page(kind, seed), seed, 100)
    assert is_whole_page(Picture(pixels=sample.image))  # nothing of it is plainly not paper
    place = place_page(Picture(pixels=sample.image))
    assert place.corners is not None
    assert overlap(place.corners, sample.truth.corners) > 0.985
    assert not cuts_writing(sample, place)


@pytest.mark.parametrize("broken", [lambda p: narrowed(p, 0.07), lambda p: shifted(p, 60.0)])
def test_placements_that_cut_are_caught(broken: Callable[[Placement], Placement]) -> None:
    kind, seed = ALL_KINDS[0]
    sample = scan(draw_page(kind, seed), seed, 100)
    place = place_page(Picture(pixels=sample.image))
    assert not cuts_writing(sample, place)
    assert cuts_writing(sample, broken(place))


def cuts_writing(sample: Sample, place: Placement) -> bool:
    """Tell whether any line of writing, as it was drawn, lies off the flat page in part."""
    for line in sample.truth.text_lines:
        spots = cv2.perspectiveTransform(np.array([line.outline]), place.to_page)[0]
        ends = (place.sheet.width_px, place.sheet.height_px)
        if (spots < 0).any() or (spots > ends).any():
            return True
    return False


def narrowed(place: Placement, share: float) -> Placement:
    """Return a placement that takes *share* of the page off at each side."""
    width, height = place.sheet.width_px, place.sheet.height_px
    by = np.array([[1, 0, -share * width], [0, 1, -share * height], [0, 0, 1.0]])
    inner = (round(width * (1 - 2 * share)), round(height * (1 - 2 * share)))
    sheet = Sheet(width_px=inner[0], height_px=inner[1], dpi=place.sheet.dpi)
    return replace(place, to_page=by @ place.to_page, sheet=sheet)


def shifted(place: Placement, by_px: float) -> Placement:
    """Return a placement that lays the page too far up."""
    by = np.array([[1, 0, 0], [0, 1, -by_px], [0, 0, 1.0]])
    return replace(place, to_page=by @ place.to_page)
