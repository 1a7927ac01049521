"""The bundled fonts, under names of our own. Knows no Qt: each drawing side loads the bytes.

Qt looks faces up by name. Where the system has a "Noto Sans" of its own, that one might be drawn
with, and the same receipt would look different on another machine: so the names change in memory.
"""

import struct
from functools import cache

import fontpkg

SANS = "Wasl Sans"
ARABIC = "Wasl Sans Arabic"
MONO = "WaslBrain Mono"

_SLUGS = ("noto-sans", "noto-sans-arabic", "jetbrains-mono")
# The same lengths, so that offsets within the table stay true.
_NAMES = (("JetBrains", "WaslBrain"), ("Noto", "Wasl"))
_HEADER_BYTES, _RECORD_BYTES = 12, 16


@cache
def font_contents() -> tuple[bytes, ...]:
    """Return the TrueType files of the upright sans, Arabic and mono faces (variable weight)."""
    return tuple(_renamed(fontpkg.path(slug).read_bytes()) for slug in _SLUGS)


def _renamed(font: bytes) -> bytes:
    """Return the font with another family name (the "name" table of the OpenType specification)."""
    patched = bytearray(font)
    (table_count,) = struct.unpack_from(">H", font, 4)
    for index in range(table_count):
        record = _HEADER_BYTES + _RECORD_BYTES * index
        tag, _checksum, offset, length = struct.unpack_from(">4sIII", font, record)
        if tag != b"name":
            continue
        names = font[offset : offset + length]
        for old, new in _NAMES:
            for encoding in ("utf-16-be", "latin-1"):
                names = names.replace(old.encode(encoding), new.encode(encoding))
        patched[offset : offset + length] = names
    return bytes(patched)
