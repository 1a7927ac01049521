"""A 64-bit perceptual fingerprint of a page, and the search for pages scanned twice."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from kiosk.scan.picture import Pixels
from kiosk.scan.shrink import shrunk_by

DUPLICATE_BITS: Final = 1
"""Fingerprints that differ in no more bits are of one page.

So strict that it tells a file taken twice rather than a sheet scanned twice: two forms of one kind
filled in by different people were seen to differ in 2 bits, two scans of one sheet in 4 to 18.
"""


def fingerprint(pixels: Pixels) -> str:
    """Return 16 hex digits: signs of the 8x8 lowest cosine terms of the page.

    Source: Zauner, *Implementation and Benchmarking of Perceptual Image Hash Functions*, 2010.
    """
    few = shrunk_by(pixels, min(1.0, 512 / max(pixels.shape[:2])))
    grey = cv2.cvtColor(few, cv2.COLOR_BGR2GRAY) if few.ndim == 3 else few
    small = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    terms = cv2.dct(small)[:9, :9].ravel()[1:65]
    bits = terms > np.median(terms)
    return f"{int(''.join('1' if b else '0' for b in bits), 2):016x}"


def find_duplicates(fingerprints: Sequence[str]) -> list[tuple[int, int]]:
    """Return (earlier, later) positions of pages that look the same."""
    values = [int(f, 16) for f in fingerprints]
    return [
        (i, j)
        for j in range(len(values))
        for i in range(j)
        if (values[i] ^ values[j]).bit_count() <= DUPLICATE_BITS
    ]
