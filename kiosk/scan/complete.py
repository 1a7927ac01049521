"""Is a decoded image all there? Decoders fill in what is missing, and say nothing.

Pillow reports bytes that end too early, but not an image that its own end mark cuts short: the
rows of a PNG stay black, the blocks of a JPEG grey, a progressive JPEG coarse.
"""

import io
import random
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples a pixel by the colour type of a PNG (PNG 3, table 8)."""
_ADAM7: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
_ADAM7_LAST: Final = (0, 1, 1, 2)
_PIECE_BYTES: Final = 1 << 20
_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_COEFFICIENTS: Final = 64
_PROGRESSIVE, _SCAN, _END = 0xC2, 0xDA, 0xD9
_FILLER: Final = frozenset((127, 128))
"""Grey; 127 where Pillow turns the inks of Adobe's CMYK over."""
_MORE: Final = bytes(random.Random(1).randrange(255) for _ in range(4096))  # noqa: S311 - noise


def is_complete(image: Image.Image, content: bytes | Path) -> bool:
    """Tell whether nothing of a loaded image was made up, but for the last block of a JPEG.

    Args:
        image: As Pillow loaded it, not converted.
        content: What it was loaded from.
    """
    width, height = image.size
    if image.format == "PNG":
        png = _bytes_of(content)
        # A dark last row may be a scanner's lid, or was never written: counted to be sure.
        is_dark = image.crop((0, height - 1, width, height)).getbbox() is None
        return _is_unharmed(png) and (not is_dark or _has_all_rows(png))
    if image.format in ("JPEG", "MPO"):
        if image.info.get("progressive"):
            jpeg = _bytes_of(content)
            return _has_all_scans(jpeg) and _needs_no_more(image, jpeg)
        return not _may_end_in_filler(image) or _needs_no_more(image, _bytes_of(content))
    return True


def _bytes_of(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def _may_end_in_filler(image: Image.Image) -> bool:
    """Tell whether a JPEG ends in the grey libjpeg fills in when data run out (jdhuff.c)."""
    width, height = image.size
    corner = image.crop((max(0, width - 4), max(0, height - 4), width, height))
    return all(set(corner.getdata(band)) <= _FILLER for band in range(len(corner.getbands())))


def _needs_no_more(image: Image.Image, jpeg: bytes) -> bool:
    """Tell whether a JPEG looks the same with more data before its end mark.

    More is passed over when there was enough. When there was not, it is taken for what is missing.
    """
    end = next((at for mark, at, _ in _segments(jpeg) if mark == _END), None)
    if end is None:
        return False
    more = io.BytesIO(jpeg[:end] + _MORE + jpeg[end:])
    with Image.open(more, formats=("JPEG",)) as again:
        if again.size != image.size:  # a large one is loaded reduced
            if again.info.get("progressive"):
                return True  # costs a second each time; without its last scan's end it is legible
            again.draft(None, image.size)
        again.load()
        return ImageChops.difference(image, again).getbbox() is None


def _is_unharmed(png: bytes) -> bool:
    """Tell whether the rows of a PNG are as they were written: Pillow passes their checks over."""
    for at, length in _row_chunks(png):
        body = memoryview(png)[at - 4 : at + length]
        if png[at + length : at + length + 4] != struct.pack(">I", zlib.crc32(body)):
            return False
    return True


def _has_all_rows(png: bytes) -> bool:
    """Tell whether the compressed rows of a PNG are as long as its header wants."""
    width, height, depth, kind, _, _, interlace = struct.unpack(">IIBBBBB", png[16:29])
    wanted = _row_bytes(width, height, depth * _CHANNELS[kind], is_interlaced=bool(interlace))
    inflater = zlib.decompressobj()
    found = 0
    for at, length in _row_chunks(png):
        piece = png[at : at + length]
        while piece and found < wanted and not inflater.eof:
            found += len(inflater.decompress(piece, _PIECE_BYTES))
            piece = inflater.unconsumed_tail
    return found >= wanted


def _row_chunks(png: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the compressed rows of a PNG lie, and how many bytes each piece has."""
    at = 8
    while at + 8 <= len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        if name == b"IDAT":
            yield at + 8, length
        at += 12 + length


def _row_bytes(width: int, height: int, bits: int, *, is_interlaced: bool) -> int:
    passes = (*_ADAM7, _ADAM7_LAST) if is_interlaced else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in passes:
        columns, rows = -((left - width) // across), -((top - height) // down)
        total += rows * (1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else 0
    return total


def _has_all_scans(jpeg: bytes) -> bool:
    """Tell whether the scans of a progressive JPEG bring every coefficient to its last bit.

    T.81, G.1.1.1: a scan names its band of coefficients and the lowest bit it brings.
    """
    lowest: dict[int, list[int]] = {}
    for mark, _, body in _segments(jpeg):
        if mark == _PROGRESSIVE:
            lowest = {body[6 + 3 * n]: [-1] * _COEFFICIENTS for n in range(body[5])}
        elif mark == _SCAN:
            count = body[0]
            first, last, bit = body[1 + 2 * count], body[2 + 2 * count], body[3 + 2 * count] & 15
            for component in body[1 : 1 + 2 * count : 2]:
                lowest[component][first : last + 1] = [bit] * (last + 1 - first)
    return bool(lowest) and all(bit == 0 for bits in lowest.values() for bit in bits)


def _segments(jpeg: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield mark, place and body of each segment of the first image of a JPEG, its end mark last.

    Compressed data between the segments are passed over.
    """
    at = 2
    while found := _MARKER.search(jpeg, at):
        mark, body = found[0][1], b""
        if mark != _END:
            length = int.from_bytes(jpeg[found.end() : found.end() + 2], "big")
            body = jpeg[found.end() + 2 : found.end() + length]
        yield mark, found.start(), body
        if mark == _END:
            return
        at = found.end() + 2 + len(body)
