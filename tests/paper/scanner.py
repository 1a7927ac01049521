"""The scanner model: a clean page on the glass of a flatbed or through a sheet feeder."""

from collections.abc import Collection

import cv2
import numpy as np

from tests.paper.defects import SCAN, checked
from tests.paper.geometry import Array, carry_codes, carry_lines, quarter
from tests.paper.lens import defocus, sensor_noise, through_jpeg
from tests.paper.light import to_image
from tests.paper.model import CleanPage, Defect, Floats, Point, Quad, Sample, Truth
from tests.paper.stock import show_through, stock
from tests.paper.tables import noise


def scan(
    page: CleanPage,
    seed: int,
    dpi: int = 200,
    *,
    skew_deg: float | None = None,
    quarter_turns: int = 0,
    is_colour: bool = True,
    margin_mm: float | None = None,
    defects: Collection[Defect] = (),
    strength: float = 1.0,
    jpeg_quality: int | None = None,
) -> Sample:
    """Scan *page*; the same arguments always give the same image.

    Args:
        page: What lies on the glass.
        seed: Chooses skew, lid, dust, show-through and noise.
        dpi: Resolution of the scan, 75 to 400.
        skew_deg: How far the page lies turned clockwise, −20 to 20; None: within −4 to 4.
        quarter_turns: How often the image is then turned clockwise; 2 is upside down.
        is_colour: False gives grey: three equal channels, stored as one by ``jpeg_bytes``.
        margin_mm: Lid seen round the page's bounding box; None: 2 to 9. Less than 0 crops the
            page, as a flatbed set to the paper's size does with a skewed page.
        defects: Faults that make it a bad page; ``glare`` does not happen in a scanner.
        strength: How bad: 1 is plainly bad, 0.3 just about seen.
        jpeg_quality: Pass the image through JPEG once; None leaves the pixels as they are.

    Raises:
        ValueError: A name, resolution, skew or strength outside what is listed.
    """
    wanted = checked(defects, SCAN, strength)
    _check(dpi, skew_deg)
    rng = np.random.default_rng([seed, 17])
    skew = float(rng.uniform(-4, 4)) if skew_deg is None else skew_deg
    margin = float(rng.uniform(2, 9)) if margin_mm is None else margin_mm
    if "low_resolution" in wanted:
        dpi = max(40, round(dpi * (1 - 0.68 * strength)))
    matrix, size = _lay(page, dpi, skew, margin)
    if "cut_off" in wanted:
        matrix, size = _cut(matrix, size, strength, rng)
    picture = _expose(page, matrix, size, dpi, rng, wanted, strength)
    image = to_image(picture)
    if not is_colour:
        image = np.asarray(
            cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8
        )
    if jpeg_quality is not None:
        image = through_jpeg(image, jpeg_quality)
    image = np.ascontiguousarray(np.rot90(image, -quarter_turns))
    return Sample(image=image, truth=_truth(page, matrix, size, dpi, skew, quarter_turns, wanted))


def _check(dpi: int, skew_deg: float | None) -> None:
    if not 75 <= dpi <= 400:
        raise ValueError(f"{dpi} dpi is outside 75 to 400")
    if skew_deg is not None and not -20 <= skew_deg <= 20:
        raise ValueError(f"a skew of {skew_deg} degrees is outside -20 to 20")


def _lay(page: CleanPage, dpi: int, skew: float, margin: float) -> tuple[Array, tuple[int, int]]:
    """The map from page pixels to scan pixels (2x3), and the scan's width and height."""
    scale = dpi / page.dpi
    cos, sin = np.cos(np.radians(skew)) * scale, np.sin(np.radians(skew)) * scale
    height, width = page.image.shape[:2]
    across, down = width * cos + height * abs(sin), width * abs(sin) + height * cos
    edge = margin * dpi / 25.4
    size = (round(across + 2 * edge), round(down + 2 * edge))
    shift_x = size[0] / 2 - (width * cos - height * sin) / 2
    shift_y = size[1] / 2 - (width * sin + height * cos) / 2
    return np.array([[cos, -sin, shift_x], [sin, cos, shift_y]]), size


def _cut(
    matrix: Array, size: tuple[int, int], strength: float, rng: np.random.Generator
) -> tuple[Array, tuple[int, int]]:
    """Put the page too far over one side of the glass."""
    moved, part = matrix.copy(), 0.06 + 0.14 * strength
    side = int(rng.integers(4))
    moved[side % 2, 2] += (1 if side < 2 else -1) * part * size[side % 2]
    return moved, size


def _expose(
    page: CleanPage,
    matrix: Array,
    size: tuple[int, int],
    dpi: int,
    rng: np.random.Generator,
    defects: frozenset[Defect],
    strength: float,
) -> Floats:
    scale = dpi / page.dpi
    source = show_through(stock(page, rng, defects, strength), rng)
    if scale < 0.85:
        source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.42 / scale), dtype=np.uint8)
    centred = matrix.copy()
    centred[:, 2] += 0.5 * (matrix[:, 0] + matrix[:, 1]) - 0.5  # pixel edges to pixel centres
    sheet = cv2.warpAffine(
        source, centred, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    whole = np.full(page.image.shape[:2], 255, dtype=np.uint8)
    cover = cv2.warpAffine(whole, centred, size, flags=cv2.INTER_LINEAR)
    mask = np.asarray(cover, dtype=np.float32) / np.float32(255)
    picture = _lid(size, mask, dpi, rng)
    picture += (sheet.astype(np.float32) - picture) * mask[:, :, None]
    _lamp(picture, rng, defects, strength)
    _dust(picture, dpi, rng)
    if "blurred" in defects:
        picture = defocus(picture, (0.8 + 3.6 * strength) * dpi / 200)
    else:
        picture = defocus(picture, float(rng.uniform(0.3, 0.6)))
    sensor_noise(picture, rng, float(rng.uniform(0.8, 2.0)))
    return picture


def _lid(size: tuple[int, int], mask: Floats, dpi: int, rng: np.random.Generator) -> Floats:
    """What the scanner sees beside the page: its lid, white, grey or black."""
    level = float(rng.choice([rng.uniform(228, 247), rng.uniform(150, 205), rng.uniform(14, 55)]))
    lid = np.empty((size[1], size[0], 3), dtype=np.float32)
    lid[:] = np.array([level + rng.normal(0, 2) for _ in range(3)], dtype=np.float32)
    lid *= (1 + 0.008 * noise(rng, (size[1], size[0]), (60, 200)))[:, :, None]
    reach = float(rng.uniform(0.4, 1.2)) * dpi / 25.4
    move = np.array([[1, 0, reach * rng.choice([-1, 1])], [0, 1, reach]])
    thrown = cv2.GaussianBlur(cv2.warpAffine(mask, move, size), (0, 0), max(0.5, reach * 0.7))
    lid *= (1 - float(rng.uniform(0.2, 0.5)) * thrown)[:, :, None]
    if rng.random() < 0.6:  # the lid stands a little open: one side falls into the dark
        depth = float(rng.uniform(1.5, 5)) * dpi / 25.4
        side, vertical = int(rng.integers(2)), bool(rng.random() < 0.6)
        length = size[0] if vertical else size[1]
        ramp = np.exp(-((np.arange(length) / depth) ** 2)).astype(np.float32)
        ramp = ramp[::-1] if side else ramp
        dark = 1 - 0.85 * ramp
        lid *= dark[None, :, None] if vertical else dark[:, None, None]
    return lid


def _lamp(
    picture: Floats, rng: np.random.Generator, defects: frozenset[Defect], strength: float
) -> None:
    width = picture.shape[1]
    across = 1 + float(rng.normal(0, 0.012)) * np.linspace(-1, 1, width)
    across += 0.003 * noise(rng, (1, width), (3, 1))[0]  # no two cells of the line are equal
    gain = float(rng.uniform(0.97, 1.03))
    if "too_dark" in defects:
        gain *= 1 - 0.8 * strength
    if "shadow" in defects:  # a book's back or a thick dossier lifts the page off the glass
        middle, reach = float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.10, 0.22))
        x = np.linspace(0, 1, width)
        across *= 1 - 0.85 * strength * np.exp(-(((x - middle) / reach) ** 2))
    picture *= (gain * across).astype(np.float32)[None, :, None]


def _dust(picture: Floats, dpi: int, rng: np.random.Generator) -> None:
    """Specks and a hair on the glass; now and then a streak down a feeder's page."""
    height, width = picture.shape[:2]
    unit = dpi / 25.4
    for _ in range(int(rng.integers(4, 30))):
        spot = (int(rng.integers(width)), int(rng.integers(height)))
        shade = float(rng.uniform(70, 190))
        radius = max(1, round(float(rng.uniform(0.04, 0.13)) * unit))
        cv2.circle(picture, spot, radius, (shade, shade, shade), -1, cv2.LINE_AA)
    if rng.random() < 0.35:
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        turn = rng.uniform(0, 6.3) + np.cumsum(rng.normal(0, 0.25, 18))
        points = np.stack(
            [x + np.cumsum(np.cos(turn)) * unit * 0.4, y + np.cumsum(np.sin(turn)) * unit * 0.4],
            axis=1,
        )
        cv2.polylines(
            picture, [np.round(points).astype(np.int32)], False, (110, 110, 110), 1, cv2.LINE_AA
        )
    if rng.random() < 0.2:
        column = int(rng.integers(width))
        picture[:, column] *= float(rng.uniform(0.86, 0.96))


def _truth(
    page: CleanPage,
    matrix: Array,
    size: tuple[int, int],
    dpi: int,
    skew: float,
    turns: int,
    defects: frozenset[Defect],
) -> Truth:
    def at(point: Point) -> Point:
        x = matrix[0, 0] * point[0] + matrix[0, 1] * point[1] + matrix[0, 2]
        y = matrix[1, 0] * point[0] + matrix[1, 1] * point[1] + matrix[1, 2]
        return quarter((float(x) - 0.5, float(y) - 0.5), size, turns)

    def carried(quad: Quad) -> Quad:
        a, b, c, d = (at(point) for point in quad)
        return (a, b, c, d)

    height, width = page.image.shape[:2]
    corners = carried(((0.0, 0.0), (width, 0.0), (width, height), (0.0, height)))
    return Truth(
        kind=page.kind, corners=corners, edge=corners, skew_deg=skew,
        rotated_deg=90 * (turns % 4), paper_mm=page.paper_mm, dpi=float(dpi),
        text_lines=carry_lines(page.text_lines, [carried(t.outline) for t in page.text_lines]),
        codes=carry_codes(page.codes, [carried(c.outline) for c in page.codes]),
        category=None, defects=defects | ({"blank"} if page.kind == "blank" else set()),
    )  # fmt: skip
