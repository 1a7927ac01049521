"""How far two pages are apart by their perceptual hashes, whichever way each was set upright."""

from collections.abc import Iterable
from typing import Final

BITS: Final = 256
BYTES: Final = BITS // 8
_SIDE: Final = 16
"""A bit for each of 16 x 16 cells of the page, row by row, the first one highest."""


def turned(page: int) -> tuple[int, ...]:
    """Return the hash of a page as it lies, and turned by one, two and three quarters."""
    cells = f"{page:0{BITS}b}"
    found = []
    for _ in range(4):
        found.append(int(cells, 2))
        rows = [cells[start : start + _SIDE] for start in range(0, BITS, _SIDE)]
        cells = "".join("".join(column) for column in zip(*reversed(rows), strict=True))
    return tuple(found)


def bits_apart(turns: Iterable[int], other: int) -> int:
    """Return in how many bits *other* differs from the nearest of *turns* (``turned``)."""
    return min((turn ^ other).bit_count() for turn in turns)
