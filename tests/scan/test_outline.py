"""The outline finder against photographs whose corners are known."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from kiosk.scan.decode import decode_image
from kiosk.scan.outline import CONFIDENCE_GATE, FoundOutline, find_outline
from tests.paper import Sample
from tests.scan.conftest import overlap

Finder = Callable[[npt.NDArray[np.uint8]], FoundOutline | None]


def naive_outline(pixels: npt.NDArray[np.uint8]) -> FoundOutline | None:
    """Find the largest four-cornered contour of a Canny edge map: what the harness must refuse."""
    scale = 640 / max(pixels.shape[:2])
    grey = cv2.cvtColor(cv2.resize(pixels, None, fx=scale, fy=scale), cv2.COLOR_BGR2GRAY)
    edges = cv2.Canny(cv2.GaussianBlur(grey, (5, 5), 0), 75, 200)
    contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:5]:
        corners = cv2.approxPolyDP(contour, 0.02 * cv2.arcLength(contour, True), True)
        if len(corners) == 4:
            return FoundOutline(corners=corners.reshape(4, 2) / scale, confidence=1.0)
    return None


def measured(find: Finder, photographs: list[Sample]) -> tuple[float, list[float]]:
    """Return the mean overlap, and the overlaps of the answers that pass the gate."""
    overlaps, sure = [], []
    for sample in photographs:
        found = find(sample.image)
        overlaps.append(0.0 if found is None else overlap(found.corners, sample.truth.corners))
        if found is not None and found.confidence >= CONFIDENCE_GATE:
            sure.append(overlaps[-1])
    return float(np.mean(overlaps)), sure


@pytest.fixture(scope="module")
def ours(photographs: list[Sample]) -> tuple[float, list[float]]:
    return measured(find_outline, photographs)


def test_corners_of_photographed_pages_are_found(
    photographs: list[Sample], ours: tuple[float, list[float]]
) -> None:
    mean, sure = ours
    assert mean >= 0.97, mean
    assert len(sure) >= 0.8 * len(photographs)


def test_no_answer_above_the_gate_is_far_off(ours: tuple[float, list[float]]) -> None:
    _, sure = ours
    assert min(sure) >= 0.85


def test_harness_refuses_a_naive_finder(photographs: list[Sample]) -> None:
    mean, _ = measured(naive_outline, photographs)
    assert mean < 0.85


def test_table_without_a_page_is_not_taken_for_one() -> None:
    rng = np.random.default_rng(3)
    grain = cv2.GaussianBlur(rng.normal(110, 30, (900, 1200)).astype(np.float32), (0, 0), 3)
    table = np.clip(np.dstack([grain * 0.6, grain * 0.8, grain]), 0, 255).astype(np.uint8)
    found = find_outline(table)
    assert found is None or found.confidence < CONFIDENCE_GATE


def test_corners_run_clockwise_from_the_top_left(photographs: list[Sample]) -> None:
    found = find_outline(photographs[0].image)
    assert found is not None
    top_left, top_right, bottom_right, bottom_left = found.corners
    assert top_left[0] < top_right[0]
    assert top_right[1] < bottom_right[1]
    assert bottom_left[0] < bottom_right[0]


def test_real_photographs_of_single_sheets_are_outlined(devset: Path) -> None:
    for name in ("text3.jpg", "text5.jpg"):
        (path,) = devset.glob(f"photos/**/{name}")
        picture = decode_image(path)
        found = find_outline(picture.pixels)
        assert found is not None
        share = cv2.contourArea(found.corners.astype(np.float32)) / picture.pixels[..., 0].size
        assert found.confidence >= CONFIDENCE_GATE
        assert share > 0.5
