"""Sets of samples, and samples as files."""

from collections.abc import Iterator

import cv2
import numpy as np

from tests.paper.camera import photograph
from tests.paper.draw import draw_page
from tests.paper.model import CATEGORIES, KINDS, Sample

WRITTEN = tuple(kind for kind in KINDS if kind != "blank")


def photo_set(count: int, seed: int, *, megapixels: float = 3.1) -> Iterator[Sample]:
    """Yield *count* photographs of different written pages, the categories in turn.

    One at a time, so that a set of 200 needs the memory of one. Kinds of page and categories
    change at different paces: every kind meets every category. JPEG once at 82 to 94.
    """
    rng = np.random.default_rng([seed, 19])
    for index in range(count):
        kind = WRITTEN[(index + index // len(WRITTEN)) % len(WRITTEN)]
        number = int(rng.integers(1 << 30))
        yield photograph(
            draw_page(kind, number),
            number,
            CATEGORIES[index % len(CATEGORIES)],
            megapixels=megapixels,
            jpeg_quality=int(rng.integers(82, 95)),
        )


def jpeg_bytes(sample: Sample, quality: int = 88) -> bytes:
    """The sample as a JPEG file: one channel when its three are equal."""
    image = sample.image
    blue, green, red = cv2.split(image)
    if np.array_equal(blue, green) and np.array_equal(green, red):
        image = np.asarray(green, dtype=np.uint8)
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
