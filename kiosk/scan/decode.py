"""The stage that turns an encoded image into pixels, within bounds and refusing what is broken."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from kiosk.domain.errors import FileTooLargeError, UnreadableFileError
from kiosk.scan.colours import grey_curve, has_other_colours, on_curve, pixels_of
from kiosk.scan.complete import is_complete
from kiosk.scan.density import density_of, squared
from kiosk.scan.limits import (
    MAX_CONTAINER_BYTES,
    MAX_PAGES,
    MAX_PIXELS,
    MAX_REDUCIBLE_PIXELS,
    MIN_SIDE_PX,
)
from kiosk.scan.picture import Picture, Pixels

Image.MAX_IMAGE_PIXELS = None  # the bounds below are stricter, and an error instead of a warning
ImageFile.LOAD_TRUNCATED_IMAGES = False

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF")  # an MPO of a telephone opens as its JPEG
_ORIENTATION_TAG: Final = 0x0112

# EXIF 2.32, 4.6.4 A: how the stored image must be turned to stand upright.
_UPRIGHT: Final[dict[int, tuple[int | None, int | None]]] = {
    2: (None, 1),
    3: (cv2.ROTATE_180, None),
    4: (None, 0),
    5: (cv2.ROTATE_90_CLOCKWISE, 1),
    6: (cv2.ROTATE_90_CLOCKWISE, None),
    7: (cv2.ROTATE_90_COUNTERCLOCKWISE, 1),
    8: (cv2.ROTATE_90_COUNTERCLOCKWISE, None),
}
_ON_SIDE: Final = (5, 6, 7, 8)


def decode_image(content: bytes | Path, *, page: int = 0) -> Picture:
    """Decode one page of a JPEG, PNG, WebP or TIFF.

    Colours come out as sRGB, transparency on white, turned upright by EXIF, with square pixels
    where a fax has oblong ones. A JPEG above 40 Mpx is decoded at a half, a quarter or an eighth of
    its size.

    Raises:
        FileTooLargeError: Above the bounds of ``kiosk.scan.limits``, by the header alone.
        UnreadableFileError: Not such an image, damaged, or cut short.
    """
    with _named_errors(), _opened(content) as image:
        if page:
            image.seek(page)
        size = _bounded_size(image)
        density = density_of(image)
        is_on_side = image.getexif().get(_ORIENTATION_TAG, 1) in _ON_SIDE
        is_whole = page == 0 and image.size == size
        pixels = _plain_jpeg(image, content) if is_whole else None
        if pixels is None:
            image.load()
            if not is_complete(image, content):
                raise UnreadableFileError("the image data ends before the image does")
            pixels = pixels_of(image)
        # Asked again: of a TIFF Pillow turns the pixels itself while it loads, and drops the tag.
        orientation = image.getexif().get(_ORIENTATION_TAG, 1)
    turn, mirror = _UPRIGHT.get(orientation, (None, None))
    reduction = size[0] / pixels.shape[1]
    if turn is not None:
        pixels = cv2.rotate(pixels, turn)
    if mirror is not None:
        pixels = cv2.flip(pixels, mirror)
    dpi = None
    if density is not None:
        pixels, dpi = squared(pixels, density[::-1] if is_on_side else density)
    return Picture(
        pixels=_as_bgr(pixels),
        dpi=round(dpi / reduction) if dpi else None,
        reduction=reduction,
        grey=pixels if pixels.ndim == 2 else None,
    )


def count_image_pages(path: Path) -> int:
    """Return the number of pages of a TIFF; counting stops just above ``MAX_PAGES``.

    Raises:
        UnreadableFileError: Not an image that can be opened.
    """
    with _named_errors(), _opened(path) as image:
        pages = 0
        try:
            while pages <= MAX_PAGES:
                image.seek(pages)
                pages += 1
        except EOFError:
            pass  # how Pillow says that there is no such page
        return max(1, pages)


@contextmanager
def _opened(content: bytes | Path) -> Iterator[Image.Image]:
    if isinstance(content, Path) and content.stat().st_size > MAX_CONTAINER_BYTES:
        raise FileTooLargeError("the file has grown above its bound")
    file = io.BytesIO(content) if isinstance(content, bytes) else content
    with Image.open(file, formats=_FORMATS) as image:
        yield image


@contextmanager
def _named_errors() -> Iterator[None]:
    """Translate what Pillow raises on damaged files into the errors the product names."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is not worth a line of log
            yield
    except UnidentifiedImageError as error:
        raise UnreadableFileError("not a JPEG, PNG, WebP, TIFF or PDF") from error
    except Image.DecompressionBombError as error:
        raise FileTooLargeError("decodes to too many pixels") from error
    except MemoryError as error:
        raise FileTooLargeError("decoding needs more memory than a page may have") from error
    except (OSError, EOFError, SyntaxError, ValueError, TypeError, KeyError, IndexError) as error:
        # Pillow's decoders raise all of these on damaged input, depending on the format.
        raise UnreadableFileError("damaged or cut short") from error
    except (OverflowError, AttributeError, ZeroDivisionError, AssertionError) as error:
        raise UnreadableFileError("damaged") from error
    except (struct.error, zlib.error) as error:
        raise UnreadableFileError("damaged") from error


def _bounded_size(image: Image.Image) -> tuple[int, int]:
    """Return the size the header claims, and set a JPEG to decode reduced when it is large."""
    width, height = image.size
    if min(width, height) < MIN_SIDE_PX:
        raise UnreadableFileError(f"{width}x{height} px is no page")
    if width * height > MAX_PIXELS:
        if image.format not in ("JPEG", "MPO") or width * height > MAX_REDUCIBLE_PIXELS:
            raise FileTooLargeError(f"{width}x{height} px, at most {MAX_PIXELS} px are taken")
        image.draft(None, (width // 2, height // 2))
    return width, height


def _plain_jpeg(image: Image.Image, content: bytes | Path) -> Pixels | None:
    """Return a usual JPEG decoded by OpenCV, which hands its pixels over without copies.

    None for one that is progressive or anything but grey or sRGB, that OpenCV finds fault with,
    or that may end in filler: Pillow then says what is wrong.
    """
    if image.format not in ("JPEG", "MPO") or image.mode not in ("L", "RGB"):
        return None
    if image.info.get("progressive"):
        return None
    if image.mode == "RGB" and has_other_colours(image):
        return None
    encoded = content if isinstance(content, bytes) else content.read_bytes()
    channels = cv2.IMREAD_GRAYSCALE if image.mode == "L" else cv2.IMREAD_COLOR
    pixels: Pixels | None = cv2.imdecode(
        np.frombuffer(encoded, np.uint8), channels | cv2.IMREAD_IGNORE_ORIENTATION
    )
    if pixels is None or pixels.shape[1::-1] != image.size:
        return None
    corner = pixels[-4:, -4:]
    if ((corner == 127) | (corner == 128)).all():
        return None
    return on_curve(pixels, grey_curve(image)) if image.mode == "L" else pixels


def _as_bgr(pixels: Pixels) -> Pixels:
    if pixels.ndim == 3:
        return pixels
    return np.ascontiguousarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
