"""Decoding: what comes out upright and in sRGB, and what is refused cheaply."""

import contextlib
import io
import resource
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from kiosk.domain.errors import FileTooLargeError, UnreadableFileError, WaslError
from kiosk.scan.decode import decode_image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(width: int = 160, height: int = 120, mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(1)
    return Image.fromarray(rng.integers(0, 255, (height, width, 3), np.uint8)).convert(mode)


def png_of(head: bytes, rows: bytes) -> bytes:
    """Return a PNG of a header and its compressed rows."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def png_header(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it is large, its rows compressed to nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return png_of(head, zlib.compress(bytes(1_000_000)))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_lossless_pixels_come_out_as_they_went_in(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    image = noise()
    picture = decode_image(encoded(image, kind, **options))
    assert (picture.pixels[:, :, ::-1] == np.asarray(image)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_page_is_upright_by_its_exif_orientation(orientation: int) -> None:
    upright = np.full((90, 60), 255, np.uint8)
    upright[:30, :20] = 0  # a dark corner, top left
    turns: dict[int, Callable[[Any], Any]] = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: np.transpose,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a.T, 2),
        8: lambda a: np.rot90(a, -1),
    }
    back = turns[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(back(upright)))
    pixels = decode_image(encoded(stored, "JPEG", exif=exif, quality=95)).pixels
    assert pixels.shape == (90, 60, 3)
    assert pixels[5:25, 5:15].max() < 60
    assert pixels[40:, 30:].min() > 200


def test_colours_follow_the_embedded_profile() -> None:
    red = Image.new("LAB", (64, 64), (136, 208, 195))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    content = encoded(red, "TIFF", icc_profile=lab)
    blue, green, strong = decode_image(content).pixels[10, 10]
    assert strong > 120 > max(blue, green)


def test_cmyk_comes_out_as_colour() -> None:
    content = encoded(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG", quality=95)
    blue, green, red = decode_image(content).pixels[5, 5]
    assert red > 180 > max(blue, green)


def test_sixteen_bits_come_down_to_eight() -> None:
    wide = Image.fromarray(np.full((40, 40), 40_000, np.uint16))
    assert decode_image(encoded(wide, "PNG")).pixels[0, 0, 0] == 40_000 >> 8


def test_transparency_lies_on_white() -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert (decode_image(encoded(clear, "PNG")).pixels == 255).all()
    palette = noise(mode="P")
    assert decode_image(encoded(palette, "PNG", transparency=0)).pixels.shape == (120, 160, 3)


def test_resolution_is_taken_when_believable() -> None:
    assert decode_image(encoded(noise(), "JPEG", dpi=(300, 300))).dpi == 300
    assert decode_image(encoded(noise(), "JPEG", dpi=(72, 72))).dpi is None


def test_large_jpeg_is_decoded_reduced() -> None:
    page = Image.new("L", (9_000, 6_000), 250)
    picture = decode_image(encoded(page, "JPEG", quality=30))
    assert picture.reduction == pytest.approx(2.0)
    assert picture.pixels.shape == (3_000, 4_500, 3)


@pytest.mark.parametrize("keep", [0.05, 0.3, 0.8, 0.99])
def test_truncated_jpeg_is_refused(keep: float) -> None:
    content = encoded(noise(640, 480), "JPEG", quality=85)
    with pytest.raises(UnreadableFileError):
        decode_image(content[: int(len(content) * keep)])


def test_truncated_jpeg_with_an_end_mark_is_refused() -> None:
    content = encoded(noise(640, 480), "JPEG", quality=85)
    with pytest.raises(UnreadableFileError):
        decode_image(content[: len(content) // 2] + b"\xff\xd9")


def test_jpeg_whose_header_lies_is_refused() -> None:
    content = bytearray(encoded(noise(640, 480), "JPEG", quality=85))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 7] = (4_000).to_bytes(2, "big")  # claims 4000 rows, has 480
    with pytest.raises(UnreadableFileError):
        decode_image(bytes(content))


def test_gigabyte_png_is_refused_before_it_is_decoded() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileTooLargeError):
        decode_image(png_header(20_000, 17_000))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KB


def test_tiff_bomb_is_refused() -> None:
    content = bytearray(encoded(Image.new("L", (64, 64)), "TIFF"))
    start = int.from_bytes(content[4:8], "little") + 2
    for entry in range(start, start + 12 * content[start - 2], 12):
        if int.from_bytes(content[entry : entry + 2], "little") in (256, 257):  # width, length
            content[entry + 8 : entry + 10] = (60_000).to_bytes(2, "little")
    with pytest.raises(FileTooLargeError):
        decode_image(bytes(content))


def test_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.jpg"
    path.write_text("Bonjour, ceci n'est pas une image.\n" * 40)
    with pytest.raises(UnreadableFileError):
        decode_image(path)


@pytest.mark.parametrize("orientation", [0, 9, 255, 65_535])
def test_orientation_that_cannot_be_changes_nothing(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(noise(), "JPEG", exif=exif, quality=95)
    assert decode_image(content).pixels.shape == (120, 160, 3)


def test_orientation_of_another_type_changes_nothing() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    said = exif.tobytes()
    odd = said.replace(b"\x12\x01\x03\x00", b"\x12\x01\x02\x00")  # a text, not a number
    odd = odd.replace(b"\x01\x12\x00\x03", b"\x01\x12\x00\x02")
    assert odd != said
    assert decode_image(encoded(noise(), "JPEG", exif=said)).pixels.shape == (160, 120, 3)
    assert decode_image(encoded(noise(), "JPEG", exif=odd)).pixels.shape == (120, 160, 3)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_animation_is_its_first_picture(kind: str) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue", "lime")]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    blue, green, red = decode_image(content).pixels[30, 30]
    assert red > 240 > 20 > max(blue, green)


def test_fax_keeps_black_and_white() -> None:
    fax = noise(mode="L").point(lambda value: 255 * (value > 128), mode="1")
    pixels = decode_image(encoded(fax, "TIFF", compression="group4")).pixels
    assert (pixels[:, :, 0] == np.asarray(fax.convert("L"))).all()


def test_sixteen_bits_of_colour_come_down_to_eight() -> None:
    head = struct.pack(">IIBBBBB", 40, 40, 16, 2, 0, 0, 0)
    rows = (b"\0" + b"\x9c\x40\x10\x00\xff\xff" * 40) * 40
    picture = decode_image(png_of(head, zlib.compress(rows)))
    assert tuple(picture.pixels[0, 0]) == (0xFF, 0x10, 0x9C)


def test_floating_point_is_refused() -> None:
    with pytest.raises(UnreadableFileError):
        decode_image(encoded(Image.new("F", (64, 64), 0.5), "TIFF"))


def test_damaged_profile_is_passed_over() -> None:
    content = encoded(Image.new("RGB", (64, 64), "red"), "PNG", icc_profile=b"not a profile")
    assert tuple(decode_image(content).pixels[0, 0]) == (0, 0, 255)


@pytest.mark.parametrize("is_interlaced", [False, True])
def test_png_whose_rows_end_early_is_refused(is_interlaced: bool) -> None:
    head = struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, is_interlaced)
    whole = 64 * 65 if not is_interlaced else 64 * 64 + sum((8, 8, 8, 16, 16, 32, 32))
    black = png_of(head, zlib.compress(bytes(whole)))
    assert not decode_image(black).pixels.any()
    for missing in (1, 65, whole // 2):
        with pytest.raises(UnreadableFileError):
            decode_image(png_of(head, zlib.compress(bytes(whole - missing))))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_png_with_one_changed_bit_is_refused(share: float) -> None:
    content = bytearray(encoded(noise(), "PNG"))
    rows = content.index(b"IDAT") + 4
    content[rows + int((len(content) - rows - 20) * share)] ^= 4
    with pytest.raises(UnreadableFileError):
        decode_image(bytes(content))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_progressive_jpeg_without_its_last_scans_is_refused(mode: str) -> None:
    content = encoded(noise(320, 240, mode), "JPEG", progressive=True)
    assert decode_image(content).pixels.shape == (240, 320, 3)
    scan = len(content)
    while (scan := content.rfind(b"\xff\xda", 0, scan)) > content.index(b"\xff\xda"):
        with pytest.raises(UnreadableFileError):
            decode_image(content[:scan] + b"\xff\xd9")


@given(st.data())
def test_damaged_image_gives_pixels_or_a_named_error(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF"]))
    content = bytearray(encoded(noise(64, 48), kind))
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(WaslError):
        assert decode_image(bytes(content)).pixels.dtype == np.uint8


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_usual_jpeg_decodes_to_the_pixels_pillow_gives(mode: str) -> None:
    rng = np.random.default_rng(5)
    soft = cv2.GaussianBlur(rng.uniform(0, 255, (300, 200, 3)).astype(np.float32), (0, 0), 6)
    file = io.BytesIO()
    Image.fromarray(soft.astype(np.uint8)).convert(mode).save(file, "JPEG", quality=90)
    picture = decode_image(file.getvalue())
    expected = np.asarray(Image.open(file).convert("RGB"))[:, :, ::-1]
    assert np.abs(picture.pixels.astype(int) - expected).max() <= 1
    assert (picture.grey is not None) == (mode == "L")
