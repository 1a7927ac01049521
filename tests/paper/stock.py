"""Paper itself: tint, fibres, faded ink, and the other side showing through."""

import cv2
import numpy as np

from tests.paper.model import CleanPage, Defect, Image
from tests.paper.tables import noise


def stock(
    page: CleanPage, rng: np.random.Generator, defects: frozenset[Defect], strength: float
) -> Image:
    """The page printed on real paper: not quite white, with fibres; faded when it is faint."""
    tint = rng.uniform(0.93, 0.98) + np.array([-0.012, 0.0, 0.004]) * float(rng.uniform(-0.4, 2))
    ink = page.image
    if "faint" in defects:
        keep = 1 - 0.86 * strength
        ink = np.asarray(cv2.convertScaleAbs(ink, alpha=keep, beta=255 * (1 - keep)), np.uint8)
    height, width = ink.shape[:2]
    fibres = noise(rng, (height // 2, width // 2), (1.5, 1.5)) * 0.004
    fibres += noise(rng, (height // 2, width // 2), (30, 24)) * 0.004
    factor = cv2.resize(1 + fibres, (width, height), interpolation=cv2.INTER_LINEAR)
    shaded = np.empty_like(ink)
    for channel in range(3):
        plane = cv2.multiply(
            ink[:, :, channel], factor, scale=float(tint[channel]), dtype=cv2.CV_8U
        )
        shaded[:, :, channel] = plane
    return shaded


def show_through(front: Image, rng: np.random.Generator) -> Image:
    """Let the print of the sheet's other side be guessed at: mirrored, soft and very pale."""
    strength = float(rng.uniform(0.0, 0.09)) if rng.random() < 0.6 else 0.0
    if strength < 0.01:
        return front
    back = cv2.flip(front, 1)
    back = np.roll(back, int(rng.integers(-60, 60)), axis=0)
    back = cv2.GaussianBlur(back, (0, 0), 1.6)
    veil = cv2.convertScaleAbs(cv2.bitwise_not(back), alpha=strength)
    return np.asarray(cv2.subtract(front, veil), dtype=np.uint8)
