"""Which pages of a draft may be the one that just came: few, so that those can be looked at."""

from collections.abc import Iterable
from typing import Final, TypeVar

from kiosk.domain.page_hash import BITS, bits_apart, turned

_MOST_APART: Final = 73
"""Bits: of pages taken twice 99 in a hundred differ in no more (``bench.duplicates``)."""
_LOOKED_AT: Final = 6
"""Pages that are looked at, however many a dossier has."""
_DIGITS: Final = BITS // 4
_K = TypeVar("_K")


def likely_twins(fingerprint: str, others: Iterable[tuple[_K, str]]) -> list[_K]:
    """Return the keys of those pages that look most like one, the likest first.

    Args:
        fingerprint: Of the page that came (``scan.fingerprint``); it may lie as it likes.
        others: Key and fingerprint of each page before it. One of an earlier version has another
            length and is like none.
    """
    ways = [turned(half) for half in _halves(fingerprint)]
    near = [
        (min(map(bits_apart, ways, halves)), place, key)
        for place, (key, other) in enumerate(others)
        if ways and (halves := _halves(other))
    ]
    near.sort(key=lambda one: one[:2])
    return [key for apart, _, key in near[:_LOOKED_AT] if apart <= _MOST_APART]


def _halves(fingerprint: str) -> tuple[int, ...]:
    """Return the hash of the writing and that of the page; none where they are not both there."""
    if len(fingerprint) != 2 * _DIGITS:
        return ()
    return int(fingerprint[:_DIGITS], 16), int(fingerprint[_DIGITS:], 16)
