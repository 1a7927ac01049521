"""Whether a TIFF is all there: each page of its chain, and what these pages point to.

TIFF 6.0, section 2; BigTIFF as libtiff describes it. Nothing is decoded.
"""

import struct
from dataclasses import dataclass
from typing import IO, Final

from kiosk.scan.limits import MAX_PAGES

MARKS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_OFFSETS: Final = {273: 279, 324: 325}
"""Where strips, or tiles, begin, and which tag says how long they are."""
_FORMATS: Final = {3: "H", 4: "I", 16: "Q"}
_MAX_ENTRIES: Final = 1_000
_MAX_PIECES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    order: str
    offset: str
    count: str
    entry: str


def is_whole(file: IO[bytes], size: int) -> bool:
    """Tell whether each page of a TIFF, and each strip or tile of it, ends within the file.

    Args:
        file: Open to read.
        size: Its bytes.
    """
    try:
        return _is_whole(file, size)
    except (struct.error, OverflowError, ValueError):
        return False


def _is_whole(file: IO[bytes], size: int) -> bool:
    mark = file.read(4)
    order, is_big = "<" if mark[:1] == b"I" else ">", b"+" in mark
    layout = _Layout(
        order=order,
        offset="Q" if is_big else "I",
        count="Q" if is_big else "H",
        entry="HHQ8s" if is_big else "HHI4s",
    )
    file.seek(8 if is_big else 4)
    (at,) = _read(file, layout, layout.offset)
    seen: set[int] = set()
    while at and len(seen) <= MAX_PAGES:  # more pages are refused when they are counted
        if at in seen or at >= size:
            return False
        seen.add(at)
        file.seek(at)
        (entries,) = _read(file, layout, layout.count)
        if not 0 < entries <= _MAX_ENTRIES:
            return False
        tags = [_read(file, layout, layout.entry) for _ in range(entries)]
        (at,) = _read(file, layout, layout.offset)
        if not _has_its_pieces(file, layout, tags, size):
            return False
    return bool(seen)


def _has_its_pieces(
    file: IO[bytes], layout: _Layout, tags: list[tuple[int, ...]], size: int
) -> bool:
    by_tag = {int(tag[0]): tag for tag in tags}
    for begins, lengths in _OFFSETS.items():
        if begins in by_tag and lengths in by_tag:
            starts = _values(file, layout, by_tag[begins])
            sizes = _values(file, layout, by_tag[lengths])
            ends = (start + length for start, length in zip(starts, sizes, strict=True))
            return all(start for start in starts) and max(ends) <= size
    return False


def _values(file: IO[bytes], layout: _Layout, tag: tuple[int, ...]) -> tuple[int, ...]:
    _, kind, count, inline = tag
    form = _FORMATS.get(kind)
    if form is None or not 0 < count <= _MAX_PIECES:
        raise ValueError("no numbers, or too many")
    packed = struct.Struct(f"{layout.order}{count}{form}")
    content = bytes(inline)
    if packed.size > len(content):
        (at,) = struct.unpack(layout.order + layout.offset, content)
        file.seek(at)
        content = file.read(packed.size)
    return packed.unpack(content[: packed.size])


def _read(file: IO[bytes], layout: _Layout, form: str) -> tuple[int, ...]:
    packed = struct.Struct(layout.order + form)
    return packed.unpack(file.read(packed.size))
