"""Is a decoded image all there? Decoders fill in what is missing, and say nothing.

Pillow reports bytes that end too early, but not an image that its own end mark cuts short: the
rows of a PNG stay black, the blocks of a JPEG grey, a progressive JPEG coarse.
"""

import re
import struct
import zlib
from pathlib import Path
from typing import Final

from PIL import Image

from kiosk.scan.picture import Pixels

_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples a pixel by the colour type of a PNG (PNG 3, table 8)."""
_ADAM7: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
_ADAM7_LAST: Final = (0, 1, 1, 2)
_PIECE_BYTES: Final = 1 << 20
_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_COEFFICIENTS: Final = 64


def is_complete(image: Image.Image, content: bytes | Path, pixels: Pixels) -> bool:
    """Tell whether nothing of a loaded image was made up.

    Args:
        image: As Pillow loaded it.
        content: What it was loaded from.
        pixels: It in BGR, not turned yet.
    """
    width, height = image.size
    if image.format == "PNG" and image.crop((0, height - 1, width, height)).getbbox() is None:
        # A dark last row may be a scanner's lid, or was never written: counted to be sure.
        return _has_all_rows(_bytes_of(content))
    if image.format in ("JPEG", "MPO"):
        is_sharp = not image.info.get("progressive") or _has_all_scans(_bytes_of(content))
        return is_sharp and not _ends_in_filler(pixels)
    return True


def _bytes_of(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def _ends_in_filler(pixels: Pixels) -> bool:
    """Tell whether a JPEG ends in the grey libjpeg fills in when data run out (jdhuff.c).

    No camera or scanner gives a corner of exactly 128 in each of three channels.
    """
    height, width = pixels.shape[:2]
    corner = pixels[-min(8, height) :, -max(8, width // 4) :]
    return bool((corner == 128).all())


def _has_all_rows(png: bytes) -> bool:
    """Tell whether the compressed rows of a PNG are as long as its header wants."""
    width, height, depth, kind, _, _, interlace = struct.unpack(">IIBBBBB", png[16:29])
    wanted = _row_bytes(width, height, depth * _CHANNELS[kind], is_interlaced=bool(interlace))
    inflater = zlib.decompressobj()
    at, found = 8, 0
    while at + 8 <= len(png) and found < wanted:
        length, name = struct.unpack(">I4s", png[at : at + 8])
        piece = png[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        while piece and found < wanted and not inflater.eof:
            found += len(inflater.decompress(piece, _PIECE_BYTES))
            piece = inflater.unconsumed_tail
        at += 12 + length
    return found >= wanted


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
    at = 2
    while found := _MARKER.search(jpeg, at):
        at, mark = found.end(), found[0][1]
        body = jpeg[at + 2 : at + int.from_bytes(jpeg[at : at + 2], "big")]
        if mark == 0xC2:
            lowest = {body[6 + 3 * n]: [-1] * _COEFFICIENTS for n in range(body[5])}
        elif mark == 0xDA:
            count = body[0]
            first, last, bit = body[1 + 2 * count], body[2 + 2 * count], body[3 + 2 * count] & 15
            for component in body[1 : 1 + 2 * count : 2]:
                lowest[component][first : last + 1] = [bit] * (last + 1 - first)
        elif mark == 0xD9:
            break
        at += len(body) + 2
    return bool(lowest) and all(bit == 0 for bits in lowest.values() for bit in bits)
