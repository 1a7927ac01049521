"""Colours come out as those of sRGB, whatever profile an image brings: held against LittleCMS."""

import io
import struct
import time

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from kiosk.scan import colours
from kiosk.scan.decode import decode_image
from kiosk.scan.picture import Pixels
from tests.scan import profiles
from tests.scan.hostile import encoded

SRGB = ImageCms.createProfile("sRGB")
GREYS = {
    "gamma 1.0": profiles.grey_of_gamma(1.0),
    "gamma 1.8": profiles.grey_of_gamma(1.8),
    "gamma 2.2": profiles.grey_of_gamma(2.2),
    "dot gain 15 %": profiles.grey_of_dot_gain(15),
    "dot gain 25 %": profiles.grey_of_dot_gain(25),
}
LOSSLESS: dict[str, dict[str, object]] = {
    "PNG": {},
    "TIFF": {"compression": "tiff_lzw"},
    "WEBP": {"lossless": True, "exact": True},
}
COLOUR_PROFILES = {
    "wide": profiles.wide_rgb(),
    "linear": profiles.wide_rgb(1.0),
    "sRGB by its name alone": profiles.wide_rgb(name="not sRGB IEC61966-2.1"),
}


def drawing(mode: str = "RGB") -> Image.Image:
    """Return a smooth picture of many colours, in one of Pillow's modes."""
    rng = np.random.default_rng(7)
    soft = cv2.GaussianBlur(rng.uniform(-400, 655, (96, 128, 3)).astype(np.float32), (0, 0), 5)
    soft = 128 + (soft - soft.mean()) * 4
    return Image.fromarray(np.clip(soft, 0, 255).astype(np.uint8)).convert(mode)


def by_little_cms(image: Image.Image, profile: bytes) -> Pixels:
    """Return the image in sRGB (RGB order) by LittleCMS alone, as whole numbers."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
    assert converted is not None
    return np.asarray(converted).astype(int)


def far(content: bytes, reference: Pixels) -> tuple[float, int]:
    """Return mean and largest difference of what is decoded from *reference*."""
    differs = np.abs(decode_image(content).pixels[:, :, ::-1].astype(int) - reference)
    return float(differs.mean()), int(differs.max())


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("name", GREYS)
def test_grey_follows_its_profile(name: str, kind: str) -> None:
    image = drawing("L")
    reference = by_little_cms(image, GREYS[name])
    content = encoded(image, kind, icc_profile=GREYS[name], **LOSSLESS[kind])
    assert far(content, reference)[1] <= 2
    assert decode_image(content).grey is not None
    if name != "gamma 2.2":
        assert np.abs(np.asarray(image)[:, :, None] - reference).mean() > 8  # it matters


@pytest.mark.parametrize("is_progressive", [False, True])
@pytest.mark.parametrize("name", GREYS)
def test_grey_jpeg_follows_its_profile(name: str, is_progressive: bool) -> None:
    content = encoded(
        drawing("L"), "JPEG", quality=95, icc_profile=GREYS[name], progressive=is_progressive
    )
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        reference = by_little_cms(image, GREYS[name])
    assert far(content, reference)[1] <= 3
    assert decode_image(content).grey is not None


def test_grey_of_sixteen_bits_follows_its_profile() -> None:
    grey = np.asarray(drawing("L"))
    wide = Image.fromarray(grey.astype(np.uint16) * 257)
    reference = by_little_cms(Image.fromarray(grey), GREYS["gamma 1.0"])
    for kind in ("PNG", "TIFF"):
        content = encoded(wide, kind, icc_profile=GREYS["gamma 1.0"])
        assert far(content, reference)[1] <= 2, kind


def test_grey_with_a_profile_for_colours_follows_it() -> None:
    grey = drawing("L")
    profile = COLOUR_PROFILES["linear"]
    reference = by_little_cms(grey.convert("RGB"), profile)
    assert far(encoded(grey, "PNG", icc_profile=profile), reference)[1] <= 2


@pytest.mark.parametrize("kind", LOSSLESS)
@pytest.mark.parametrize("name", COLOUR_PROFILES)
def test_colours_follow_their_profile(name: str, kind: str) -> None:
    image, profile = drawing(), COLOUR_PROFILES[name]
    content = encoded(image, kind, icc_profile=profile, **LOSSLESS[kind])
    reference = by_little_cms(image, profile)
    assert far(content, reference)[1] == 0
    assert np.abs(np.asarray(image).astype(int) - reference).mean() > 8


@pytest.mark.parametrize("is_progressive", [False, True])
def test_colours_of_a_jpeg_follow_their_profile(is_progressive: bool) -> None:
    profile = COLOUR_PROFILES["wide"]
    content = encoded(
        drawing(), "JPEG", quality=95, icc_profile=profile, progressive=is_progressive
    )
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert far(content, by_little_cms(image, profile)) == (0, 0)


@pytest.mark.parametrize("colours_of_palette", [16, 256])
def test_palette_follows_its_profile(colours_of_palette: int) -> None:
    profile = COLOUR_PROFILES["wide"]
    palette = drawing().quantize(colours_of_palette, dither=Image.Dither.NONE)
    reference = by_little_cms(palette.convert("RGB"), profile)
    assert far(encoded(palette, "PNG", icc_profile=profile), reference)[1] == 0
    assert far(encoded(palette, "TIFF", icc_profile=profile), reference)[1] == 0


def test_palette_with_a_clear_colour_follows_its_profile() -> None:
    profile = COLOUR_PROFILES["wide"]
    palette = drawing().quantize(32, dither=Image.Dither.NONE)
    reference = by_little_cms(palette.convert("RGB"), profile)
    reference[np.asarray(palette) == 3] = 255
    assert far(encoded(palette, "PNG", icc_profile=profile, transparency=3), reference)[1] == 0


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_colours_follow_their_profile_before_white_is_laid_behind(mode: str) -> None:
    profile = GREYS["gamma 1.0"] if mode == "LA" else COLOUR_PROFILES["wide"]
    image = drawing(mode)
    clear = np.linspace(0, 255, image.width).astype(np.uint8)[None].repeat(image.height, 0)
    plain = image.convert("L" if mode == "LA" else "RGB")
    image.putalpha(Image.fromarray(clear))
    share = clear[:, :, None] / 255
    reference = by_little_cms(plain, profile) * share + 255 * (1 - share)
    mean, most = far(encoded(image, "PNG", icc_profile=profile), reference)
    assert mean < 1
    assert most <= 2


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_inks_follow_their_profile(kind: str) -> None:
    profile = profiles.four_inks()
    content = encoded(drawing("CMYK"), kind, icc_profile=profile, quality=95)
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        reference = by_little_cms(image, profile)
        plain = np.asarray(image.convert("RGB")).astype(int)
    assert far(content, reference) == (0, 0)
    assert np.abs(plain - reference).mean() > 8


def test_lab_is_read_as_lab() -> None:
    image = drawing()
    lab = ImageCms.createProfile("LAB")
    stored = ImageCms.buildTransform(SRGB, lab, "RGB", "LAB").apply(image)
    back = ImageCms.buildTransform(lab, SRGB, "LAB", "RGB").apply(stored)
    for more in ({}, {"icc_profile": COLOUR_PROFILES["wide"]}):
        assert far(encoded(stored, "TIFF", **more), np.asarray(back).astype(int)) == (0, 0)
    assert np.abs(np.asarray(back).astype(int) - np.asarray(image)).mean() < 1.5


def test_sixteen_bits_of_colour_follow_their_profile() -> None:
    image, profile = drawing(), COLOUR_PROFILES["wide"]
    wide = np.asarray(image)[:, :, ::-1].astype(np.uint16) * 257
    png = cv2.imencode(".png", wide)[1].tobytes()
    packed = encoded(image, "PNG", icc_profile=profile)
    at = packed.index(b"iCCP") - 4
    chunk = packed[at : at + 12 + struct.unpack(">I", packed[at : at + 4])[0]]
    content = png[:33] + chunk + png[33:]
    assert far(content, by_little_cms(image, profile))[1] == 0


def broken() -> dict[str, bytes]:
    """Return profiles that are none, or not for the image that brings them."""
    whole = profiles.wide_rgb()
    many = bytearray(whole)
    many[128:132] = struct.pack(">I", 2_000_000_000)  # tags
    long = bytearray(whole)
    for entry in range(132, 132 + 12 * int.from_bytes(whole[128:132], "big"), 12):
        long[entry + 8 : entry + 12] = struct.pack(">I", 0xFFFF_FFF0)
    grid = bytearray(profiles.four_inks())
    table = grid.index(b"mft1")
    grid[table + 8 : table + 11] = bytes((15, 3, 255))  # inputs, outputs, steps of the table
    return {
        "no profile": b"not a profile",
        "nothing behind its head": whole[:128],
        "cut short": whole[: len(whole) // 2],
        "endless tags": bytes(many),
        "endless lengths": bytes(long),
        "endless table": bytes(grid),
        "of inks": profiles.four_inks(),
        "too large": whole.ljust(colours.MAX_PROFILE_BYTES + 1, b"\0"),
    }


@pytest.mark.parametrize("name", broken())
@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_broken_profile_is_passed_over(mode: str, name: str) -> None:
    image = drawing().quantize(64) if mode == "P" else drawing(mode)
    content = encoded(image, "TIFF", icc_profile=broken()[name])
    start = time.process_time()
    assert far(content, np.asarray(image.convert("RGB")).astype(int)) == (0, 0)
    assert time.process_time() - start < 2


def test_broken_profile_of_inks_is_passed_over() -> None:
    image = drawing("CMYK")
    plain = np.asarray(image.convert("RGB")).astype(int)
    for name, profile in broken().items():
        if name != "of inks":
            assert far(encoded(image, "TIFF", icc_profile=profile), plain) == (0, 0), name


def test_decoding_that_leaves_profiles_out_would_be_seen() -> None:
    for mode, profile in (("L", GREYS["gamma 1.0"]), ("RGB", COLOUR_PROFILES["wide"])):
        image = drawing(mode)
        assert far(encoded(image, "PNG"), by_little_cms(image, profile))[0] > 8
