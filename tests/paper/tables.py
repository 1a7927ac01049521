"""Table tops a page is photographed on: BGR float32 textures of the table's plane."""

from collections.abc import Callable
from typing import Literal, get_args

import cv2
import numpy as np

from tests.paper.model import Floats

Table = Literal[
    "wood", "planks", "light", "white", "dark", "checked_cloth", "oilcloth", "stone", "tiles"
]
TABLES: tuple[Table, ...] = get_args(Table)
PX_PER_MM = 2.0
SIDE = 1200


def texture(kind: Table, rng: np.random.Generator) -> Floats:
    """A (SIDE, SIDE, 3) texture of a table top, values 0 to 255, PX_PER_MM pixels a mm."""
    return _MAKERS[kind](rng)


def noise(rng: np.random.Generator, shape: tuple[int, int], cell: tuple[float, float]) -> Floats:
    """Smooth noise of mean 0 and deviation 1 with features of *cell* (width, height) pixels."""
    rows = max(2, round(shape[0] / cell[1]) + 2)
    columns = max(2, round(shape[1] / cell[0]) + 2)
    small = rng.standard_normal((rows, columns)).astype(np.float32)
    large = cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    spread = float(large.std())
    return np.asarray(large / max(spread, 1e-6), dtype=np.float32)


def _tone(level: Floats, colour: tuple[float, float, float]) -> Floats:
    return np.asarray(level[:, :, None] * np.array(colour, dtype=np.float32), dtype=np.float32)


def _full(value: float) -> Floats:
    return np.full((SIDE, SIDE), value, dtype=np.float32)


def _grain(rng: np.random.Generator) -> Floats:
    shape = (SIDE, SIDE)
    warp = noise(rng, shape, (500, 90)) * 14 + noise(rng, shape, (160, 40)) * 4
    rows = np.arange(SIDE, dtype=np.float32)[:, None]
    rings = np.sin((rows + warp) / float(rng.uniform(5, 13)))
    fibres = noise(rng, shape, (120, 1.6)) * 0.55 + noise(rng, shape, (40, 1.2)) * 0.3
    pores = np.clip(noise(rng, shape, (26, 1.3)) - 1.7, 0, 3)
    return np.asarray(rings * 0.35 + fibres - pores * 0.9, dtype=np.float32)


def _wood(rng: np.random.Generator) -> Floats:
    colours = ((62, 112, 176), (48, 84, 140), (88, 140, 196), (40, 60, 92), (96, 150, 190))
    colour = colours[int(rng.integers(len(colours)))]
    return _tone(_full(1.0) + _grain(rng) * float(rng.uniform(0.05, 0.13)), colour)


def _planks(rng: np.random.Generator) -> Floats:
    table = _wood(rng)
    width = int(rng.uniform(130, 260))
    for start in range(0, SIDE, width):
        board = table[start : start + width]
        board *= float(rng.uniform(0.86, 1.12))
        board[:] = np.roll(board, int(rng.integers(SIDE)), axis=1)
        table[start : start + 3] *= 0.45
    return table


def _light(rng: np.random.Generator) -> Floats:
    warm = float(rng.uniform(-9, 4))
    base = float(rng.uniform(172, 206))
    level = _full(1.0) + noise(rng, (SIDE, SIDE), (300, 240)) * 0.012
    level += _grain(rng) * float(rng.choice([0.0, 0.018, 0.03]))
    return _tone(level, (base + warm, base, base - warm))


def _white(rng: np.random.Generator) -> Floats:
    base = float(rng.uniform(212, 236))
    cast = rng.normal(0, 3, 3)
    level = _full(1.0) + noise(rng, (SIDE, SIDE), (400, 400)) * 0.01
    level += noise(rng, (SIDE, SIDE), (2, 2)) * 0.006
    return _tone(level, (base + cast[0], base + cast[1], base + cast[2]))


def _dark(rng: np.random.Generator) -> Floats:
    base = float(rng.uniform(26, 62))
    cast = rng.normal(0, 5, 3)
    level = _full(1.0) + noise(rng, (SIDE, SIDE), (200, 6)) * float(rng.uniform(0.02, 0.12))
    level += noise(rng, (SIDE, SIDE), (2, 2)) * 0.05
    return _tone(level, (base + cast[0], base + cast[1], base + cast[2]))


def _checked_cloth(rng: np.random.Generator) -> Floats:
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    period = float(rng.uniform(24, 90))
    band_x = (np.sin(x * 2 * np.pi / period) > 0).astype(np.float32)
    band_y = (np.sin(y * 2 * np.pi / period) > 0).astype(np.float32)
    mix = cv2.GaussianBlur((band_x + band_y) / 2, (0, 0), 0.8)
    inks = ((40, 40, 170), (150, 70, 40), (60, 120, 50), (90, 60, 110))
    ink = np.array(inks[int(rng.integers(len(inks)))], dtype=np.float32)
    cloth = np.array((222, 230, 232), dtype=np.float32)
    woven = 1 + 0.05 * np.sin(x * 2.1) * np.sin(y * 2.1) + 0.02 * noise(rng, x.shape, (3, 3))
    folds = 1 + 0.05 * noise(rng, x.shape, (260, 420))
    colour = cloth + (ink - cloth) * mix[:, :, None] * 0.85
    return np.asarray(colour * (woven * folds)[:, :, None], dtype=np.float32)


def _oilcloth(rng: np.random.Generator) -> Floats:
    base = ((196, 214, 226), (120, 150, 96), (206, 190, 170), (70, 70, 150))
    picture = np.empty((SIDE, SIDE, 3), dtype=np.float32)
    picture[:] = base[int(rng.integers(len(base)))]
    inks = [tuple(float(c) for c in rng.uniform(30, 220, 3)) for _ in range(4)]
    for _ in range(110):
        x, y = (int(v) for v in rng.integers(0, SIDE, 2))
        radius = int(rng.integers(7, 26))
        for petal in range(5):
            angle = petal * 1.2566 + float(rng.uniform(0, 0.4))
            spot = (int(x + radius * np.cos(angle)), int(y + radius * np.sin(angle)))
            cv2.circle(picture, spot, int(radius * 0.62), inks[0], -1, cv2.LINE_AA)
        cv2.circle(picture, (x, y), radius // 2, inks[1], -1, cv2.LINE_AA)
        leaf = (int(x + rng.normal(0, 40)), int(y + rng.normal(0, 40)))
        axes = (radius, radius // 3)
        turn = float(rng.uniform(0, 180))
        cv2.ellipse(picture, leaf, axes, turn, 0, 360, inks[2], -1, cv2.LINE_AA)
    return np.asarray(picture * (1 + 0.03 * noise(rng, (SIDE, SIDE), (300, 300)))[:, :, None])


def _stone(rng: np.random.Generator) -> Floats:
    shape = (SIDE, SIDE)
    level = 1 + 0.06 * noise(rng, shape, (90, 70)) + 0.05 * noise(rng, shape, (18, 14))
    level += 0.05 * noise(rng, shape, (5, 5)) + 0.05 * noise(rng, shape, (2, 2))
    veins = np.exp(-np.abs(noise(rng, shape, (240, 180)) + 0.4 * noise(rng, shape, (40, 40))) * 26)
    level -= 0.22 * veins
    colours = ((150, 158, 164), (96, 100, 104), (190, 198, 205), (120, 140, 160))
    return _tone(np.asarray(level, np.float32), colours[int(rng.integers(len(colours)))])


def _tiles(rng: np.random.Generator) -> Floats:
    tile = int(rng.uniform(180, 420))
    level = 1 + 0.02 * noise(rng, (SIDE, SIDE), (60, 60)) + 0.015 * noise(rng, (SIDE, SIDE), (3, 3))
    offset = int(rng.integers(tile))
    for start in range(offset, SIDE, tile):
        level[start : start + 6] *= 0.7
        level[:, start : start + 6] *= 0.7
    base = float(rng.uniform(130, 215))
    return _tone(np.asarray(level, np.float32), (base - 6, base, base + 5))


_MAKERS: dict[Table, Callable[[np.random.Generator], Floats]] = {
    "wood": _wood,
    "planks": _planks,
    "light": _light,
    "white": _white,
    "dark": _dark,
    "checked_cloth": _checked_cloth,
    "oilcloth": _oilcloth,
    "stone": _stone,
    "tiles": _tiles,
}
