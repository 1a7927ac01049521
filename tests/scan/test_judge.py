"""What is said to be wrong with bad pages, and nothing with good ones."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from kiosk.domain.vocabulary import ProblemKind
from kiosk.scan.cutoff import find_cut
from kiosk.scan.judge import judge_page
from kiosk.scan.page import Placement, place_page, process_picture
from kiosk.scan.picture import Picture
from tests.paper import CleanPage, Defect, Image, Sample, draw_page, photograph, scan


def problems(sample: Sample) -> set[str]:
    page = process_picture(Picture(pixels=sample.image), source="", index=1).page
    return {str(problem.kind) for problem in page.problems}


@pytest.mark.parametrize(
    ("defect", "strength"),
    [("blurred", 1.0), ("too_dark", 1.2), ("low_resolution", 1.0), ("cut_off", 1.0)],
)
def test_plainly_bad_photograph_is_told(defect: Defect, strength: float) -> None:
    sample = photograph(
        draw_page("facture", 8600),
        8604,
        "plain",
        megapixels=2.0,
        defects={defect},
        strength=strength,
    )
    expected = {defect, "outline_uncertain"} if defect == "cut_off" else {defect}
    assert problems(sample) & expected


def shadowed(edge: float) -> Image:
    """Return a receipt whose right part, from *edge* of its width, lies in a deep shadow."""
    page = draw_page("ticket", 8605, dpi=150).image
    across = np.arange(page.shape[1]) / page.shape[1]
    light = 0.9 - 0.65 / (1 + np.exp(-(across - edge) / 0.02))
    return np.asarray(page * light[None, :, None], np.uint8)


def test_shadow_whose_edge_crosses_the_lines_is_told_and_shown() -> None:
    told = {p.kind: p.region for p in judge_page(shadowed(0.5), 150).problems}
    assert told[ProblemKind.SHADOW].left < 0.5 < told[ProblemKind.SHADOW].right


@pytest.mark.parametrize(("defect", "strength"), [("shadow", 1.0), ("too_dark", 0.8)])
def test_defect_that_costs_no_letter_is_not_refused(defect: Defect, strength: float) -> None:
    # Of what is kept of these, Tesseract reads as much as of the clean page.
    page = draw_page("facture", 8600)
    sample = photograph(page, 8604, "plain", megapixels=2.0, defects={defect}, strength=strength)
    assert not problems(sample) - {"outline_uncertain", "cut_off"}


def test_glare_is_told_and_shown() -> None:
    page = draw_page("resultats", 8610).image
    height, width = page.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    off = np.hypot(x - width / 2, y - height / 3) / (width / 5)
    light = 300 * np.exp(-(off**3))  # a reflection adds light to paper and ink alike
    lit = np.clip(page * 0.75 + light[:, :, None], 0, 255).astype(np.uint8)
    found = [p for p in judge_page(lit, 200).problems if p.kind is ProblemKind.GLARE]
    assert len(found) == 1
    region = found[0].region
    assert region.left < 0.5 < region.right
    assert region.top < 1 / 3 < region.bottom < 0.6


@pytest.mark.parametrize("seed", [1, 2])
def test_blank_page_is_told(seed: int) -> None:
    sample = scan(draw_page("blank", 8620), seed=seed, dpi=150)
    assert "blank" in problems(sample)


def test_blank_sheet_askew_on_a_white_lid_is_blank() -> None:
    assert "blank" in problems(scan(draw_page("blank", 61002), seed=2, dpi=150))


def test_faded_original_is_told_and_is_not_blank() -> None:
    page = draw_page("facture", 8630)
    sample = photograph(page, 8630, "plain", defects={"faint"}, strength=1.0)
    # The agent keeps it: «l'original est ainsi».
    assert problems(sample)
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


@pytest.fixture(scope="module", params=["ticket", "feuille_de_soins"])
def written(request: pytest.FixtureRequest) -> CleanPage:
    """Return a clean page of one kind."""
    return draw_page(request.param, 8640, dpi=150)


def blurred(page: CleanPage, radius: float) -> Image:
    return np.asarray(cv2.GaussianBlur(page.image, (0, 0), radius), np.uint8)


def test_sharpness_falls_with_blur(written: CleanPage) -> None:
    radii = (0.4, 0.6, 0.8, 1.1, 1.5, 3.0, 9.0)
    measured = [judge_page(blurred(written, r), written.dpi).sharpness for r in radii]
    assert measured == sorted(measured, reverse=True)
    assert measured[0] > 0.8 > 0.4 > measured[-2]


@pytest.mark.parametrize("radius", [2.0, 4.0, 9.0, 12.0])
def test_any_strong_blur_is_told_and_never_turned(written: CleanPage, radius: float) -> None:
    image = blurred(written, radius)
    kinds = {problem.kind for problem in judge_page(image, written.dpi).problems}
    assert ProblemKind.BLURRED in kinds
    if radius == 9:  # nothing there can be read, so nothing says which way up it is
        assert place_page(Picture(pixels=image, dpi=written.dpi, is_rendered=True)).turns == 0


@pytest.mark.parametrize("radius", [0.5, 0.7])
def test_soft_print_is_not_refused(written: CleanPage, radius: float) -> None:
    assert judge_page(blurred(written, radius), written.dpi).problems == ()


def test_blurred_blank_page_is_only_blank() -> None:
    problems = judge_page(blurred(draw_page("blank", 8650), 9.0), 200).problems
    assert [problem.kind for problem in problems] == [ProblemKind.BLANK]


def test_page_askew_on_the_glass_is_taken_whole_or_found(
    scans: list[Sample], placed_scans: list[Placement]
) -> None:
    assert len(placed_scans) == len(scans)
    assert not any(place.is_uncertain for place in placed_scans)


def test_bright_page_is_not_taken_for_glare() -> None:
    page = draw_page("resultats", 8610).image
    bright = np.clip(page.astype(np.float32) * 1.05 + 20, 0, 255).astype(np.uint8)
    assert judge_page(bright, 200).problems == ()


def test_blur_is_shown_where_the_writing_is() -> None:
    page = draw_page("facture", 8660, dpi=150)
    (problem,) = judge_page(blurred(page, 2.5), 150).problems
    assert problem.kind is ProblemKind.BLURRED
    assert problem.region.top < 0.2
    assert problem.region.bottom < 0.95


def test_shake_along_the_lines_is_told() -> None:
    page = draw_page("facture", 8665, dpi=150)
    shaken = cv2.blur(page.image, (9, 1))  # strokes across stay as sharp as they were
    assert ProblemKind.BLURRED in {p.kind for p in judge_page(shaken, 150).problems}


def test_blur_that_takes_only_the_small_print_is_told() -> None:
    page = np.full((1200, 1000), 245, np.uint8)
    for row in range(8):
        cv2.putText(page, "FACTURE PAYEE", (60, 100 + 90 * row), 0, 2.4, 20, 6, cv2.LINE_AA)
    for row in range(12):
        at = (60, 840 + 28 * row)
        cv2.putText(page, "quantite prix montant total", at, 0, 0.6, 20, 1, cv2.LINE_AA)
    soft = page.copy()
    soft[800:] = cv2.GaussianBlur(page[800:], (0, 0), 1.8)
    assert ProblemKind.BLURRED not in {p.kind for p in judge_page(page, 150).problems}
    told = {p.kind: p.region for p in judge_page(soft, 150).problems}
    assert told[ProblemKind.BLURRED].bottom > 0.9


@pytest.mark.parametrize(("first", "last"), [(0.0, 0.5), (0.5, 1.0)])
def test_unsharp_part_of_a_page_is_told_where_it_lies(first: float, last: float) -> None:
    page = draw_page("resultats", 8680, dpi=150)
    height = len(page.image)
    rows = slice(round(first * height), round(last * height))
    image = page.image.copy()
    image[rows] = blurred(page, 3.0)[rows]
    (problem,) = judge_page(image, 150).problems
    assert problem.kind is ProblemKind.BLURRED
    assert first - 0.03 < problem.region.top < problem.region.bottom < last + 0.03


def test_coarse_writing_is_shown() -> None:
    page = draw_page("facture", 8670).image
    coarse = cv2.resize(page, None, fx=0.28, fy=0.28, interpolation=cv2.INTER_AREA)
    regions = [
        p.region for p in judge_page(coarse, 56).problems if p.kind is ProblemKind.LOW_RESOLUTION
    ]
    assert len(regions) == 1
    assert 0 <= regions[0].top < regions[0].bottom < 1


Told = Callable[[Image], bool]


def share_right(told: Told) -> float:
    """Return on what share of six pages, three of them bad, a judge says what Tesseract does."""
    page = draw_page("ticket", 8640, dpi=150)
    coarse = cv2.resize(page.image, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    bad = [blurred(page, 3.0), shadowed(0.5), np.asarray(coarse, np.uint8)]
    good = [page.image, blurred(page, 0.5), np.asarray(page.image * 0.6, np.uint8)]
    return float(np.mean([told(image) for image in bad] + [not told(image) for image in good]))


def test_judge_is_right_and_a_broken_one_is_not() -> None:
    assert share_right(lambda image: bool(judge_page(image, 150).problems)) == 1
    assert share_right(lambda _image: False) < 1
    assert share_right(lambda _image: True) < 1


def test_part_outside_the_picture_is_shown() -> None:
    table = np.full((400, 300, 3), 90, np.uint8)
    corners = np.array([[30, -60], [270, -60], [270, 340], [30, 340]], np.float64)
    cut = find_cut(table, corners, is_uncertain=False, turns=0)
    assert cut is not None
    assert (cut.left, cut.top, cut.right) == (0.0, 0.0, 1.0)
    assert cut.bottom == pytest.approx(60 / 400, abs=0.03)
    within = np.array([[30, 20], [270, 20], [270, 340], [30, 340]], np.float64)
    assert find_cut(table, within, is_uncertain=False, turns=0) is None


@pytest.mark.parametrize(("turns", "side"), [(0, "bottom"), (1, "left"), (2, "top")])
def test_side_with_paper_on_the_rim_is_shown_as_the_page_is_read(turns: int, side: str) -> None:
    table = np.full((400, 300, 3), 60, np.uint8)
    table[40:, 40:260] = 235
    cut = find_cut(table, None, is_uncertain=True, turns=turns)
    assert cut is not None
    strips = {
        "top": cut.bottom < 0.1,
        "bottom": cut.top > 0.9,
        "left": cut.right < 0.1,
    }
    assert [name for name, is_there in strips.items() if is_there] == [side]
