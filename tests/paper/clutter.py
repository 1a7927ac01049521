"""What else lies on a counter: another paper below the page, a pen, a phone."""

import cv2
import numpy as np

from tests.paper.model import Floats, Point
from tests.paper.tables import PX_PER_MM, SIDE


def strew(
    plane: Floats, paper_mm: tuple[float, float], rng: np.random.Generator, chance: float
) -> None:
    """Lay things on a table's texture in place, each with *chance*, so that some show."""
    if rng.random() < chance:
        _other_paper(plane, paper_mm, rng)
    if rng.random() < chance:
        _pen(plane, paper_mm, rng)
    if rng.random() < chance / 2:
        _phone(plane, paper_mm, rng)


def _beside(paper_mm: tuple[float, float], rng: np.random.Generator, away: float) -> Point:
    """A place on the table *away* mm outside one of the page's sides."""
    x, y = rng.uniform(-0.5, 0.5, 2) * paper_mm
    side, sign = int(rng.integers(2)), float(rng.choice([-1.0, 1.0]))
    place = [float(x), float(y)]
    place[side] = sign * (paper_mm[side] / 2 + away)
    return (place[0], place[1])


def _rectangle(centre: Point, width: float, height: float, turn: float) -> Floats:
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (width / 2, height / 2)
    cos, sin = np.cos(turn), np.sin(turn)
    turned = corners @ np.array([[cos, sin], [-sin, cos]]) + centre
    return np.asarray(turned * PX_PER_MM + SIDE / 2, dtype=np.float32)


def _shade(plane: Floats, corners: Floats, depth: float, reach: float) -> None:
    mask = np.zeros(plane.shape[:2], dtype=np.float32)
    cv2.fillConvexPoly(mask, np.round(corners + reach).astype(np.int32), 1.0)
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), reach), dtype=np.float32)
    plane *= (1 - depth * soft)[:, :, None]


def _other_paper(plane: Floats, paper_mm: tuple[float, float], rng: np.random.Generator) -> None:
    width, height = (148.0, 210.0) if rng.random() < 0.5 else (210.0, 297.0)
    away = float(rng.uniform(-0.42, 0.2)) * width
    centre, turn = _beside(paper_mm, rng, away), float(rng.normal(0, 0.25))
    corners = _rectangle(centre, width, height, turn)
    _shade(plane, corners, 0.35, 2.5)
    level = float(rng.uniform(205, 242))
    tint = (level - 4, level, level + 3)
    cv2.fillConvexPoly(plane, np.round(corners).astype(np.int32), tint, cv2.LINE_AA)
    across, down = (corners[1] - corners[0]) / width, (corners[3] - corners[0]) / height
    for row in np.arange(18, height - 18, float(rng.uniform(7, 11))):
        start = corners[0] + across * 14 + down * float(row)
        end = start + across * float(rng.uniform(0.3, 1.0)) * (width - 28)
        ends = tuple(tuple(int(v) for v in np.round(point)) for point in (start, end))
        cv2.line(plane, ends[0], ends[1], (120, 112, 108), 2, cv2.LINE_AA)


def _pen(plane: Floats, paper_mm: tuple[float, float], rng: np.random.Generator) -> None:
    centre, turn = _beside(paper_mm, rng, float(rng.uniform(10, 30))), float(rng.uniform(0, 3.1))
    body = _rectangle(centre, 140, 9, turn)
    _shade(plane, body, 0.4, 3.0)
    inks = ((170, 60, 30), (40, 40, 45), (60, 60, 200), (210, 215, 220))
    ink = np.array(inks[int(rng.integers(len(inks)))], dtype=np.float32)
    for part, light in ((9.0, 0.75), (5.5, 1.0), (1.6, 1.45)):
        shape = _rectangle(centre, 140, part, turn)
        colour = tuple(float(c) for c in np.minimum(ink * light + 20 * (light - 0.75), 255))
        cv2.fillConvexPoly(plane, np.round(shape).astype(np.int32), colour, cv2.LINE_AA)


def _phone(plane: Floats, paper_mm: tuple[float, float], rng: np.random.Generator) -> None:
    away, turn = float(rng.uniform(38, 60)), float(rng.normal(0, 0.5))
    centre = _beside(paper_mm, rng, away)
    _shade(plane, _rectangle(centre, 74, 156, turn), 0.45, 5.0)
    for width, height, level in ((74.0, 156.0, 58.0), (71.0, 153.0, 20.0), (66.0, 140.0, 30.0)):
        shape = _rectangle(centre, width, height, turn)
        cv2.fillConvexPoly(
            plane, np.round(shape).astype(np.int32), (level, level, level), cv2.LINE_AA
        )
