"""Skew of drawn pages that were turned by a known angle."""

import cv2
import numpy as np
import pytest

from kiosk.scan.deskew import measure_skew
from tests.paper import draw_page, scan


def leaning(kind: str, angle_deg: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return a page turned clockwise by *angle_deg*."""
    grey = cv2.cvtColor(draw_page(kind, 8400).image, cv2.COLOR_BGR2GRAY)  # type: ignore[arg-type]
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -angle_deg, 1)
    turned = cv2.warpAffine(grey, turn, (width, height), borderValue=(255,))
    return turned.astype(np.uint8)


@pytest.mark.parametrize("kind", ["feuille_de_soins", "facture", "ordonnance", "resultats"])
@pytest.mark.parametrize("angle_deg", [-7.3, -0.4, 0.0, 2.1])
def test_skew_is_measured_within_three_tenths(kind: str, angle_deg: float) -> None:
    assert measure_skew(leaning(kind, angle_deg)) == pytest.approx(angle_deg, abs=0.3)


def test_page_on_its_side_is_measured_too() -> None:
    assert measure_skew(np.rot90(leaning("facture", 3.0))) == pytest.approx(3.0, abs=0.3)


def test_page_without_lines_has_no_skew() -> None:
    assert measure_skew(np.full((1400, 1000), 240, np.uint8)) == 0.0


def test_large_letters_in_short_lines_are_measured() -> None:
    sample = scan(draw_page("ticket", 91_052), 91_052, 200)
    assert sample.truth.skew_deg < -1
    assert measure_skew(sample.image) == pytest.approx(sample.truth.skew_deg, abs=0.3)
