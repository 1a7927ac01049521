"""Light on a photographed page: lamp, shadows, glare, vignette; and the hand that holds it."""

import cv2
import numpy as np

from tests.paper.model import Floats, Image, Point

SKINS = ((126, 158, 206), (96, 132, 186), (70, 104, 158), (52, 78, 124), (140, 172, 216))
COARSE = 4  # light is soft: it is worked out on every fourth pixel


def lamp(size: tuple[int, int], rng: np.random.Generator, unevenness: float) -> Floats:
    """Brightness over the frame, mean about 1: a slope, a pool of light and the lens's fall-off.

    (height, width) at 1/COARSE of *size* (width, height).
    """
    width, height = size[0] // COARSE, size[1] // COARSE
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width - 0.5, y / height - 0.5
    angle = float(rng.uniform(0, 2 * np.pi))
    field = 1 + unevenness * (x * np.cos(angle) + y * np.sin(angle))
    cx, cy = rng.uniform(-0.5, 0.5, 2)
    reach = float(rng.uniform(0.4, 0.8))
    field += 0.5 * unevenness * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / reach**2)
    field *= 1 - float(rng.uniform(0.08, 0.28)) * (x**2 + y**2) * 2
    return np.asarray(field / field.mean(), dtype=np.float32)


def cast_shadow(field: Floats, outline: list[Point], depth: float, softness: float) -> None:
    """Darken *field* by *depth* (0…1) inside *outline* (fractions of the frame), in place.

    The edge is *softness* of the frame's width wide: a lamp is not a point.
    """
    height, width = field.shape
    points = np.array([(px * width, py * height) for px, py in outline])
    mask = np.zeros((height, width), dtype=np.float32)
    cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1.0)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.8, softness * width)), np.float32)
    field *= 1 - depth * mask


def arm_outline(rng: np.random.Generator, centre: Point, reach: float) -> list[Point]:
    """The shadow of a hand and its phone: a blob with an arm that leaves the frame."""
    count = 24
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    radii = reach * rng.uniform(0.6, 1.4, count)
    radii = (np.roll(radii, 1) + 2 * radii + np.roll(radii, -1)) / 4
    side = float(rng.choice([-1.0, 1.0]))
    points = []
    for angle, radius in zip(angles, radii, strict=True):
        x = centre[0] + float(radius * np.cos(angle))
        y = centre[1] + float(radius * np.sin(angle)) * 0.85
        if np.sin(angle) > 0.55:  # downwards the arm goes on, out of the frame
            x, y = x + side * 0.25, y + 1.2
        points.append((x, y))
    return points


def glare(
    size: tuple[int, int], rng: np.random.Generator, centre: Point, reach: float, power: float
) -> Floats:
    """Light thrown back by shiny paper, to be added: a core that burns out, and its halo.

    (height, width) at 1/COARSE of *size*; *centre* and *reach* are in fractions of the frame.
    """
    width, height = size[0] // COARSE, size[1] // COARSE
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    dx, dy = (x - centre[0] * width) / width, (y - centre[1] * height) / width
    angle, squeeze = float(rng.uniform(0, np.pi)), float(rng.uniform(1.0, 2.6))
    a = dx * np.cos(angle) + dy * np.sin(angle)
    b = (dy * np.cos(angle) - dx * np.sin(angle)) * squeeze
    square = (a**2 + b**2) / reach**2
    spot = np.exp(-(square**1.6)) + 0.35 * np.exp(-square / 4)
    return np.asarray(power * spot, dtype=np.float32)


def spread(field: Floats, size: tuple[int, int]) -> Floats:
    """A coarse field at full *size* (width, height)."""
    return np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_LINEAR), np.float32)


def hold(
    picture: Floats,
    tip: Point,
    towards: Point,
    width: float,
    tone: Floats,
    rng: np.random.Generator,
) -> None:
    """Draw a finger over *picture* in place.

    Its tip is at *tip* (pixels), it goes on in direction *towards* (a unit vector) and is *width*
    pixels thick: lit along one side, rounder at the tip, with a nail. *tone* is its skin's BGR.
    """
    ux, uy = towards
    length = 1.5 * width + _way_out(tip, towards, picture)
    corner = np.array([tip, (tip[0] + ux * length, tip[1] + uy * length)])
    reach = 1.2 * width
    low = np.maximum(np.floor(corner.min(axis=0) - reach), 0).astype(int)
    high = np.minimum(
        np.ceil(corner.max(axis=0) + reach), (picture.shape[1], picture.shape[0])
    ).astype(int)
    if (high - low).min() < 4:
        return
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    along = (x - tip[0]) * ux + (y - tip[1]) * uy
    across = (y - tip[1]) * ux - (x - tip[0]) * uy
    bend = float(rng.uniform(-0.035, 0.035)) / width
    across = across - bend * along**2
    half = width * (0.40 + 0.10 * np.clip(along / (2.2 * width), 0, 1) ** 1.3)
    half *= 1 + 0.05 * np.cos((along - 1.7 * width) / width * 2.2)
    tip_round = np.clip(1 - along / (0.62 * width), 0, 1)
    half = half * np.sqrt(np.clip(1 - tip_round**2.4, 0, 1))
    alpha = np.clip((half - np.abs(across)) / 1.4 + 0.5, 0, 1) * (along > 0)
    skin, shade = _skin(x, y, along, across, half, width, tone, rng)
    spot = picture[low[1] : high[1], low[0] : high[0]]
    under = np.asarray(cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), 0.16 * width))
    spot *= (1 - 0.42 * under)[:, :, None]
    colour = skin * shade[:, :, None]
    spot += (colour - spot) * alpha[:, :, None].astype(np.float32)


def _way_out(tip: Point, towards: Point, picture: Floats) -> float:
    """How far it is from *tip* in direction *towards* to the edge of the picture."""
    ways = []
    for place, step, limit in zip(tip, towards, (picture.shape[1], picture.shape[0]), strict=True):
        if abs(step) > 1e-6:
            ways.append(((limit if step > 0 else 0) - place) / step)
    return max(0.0, min(ways))


def _skin(
    x: Floats,
    y: Floats,
    along: Floats,
    across: Floats,
    half: Floats,
    width: float,
    tone: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    skin = np.empty((*x.shape, 3), dtype=np.float32)
    skin[:] = tone
    round_part = np.clip(across / np.maximum(half, 1), -1, 1)
    side = float(rng.choice([-1.0, 1.0]))
    shade = 0.62 + 0.42 * np.sqrt(1 - round_part**2) + 0.14 * side * round_part
    shade += rng.standard_normal(x.shape).astype(np.float32) * 0.012
    for crease in (1.75, 1.9, 3.4, 3.55):
        fold = np.exp(-(((along - crease * width + 0.1 * across) / (0.035 * width)) ** 2))
        shade -= 0.10 * fold
    redder = np.exp(-((along / (0.8 * width)) ** 2))
    skin[:, :, 2] += 10 * redder
    skin[:, :, 0] -= 5 * redder
    nail_a, nail_b = (along - 0.52 * width) / (0.40 * width), across / (0.27 * width)
    square = nail_a**4 + np.abs(nail_b) ** 2.6
    nail = np.clip((1 - square) * 5, 0, 1)
    rim = np.exp(-(((square - 1) / 0.22) ** 2))
    pink = np.minimum(tone * 0.55 + np.array((112, 116, 134), dtype=np.float32), 240)
    skin += (pink - skin) * (nail * 0.75)[:, :, None]
    shade = shade - 0.10 * rim + 0.06 * nail * np.exp(-((across / (0.1 * width)) ** 2))
    return np.asarray(skin, np.float32), np.asarray(shade, np.float32)


def to_image(picture: Floats) -> Image:
    """Round to bytes; what is too bright burns out."""
    return np.asarray(cv2.convertScaleAbs(np.maximum(picture, 0)), dtype=np.uint8)
