"""Resolution: what a file says is believed within bounds, and oblong pixels are made square."""

import struct

import cv2
import numpy as np
import pytest
from PIL import Image

from kiosk.scan.decode import decode_image
from kiosk.scan.limits import MAX_PIXELS
from kiosk.scan.page import process_picture
from kiosk.scan.picture import Pixels
from tests.scan.hostile import encoded, paper
from tests.scan.test_orientation import TAG, said, stored

DENSITIES = [(204, 98), (204, 196), (200, 100), (98, 204), (300, 150)]
RING = (0.22, 0.22, 1.06, 1.06)
"""Left, top, width and height of it, in inches."""
KINDS: dict[str, tuple[str, dict[str, object]]] = {
    "fax": ("TIFF", {"compression": "group4"}),
    "tiff": ("TIFF", {"compression": "tiff_lzw"}),
    "jpeg": ("JPEG", {"quality": 95}),
    "png": ("PNG", {}),
}


def ring(dpi: float = 200) -> Pixels:
    """Return a ring, nearer to the top than to the sides, on paper with square pixels."""
    sheet = np.full((round(2 * dpi), round(1.5 * dpi)), 255, np.uint8)
    middle = round(0.75 * dpi), round(0.75 * dpi)
    cv2.circle(sheet, middle, round(0.5 * dpi), (0,), max(2, round(0.06 * dpi)))
    return sheet


def with_density(density: tuple[float, float], mode: str = "L") -> Image.Image:
    """Return the ring as a device of *density*, across and along, sees it."""
    fine = ring(600)
    size = round(fine.shape[1] * density[0] / 600), round(fine.shape[0] * density[1] / 600)
    seen = Image.fromarray(fine).resize(size, Image.Resampling.BOX)
    return seen.point(lambda value: 255 * (value > 128), mode="1") if mode == "1" else seen


def spans_in(pixels: Pixels, dpi: int) -> tuple[float, float, float, float]:
    """Return left, top, width and height of what is inked, in inches."""
    left, top, width, height = cv2.boundingRect((pixels[:, :, 0] < 128).astype(np.uint8))
    return left / dpi, top / dpi, width / dpi, height / dpi


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("kind", KINDS)
def test_oblong_pixels_become_square(kind: str, density: tuple[int, int]) -> None:
    format_name, options = KINDS[kind]
    image = with_density(density, "1" if kind == "fax" else "L")
    picture = decode_image(encoded(image, format_name, dpi=density, **options))
    assert picture.dpi == max(density)
    height, width = picture.pixels.shape[:2]
    assert height / width == pytest.approx(4 / 3, abs=0.01)
    assert spans_in(picture.pixels, picture.dpi) == pytest.approx(
        (0.22, 0.22, 1.06, 1.06), abs=0.03
    )
    assert picture.grey is not None


@pytest.mark.parametrize("orientation", [3, 5, 6])
@pytest.mark.parametrize("kind", ["tiff", "jpeg", "png"])
def test_density_is_that_of_the_image_as_stored(kind: str, orientation: int) -> None:
    format_name, options = KINDS[kind]
    on_its_side = orientation > 4
    density = (98, 204) if on_its_side else (204, 98)  # of the file, whose rows may be columns
    image = stored(with_density((204, 98)), orientation)
    exif = {"tiffinfo": {TAG: orientation}} if kind == "tiff" else {"exif": said(orientation)}
    picture = decode_image(encoded(image, format_name, dpi=density, **exif, **options))
    assert picture.dpi == 204
    assert spans_in(picture.pixels, 204) == pytest.approx(RING, abs=0.03)


@pytest.mark.parametrize(
    "density", [(300, 1), (1, 300), (1200, 97), (72, 96), (96, 72), (65_535, 300), (0, 204)]
)
@pytest.mark.parametrize("kind", ["tiff", "jpeg"])
def test_density_that_cannot_be_changes_nothing(kind: str, density: tuple[int, int]) -> None:
    format_name, options = KINDS[kind]
    image = Image.fromarray(ring())
    picture = decode_image(encoded(image, format_name, dpi=density, **options))
    assert picture.pixels.shape == (400, 300, 3)
    assert picture.dpi is None


def test_density_of_no_number_changes_nothing() -> None:
    content = bytearray(encoded(Image.fromarray(ring()), "TIFF", dpi=(204, 98)))
    for tag in (282, 283):  # XResolution, YResolution: rationals of nothing by nothing
        entry = content.index(struct.pack("<HHI", tag, 5, 1))
        at = int.from_bytes(content[entry + 8 : entry + 12], "little")
        content[at : at + 8] = bytes(8)
    picture = decode_image(bytes(content))
    assert picture.pixels.shape == (400, 300, 3)
    assert picture.dpi is None


def test_squared_image_stays_within_bounds() -> None:
    page = Image.new("1", (6_000, 6_000), 1)
    content = encoded(page, "TIFF", compression="group4", dpi=(400, 200))
    picture = decode_image(content)
    assert picture.pixels.shape == (6_000, 3_000, 3)
    assert picture.dpi == 200
    assert picture.pixels[..., 0].size <= MAX_PIXELS


def test_fax_page_is_kept_in_the_shape_of_its_paper() -> None:
    sheet = paper(1_687, 2_386, "L").resize((1_687, 1_146), Image.Resampling.BOX)  # A4
    fax = sheet.point(lambda value: 255 * (value > 128), mode="1")
    content = encoded(fax, "TIFF", compression="group4", dpi=(204, 98))
    page = process_picture(decode_image(content), source="fax.tif", index=1).page
    assert page.height_px / page.width_px == pytest.approx(297 / 210, rel=0.01)
    assert page.dpi == 204
