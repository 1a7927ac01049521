"""The fax code of a mask: what Pillow's own way of saving gives, byte for byte."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from kiosk.scan.fax import g4_of
from tests.paper import draw_page

_ROWS_PER_STRIP = 278
_STRIP_OFFSETS = 273
_STRIP_BYTES = 279


def saved_by_pillow(mask: npt.NDArray[np.uint8]) -> bytes:
    """Return the one strip of *mask* in a TIFF that Pillow saves."""
    file = io.BytesIO()
    tags = {_ROWS_PER_STRIP: mask.shape[0]}
    Image.fromarray(mask).convert("1").save(file, "TIFF", compression="group4", tiffinfo=tags)
    with Image.open(file) as written:
        (start,) = written.tag_v2[_STRIP_OFFSETS]  # type: ignore[attr-defined]
        (size,) = written.tag_v2[_STRIP_BYTES]  # type: ignore[attr-defined]
    return file.getvalue()[start : start + size]


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (7, 9), (33, 130), (200, 2479)])
def test_code_of_any_size_is_pillows(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(shape[1])
    noise = np.where(rng.random(shape) < 0.3, 255, 0).astype(np.uint8)
    for mask in (noise, np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)):
        assert g4_of(mask) == saved_by_pillow(mask)


def test_code_of_a_page_is_pillows() -> None:
    page = draw_page("facture", 8765).image.min(2)
    mask = np.where(page < 128, 255, 0).astype(np.uint8)
    assert g4_of(mask) == saved_by_pillow(mask)
