"""A photograph's truth fits its pixels, and its faults are there to be seen."""

import hashlib
from functools import cache

import cv2
import numpy as np
import pytest
import zxingcpp

from tests.paper import (
    CATEGORIES,
    CleanPage,
    Defect,
    Kind,
    Quad,
    Sample,
    draw_page,
    jpeg_bytes,
    photo_set,
    photograph,
)
from tests.paper.measure import likeness, sharpness, unfolded

MPX = 0.9  # enough to see, and quick


@cache
def _page(kind: Kind, seed: int = 3) -> CleanPage:
    return draw_page(kind, seed, dpi=130)


def _flat(sample: Sample, page: CleanPage) -> float:
    height, width = page.image.shape[:2]
    size = (width // 2, height // 2)
    small = np.asarray(cv2.resize(page.image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return likeness(unfolded(sample.image, sample.truth.corners, size), small)


@pytest.mark.parametrize("category", ["plain", "low_contrast"])
@pytest.mark.parametrize("kind", ["resultats", "facture", "ticket"])
def test_page_unfolded_by_its_true_corners_is_the_clean_page(kind: Kind, category: str) -> None:
    page = _page(kind)
    sample = photograph(page, 1, category, megapixels=MPX)  # type: ignore[arg-type]
    assert _flat(sample, page) > 0.8


def test_wrong_corners_do_not_pass_for_true_ones() -> None:
    page = _page("resultats")
    sample = photograph(page, 1, megapixels=MPX)
    size = (page.image.shape[1] // 2, page.image.shape[0] // 2)
    small = np.asarray(cv2.resize(page.image, size, interpolation=cv2.INTER_AREA), np.uint8)
    a, b, c, d = sample.truth.corners
    shifted: Quad = ((a[0] + 12, a[1]), b, (c[0] + 12, c[1]), d)
    for wrong in (shifted, (b, c, d, a), (c, d, a, b)):
        assert likeness(unfolded(sample.image, wrong, size), small) < 0.6


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turned_photograph_keeps_its_truth(turns: int) -> None:
    page = _page("resultats")
    sample = photograph(page, 1, megapixels=MPX, quarter_turns=turns)
    assert sample.truth.rotated_deg == 90 * turns
    assert _flat(sample, page) > 0.8
    upright = photograph(page, 1, megapixels=MPX)
    assert sample.truth.skew_deg == pytest.approx(upright.truth.skew_deg)


def test_text_outlines_follow_bent_paper() -> None:
    page = _page("resultats")
    found = []
    for seed in (1, 4, 6):
        sample = photograph(page, seed, "hand_and_curl", megapixels=2.0)
        for before, after in zip(page.text_lines, sample.truth.text_lines, strict=True):
            (left, top), (right, bottom) = before.outline[0], before.outline[2]
            if right - left < 90:
                continue
            size = (int(right - left), int(bottom - top))
            clean = unfolded(page.image, before.outline, size)
            found.append(likeness(unfolded(sample.image, after.outline, size), clean))
    assert len(found) > 20
    assert float(np.median(found)) > 0.8


def test_edge_of_bent_paper_leaves_the_straight_outline() -> None:
    page = _page("resultats")
    away = []
    for seed in range(1, 5):
        truth = photograph(page, seed, "hand_and_curl", megapixels=0.5).truth
        corners = np.array(truth.corners, dtype=np.float32)
        away.append(max(abs(cv2.pointPolygonTest(corners, point, True)) for point in truth.edge))
        assert truth.edge[0] == pytest.approx(truth.corners[0])
        assert truth.edge[24] == pytest.approx(truth.corners[1])
    assert max(away) > 4


def test_page_lies_whole_in_the_frame_unless_cut_off() -> None:
    page = _page("facture")
    for category in CATEGORIES:
        for seed in (1, 2):
            sample = photograph(page, seed, category, megapixels=0.5)
            height, width = sample.image.shape[:2]
            edge = np.array(sample.truth.edge)
            assert edge.min() > 0
            assert (edge < (width, height)).all()


def test_codes_are_read_where_the_truth_says() -> None:
    page = draw_page("vignettes", 4)
    sample = photograph(page, 4)
    read = zxingcpp.read_barcodes(sample.image)
    assert len(read) >= len(page.codes) - 1
    for found in read:
        (truth,) = [code for code in sample.truth.codes if code.text == found.text]
        assert truth.format == found.format.name
        middle = (
            (found.position.top_left.x + found.position.bottom_right.x) / 2,
            (found.position.top_left.y + found.position.bottom_right.y) / 2,
        )
        assert cv2.pointPolygonTest(np.array(truth.outline, np.float32), middle, False) > 0


@cache
def _pair(defect: Defect, strength: float = 1.0) -> tuple[Sample, Sample]:
    page = _page("resultats")
    good = photograph(page, 5, megapixels=MPX)
    return good, photograph(page, 5, megapixels=MPX, defects={defect}, strength=strength)


def _on_page(sample: Sample) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    flat = unfolded(sample.image, sample.truth.corners, (400, 560))
    return np.asarray(cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def test_defects_are_named_in_the_truth() -> None:
    good, bad = _pair("blurred")
    assert good.truth.defects == frozenset()
    assert bad.truth.defects == {"blurred"}
    assert photograph(_page("blank"), 1, megapixels=0.5).truth.defects == {"blank"}


def test_blurred_is_blurred_and_more_so_with_strength() -> None:
    good, bad = _pair("blurred")
    half = _pair("blurred", 0.4)[1]
    assert sharpness(bad.image) < sharpness(half.image) < sharpness(good.image)
    assert sharpness(bad.image) < 0.35 * sharpness(good.image)


def test_glare_burns_a_part_of_the_page_out() -> None:
    good, bad = _pair("glare")
    assert (_on_page(good) >= 254).mean() < 0.01
    assert (_on_page(bad) >= 254).mean() > 0.04


def test_shadow_darkens_a_part_of_the_page() -> None:
    good, bad = _pair("shadow")
    ratio = _on_page(bad).astype(float) / np.maximum(_on_page(good), 1)
    assert (ratio < 0.5).mean() > 0.04
    assert (ratio > 0.85).mean() > 0.2


def test_too_dark_is_dark_and_faint_has_hardly_ink() -> None:
    good, dark = _pair("too_dark")
    assert _on_page(dark).mean() < 0.35 * _on_page(good).mean()
    faint = _pair("faint")[1]
    bright = float(np.median(_on_page(faint)))
    assert bright > 0.9 * float(np.median(_on_page(good)))
    assert np.percentile(_on_page(faint), 1) > 0.7 * bright
    assert np.percentile(_on_page(good), 1) < 0.6 * bright


def test_low_resolution_and_cut_off_are_in_the_geometry() -> None:
    good, coarse = _pair("low_resolution")
    assert coarse.truth.dpi < 0.45 * good.truth.dpi
    cut = _pair("cut_off")[1]
    height, width = cut.image.shape[:2]
    edge = np.array(cut.truth.edge)
    assert ((edge < -3) | (edge > (width + 2, height + 2))).any()


def test_same_arguments_give_the_same_pixels() -> None:
    page = _page("facture")
    one, two, other = (
        photograph(page, seed, "hand_and_curl", megapixels=MPX) for seed in (3, 3, 4)
    )
    digests = {hashlib.sha256(sample.image.tobytes()).digest() for sample in (one, two)}
    assert len(digests) == 1
    assert one.truth == two.truth
    assert jpeg_bytes(one, 85) == jpeg_bytes(two, 85)
    assert not np.array_equal(one.image, other.image)


def test_photo_set_is_a_quarter_of_each_category() -> None:
    samples = list(photo_set(4, seed=2, megapixels=0.4))
    assert [s.truth.category for s in samples] == list(CATEGORIES)
    assert len({s.truth.kind for s in samples}) == 4
    assert not any(s.truth.defects for s in samples)


def test_what_cannot_be_made_is_refused() -> None:
    page = _page("facture")
    with pytest.raises(ValueError, match="category"):
        photograph(page, 1, "sunset")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="defects"):
        photograph(page, 1, defects={"blank"})
    with pytest.raises(ValueError, match="Mpx"):
        photograph(page, 1, megapixels=100)
    with pytest.raises(ValueError, match="strength"):
        photograph(page, 1, strength=3)
