"""What the sides of a page are told by: gradients and colours on a small working image."""

from dataclasses import dataclass

import cv2
import numpy as np

from kiosk.scan.picture import Floats, Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """What a side is judged by: gradients across it on a working image."""

    gx: Floats
    gy: Floats
    chroma: Floats
    colour: Floats
    ink: Pixels


def edges_of(small: Pixels) -> tuple[Edges, list[Pixels]]:
    """Return the gradient maps and the closed single-channel images lines are looked for in."""
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (3, 3), 0), cv2.COLOR_BGR2LAB)
    light, a, b = (np.ascontiguousarray(lab[:, :, i]) for i in range(3))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    closed = cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel)
    closed = cv2.medianBlur(closed, 5)
    clahe = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(closed)
    a, b = cv2.medianBlur(a, 5), cv2.medianBlur(b, 5)
    gx, gy = _gradient(closed)
    chroma = np.zeros_like(gx)
    for channel in (a, b):
        cx, cy = _gradient(channel)
        chroma = cv2.max(chroma, cv2.magnitude(cx, cy))
    spread = [clahe, closed, *(c for c in (a, b) if int(c.max()) - int(c.min()) > 12)]
    stretched = [cv2.normalize(c, None, 0, 255, cv2.NORM_MINMAX) for c in spread]  # type: ignore[call-overload]
    colour = cv2.merge([closed, a, b]).astype(np.float32)
    colour *= np.array([1.0, 1.6, 1.6], np.float32)  # a difference in hue is surer than in light
    return Edges(gx, gy, chroma, colour, cv2.subtract(closed, light)), stretched


def _gradient(channel: Pixels) -> tuple[Floats, Floats]:
    soft = cv2.GaussianBlur(channel, (0, 0), 1.0)
    gx = cv2.Scharr(soft, cv2.CV_32F, 1, 0, scale=1 / 16)
    gy = cv2.Scharr(soft, cv2.CV_32F, 0, 1, scale=1 / 16)
    return gx, gy


def along_sides(
    quads: Floats, edges: Edges, count: int, bows: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Return points along the four sides, unit normals that point inside, and what is off frame.

    With *bows*, (n, 4), the middle of each side lies that share of its length further inside.
    """
    height, width = edges.gx.shape
    quads = quads.astype(np.float32)
    side = np.roll(quads, -1, 1) - quads
    length = np.hypot(side[:, :, 0], side[:, :, 1])[:, :, None] + np.float32(1e-6)
    inward = np.stack([-side[:, :, 1], side[:, :, 0]], 2) / length
    share = ((np.arange(count, dtype=np.float32) + 0.5) / count * 0.94 + 0.03)[:, None]
    points = quads[:, :, None] + share * side[:, :, None]
    if bows is not None:
        curve = 4 * share * (1 - share)
        depth = bows.astype(np.float32)[:, :, None, None] * curve * length[:, :, None]
        points = points + depth * inward[:, :, None]
    x, y = points[..., 0], points[..., 1]
    outside = (x < 2) | (x > width - 3) | (y < 2) | (y > height - 3)
    return points, inward[:, :, None], outside


def index_of(points: Floats, shape: tuple[int, ...]) -> Floats:
    """Return the flat indices of the pixels nearest *points*, held inside the image."""
    x = np.clip(points[..., 0] + 0.5, 0, shape[1] - 1).astype(np.int32)
    y = np.clip(points[..., 1] + 0.5, 0, shape[0] - 1).astype(np.int32)
    index: Floats = y * shape[1] + x
    return index


def strength_at(at: Floats, inward: Floats, edges: Edges) -> tuple[Floats, Floats]:
    """Return how strong the edges in light and in hue are across a side, at flat indices.

    Paper is mostly lighter than what it lies on, so the other way round counts less.
    """
    gx, gy = np.take(edges.gx.ravel(), at), np.take(edges.gy.ravel(), at)
    across = gx * inward[..., 0] + gy * inward[..., 1]
    light: Floats = np.maximum(across, -0.6 * across)
    hue: Floats = 0.9 * np.take(edges.chroma.ravel(), at)
    return light, hue


def areas_of(quads: Floats) -> Floats:
    """Return (n,) areas of (n, 4, 2) quadrilaterals, positive when clockwise on the screen."""
    x, y = quads[:, :, 0], quads[:, :, 1]
    areas: Floats = 0.5 * (x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(1)
    return areas
