"""A bent sheet of paper before a pinhole camera: from paper to image and back."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tests.paper.model import Code, Floats, Point, Quad, TextLine

Array = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bend:
    """Paper bent along one direction only, as paper bends: its surface keeps every length.

    ``slope`` is the angle in radians between sheet and table at each place of ``along`` (mm
    from the sheet's middle, in direction ``direction`` radians from its width).
    """

    direction: float
    along: Array
    slope: Array

    def place(self, x: Array, y: Array, paper_mm: tuple[float, float]) -> tuple[Array, ...]:
        """Where points of the sheet (mm from its top-left corner) lie in space, in mm.

        The origin is the table below the sheet's middle; z is the height above the table.
        """
        cos, sin = np.cos(self.direction), np.sin(self.direction)
        u, v = x - paper_mm[0] / 2, y - paper_mm[1] / 2
        s, t = u * cos + v * sin, v * cos - u * sin
        step = self.along[1] - self.along[0]
        flat = np.cumsum(np.cos(self.slope)) * step
        high = np.cumsum(np.sin(self.slope)) * step
        flat -= np.interp(0.0, self.along, flat)
        reach = (abs(paper_mm[0] * cos) + abs(paper_mm[1] * sin)) / 2
        high -= high[np.abs(self.along) <= reach].min()
        s_flat = np.interp(s, self.along, flat)
        z = np.interp(s, self.along, high)
        return s_flat * cos - t * sin, s_flat * sin + t * cos, z

    def slope_at(self, x: Array, y: Array, paper_mm: tuple[float, float]) -> Array:
        """Slope of the sheet in radians at points of it, in mm from its top-left corner."""
        u, v = x - paper_mm[0] / 2, y - paper_mm[1] / 2
        s = u * np.cos(self.direction) + v * np.sin(self.direction)
        return np.asarray(np.interp(s, self.along, self.slope))


def flat_bend() -> Bend:
    """Paper that lies flat."""
    along = np.linspace(-400.0, 400.0, 801)
    return Bend(direction=0.0, along=along, slope=np.zeros_like(along))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """A camera above a sheet: ``projection`` is 3x4, from millimetres in space to pixels."""

    projection: Array
    bend: Bend
    paper_mm: tuple[float, float]
    size: tuple[int, int]  # width, height in pixels

    def to_image(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Pixels where points of the sheet (mm from its top-left corner) are seen."""
        return self._project(*self.bend.place(x, y, self.paper_mm))

    def to_paper(self, step: int, scale_to: tuple[int, int] | None = None) -> tuple[Floats, Floats]:
        """For each pixel the place on the sheet in mm, also beyond its edges: two maps.

        Solved on every *step*-th pixel by fixed-point iteration from the flat sheet; the maps
        are for an image of *scale_to* (width, height), or of the view's own size.
        """
        width, height = self.size
        columns = np.linspace(-0.5, width - 0.5, width // step + 1)
        rows = np.linspace(-0.5, height - 0.5, height // step + 1)
        px, py = np.meshgrid(columns, rows)
        table = np.linalg.inv(self.projection[:, [0, 1, 3]])
        goal_x, goal_y = _apply(table, px, py)
        x, y = goal_x.copy(), goal_y.copy()
        half_w, half_h = self.paper_mm[0] / 2, self.paper_mm[1] / 2
        if self.bend.slope.any():
            for _ in range(14):
                seen_x, seen_y = _apply(table, *self.to_image(x + half_w, y + half_h))
                x += goal_x - seen_x
                y += goal_y - seen_y
        return (
            _spread((x + half_w).astype(np.float32), scale_to or self.size),
            _spread((y + half_h).astype(np.float32), scale_to or self.size),
        )

    def table_to_image(self) -> Array:
        """Homography from millimetres on the table (origin below the sheet's middle)."""
        homography: Array = self.projection[:, [0, 1, 3]]
        return homography

    def quads(self, quads: list[Quad], dpi: float) -> list[tuple[Point, ...]]:
        """Carry outlines from a page's pixels to the image."""
        points = np.array(quads).reshape(-1, 2) * 25.4 / dpi
        seen = np.stack(self.to_image(points[:, 0], points[:, 1]), axis=1).reshape(-1, 4, 2)
        return [tuple((float(x), float(y)) for x, y in quad) for quad in seen]

    def edge(self, per_side: int = 24) -> tuple[Point, ...]:
        """The paper's outline in the image, clockwise from its top-left corner as read."""
        width, height = self.paper_mm
        t = np.arange(per_side) / per_side
        x = np.concatenate([t * width, np.full(per_side, width), (1 - t) * width, t * 0])
        y = np.concatenate([t * 0, t * height, np.full(per_side, height), (1 - t) * height])
        xs, ys = self.to_image(x, y)
        return tuple((float(a), float(b)) for a, b in zip(xs, ys, strict=True))

    def _project(self, x: Array, y: Array, z: Array) -> tuple[Array, Array]:
        p = self.projection
        depth = p[2, 0] * x + p[2, 1] * y + p[2, 2] * z + p[2, 3]
        across = (p[0, 0] * x + p[0, 1] * y + p[0, 2] * z + p[0, 3]) / depth
        down = (p[1, 0] * x + p[1, 1] * y + p[1, 2] * z + p[1, 3]) / depth
        return across, down


def _apply(matrix: Array, x: Array, y: Array) -> tuple[Array, Array]:
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    return (
        (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth,
        (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth,
    )


def _spread(grid: Floats, size: tuple[int, int]) -> Floats:
    """Stretch a grid whose outer nodes lie on the image's outer edges to every pixel."""
    width, height = size
    rows, columns = grid.shape
    # resize() takes samples as pixel centres; these are nodes on the corners, hence the shift
    scale_x, scale_y = (columns - 1) / width, (rows - 1) / height
    shift = np.array([[scale_x, 0, 0.5 * scale_x], [0, scale_y, 0.5 * scale_y]], dtype=np.float64)
    return cv2.warpAffine(
        grid,
        shift,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # type: ignore[return-value]


def aim(
    paper_mm: tuple[float, float],
    bend: Bend,
    size: tuple[int, int],
    *,
    turn_deg: float,
    tilt_deg: tuple[float, float],
    distance: float,
    fill: float,
    offset: tuple[float, float],
) -> View:
    """Point a camera at a sheet.

    *turn_deg* turns the page clockwise in the image, *tilt_deg* leans the camera about the
    image's horizontal and vertical axis, *distance* is in diagonals of the paper, *fill* the
    part of the frame the page's bounding box takes, *offset* (−1…1) where the rest goes.
    """
    turn, lean, roll = np.radians(turn_deg), np.radians(tilt_deg[0]), np.radians(tilt_deg[1])
    about_z = np.array(
        [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    )
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]]
    )
    about_y = np.array(
        [[np.cos(roll), 0, np.sin(roll)], [0, 1, 0], [-np.sin(roll), 0, np.cos(roll)]]
    )
    towards = np.diag([1.0, 1.0, -1.0])  # height brings a point nearer to the camera
    diagonal = float(np.hypot(*paper_mm))
    move = np.array([[0.0], [0.0], [distance * diagonal]])
    bare = np.hstack([about_y @ about_x @ about_z @ towards, move])
    view = View(projection=bare, bend=bend, paper_mm=paper_mm, size=size)
    edge = np.array(view.edge())
    low, high = edge.min(axis=0), edge.max(axis=0)
    focal = fill * min(size[0] / (high[0] - low[0]), size[1] / (high[1] - low[1]))
    room = (np.array(size) - focal * (high - low)) / 2
    centre = np.array(size) / 2 + room * np.array(offset) - focal * (low + high) / 2
    inner = np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]])
    return View(projection=inner @ bare, bend=bend, paper_mm=paper_mm, size=size)


def quarter(point: Point, size: tuple[int, int], turns: int) -> Point:
    """Carry a point along when an image of *size* (width, height) is turned clockwise."""
    (x, y), (width, height) = point, size
    for _ in range(turns % 4):
        x, y = height - 1 - y, x
        width, height = height, width
    return (x, y)


def skew_of(corners: Quad) -> tuple[float, int]:
    """Skew in degrees clockwise (−45…45) of the top edge, and the quarter turn in degrees."""
    (x1, y1), (x2, y2) = corners[0], corners[1]
    angle = float(np.degrees(np.arctan2(y2 - y1, x2 - x1)))
    turns = round(angle / 90)
    return angle - 90 * turns, 90 * (turns % 4)


def carry_lines(lines: tuple[TextLine, ...], quads: list[Quad]) -> tuple[TextLine, ...]:
    """The same lines with other outlines."""
    return tuple(
        TextLine(
            text=line.text, script=line.script, is_handwritten=line.is_handwritten, outline=quad
        )
        for line, quad in zip(lines, quads, strict=True)
    )


def carry_codes(codes: tuple[Code, ...], quads: list[Quad]) -> tuple[Code, ...]:
    """The same codes with other outlines."""
    return tuple(
        Code(format=code.format, text=code.text, outline=quad)
        for code, quad in zip(codes, quads, strict=True)
    )
