"""Quarter turns, found without reading a letter."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from kiosk.scan.orient import find_turns
from tests.paper import KINDS, Kind, draw_page

WRITTEN = [kind for kind in KINDS if kind != "blank"]


def grey_page(kind: Kind, seed: int) -> npt.NDArray[np.uint8]:
    return cv2.cvtColor(draw_page(kind, seed).image, cv2.COLOR_BGR2GRAY).astype(np.uint8)


@pytest.mark.parametrize("kind", WRITTEN)
def test_page_is_set_upright_from_every_quarter(kind: Kind) -> None:
    upright = grey_page(kind, 8100)
    for lying in range(4):  # clockwise
        assert find_turns(np.rot90(upright, -lying)) == -lying % 4, lying


@pytest.mark.parametrize("script", ["arabic", "latin"])
def test_one_script_alone_is_enough(script: str) -> None:
    page = draw_page("feuille_de_soins", 8200)
    height, width = page.image.shape[:2]
    only = np.full((height, width), 255, np.uint8)
    grey = cv2.cvtColor(page.image, cv2.COLOR_BGR2GRAY)
    for line in page.text_lines:
        if line.script == script and not line.is_handwritten:
            corners = np.array(line.outline)
            left, top = np.maximum(corners.min(0).astype(int) - 2, 0)
            right, bottom = corners.max(0).astype(int) + 3
            only[top:bottom, left:right] = grey[top:bottom, left:right]
    for lying in range(4):
        assert find_turns(np.rot90(only, -lying)) == -lying % 4, lying


def test_page_without_writing_is_left_as_it_lies() -> None:
    assert find_turns(np.full((1200, 850), 245, np.uint8)) == 0


def test_harness_refuses_a_finder_that_never_turns() -> None:
    def never(_: npt.NDArray[np.uint8]) -> int:
        return 0

    upside_down = np.rot90(grey_page("ordonnance", 8300), 2)
    assert never(upside_down) != find_turns(upside_down)
