"""What a camera over a counter sees: pages of ``tests.paper`` laid down, moved, taken away."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from kiosk.scan.picture import Pixels
from tests.paper import Kind, draw_page, photograph

HAND = 6
"""Pictures in which a hand changes the page."""


@cache
def seen(number: int) -> Pixels:
    """Return page *number* lying on the table."""
    kinds: tuple[Kind, ...] = ("feuille_de_soins", "ordonnance", "facture")
    picture = photograph(
        draw_page(kinds[number % 3], seed=40 + number), 3, "plain", megapixels=0.4
    ).image
    picture.setflags(write=False)
    return picture


@cache
def bare() -> Pixels:
    """Return the table without a page: brown, with the grain that keeps a lens honest."""
    noise = np.random.default_rng(5).normal(0, 2, (seen(0).shape[0], seen(0).shape[1], 3))
    return np.clip(np.array([70, 90, 110]) + noise, 0, 255).astype(np.uint8)


def noisy(picture: Pixels, seed: int) -> Pixels:
    """Return a picture with the noise of a cheap sensor."""
    noise = np.random.default_rng(seed).normal(0, 2.0, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def moving(picture: Pixels, pictures: int = HAND) -> list[Pixels]:
    """Return a page being pushed across the table."""
    moved = []
    for step in range(pictures):
        shift = np.array([[1, 0, 40.0 * (step - pictures)], [0, 1, 14.0 * step]])
        size = (picture.shape[1], picture.shape[0])
        moved.append(cv2.warpAffine(picture, shift, size, borderMode=cv2.BORDER_REFLECT))
    return moved


def lying(picture: Pixels, pictures: int) -> list[Pixels]:
    """Return a page lying still."""
    return [noisy(picture, step) for step in range(pictures)]


def write_sequence(folder: Path, pictures: Iterable[Pixels]) -> str:
    """Write a sequence; return the device id of a camera that shows it (25 pictures a second)."""
    folder.mkdir(exist_ok=True)
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"f{number:03d}.jpg"), picture)
    return f"camera:{folder}/f%03d.jpg"
