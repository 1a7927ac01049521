"""Run at the start of the packaged program: a library looked up by name is found beside it.

pyzbar asks `ctypes.util.find_library` for libzbar, which asks the system's linker cache, and that
knows nothing of what the program carries.
"""

import ctypes.util
import sys
from pathlib import Path

_in_system = ctypes.util.find_library
_carried = Path(sys._MEIPASS)


def _find_library(name: str) -> str | None:
    found = next(iter(sorted(_carried.glob(f"lib{name}.so*"))), None)
    return str(found) if found else _in_system(name)


ctypes.util.find_library = _find_library
