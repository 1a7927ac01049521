"""What lens, sensor and file do to a picture: blur, shake, noise, sharpening, JPEG."""

import cv2
import numpy as np

from tests.paper.model import Floats, Image


def defocus(picture: Floats, radius_px: float) -> Floats:
    """Blur by the disc an out-of-focus lens makes of each point."""
    if radius_px < 0.3:
        return picture
    side = 2 * int(np.ceil(radius_px)) + 1
    y, x = np.mgrid[0:side, 0:side] - side // 2
    kernel = np.clip(radius_px + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)


def shake(picture: Floats, length_px: float, angle_deg: float) -> Floats:
    """Blur along a line: the hand moved *length_px* while the shutter was open."""
    if length_px < 1:
        return picture
    side = 2 * int(np.ceil(length_px / 2)) + 3
    kernel = np.zeros((side, side), dtype=np.float32)
    dx = np.cos(np.radians(angle_deg)) * length_px / 2
    dy = np.sin(np.radians(angle_deg)) * length_px / 2
    middle = side // 2
    for t in np.linspace(-1, 1, 8 * side):  # a line drawn by pixels would have steps
        x, y = middle + t * dx, middle + t * dy
        i, j = int(x), int(y)
        kernel[j, i] += (i + 1 - x) * (j + 1 - y)
        kernel[j, i + 1] += (x - i) * (j + 1 - y)
        kernel[j + 1, i] += (i + 1 - x) * (y - j)
        kernel[j + 1, i + 1] += (x - i) * (y - j)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)


def sensor_noise(picture: Floats, rng: np.random.Generator, level: float) -> None:
    """Add grain in place: *level* is its deviation at mid grey, of 255.

    Shot noise grows with the root of the light; colour noise is coarser, as demosaicing leaves it.
    """
    height, width = picture.shape[:2]
    grain = np.empty((height, width), dtype=np.float32)
    _randn(rng, grain, level)
    grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.55) * 1.9, dtype=np.float32)
    light = np.sqrt(np.clip(picture[:, :, 1], 4, 255) / 128)
    grain *= light
    colour = np.empty((height // 3 + 1, width // 3 + 1, 3), dtype=np.float32)
    _randn(rng, colour, level * 0.45)
    large = cv2.resize(colour, (width, height), interpolation=cv2.INTER_LINEAR)
    picture += grain[:, :, None]
    picture += large


def _randn(rng: np.random.Generator, target: Floats, deviation: float) -> None:
    """Fill *target* with normal noise; OpenCV is several times faster at it than numpy."""
    cv2.setRNGSeed(int(rng.integers(1 << 31)))
    cv2.randn(target, np.zeros((4, 1)), np.full((4, 1), deviation))


def sharpen(picture: Floats, amount: float) -> Floats:
    """The halo round every edge that a phone's own software adds."""
    soft = cv2.GaussianBlur(picture, (0, 0), 1.3)
    return np.asarray(cv2.addWeighted(picture, 1 + amount, soft, -amount, 0), np.float32)


def through_jpeg(image: Image, quality: int) -> Image:
    """What is left of *image* after it was stored as JPEG."""
    packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    flag = cv2.IMREAD_COLOR if image.ndim == 3 else cv2.IMREAD_GRAYSCALE
    return np.asarray(cv2.imdecode(packed, flag), dtype=np.uint8)
