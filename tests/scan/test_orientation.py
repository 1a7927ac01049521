"""EXIF orientation: a stored frame comes out upright once, in every format that can carry it."""

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from kiosk.scan import decode
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.decode import decode_image
from kiosk.scan.limits import MAX_PIXELS
from kiosk.scan.picture import Pixels
from kiosk.scan.processed import ProcessedPage
from tests.scan.hostile import encoded, paper

TAG = 0x0112
STORED: dict[int, Image.Transpose | None] = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright frame lies in a file that says each orientation (EXIF 2.32, 4.6.4 A)."""
FORMATS: dict[str, tuple[str, str, dict[str, object]]] = {
    "jpeg": ("RGB", "JPEG", {"quality": 95, "subsampling": 0}),
    "grey jpeg": ("L", "JPEG", {"quality": 95}),
    "progressive jpeg": ("RGB", "JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
    "png": ("RGB", "PNG", {}),
    "palette png": ("P", "PNG", {}),
    "webp": ("RGB", "WEBP", {"lossless": True}),
    "tiff": ("RGB", "TIFF", {}),
    "lzw tiff": ("RGB", "TIFF", {"compression": "tiff_lzw"}),
    "jpeg in tiff": ("RGB", "TIFF", {"compression": "jpeg", "quality": 95}),
    "fax tiff": ("1", "TIFF", {"compression": "group4"}),
}


def upright_frame(width: int = 80, height: int = 112) -> Pixels:
    """Return a frame of four soft colours and no symmetry: each of the eight turns shows."""
    corners = np.array([[[0, 0, 0], [90, 200, 30]], [[255, 255, 255], [240, 40, 120]]], np.float32)
    return cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def stored(upright: Image.Image, orientation: int) -> Image.Image:
    """Return how *upright* lies in a file of that orientation."""
    turn = STORED[orientation]
    return upright.copy() if turn is None else upright.transpose(turn)


def in_mode(frame: Pixels, mode: str) -> Image.Image:
    """Return a frame in one of Pillow's modes; two levels without dots between them."""
    image = Image.fromarray(frame)
    if mode == "1":
        return image.convert("L").point(lambda value: 255 * (value > 128), mode="1")
    return image.convert(mode)


def said(orientation: int) -> Image.Exif:
    """Return EXIF data of an orientation alone."""
    exif = Image.Exif()
    exif[TAG] = orientation
    return exif


def rgb(pixels: Pixels) -> Pixels:
    """Return pixels the other way about, as whole numbers that can be subtracted."""
    return pixels[:, :, ::-1].astype(int)


def lies_like(pixels: Pixels, upright: Pixels) -> bool:
    """Tell whether *pixels* (BGR) show *upright* (RGB), and none of its other seven turns."""
    turns = {one: np.asarray(stored(Image.fromarray(upright), one)) for one in STORED}
    far = {
        orientation: float(np.abs(rgb(pixels) - turned).mean())
        for orientation, turned in turns.items()
        if turned.shape == pixels.shape
    }
    return bool(far) and min(far, key=far.__getitem__) == 1


def tiff_of_all(upright: Image.Image, orientations: Sequence[int]) -> bytes:
    """Return a TIFF that holds *upright* once for each orientation, on pages of their own."""
    pages = [stored(upright, orientation) for orientation in orientations]
    for orientation, page in zip(orientations, pages, strict=True):
        page.encoderinfo = {"tiffinfo": {TAG: orientation}}
    return encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", FORMATS)
def test_stored_frame_comes_out_upright(kind: str, orientation: int) -> None:
    mode, format_name, options = FORMATS[kind]
    upright = in_mode(upright_frame(), mode)
    image = stored(upright, orientation)
    pixels = decode_image(encoded(image, format_name, exif=said(orientation), **options)).pixels
    assert lies_like(pixels, upright_frame())
    loss = 0.0 if "quality" not in options else 2.0
    assert np.abs(rgb(pixels) - np.asarray(upright.convert("RGB"), int)).mean() <= loss


def test_every_page_of_a_tiff_is_turned_by_its_own_orientation() -> None:
    upright = upright_frame()
    content = tiff_of_all(Image.fromarray(upright), list(STORED))
    for page in range(len(STORED)):
        assert (rgb(decode_image(content, page=page).pixels) == upright).all(), page + 1


def test_large_jpeg_decoded_reduced_comes_out_upright() -> None:
    frame = np.full((5_000, 8_100), 250, np.uint8)
    frame[:2_500, :2_700] = 20  # one file, said to lie in eight ways
    assert frame.size > MAX_PIXELS
    content = encoded(Image.fromarray(frame), "JPEG", quality=60, exif=said(1))
    for orientation in STORED:
        picture = decode_image(content.replace(said(1).tobytes(), said(orientation).tobytes(), 1))
        assert picture.reduction == 2
        assert picture.grey is not None
        back = np.asarray(stored(Image.fromarray(picture.grey), orientation))[50::100, 50::100]
        assert np.abs(back.astype(int) - frame[100::200, 100::200]).mean() < 1, orientation


def test_child_lays_every_page_of_a_turned_tiff_alike(tmp_path: Path) -> None:
    upright = np.asarray(paper(320, 440)).copy()
    upright[60:90, 40:60] = (200, 30, 30)  # a mark on one side, which a mirrored page has not
    path = tmp_path / "turned.tif"
    path.write_bytes(tiff_of_all(Image.fromarray(upright), [1, 2, 5, 8]))
    with CaptureProcess() as capture:
        pages = list(capture.process(path, "turned.tif"))
    shown = []
    for page in pages:
        assert isinstance(page, ProcessedPage)
        shown.append(np.asarray(Image.open(io.BytesIO(page.preview_jpeg)).convert("RGB"), int))
    first, *others = shown
    assert np.abs(first - first[:, ::-1]).mean() > 3
    assert len(others) == 3
    for other in others:
        assert other.shape == first.shape
        assert np.abs(other - first).mean() < 1


@pytest.mark.parametrize("orientation", [2, 5, 6])
def test_second_turn_is_seen(orientation: int) -> None:
    # The harness must tell a frame that is turned twice from one that is turned once.
    turn, mirror = decode._UPRIGHT[orientation]
    pixels = np.ascontiguousarray(upright_frame()[:, :, ::-1])
    pixels = pixels if turn is None else cv2.rotate(pixels, turn)
    pixels = pixels if mirror is None else cv2.flip(pixels, mirror)
    assert not lies_like(pixels, upright_frame())
