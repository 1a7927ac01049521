"""The stages that take a line or two to prove: shape of the sheet, whole pages."""

import cv2
import numpy as np
import pytest

from kiosk.scan import rectify
from kiosk.scan.devices import list_devices
from kiosk.scan.picture import Picture
from kiosk.scan.shrink import enlarged, halved
from kiosk.scan.whole import is_whole_page
from tests.paper import Sample, draw_page


def test_photographed_paper_keeps_its_aspect(photographs: list[Sample]) -> None:
    for sample in photographs:
        width_mm, height_mm = sample.truth.paper_mm
        frame = (sample.image.shape[1], sample.image.shape[0])
        sheet = rectify.shape_of_photograph(np.array(sample.truth.corners), frame)
        aspect = sheet.height_px / sheet.width_px
        assert aspect == pytest.approx(height_mm / width_mm, rel=0.15), sample.truth.kind


@pytest.mark.parametrize(
    ("size", "dpi"), [((2480, 3508), 300), ((1754, 1240), 150), ((1748, 2480), 300)]
)
def test_scan_that_gives_no_dpi_is_a_known_paper(size: tuple[int, int], dpi: int) -> None:
    assert rectify.shape_of_scan(*size, None).dpi == dpi


def test_fine_scan_comes_down_to_300_dpi() -> None:
    sheet = rectify.shape_of_scan(4960, 7016, 600)
    assert (sheet.width_px, sheet.height_px, sheet.dpi) == (2480, 3508, 300)


@pytest.mark.parametrize("turns", range(4))
def test_quarter_turns_move_pixels_as_numpy_does(turns: int) -> None:
    image = np.random.default_rng(0).integers(0, 255, (60, 40, 3), np.uint8)
    sheet = rectify.Sheet(width_px=40, height_px=60, dpi=100)
    matrix, turned = rectify.matrix_of_quarter_turns(turns, sheet)
    flat = rectify.lay_flat(image, matrix, turned)
    expected = np.rot90(image, -turns)
    assert flat.shape == expected.shape
    assert np.abs(flat[2:-2, 2:-2].astype(int) - expected[2:-2, 2:-2]).mean() < 60


def test_photographs_are_not_whole_pages(photographs: list[Sample]) -> None:
    assert not any(is_whole_page(Picture(pixels=sample.image)) for sample in photographs)


def test_drawn_page_is_a_whole_page() -> None:
    assert is_whole_page(Picture(pixels=draw_page("facture", 1).image))


@pytest.mark.parametrize("shape", [(40, 30), (41, 30), (40, 31), (163, 121), (170, 127)])
@pytest.mark.parametrize("halvings", [0, 1, 2])
def test_map_is_enlarged_to_where_its_marks_were(shape: tuple[int, int], halvings: int) -> None:
    rng = np.random.default_rng(halvings)
    marks = rng.integers(0, 4, shape, np.uint8)
    for _ in range(halvings):
        marks = halved(marks)
    fine = enlarged(marks, shape)
    assert fine.shape == shape
    down, across = (np.arange(side) // 2**halvings for side in shape)
    last = np.array(marks.shape) - 1
    rows, columns = np.minimum(down, last[0]), np.minimum(across, last[1])
    assert (fine == marks[rows][:, columns]).all()


def test_files_are_the_only_device_yet() -> None:
    assert [device.id for device in list_devices()] == ["files"]


def test_black_on_white_is_a_whole_page_whatever_is_on_it() -> None:
    page = np.full((1300, 1000), 255, np.uint8)
    page[200:800, 150:700] = 0  # a dark picture on a fax, which is no sheet of paper
    fax = Picture(pixels=cv2.cvtColor(page, cv2.COLOR_GRAY2BGR), grey=page)
    assert is_whole_page(fax)
    page[0, 0] = 128
    assert not is_whole_page(Picture(pixels=fax.pixels, grey=page))
