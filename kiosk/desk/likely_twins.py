"""Which pages of a draft may be the one that just came: few, so that those can be looked at."""

from collections.abc import Iterable
from typing import Final, TypeVar

_BITS: Final = 256
_SIDE: Final = 16
_MOST_APART: Final = 96
"""Bits of the fingerprint: of pages taken twice 97 in a hundred differ in no more, and two pages
of different kinds in 102 in the median (``bench.duplicates``)."""
_LOOKED_AT: Final = 4
"""Pages that are looked at, however many a dossier has."""
_K = TypeVar("_K")


def likely_twins(fingerprint: str, others: Iterable[tuple[_K, str]]) -> list[_K]:
    """Return the keys of those pages that look most like one, the likest first.

    Args:
        fingerprint: Of the page that came, hex (``scan.fingerprint``); it may lie as it likes.
        others: Key and fingerprint of each page before it. One of an earlier version has another
            length and is like none.
    """
    if len(fingerprint) * 4 != _BITS:
        return []
    turned = _turned(fingerprint)
    near = [
        (min((turn ^ int(other, 16)).bit_count() for turn in turned), place, key)
        for place, (key, other) in enumerate(others)
        if len(other) * 4 == _BITS
    ]
    near.sort(key=lambda one: one[:2])
    return [key for apart, _, key in near[:_LOOKED_AT] if apart <= _MOST_APART]


def _turned(fingerprint: str) -> tuple[int, ...]:
    """Return the cells of a page turned by no, one, two and three quarters."""
    cells = f"{int(fingerprint, 16):0{_BITS}b}"
    found = []
    for _ in range(4):
        found.append(int(cells, 2))
        rows = [cells[start : start + _SIDE] for start in range(0, _BITS, _SIDE)]
        cells = "".join("".join(column) for column in zip(*reversed(rows), strict=True))
    return tuple(found)
