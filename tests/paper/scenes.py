"""How a page lies and is seen in each category of photograph: what chance may choose from."""

from dataclasses import dataclass

import numpy as np

from tests.paper.geometry import Bend, View, aim, flat_bend
from tests.paper.model import Category, CleanPage, Defect
from tests.paper.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """How hard a category is: what chance may choose from."""

    tables: tuple[Table, ...]
    tilt_deg: float
    turn_deg: float
    fill: tuple[float, float]
    unevenness: tuple[float, float]
    bend_deg: float
    fingers: tuple[int, ...]
    shadow: float
    shine: float
    clutter: float


SCENES: dict[Category, Scene] = {
    "plain": Scene(
        tables=("wood", "planks", "dark", "checked_cloth", "oilcloth", "stone", "tiles"),
        tilt_deg=14, turn_deg=9, fill=(0.74, 0.95), unevenness=(0.05, 0.3), bend_deg=2.5,
        fingers=(0,), shadow=0.0, shine=0.0, clutter=0.3,
    ),
    "hand_and_curl": Scene(
        tables=("wood", "planks", "dark", "checked_cloth", "oilcloth", "stone", "tiles", "light"),
        tilt_deg=17, turn_deg=11, fill=(0.72, 0.92), unevenness=(0.1, 0.4), bend_deg=20,
        fingers=(1, 1, 2, 3), shadow=0.15, shine=0.0, clutter=0.3,
    ),
    "low_contrast": Scene(
        tables=("white", "white", "light", "tiles"),
        tilt_deg=14, turn_deg=9, fill=(0.74, 0.94), unevenness=(0.05, 0.25), bend_deg=4,
        fingers=(0,), shadow=0.0, shine=0.0, clutter=0.3,
    ),
    "glare_and_shadow": Scene(
        tables=("wood", "planks", "dark", "checked_cloth", "stone", "tiles", "light"),
        tilt_deg=15, turn_deg=10, fill=(0.74, 0.94), unevenness=(0.25, 0.6), bend_deg=5,
        fingers=(0,), shadow=0.5, shine=0.55, clutter=0.2,
    ),
}  # fmt: skip


def frame_of(page: CleanPage, megapixels: float) -> tuple[int, int]:
    """Width and height of a 3:4 frame in pixels, upright unless the page lies across."""
    short = round((megapixels * 1e6 * 3 / 4) ** 0.5 / 48) * 48
    long = short * 4 // 3
    width, height = page.paper_mm
    return (long, short) if width > height else (short, long)


def bend_of(rng: np.random.Generator, scene: Scene, paper_mm: tuple[float, float]) -> Bend:
    """How the sheet is bent: rolled, lifted at one end, folded once or twice, or wavy."""
    bend = flat_bend()
    s, steep = bend.along, np.radians(scene.bend_deg)
    upright = rng.random() < 0.6
    direction = float((0 if upright else np.pi / 2) + rng.normal(0, 0.12 if upright else 0.08))
    half = paper_mm[0 if upright else 1] / 2
    angle = steep * float(rng.uniform(0.35, 1.0)) * float(rng.choice([-1.0, 1.0]))
    shape = str(rng.choice(["arc", "lift", "fold", "thirds", "wave"]))
    t = np.clip(s / half, -1.1, 1.1)
    if shape == "arc":
        slope = angle * t
    elif shape == "lift":
        slope = abs(angle) * 1.3 * np.clip((t - 0.25) / 0.75, 0, 1.1)
    elif shape == "fold":
        slope = angle * 0.6 * np.tanh((s - half * 0.05) / 1.5)
    elif shape == "thirds":
        slope = angle * 0.35 * (np.tanh((s + half / 3) / 1.5) + np.tanh((s - half / 3) / 1.5))
    else:
        slope = angle * 0.6 * np.sin(t * np.pi * float(rng.uniform(0.8, 1.5)) + rng.uniform(0, 6))
    return Bend(direction=direction, along=s, slope=slope)


def view_of(
    rng: np.random.Generator,
    scene: Scene,
    page: CleanPage,
    bend: Bend,
    size: tuple[int, int],
    defects: frozenset[Defect],
    strength: float,
) -> View:
    """From where the sheet is seen."""
    fill = float(rng.uniform(*scene.fill))
    offset = rng.uniform(-0.8, 0.8, 2)
    distance = float(rng.uniform(1.15, 1.9))
    turn = float(rng.normal(0, scene.turn_deg / 2.2))
    tilt = rng.normal(0, scene.tilt_deg / 2.0, 2)
    side = float(rng.choice([-1.0, 1.0]))
    if "cut_off" in defects:
        fill, offset[int(rng.integers(2))] = 1.0 + 0.22 * strength, side
    return aim(
        page.paper_mm, bend, size,
        turn_deg=float(np.clip(turn, -scene.turn_deg, scene.turn_deg)),
        tilt_deg=(
            float(np.clip(tilt[0], -scene.tilt_deg, scene.tilt_deg)),
            float(np.clip(tilt[1], -scene.tilt_deg, scene.tilt_deg)),
        ),
        distance=distance, fill=fill, offset=(float(offset[0]), float(offset[1])),
    )  # fmt: skip
