"""The sRGB profile that a dossier's PDF names as its output intent, made here byte for byte.

Made and not bundled, so that it has no licence, and the same bytes on every day: the profile of
littleCMS carries the moment of its making.
"""

import hashlib
import struct
from functools import cache
from typing import Final

_D50: Final = (0.9642, 1.0, 0.8249)
_COLORANTS: Final = {
    "rXYZ": (0.43607, 0.22249, 0.01392),
    "gXYZ": (0.38515, 0.71687, 0.09708),
    "bXYZ": (0.14307, 0.06061, 0.71410),
}
"""IEC 61966-2-1 primaries, brought to D50 by Bradford (ICC.1:2010, annex E)."""
_FROM_D65: Final = (
    *(1.04788, 0.02292, -0.05021),
    *(0.02958, 0.99048, -0.01708),
    *(-0.00925, 0.01508, 0.75168),
)
_CURVE: Final = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""g, a, b, c, d of IEC 61966-2-1 as a parametric curve of type 3 (ICC.1:2010, 10.16)."""
_HEADER_BYTES: Final = 128
_ENTRY_BYTES: Final = 12


@cache
def srgb_profile() -> bytes:
    """Return an ICC profile of version 4.2, display class, RGB to XYZ; about 600 bytes."""
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(*_CURVE)
    tags = {
        "desc": _text("sRGB IEC61966-2.1"),
        "cprt": _text("No copyright, use freely"),
        "wtpt": _xyz(_D50),
        "chad": b"sf32" + bytes(4) + _fixed(*_FROM_D65),
        **{name: _xyz(colour) for name, colour in _COLORANTS.items()},
        **dict.fromkeys(("rTRC", "gTRC", "bTRC"), curve),
    }
    table, body = _laid_out(tags)
    size = _HEADER_BYTES + len(table) + len(body)
    # The profile's ID is the hash of it with the ID itself as zeros (ICC.1:2010, 7.2.18).
    blank = _header(size, bytes(16)) + table + body
    check = hashlib.md5(blank, usedforsecurity=False).digest()
    return _header(size, check) + table + body


def _header(size: int, profile_id: bytes) -> bytes:
    made = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    kind = b"mntr" + b"RGB " + b"XYZ "
    begin = struct.pack(">I4xI", size, 0x04200000) + kind + made + b"acsp"
    return begin + bytes(28) + _fixed(*_D50) + bytes(4) + profile_id + bytes(28)


def _laid_out(tags: dict[str, bytes]) -> tuple[bytes, bytes]:
    """Return the tag table and the tags behind it; equal tags are stored once."""
    start = _HEADER_BYTES + 4 + _ENTRY_BYTES * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    places: dict[bytes, int] = {}
    for name, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += name.encode("ascii") + struct.pack(">II", places[content], len(content))
    return table, body


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _xyz(colour: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(*colour)


def _text(text: str) -> bytes:
    wide = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II4sII", 1, 12, b"enUS", len(wide), 28) + wide
