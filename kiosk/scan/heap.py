"""Hands freed memory back to the system, where the C library keeps it otherwise."""

import ctypes
import sys


def give_back() -> None:
    """Return what is free on the heap to the system; nothing where the C library is not glibc.

    A page needs over 100 MB for a moment. glibc keeps what lies between longer-lived pieces, and
    the child would seem to grow by a megabyte a page.
    """
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
