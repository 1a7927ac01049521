"""Ages the scan of a page: paper gone yellow, foxing, dark rims and grain."""

from typing import Final

import cv2
import numpy as np

from kiosk.scan.picture import Pixels

_YELLOWED: Final = (0.66, 0.84, 0.93)
"""What old paper gives back of blue, green and red."""
_FOXED: Final = (0.45, 0.68, 0.84)
"""The same where it is brown."""
_SPOTS: Final = 260
_GRAIN: Final = 3.0
"""Standard deviation of the grain in light levels."""


def aged(pixels: Pixels, seed: int) -> Pixels:
    """Return a scan as if its paper were decades old.

    Args:
        pixels: (height, width, 3) BGR uint8 at about 300 dpi.
        seed: Where the spots and stains lie.
    """
    rng = np.random.default_rng(seed)
    height, width = pixels.shape[:2]
    tiny = np.clip(_spots(rng, height, width) + _rims(height, width) + _stain(rng), 0, 1)
    brown = cv2.resize(tiny, (width, height), interpolation=cv2.INTER_CUBIC)[:, :, None]
    mottled = cv2.resize(
        rng.normal(1.0, 0.03, (40, 28)).astype(np.float32),
        (width, height),
        interpolation=cv2.INTER_CUBIC,
    )[:, :, None]
    yellow, fox = (np.array(c, np.float32) for c in (_YELLOWED, _FOXED))
    old = pixels * (yellow + (fox - yellow) * brown) * mottled
    grain = rng.normal(0.0, _GRAIN, (height, width, 1)).astype(np.float32)
    aged_page: Pixels = np.clip(old + grain + 0.5, 0, 255).astype(np.uint8)
    return aged_page


def _spots(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Return foxing, 0–1, at an eighth of the page: many small spots, a few large ones."""
    field = np.zeros((height // 8, width // 8), np.float32)
    for _ in range(_SPOTS):
        at = (int(rng.integers(field.shape[1])), int(rng.integers(field.shape[0])))
        radius = int(np.clip(rng.exponential(2.5), 1, 14))
        cv2.circle(field, at, radius, float(rng.uniform(0.2, 0.9)), -1)
    return cv2.GaussianBlur(field, (0, 0), 1.2)


def _rims(height: int, width: int) -> Pixels:
    """Return how far the paper has darkened from its rims, 0–1."""
    y = np.minimum(np.arange(height // 8), np.arange(height // 8)[::-1])[:, None]
    x = np.minimum(np.arange(width // 8), np.arange(width // 8)[::-1])[None]
    rims: Pixels = (0.6 * np.exp(-np.minimum(x, y) / 12.0)).astype(np.float32)
    return rims


def _stain(rng: np.random.Generator) -> float:
    """Return how brown the whole sheet is."""
    return float(rng.uniform(0.0, 0.35))
