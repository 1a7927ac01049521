"""The camera model: a clean page lying on a table, photographed with a phone."""

from collections.abc import Collection

import cv2
import numpy as np

from tests.paper import light
from tests.paper.clutter import strew
from tests.paper.defects import PHOTOGRAPH, checked
from tests.paper.geometry import (
    View,
    carry_codes,
    carry_lines,
    quarter,
    skew_of,
)
from tests.paper.lens import defocus, sensor_noise, shake, sharpen, through_jpeg
from tests.paper.model import (
    CATEGORIES,
    Category,
    CleanPage,
    Defect,
    Floats,
    Image,
    Point,
    Quad,
    Sample,
    Truth,
)
from tests.paper.scenes import SCENES, Scene, bend_of, frame_of, view_of
from tests.paper.stock import stock
from tests.paper.tables import PX_PER_MM, SIDE, Table, texture


def photograph(
    page: CleanPage,
    seed: int,
    category: Category = "plain",
    *,
    megapixels: float = 3.1,
    quarter_turns: int = 0,
    table: Table | None = None,
    defects: Collection[Defect] = (),
    strength: float = 1.0,
    jpeg_quality: int | None = None,
) -> Sample:
    """Photograph *page* on a table; the same arguments always give the same image.

    Args:
        page: What lies there; draw it at 200 dpi for 3 to 5 Mpx, at 300 for 12.
        seed: Chooses table, view, bend, light, fingers and noise within the category.
        category: What makes it hard.
        megapixels: Size of the frame, 3:4; 0.3 to 16.
        quarter_turns: How often the picture is then turned clockwise, as a phone held sideways
            without an EXIF orientation gives it.
        table: This table top instead of one the seed chooses.
        defects: Faults that make it a bad page.
        strength: How bad: 1 is plainly bad, 0.3 just about seen.
        jpeg_quality: Pass the image through JPEG once; None leaves the pixels as they are.

    Raises:
        ValueError: A name, size or strength outside what is listed.
    """
    wanted = checked(defects, PHOTOGRAPH, strength)
    _check(category, megapixels)
    rng = np.random.default_rng([seed, CATEGORIES.index(category), 13])
    scene = SCENES[category]
    if "low_resolution" in wanted:
        megapixels *= (1 - 0.62 * strength) ** 2
    size = frame_of(page, megapixels)
    bend = bend_of(rng, scene, page.paper_mm)
    view = view_of(rng, scene, page, bend, size, wanted, strength)
    picture = _expose(page, view, rng, scene, table, wanted, strength)
    image = _develop(picture, rng, wanted, strength, size)
    if jpeg_quality is not None:
        image = through_jpeg(image, jpeg_quality)
    image = np.ascontiguousarray(np.rot90(image, -quarter_turns))
    return Sample(image=image, truth=_truth(page, view, category, quarter_turns, wanted))


def _check(category: Category, megapixels: float) -> None:
    if category not in CATEGORIES:
        raise ValueError(f"no category {category!r}: one of {', '.join(CATEGORIES)}")
    if not 0.3 <= megapixels <= 16:
        raise ValueError(f"{megapixels} Mpx is outside 0.3 to 16")


def _expose(
    page: CleanPage,
    view: View,
    rng: np.random.Generator,
    scene: Scene,
    table: Table | None,
    defects: frozenset[Defect],
    strength: float,
) -> Floats:
    kind = table or scene.tables[int(rng.integers(len(scene.tables)))]
    plane = texture(kind, rng)
    strew(plane, page.paper_mm, rng, scene.clutter)
    picture = _table(view, plane)
    paper, mask = _paper(page, view, rng, defects, strength)
    _paper_shadow(picture, mask, rng)
    picture = np.asarray(cv2.blendLinear(paper, picture, mask, 1 - mask), dtype=np.float32)
    field = light.lamp(view.size, rng, float(rng.uniform(*scene.unevenness)))
    field *= _shading(view, rng, mask)
    _shadows(field, view, rng, scene, defects, strength)
    picture *= light.spread(field, view.size)[:, :, None]
    _shine(picture, mask, view, rng, scene, defects, strength)
    _fingers(picture, view, rng, scene)
    return picture


def _table(view: View, plane: Floats) -> Floats:
    to_mm = np.array(
        [[1 / PX_PER_MM, 0, -SIDE / 2 / PX_PER_MM], [0, 1 / PX_PER_MM, -SIDE / 2 / PX_PER_MM],
         [0, 0, 1]]
    )  # fmt: skip
    matrix = view.table_to_image() @ to_mm
    return np.asarray(
        cv2.warpPerspective(
            plane, matrix, view.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        ),
        dtype=np.float32,
    )


def _paper(
    page: CleanPage,
    view: View,
    rng: np.random.Generator,
    defects: frozenset[Defect],
    strength: float,
) -> tuple[Floats, Floats]:
    """The sheet as the camera sees it, and how far each pixel is covered by it (0…1)."""
    x_mm, y_mm = view.to_paper(8)
    width, height = page.paper_mm
    edge = np.array(view.edge())
    perimeter = float(np.hypot(*np.diff(np.vstack([edge, edge[:1]]), axis=0).T).sum())
    px_per_mm = perimeter / (2 * (width + height))
    inside = cv2.min(cv2.min(x_mm, width - x_mm), cv2.min(y_mm, height - y_mm))
    mask = np.clip(inside * px_per_mm + 0.5, 0, 1)
    source = stock(page, rng, defects, strength)
    shrink = px_per_mm * 25.4 / page.dpi
    if shrink < 0.85:  # what the lens cannot see apart must not alias
        source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.42 / shrink), dtype=np.uint8)
    scale = page.dpi / 25.4
    sheet = cv2.remap(
        source, x_mm * scale - 0.5, y_mm * scale - 0.5, cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(sheet, dtype=np.float32), np.asarray(mask, dtype=np.float32)


def _paper_shadow(picture: Floats, mask: Floats, rng: np.random.Generator) -> None:
    """The thin shadow a sheet throws on the table beside it."""
    small = cv2.resize(mask, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    reach = picture.shape[1] / 4 * float(rng.uniform(0.004, 0.014))
    angle = float(rng.uniform(0, 2 * np.pi))
    move = np.array([[1, 0, reach * np.cos(angle)], [0, 1, reach * np.sin(angle)]])
    moved = cv2.warpAffine(small, move, (small.shape[1], small.shape[0]))
    soft = cv2.GaussianBlur(moved, (0, 0), max(0.6, reach * 0.8))
    depth = float(rng.uniform(0.18, 0.45))
    full = cv2.resize(soft, (picture.shape[1], picture.shape[0]))
    picture *= (1 - depth * full)[:, :, None]


def _shading(view: View, rng: np.random.Generator, mask: Floats) -> Floats:
    """How much lighter or darker a bent sheet is where it turns to or from the lamp."""
    small = (view.size[0] // light.COARSE, view.size[1] // light.COARSE)
    x, y = view.to_paper(16, small)
    lean = float(rng.uniform(0.35, 0.8)) * float(rng.choice([-1.0, 1.0]))
    slope = view.bend.slope_at(x, y, view.paper_mm)
    facing = np.cos(slope) + lean * np.sin(slope)
    cover = cv2.resize(mask, small, interpolation=cv2.INTER_AREA)
    return np.asarray(1 + (facing - 1) * cover, dtype=np.float32)


def _shadows(
    field: Floats,
    view: View,
    rng: np.random.Generator,
    scene: Scene,
    defects: frozenset[Defect],
    strength: float,
) -> None:
    depth = scene.shadow * float(rng.uniform(0.55, 1.0))
    if "shadow" in defects:
        depth = max(depth, 0.82 * strength)
    if depth < 0.02:
        return
    middle = np.array(view.edge()).mean(axis=0) / np.array(view.size)
    centre = (float(middle[0] + rng.normal(0, 0.16)), float(middle[1] + rng.normal(0.1, 0.18)))
    if rng.random() < 0.75:
        outline = light.arm_outline(rng, centre, float(rng.uniform(0.16, 0.3)))
    else:  # the edge of a window frame or a wall
        outline = [(centre[0], -0.5), (2.0, -0.5), (2.0, 1.5), (float(rng.uniform(0, 1)), 1.5)]
    light.cast_shadow(field, outline, depth, float(rng.uniform(0.008, 0.05)))


def _shine(
    picture: Floats,
    mask: Floats,
    view: View,
    rng: np.random.Generator,
    scene: Scene,
    defects: frozenset[Defect],
    strength: float,
) -> None:
    power, reach = 200 * scene.shine * float(rng.uniform(0.3, 1.0)), float(rng.uniform(0.07, 0.16))
    if "glare" in defects:
        power, reach = max(power, 420 * strength), max(reach, 0.10 + 0.10 * strength)
    if power < 1:
        return
    middle = np.array(view.edge()).mean(axis=0) / np.array(view.size)
    centre = (float(middle[0] + rng.normal(0, 0.13)), float(middle[1] + rng.normal(0, 0.16)))
    spot = light.spread(light.glare(view.size, rng, centre, reach, power), view.size)
    picture += (spot * (0.45 + 0.55 * mask))[:, :, None]


def _fingers(picture: Floats, view: View, rng: np.random.Generator, scene: Scene) -> None:
    count = int(rng.choice(scene.fingers))
    width, height = view.paper_mm
    edge = np.array(view.edge())
    px_per_mm = float(np.hypot(*(edge[24] - edge[0]))) / width
    tone = np.array(light.SKINS[int(rng.integers(len(light.SKINS)))], dtype=np.float32)
    for _ in range(count):
        side = int(rng.choice([1, 2, 3], p=[0.35, 0.3, 0.35]))
        at, depth = float(rng.uniform(0.15, 0.85)), float(rng.uniform(8, 26))
        spots: dict[int, tuple[Point, Point]] = {
            1: ((width - depth, at * height), (width + 40, at * height + rng.uniform(-8, 26))),
            2: ((at * width, height - depth), (at * width + rng.uniform(-16, 16), height + 40)),
            3: ((depth, at * height), (-40, at * height + rng.uniform(-8, 26))),
        }
        xs, ys = view.to_image(*(np.array(axis) for axis in zip(*spots[side], strict=True)))
        reach = float(np.hypot(xs[1] - xs[0], ys[1] - ys[0]))
        towards = (float((xs[1] - xs[0]) / reach), float((ys[1] - ys[0]) / reach))
        thick = float(rng.uniform(17, 23)) * px_per_mm
        light.hold(picture, (float(xs[0]), float(ys[0])), towards, thick, tone, rng)


def _develop(
    picture: Floats,
    rng: np.random.Generator,
    defects: frozenset[Defect],
    strength: float,
    size: tuple[int, int],
) -> Image:
    unit = size[0] / 1536  # blur in pixels is given for the 3 Mpx frame
    warmth = float(rng.normal(0, 0.05))
    picture *= np.array([1 - warmth, 1.0, 1 + warmth], dtype=np.float32)
    exposure = float(rng.uniform(0.78, 1.0))
    if "too_dark" in defects:
        exposure *= 1 - 0.82 * strength
    picture *= exposure
    soft = float(rng.uniform(0.35, 0.75))
    if "blurred" in defects:
        if rng.random() < 0.5:
            soft = (1.2 + 4.2 * strength) * unit
        else:
            length = (2.0 + 13.0 * strength) * unit
            picture = shake(picture, length, float(rng.uniform(0, 180)))
    picture = defocus(picture, soft)
    level = float(rng.uniform(0.7, 2.8)) * (1.6 if "too_dark" in defects else 1.0)
    sensor_noise(picture, rng, level)
    picture = sharpen(picture, float(rng.uniform(0.1, 0.5)))
    return light.to_image(picture)


def _truth(
    page: CleanPage,
    view: View,
    category: Category,
    turns: int,
    defects: frozenset[Defect],
) -> Truth:
    def turned(points: tuple[Point, ...]) -> list[Point]:
        return [quarter(point, view.size, turns) for point in points]

    width, height = page.paper_mm
    px_w, px_h = width * page.dpi / 25.4, height * page.dpi / 25.4
    sheet: Quad = ((0.0, 0.0), (px_w, 0.0), (px_w, px_h), (0.0, px_h))
    texts, codes = [t.outline for t in page.text_lines], [c.outline for c in page.codes]
    carried = [_as_quad(turned(quad)) for quad in view.quads([sheet, *texts, *codes], page.dpi)]
    corners = carried[0]
    skew, rotated = skew_of(corners)
    x, y = np.array(corners).T
    area = 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))
    return Truth(
        kind=page.kind, corners=corners, edge=tuple(turned(view.edge())), skew_deg=skew,
        rotated_deg=rotated, paper_mm=page.paper_mm, dpi=25.4 * (area / (width * height)) ** 0.5,
        text_lines=carry_lines(page.text_lines, carried[1 : len(texts) + 1]),
        codes=carry_codes(page.codes, carried[len(texts) + 1 :]),
        category=category, defects=defects | ({"blank"} if page.kind == "blank" else set()),
    )  # fmt: skip


def _as_quad(points: list[Point]) -> Quad:
    a, b, c, d = points
    return (a, b, c, d)
