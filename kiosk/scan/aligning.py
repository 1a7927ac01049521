"""Lays the ink of one page on that of another that may be the same, however each was taken.

Both were cut out of their pictures and set upright, so that what is left between them is a shift,
a little scale where a margin came along, and the bend of paper. It is found from coarse to fine:
the ink in each block of one is sought a few pixels around in the other, a plane is laid through
what the blocks say, and at last a smooth field.
"""

from dataclasses import dataclass
from itertools import product
from operator import itemgetter
from typing import Final

import cv2
import numpy as np

from kiosk.scan.picture import Floats, Pixels
from kiosk.scan.shrink import halved

_COARSE: Final = 3
"""Halvings of the coarsest ink; the offsets are kept at its size."""
_GRAIN: Final = 128
"""Sides are filled up to multiples of this, so that each level is whole blocks."""
_REACH_PX: Final = 10
"""Shift sought at first, in coarsest pixels: a tenth of the page."""
_SCALES: Final = (0.92, 1.0, 1.08)
_LEANS_DEG: Final = (-3.0, 0.0, 3.0)
"""Scales and leans sought at first: a sheet kept with the lid around it, as it lay on the glass."""
_SURE_MATCH: Final = (0.3, 0.6)
"""Likeness of two blocks from which what they say counts a little, and from which all of it."""
_TURN_REACH_PX: Final = 5
"""Shift within which the way up is sought, in coarsest pixels."""
_ASPECTS_APART: Final = 1.18
"""Ratio of width to height of one page to that of the other, from which they are no one page."""
_ROUNDS: Final = 5
_WHOLE_ROUNDS: Final = 2
"""Halvings for which whole numbers are exact enough."""
_EVEN_PX: Final = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One step: halvings of the ink, side of a block and pixels sought around it there.

    ``least_likeness`` is what one page in a hundred taken twice does not reach.
    """

    level: int
    block_px: int
    reach: int
    is_plane: bool = False
    least_likeness: float = 0.0


_STEPS: Final = (
    _Step(level=3, block_px=16, reach=4, is_plane=True),
    _Step(level=2, block_px=32, reach=3, is_plane=True, least_likeness=0.62),
    _Step(level=2, block_px=16, reach=2),
    _Step(level=1, block_px=32, reach=2),
    _Step(level=1, block_px=16, reach=1),
    _Step(level=1, block_px=16, reach=1),
)


def lay_on(there: Pixels, here: Pixels) -> tuple[Floats, Floats] | None:
    """Return for each pixel of *here* where it lies in *there*, as ``cv2.remap`` takes it.

    None when what lies there is not like it: that is seen early, at a third of the cost.

    Args:
        there: (height, width) uint8, ink.
        here: (height, width) uint8, as large.
    """
    mine, other = _levels(here), _levels(there)
    offset = _first_offset(mine[_COARSE], other[_COARSE])
    for step in _STEPS:
        moved = cv2.remap(other[step.level], *_places(offset, step.level), cv2.INTER_LINEAR)
        further, likeness = _further(mine[step.level], moved, step, offset.shape)
        if likeness < step.least_likeness:
            return None
        offset = offset + further
    height, width = here.shape
    across, down = _places(offset, 0)
    return across[:height, :width], down[:height, :width]


def turns_between(there: Pixels, here: Pixels) -> int:
    """Return by how many clockwise quarters *there* has to be turned to lie as *here* does.

    A page may have been set upright wrongly.
    """
    wanted, offered = _standing_out(_tiny(here)), _standing_out(_tiny(there))
    return max(range(4), key=lambda turns: _match(wanted, offered, turns))


def _match(wanted: Floats, offered: Floats, turns: int) -> float:
    turned = np.ascontiguousarray(np.rot90(offered, -turns))
    if not is_same_shape(wanted, turned):
        return -1.0
    sized = cv2.resize(turned, wanted.shape[::-1], interpolation=cv2.INTER_LINEAR)
    around = cv2.copyMakeBorder(sized, *(_TURN_REACH_PX,) * 4, cv2.BORDER_CONSTANT, value=0)
    match = cv2.matchTemplate(around, wanted, cv2.TM_CCORR)
    return float(match.max()) / (cv2.norm(sized) + 1e-6)


def is_same_shape(one: Pixels | Floats, other: Pixels | Floats) -> bool:
    """Tell whether two pages are about as wide for their height."""
    aspect = one.shape[1] * other.shape[0] / (one.shape[0] * other.shape[1])
    return bool(1 / _ASPECTS_APART < aspect < _ASPECTS_APART)


def _tiny(ink: Pixels) -> Pixels:
    tiny = ink
    for _ in range(_COARSE):
        tiny = halved(tiny)
    return cv2.GaussianBlur(tiny, (0, 0), 1.5)


def _levels(ink: Pixels) -> list[Pixels | Floats]:
    """Return *ink* whole, halved and so on; coarse levels as what stands out from around it.

    Print that fills a page says little of where the page lies.
    """
    height, width = ink.shape
    below, beside = -height % _GRAIN, -width % _GRAIN
    whole = cv2.copyMakeBorder(ink, 0, below, 0, beside, cv2.BORDER_CONSTANT, value=0)
    found: list[Pixels | Floats] = [whole]
    for level in range(1, _COARSE + 1):
        whole = halved(whole)
        found.append(whole if level < 2 else _standing_out(whole))
    return found


def _standing_out(ink: Pixels) -> Floats:
    whole = ink.astype(np.float32)
    return whole - cv2.blur(whole, (_EVEN_PX, _EVEN_PX))


def _first_offset(mine: Floats, other: Floats) -> Floats:
    """Return one shift, scale and lean for all of the page, (height, width, 2)."""
    height, width = mine.shape
    middle = (width / 2 - 0.5, height / 2 - 0.5)
    found = []
    for scale, lean_deg in product(_SCALES, _LEANS_DEG):
        matrix = cv2.getRotationMatrix2D(middle, lean_deg, scale)
        matrix[:, 2] += _REACH_PX
        size = (width + 2 * _REACH_PX, height + 2 * _REACH_PX)
        around = cv2.warpAffine(other, matrix, size)
        _, best, _, shift = cv2.minMaxLoc(cv2.matchTemplate(around, mine, cv2.TM_CCORR))
        found.append((best / (cv2.norm(around) + 1e-6), shift, matrix))
    _, shift, matrix = max(found, key=itemgetter(0))
    back = cv2.invertAffineTransform(matrix)
    down, across = np.mgrid[:height, :width].astype(np.float32)
    x, y = across + shift[0], down + shift[1]
    there = (back[row, 0] * x + back[row, 1] * y + back[row, 2] for row in (0, 1))
    return np.dstack([next(there) - across, next(there) - down]).astype(np.float32)


def _places(offset: Floats, level: int) -> tuple[Floats, Floats]:
    """Return what each pixel of a level is sought at, across and down."""
    grow = 2 ** (_COARSE - level)
    height, width = offset.shape[0] * grow, offset.shape[1] * grow
    across, down = (
        cv2.resize(one * np.float32(grow), (width, height), interpolation=cv2.INTER_LINEAR)
        for one in cv2.split(offset)
    )
    across += np.arange(width, dtype=np.float32)
    down += np.arange(height, dtype=np.float32)[:, None]
    return across, down


def _further(
    mine: Pixels | Floats, moved: Pixels | Floats, step: _Step, shape: tuple[int, ...]
) -> tuple[Floats, float]:
    """Return how much further *moved* has to go, and how like *mine* it is, 0 to 1.

    The way is (height, width, 2) of *shape*, in coarsest pixels.
    """
    likeness, weight = _likeness(mine, moved, step)
    if not step.is_plane:
        likeness = _with_neighbours(likeness, weight)
    shifts, best = _peaks(likeness)
    low, high = _SURE_MATCH
    trust = weight * np.clip((best - low) / (high - low), 0.02, 1)
    rows, columns = trust.shape
    spots = _terms(rows, columns)
    plane = _plane(spots, shifts, trust)
    height, width = shape[:2]
    field = (_terms(height, width) @ plane).reshape(height, width, 2)
    if not step.is_plane:
        bent = (shifts - (spots @ plane).reshape(rows, columns, 2)) * trust[:, :, None]
        bent = _spread(bent) / (_spread(trust)[:, :, None] + 0.05)
        field = field + cv2.resize(bent, (width, height), interpolation=cv2.INTER_CUBIC)
    way = (field / 2 ** (_COARSE - step.level)).astype(np.float32)
    return way, float((best * weight).sum() / (weight.sum() + 1e-6))


def _spread(values: Floats) -> Floats:
    return cv2.GaussianBlur(values, (3, 3), 0.9)


def _terms(rows: int, columns: int) -> Floats:
    """Return (rows * columns, 3): one, and where a cell's middle lies, 0 to 1 across and down."""
    across = (np.arange(columns, dtype=np.float32) + 0.5) / columns
    down = (np.arange(rows, dtype=np.float32) + 0.5) / rows
    x, y = np.meshgrid(across, down)
    return np.stack([np.ones(x.size, np.float32), x.ravel(), y.ravel()], 1)


def _likeness(mine: Pixels | Floats, moved: Pixels | Floats, step: _Step) -> tuple[Floats, Floats]:
    """Return the likeness of blocks, 0 to 1, for each shift, and how much ink they share out.

    The likeness is (shifts down, shifts across, rows, columns).
    """
    reach, (height, width) = step.reach, mine.shape
    around = cv2.copyMakeBorder(moved, *(reach,) * 4, cv2.BORDER_CONSTANT, value=0)
    ours, theirs = _shared(mine, mine, step), _shared(moved, moved, step)
    scale = np.sqrt(ours * theirs) + 0.05 * float(ours.mean()) + 1e-6
    found = np.empty((2 * reach + 1, 2 * reach + 1, *ours.shape), np.float32)
    for down, across in np.ndindex(found.shape[:2]):
        beside = around[down : down + height, across : across + width]
        found[down, across] = _shared(mine, beside, step) / scale
    weight = np.sqrt(np.minimum(ours, theirs))
    return found, np.minimum(weight / (float(weight.mean()) + 1e-6), 2).astype(np.float32)


def _shared(one: Pixels | Floats, other: Pixels | Floats, step: _Step) -> Floats:
    """Return the mean of what two inks share in each block: their product, or the less of two."""
    shared = cv2.multiply(one, other) if one.dtype == np.float32 else cv2.min(one, other)
    rounds = step.block_px.bit_length() - 1
    for done in range(rounds):
        if done == _WHOLE_ROUNDS:
            shared = shared.astype(np.float32)
        shared = halved(shared)
    return shared


def _with_neighbours(likeness: Floats, weight: Floats) -> Floats:
    """Return likeness with that of the blocks around: one block of little ink is easily fooled."""
    sums = likeness * weight
    for at in np.ndindex(likeness.shape[:2]):
        sums[at] = cv2.GaussianBlur(sums[at], (3, 3), 0.8)
    smoothed: Floats = sums / (cv2.GaussianBlur(weight, (3, 3), 0.8) + 1e-6)
    return smoothed


def _peaks(likeness: Floats) -> tuple[Floats, Floats]:
    """Return for each block its best shift, to parts of a pixel, and the likeness there."""
    side, rows, columns = likeness.shape[1:]
    down, across = np.divmod(likeness.reshape(-1, rows, columns).argmax(0), side)
    i, j = np.indices((rows, columns))
    best = likeness[down, across, i, j]
    last = side - 1
    before = likeness[down, np.maximum(across - 1, 0), i, j]
    after = likeness[down, np.minimum(across + 1, last), i, j]
    above = likeness[np.maximum(down - 1, 0), across, i, j]
    below = likeness[np.minimum(down + 1, last), across, i, j]
    x = across - last / 2 + _vertex(before, best, after)
    y = down - last / 2 + _vertex(above, best, below)
    return np.dstack([x, y]).astype(np.float32), best


def _vertex(before: Floats, best: Floats, after: Floats) -> Floats:
    """Return where the parabola through three values is highest, -0.5 to 0.5 from the middle."""
    bend = np.minimum(before + after - 2 * best, -1e-6)
    vertex: Floats = np.clip(0.5 * (before - after) / bend, -0.5, 0.5)
    return vertex


def _plane(spots: Floats, shifts: Floats, trust: Floats) -> Floats:
    """Return (3, 2): the plane through most of the shifts; those far from it count little."""
    wanted, weight = shifts.reshape(-1, 2), trust.ravel() + 1e-6
    counted = weight
    for _ in range(_ROUNDS):
        weighed = spots * counted[:, None]
        plane = np.linalg.lstsq(weighed.T @ spots, weighed.T @ wanted, rcond=None)[0]
        off = np.hypot(*(spots @ plane - wanted).T)
        counted = weight / (1 + (off / max(0.5, float(np.median(off)))) ** 2)
    return plane.astype(np.float32)
