"""Keeps freed memory for the next page of a stack, and hands it back once no page comes.

Where the C library is not glibc nothing is done, and nothing is lost but time.
"""

import ctypes
import select
import sys
from typing import BinaryIO, Final

IDLE_S: Final = 1.0
"""Time without a request after which memory is handed back."""
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
"""``M_TRIM_THRESHOLD`` and ``M_MMAP_THRESHOLD`` of mallopt(3)."""
_MOST_MAPPED_ALONE: Final = 32 << 20
"""The most that glibc takes for the second: a page of A4 at 300 dpi in colour is just smaller."""
_NEVER_TRIMMED: Final = 1 << 30


def keep_for_next_page() -> None:
    """Let the C library keep what is freed, up to the size of a whole picture.

    Otherwise each picture of a stage is mapped and unmapped on its own, and the kernel clears some
    50 MB for every page: a tenth of the time that a page takes.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _MOST_MAPPED_ALONE)
        mallopt(_TRIM_THRESHOLD, _NEVER_TRIMMED)


def give_back() -> None:
    """Return what is free on the heap to the system.

    A page needs over 100 MB for a moment, which nobody else has while it is kept.
    """
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def give_back_when_idle(requests: BinaryIO) -> None:
    """Return once there is something to read; what is free is given back when that takes long.

    Args:
        requests: A pipe of which nothing is read ahead: its other side asks one thing at a time.
    """
    if sys.platform != "linux":
        return
    readable, _, _ = select.select([requests], [], [], IDLE_S)
    if not readable:
        give_back()
