"""The pixels of a loaded image as sRGB: its colour profile applied, transparency laid on white.

A profile that is broken, too large, or not of the image's kind is passed over: the picture is worth
more than its exact colours.
"""

import io
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageCms

from kiosk.domain.errors import UnreadableFileError
from kiosk.scan.picture import Pixels

MAX_PROFILE_BYTES: Final = 8_000_000
"""Of a printing press are the largest: 3 MB."""
_SRGB: Final = ImageCms.createProfile("sRGB")
_ALIKE: Final = 2
"""Of 255: a profile that changes no colour by more is sRGB by another name."""
_STEPS: Final = (0, 32, 64, 96, 128, 160, 192, 224, 255)
_SAMPLES: Final = np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS), -1).reshape(1, -1, 3)
_RAMP: Final = np.arange(256, dtype=np.uint8).reshape(1, 256)
_WITH_ALPHA: Final = ("RGBA", "LA", "PA", "RGBa", "La")
_CANNOT: Final = (ImageCms.PyCMSError, OSError, ValueError, TypeError)
"""What LittleCMS and Pillow raise on a profile that they cannot use."""

Convert = Callable[[Image.Image], Image.Image]


def pixels_of(image: Image.Image) -> Pixels:
    """Return (height, width, 3) BGR, or (height, width) of an image without colour; uint8.

    Raises:
        UnreadableFileError: Floating point.
    """
    if image.mode == "F":
        raise UnreadableFileError("floating point pixels")
    if image.mode.startswith("I"):
        wide = np.asarray(image).astype(np.int64)
        return on_curve(np.clip(wide >> 8, 0, 255).astype(np.uint8), grey_curve(image))
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        return _bgr(_on_white(image))
    if image.mode == "L":
        return on_curve(np.asarray(image), grey_curve(image))
    if image.mode == "1":
        return np.asarray(image.convert("L"))
    return _bgr(_in_srgb(image))


def grey_curve(image: Image.Image) -> Pixels | None:
    """Return (256,) uint8: the grey in sRGB of each grey of *image*; None when they are the same.

    Of a grey profile, or of one for colours, in which a grey is a colour of three equal parts.
    """
    for mode, kind in (("L", "GRAY"), ("RGB", "RGB ")):
        convert = _conversion(image, mode, kind, is_trial=True)
        if convert is not None:
            ramp = Image.fromarray(_RAMP).convert(mode)
            curve = np.asarray(convert(ramp), np.float64).mean(2).round().astype(np.uint8)[0]
            return None if np.abs(curve - _RAMP[0].astype(int)).max() <= _ALIKE else curve
    return None


def on_curve(grey: Pixels, curve: Pixels | None) -> Pixels:
    """Return grey pixels with each grey replaced by that of *curve*."""
    return grey if curve is None else np.asarray(cv2.LUT(grey, curve), np.uint8)


def has_other_colours(image: Image.Image) -> bool:
    """Tell whether an RGB image has a profile by which its colours are not those of sRGB.

    Found by trying it, not by its name: there are other profiles that have sRGB in theirs.
    """
    convert = _conversion(image, "RGB", "RGB ", is_trial=True)
    if convert is None:
        return False
    tried = np.asarray(convert(Image.fromarray(_SAMPLES.astype(np.uint8))), int)
    return bool(np.abs(tried - _SAMPLES).max() > _ALIKE)


def _bgr(image: Image.Image) -> Pixels:
    return np.ascontiguousarray(cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2BGR), np.uint8)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return an image without transparency in RGB."""
    if image.mode == "CMYK":
        convert = _conversion(image, "CMYK", "CMYK")
        return image.convert("RGB") if convert is None else convert(image)
    if image.mode == "P":
        return _palette_in_srgb(image).convert("RGB")
    is_lab = image.mode == "LAB"  # of D50, whatever profile comes with it; Pillow asks LittleCMS
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    return rgb if is_lab else _converted(rgb, image)


def _converted(rgb: Image.Image, image: Image.Image) -> Image.Image:
    """Return *rgb*, the colours of *image* as they are, by its profile."""
    if not has_other_colours(image):
        return rgb
    convert = _conversion(image, "RGB", "RGB ")
    return rgb if convert is None else convert(rgb)


def _palette_in_srgb(image: Image.Image) -> Image.Image:
    palette = image.getpalette("RGB") or []
    convert = _conversion(image, "RGB", "RGB ")
    if convert is None or not palette:
        return image
    colours = Image.frombytes("RGB", (len(palette) // 3, 1), bytes(palette))
    changed = image.copy()
    changed.putpalette(convert(colours).tobytes(), "RGB")
    return changed


def _on_white(image: Image.Image) -> Image.Image:
    """Return an image with transparency in RGB: its colours first, then the white behind them."""
    layered = image.convert("RGBA")
    opaque = layered.getchannel("A")
    if image.mode in ("LA", "La", "L", "1"):
        grey = on_curve(np.asarray(layered.getchannel("R")), grey_curve(image))
        colours = Image.fromarray(grey).convert("RGB")
    else:
        colours = _converted(layered.convert("RGB"), image)
    colours.putalpha(opaque)
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), colours).convert("RGB")


def _conversion(
    image: Image.Image, mode: str, kind: str, *, is_trial: bool = False
) -> Convert | None:
    """Return what turns pixels of *mode* into sRGB by the profile of *image*.

    None without one, or when it is not for colours of *kind*, as ICC.1:2010 names them in table 19.
    """
    embedded = image.info.get("icc_profile")
    if not embedded or len(embedded) > MAX_PROFILE_BYTES:
        return None
    # What is made ready for millions of pixels costs more than a few hundred of them.
    flags = ImageCms.Flags.NOOPTIMIZE if is_trial else ImageCms.Flags.NONE
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(embedded))
        if profile.profile.xcolor_space != kind:
            return None
        transform = ImageCms.buildTransform(profile, _SRGB, mode, "RGB", flags=flags)
    except _CANNOT:
        return None
    return transform.apply
