"""Keeps what a process has in memory from being written to disk by the system."""

import ctypes
import sys

_PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> bool:
    """Turn core dumps off for this process and what it starts; tell whether that was possible.

    On Linux the process is made undumpable too: a handler of core dumps set for the whole system
    heeds no limit, and other programs of the same user can no longer read its memory.
    """
    try:
        import resource  # not on Windows
    except ImportError:
        return False
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return True
    refused: int = ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return refused == 0
