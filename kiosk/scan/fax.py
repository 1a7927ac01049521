"""CCITT G4 code of a mask (ITU-T T.6), by libtiff as Pillow brings it.

Pillow saves two-level images from one byte a pixel, which takes it three times as long as the code
itself. Here libtiff is handed rows that are packed already, as an image of bytes that its tags call
one of bits.
"""

import io
from typing import Final

import numpy as np
from PIL import Image

from kiosk.scan.picture import Pixels

_WIDTH: Final = 256
_HEIGHT: Final = 257
_BITS_PER_SAMPLE: Final = 258
_COMPRESSION: Final = 259
_PHOTOMETRIC: Final = 262
_STRIP_OFFSETS: Final = 273
_SAMPLES_PER_PIXEL: Final = 277
_ROWS_PER_STRIP: Final = 278
_STRIP_BYTES: Final = 279
_PLANAR: Final = 284
_GROUP_4: Final = 4
_BLACK_IS_ZERO: Final = 1
_TOGETHER: Final = 1


def g4_of(mask: Pixels) -> bytes:
    """Return the G4 code of *mask*, (height, width) uint8, in one strip; ink is the fax's black.

    Raises:
        RuntimeError: libtiff did not write what it was asked for.
    """
    height, width = mask.shape
    rows = Image.fromarray(np.packbits(mask, axis=1))
    tags = [
        (_WIDTH, width),
        (_HEIGHT, height),
        (_BITS_PER_SAMPLE, 1),
        (_COMPRESSION, _GROUP_4),
        (_PHOTOMETRIC, _BLACK_IS_ZERO),
        (_SAMPLES_PER_PIXEL, 1),
        (_ROWS_PER_STRIP, height),
        (_PLANAR, _TOGETHER),
    ]
    in_memory, no_name, no_types = 0, "", dict[int, int]()
    file = rows.tobytes("libtiff", "L", in_memory, no_name, tags, no_types)
    with Image.open(io.BytesIO(file), formats=["TIFF"]) as written:
        is_as_asked = written.mode == "1" and written.size == (width, height)
        offsets = written.tag_v2[_STRIP_OFFSETS]  # type: ignore[attr-defined]
        sizes = written.tag_v2[_STRIP_BYTES]  # type: ignore[attr-defined]
    if not is_as_asked or len(offsets) != 1:
        raise RuntimeError("libtiff wrote another image than it was asked for")
    return file[offsets[0] : offsets[0] + sizes[0]]
