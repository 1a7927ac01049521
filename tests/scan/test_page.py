"""The whole pipeline on photographs, scans and the demo's five images."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.scan.decode import decode_image
from kiosk.scan.page import Placement, place_page, process_picture
from kiosk.scan.picture import Picture
from kiosk.scan.whole import is_whole_page
from tests.paper import CATEGORIES, KINDS, Kind, Sample, draw_page, photograph, scan
from tests.scan.conftest import overlap

SAMPLES = Path(__file__).parents[2] / "kiosk" / "samples"
WHITE_LIDS = (91_006, 91_021, 91_110)


def white_lid_scan(seed: int) -> Sample:
    """Return an A4 page askew on a scanner's glass, the lid as light as the paper."""
    sample = scan(draw_page("resultats", seed), seed, 100)
    assert is_whole_page(Picture(pixels=sample.image))  # nothing of it is plainly not paper
    return sample


def lean_left(sample: Sample, place: Placement) -> float:
    """Return by how many degrees, clockwise, a page laid flat still leans; 90 on its side."""
    corners = np.c_[np.array(sample.truth.corners), np.ones(4)] @ place.to_page.T
    corners = corners[:, :2] / corners[:, 2:]
    across = corners[1] - corners[0] + corners[2] - corners[3]
    return float(np.degrees(np.arctan2(across[1], across[0])))


def test_scans_are_set_straight_and_upright(
    scans: list[Sample], placed_scans: list[Placement]
) -> None:
    for sample, place in zip(scans, placed_scans, strict=True):
        assert place.turns * 90 == -sample.truth.rotated_deg % 360, sample.truth.kind
        assert place.skew_deg == pytest.approx(sample.truth.skew_deg, abs=0.3), sample.truth.kind


def test_scans_lie_level_once_laid_flat(scans: list[Sample], placed_scans: list[Placement]) -> None:
    for sample, place in zip(scans, placed_scans, strict=True):
        assert lean_left(sample, place) == pytest.approx(0, abs=0.1), sample.truth.kind


@pytest.mark.parametrize("seed", WHITE_LIDS)
def test_scan_on_a_white_lid_is_set_level(seed: int) -> None:
    sample = white_lid_scan(seed)
    place = place_page(Picture(pixels=sample.image))
    assert place.skew_deg == pytest.approx(sample.truth.skew_deg, abs=0.1)
    assert lean_left(sample, place) == pytest.approx(0, abs=0.1)


def test_photographs_are_set_upright(
    photographs: list[Sample], placed_photographs: list[Placement]
) -> None:
    for sample, place in zip(photographs, placed_photographs, strict=True):
        assert place.turns * 90 == -sample.truth.rotated_deg % 360


@pytest.mark.parametrize(
    ("kind", "lying"), [(kind, 1 + n % 3) for n, kind in enumerate(KINDS) if kind != "blank"]
)
def test_photograph_held_sideways_is_set_upright(kind: Kind, lying: int) -> None:
    category = CATEGORIES[lying]
    page = draw_page(kind, 8900 + lying)
    sample = photograph(page, 8900 + lying, category, megapixels=1.8, quarter_turns=lying)
    place = place_page(Picture(pixels=sample.image))
    assert place.turns * 90 == -sample.truth.rotated_deg % 360
    if place.corners is not None:
        assert overlap(place.corners, sample.truth.corners) > 0.85
        near = np.hypot(*(place.corners - np.array(sample.truth.corners)).T)
        assert near.max() < 0.1 * max(sample.image.shape)  # each corner is the right one


def test_codes_are_given_in_source_pixels(vignettes: Sample) -> None:
    page = process_picture(Picture(pixels=vignettes.image), source="v", index=1).page
    assert {c.text for c in page.codes} == {c.text for c in vignettes.truth.codes}
    true = {code.text: np.array(code.outline).mean(0) for code in vignettes.truth.codes}
    for code in page.codes:
        assert np.hypot(*(np.array(code.outline).mean(0) - true[code.text])) < 30


def test_reduced_picture_gives_source_pixels(
    photographs: list[Sample], placed_photographs: list[Placement]
) -> None:
    placed = zip(photographs, placed_photographs, strict=True)
    image = next(sample.image for sample, place in placed if place.corners is not None)
    whole = process_picture(Picture(pixels=image), source="", index=1).page
    half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    reduced = process_picture(
        Picture(pixels=half.astype(np.uint8), reduction=2.0), source="", index=1
    ).page
    assert whole.outline is not None
    assert reduced.outline is not None
    assert overlap(whole.outline, reduced.outline) > 0.97


def test_demo_images_are_read_perfectly() -> None:
    paths = sorted(SAMPLES.glob("*.jpg"))
    assert len(paths) == 5
    codes: list[str] = []
    for path in paths:
        page = process_picture(decode_image(path), source=str(path), index=1).page
        assert page.problems == (), path.name
        assert page.rotated_deg == 0, path.name
        assert page.outline is not None, path.name
        assert page.size_bytes < 60_000, path.name
        codes += [code.format for code in page.codes]
    assert codes.count("EAN13") >= 2
