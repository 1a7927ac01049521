"""Files that are there after a power cut, or not at all."""

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_durable(target: Path, write: Callable[[BinaryIO], object]) -> None:
    """Create *target* whole: temporary name, fsync, rename, fsync of the folder.

    What *write* returns is not looked at.

    Raises:
        OSError: Nothing is under the final name.
    """
    temporary = target.with_name(target.name + ".part")
    try:
        # Made anew, and so readable by nobody else, whatever folder it is copied to later: what a
        # kill left, or somebody put there, has a mode and an owner of its own.
        temporary.unlink(missing_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def create_durable(target: Path, content: bytes) -> None:
    """Create *target*, readable by nobody else, whole under a durable name; none is replaced.

    Raises:
        FileExistsError: There is one of that name.
        OSError: It cannot be written; nothing is under that name.
    """
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    write_durable(target, lambda file: file.write(content))


def make_durable(folder: Path) -> None:
    """Create *folder* and those above it, readable by nobody else, each with a durable name.

    The name is made durable even when the folder is there already: whoever made it may have been
    killed before that.

    Raises:
        OSError: It cannot be made.
    """
    if not folder.parent.is_dir():
        make_durable(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    # A parent that may not be read was made by somebody else, long before.
    with contextlib.suppress(PermissionError):
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make names created in or removed from *folder* durable."""
    if os.name != "posix":  # Windows has no handle on a folder to flush
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
