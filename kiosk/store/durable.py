"""Files that are there after a power cut, or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_durable(target: Path, write: Callable[[BinaryIO], None]) -> None:
    """Create *target* whole: temporary name, fsync, rename, fsync of the folder.

    Raises:
        OSError: Nothing is under the final name.
    """
    temporary = target.with_name(target.name + ".part")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make names created in or removed from *folder* durable."""
    if os.name != "posix":  # Windows has no handle on a folder to flush
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
