"""A scan's truth fits its pixels."""

import cv2
import numpy as np
import pytest
import zxingcpp

from tests.paper import Image, draw_page, jpeg_bytes, scan
from tests.paper.measure import likeness, sharpness, unfolded


def _row_contrast(image: Image, turn_deg: float) -> float:
    """How clearly lines of text stand apart when *image* is turned anticlockwise."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, 1.0)
    turned = cv2.warpAffine(image, matrix, (width, height), borderValue=(255, 255, 255))
    middle = turned[height // 5 : -height // 5, width // 5 : -width // 5]
    return float(np.diff(middle.mean(axis=(1, 2))).var())


@pytest.mark.parametrize("skew", [-3.7, -0.6, 0.0, 2.2, 4.0])
def test_text_is_level_when_turned_back_by_the_true_skew(skew: float) -> None:
    sample = scan(draw_page("resultats", 2, dpi=100), 2, 100, skew_deg=skew)
    assert sample.truth.skew_deg == skew
    angles = np.arange(skew - 0.6, skew + 0.61, 0.1)
    clearest = angles[int(np.argmax([_row_contrast(sample.image, float(a)) for a in angles]))]
    assert clearest == pytest.approx(skew, abs=0.11)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_page_unfolded_by_its_corners_is_the_clean_page(turns: int) -> None:
    page = draw_page("feuille_de_soins", 4, dpi=80)
    sample = scan(page, 4, 80, quarter_turns=turns)
    assert sample.truth.rotated_deg == 90 * turns
    size = (page.image.shape[1], page.image.shape[0])
    assert likeness(unfolded(sample.image, sample.truth.corners, size), page.image) > 0.85
    a, b, c, d = sample.truth.corners
    assert likeness(unfolded(sample.image, (c, d, a, b), size), page.image) < 0.4


@pytest.mark.parametrize("kind", ["feuille_de_soins", "vignettes", "fse", "ticket"])
def test_every_code_of_a_scan_is_read(kind: str) -> None:
    page = draw_page(kind, 6)  # type: ignore[arg-type]
    sample = scan(page, 6, 200, is_colour=False, jpeg_quality=85)
    read = {(found.format.name, found.text) for found in zxingcpp.read_barcodes(sample.image)}
    assert read == {(code.format, code.text) for code in sample.truth.codes}


def test_resolution_is_as_asked() -> None:
    page = draw_page("facture", 1)
    for dpi in (100, 300):
        sample = scan(page, 1, dpi, skew_deg=0, margin_mm=0)
        assert sample.truth.dpi == dpi
        height, width = sample.image.shape[:2]
        assert (width, height) == pytest.approx((148 / 25.4 * dpi, 210 / 25.4 * dpi), abs=3)


def test_grey_scan_is_grey_and_stored_as_one_channel() -> None:
    sample = scan(draw_page("facture", 1, dpi=100), 1, 100, is_colour=False)
    assert np.ptp(sample.image, axis=2).max() == 0
    packed = np.frombuffer(jpeg_bytes(sample), np.uint8)
    stored = cv2.imdecode(packed, cv2.IMREAD_UNCHANGED)
    assert stored is not None
    assert stored.ndim == 2


def test_seed_without_a_skew_stays_within_four_degrees_and_inside_the_frame() -> None:
    page = draw_page("ticket", 1, dpi=72)
    skews = []
    for seed in range(12):
        sample = scan(page, seed, 75)
        height, width = sample.image.shape[:2]
        corners = np.array(sample.truth.corners)
        assert corners.min() >= -0.5
        assert (corners <= (width, height)).all()
        skews.append(sample.truth.skew_deg)
    assert max(map(abs, skews)) <= 4
    assert np.ptp(skews) > 4


def test_faults_of_a_scan_are_there() -> None:
    page = draw_page("resultats", 3, dpi=120)
    good = scan(page, 3, 120)
    assert sharpness(scan(page, 3, 120, defects={"blurred"}).image) < 0.3 * sharpness(good.image)
    dark = scan(page, 3, 120, defects={"too_dark"})
    assert dark.image.mean() < 0.3 * good.image.mean()
    assert scan(page, 3, 120, defects={"low_resolution"}).truth.dpi < 60
    cut = scan(page, 3, 120, defects={"cut_off"})
    height, width = cut.image.shape[:2]
    corners = np.array(cut.truth.corners)
    assert (corners.min() < -10) or (corners > (width + 10, height + 10)).any()


def test_same_arguments_give_the_same_pixels() -> None:
    page = draw_page("facture", 1, dpi=100)
    assert np.array_equal(scan(page, 5, 100).image, scan(page, 5, 100).image)
    assert not np.array_equal(
        scan(page, 5, 150, skew_deg=1).image, scan(page, 6, 150, skew_deg=1).image
    )


def test_what_a_scanner_cannot_do_is_refused() -> None:
    page = draw_page("facture", 1, dpi=72)
    with pytest.raises(ValueError, match="glare"):
        scan(page, 1, defects={"glare"})
    with pytest.raises(ValueError, match="dpi"):
        scan(page, 1, 1200)
    with pytest.raises(ValueError, match="skew"):
        scan(page, 1, skew_deg=45)
