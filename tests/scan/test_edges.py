"""Edges of a page are found in strips: the same ones as at once, in little memory."""

import tracemalloc

import cv2
import numpy as np
import pytest

from kiosk.scan import edges
from kiosk.scan.edges import edge_slopes, measure_sharpness
from kiosk.scan.picture import Pixels

A4 = (3508, 2480)
ONE_PAGE_MB = A4[0] * A4[1] / 1e6


def grain(shape: tuple[int, int]) -> Pixels:
    noise = np.random.default_rng(1).integers(0, 255, shape, dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 1.5)


def peak_mb(page: Pixels) -> float:
    tracemalloc.start()
    try:
        assert measure_sharpness(page, 20.0) == 1.0
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", [(700, 300), (257, 64), (258, 64), (256, 64), (1, 1)])
def test_strips_show_the_edges_of_the_whole(
    shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = grain(shape)
    in_strips = edge_slopes(page)
    monkeypatch.setattr(edges, "_STRIP_ROWS", shape[0])
    np.testing.assert_allclose(in_strips, edge_slopes(page), atol=1e-6)


def test_strips_that_do_not_look_beyond_themselves_are_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = grain((700, 300))
    whole = len(edge_slopes(page))
    monkeypatch.setattr(edges, "_RIM_ROWS", 0)
    assert len(edge_slopes(page)) != whole


def test_page_without_writing_costs_a_few_copies_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    blank = np.full(A4, 230, np.uint8)
    assert peak_mb(blank) < 5 * ONE_PAGE_MB
    monkeypatch.setattr(edges, "_STRIP_ROWS", A4[0])
    assert peak_mb(blank) > 10 * ONE_PAGE_MB
