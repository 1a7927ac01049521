"""Whether a file ends as its format does: a printer on the network writes it slowly."""

import re
from enum import Enum, auto
from pathlib import Path
from typing import IO, Final

from kiosk.scan.sources import tiff_end

_HEAD_BYTES: Final = 1_024
_TAIL_BYTES: Final = 1_024
_LINEARIZED: Final = re.compile(rb"/Linearized\b[^>]{0,400}?/L\s+(\d{1,12})\b")


class End(Enum):
    """What a look at both ends of a file says."""

    NOT_THERE = auto()
    THERE = auto()
    UNSURE = auto()  # whole as far as it goes, and there may be more of it


def end_of(path: Path, size: int) -> End:
    """Return whether the end of a file is there; UNSURE for a TIFF and for unknown formats.

    The next page of a TIFF comes behind the last one, and nothing tells that it will.
    """
    try:
        with path.open("rb") as file:
            return _end_of(file, size)
    except OSError:
        return End.NOT_THERE


def _end_of(file: IO[bytes], size: int) -> End:
    head = file.read(_HEAD_BYTES)
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read(_TAIL_BYTES)
    if head.startswith(b"\xff\xd8"):
        is_there = tail.rstrip(b"\0").endswith(b"\xff\xd9")
    elif head.startswith(b"\x89PNG"):
        is_there = b"IEND" in tail[-16:]
    elif b"%PDF-" in head[:12]:
        # A file made for the web has an end of its own after its first page.
        made = _LINEARIZED.search(head)
        is_there = b"%%EOF" in tail and (made is None or size >= int(made[1]))
    elif head.startswith(b"RIFF"):
        is_there = size >= int.from_bytes(head[4:8], "little") + 8
    elif head.startswith(tiff_end.MARKS):
        file.seek(0)
        return End.UNSURE if tiff_end.is_whole(file, size) else End.NOT_THERE
    else:
        return End.UNSURE if size else End.NOT_THERE
    return End.THERE if is_there else End.NOT_THERE
