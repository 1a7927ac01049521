"""What is said to be wrong with bad pages, and nothing with good ones."""

import cv2
import numpy as np
import pytest

from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan.judge import judge_page
from kiosk.scan.page import place_page, process_picture
from kiosk.scan.picture import Picture
from tests.paper import Defect, Sample, draw_page, photograph, scan


def problems(sample: Sample) -> set[str]:
    page = process_picture(Picture(pixels=sample.image), source="", index=1).page
    return {str(problem.kind) for problem in page.problems}


@pytest.mark.parametrize("defect", ["blurred", "shadow", "too_dark", "low_resolution", "cut_off"])
def test_plainly_bad_photograph_is_told(defect: Defect) -> None:
    sample = photograph(
        draw_page("facture", 8600), 8604, "plain", megapixels=2.0, defects={defect}, strength=1.0
    )
    expected = {defect, "outline_uncertain"} if defect == "cut_off" else {defect}
    assert problems(sample) & expected


def test_glare_is_told_and_shown() -> None:
    page = draw_page("resultats", 8610).image
    lit = np.clip(page.astype(np.float32) * 0.75, 0, 255)
    height, width = page.shape[:2]
    cv2.circle(lit, (width // 2, height // 3), width // 5, (400, 400, 400), -1)
    burnt = np.clip(cv2.GaussianBlur(lit, (0, 0), 25), 0, 255).astype(np.uint8)
    found = [p for p in judge_page(burnt, 200).problems if p.kind is ProblemKind.GLARE]
    assert len(found) == 1
    region = found[0].region
    assert region.left < 0.5 < region.right
    assert region.top < 1 / 3 < region.bottom < 0.6


@pytest.mark.parametrize("seed", [1, 2])
def test_blank_page_is_told(seed: int) -> None:
    sample = scan(draw_page("blank", 8620), seed=seed, dpi=150)
    assert "blank" in problems(sample)


def test_faint_page_is_not_blank() -> None:
    page = draw_page("facture", 8630)
    sample = photograph(page, 8630, "plain", defects={"faint"}, strength=1.0)
    assert "blank" not in problems(sample)


def test_good_photographs_are_not_refused(photographs: list[Sample]) -> None:
    told = {
        sample.truth.kind: problems(sample)
        for sample in photographs
        if sample.truth.category in ("plain", "low_contrast")
    }
    assert all(not found for found in told.values()), told


def test_good_scans_are_not_refused(scans: list[Sample]) -> None:
    assert [problems(sample) for sample in scans[:3]] == [set()] * 3


def test_sharpness_falls_with_blur() -> None:
    page = draw_page("resultats", 8640).image
    measured = [
        judge_page(cv2.GaussianBlur(page, (0, 0), sigma).astype(np.uint8), 200).sharpness
        for sigma in (0.3, 1.5, 3.0, 5.0)
    ]
    assert measured == sorted(measured, reverse=True)
    assert measured[0] > 0.8 > 0.4 > measured[-1]


def test_page_askew_on_the_glass_is_taken_whole_or_found(scans: list[Sample]) -> None:
    for sample in scans:
        place = place_page(Picture(pixels=sample.image))
        assert not place.is_uncertain
