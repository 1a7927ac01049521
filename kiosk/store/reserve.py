"""Room kept back on the disk, given up so that what was begun can be ended."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

RESERVE_BYTES = 32 * 1024 * 1024
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says when there is no room, or none for this account."""
_SHARE = 16
_COMMIT_BYTES = 1024 * 1024
_BLOCK = 1024 * 1024
_T = TypeVar("_T")


class Reserve:
    """A file that holds nothing but room. Threads: any.

    Everything that writes into the data folder goes through it: files by
    :meth:`DataFolder.write <kiosk.store.folder.DataFolder.write>`, the database by
    :func:`database.transaction <kiosk.store.database.transaction>`. So no act can forget it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._file = root / "reserve"
        self.was_needed = False  # since it was last made, by this process

    def wanted(self) -> int:
        """Return how many bytes are kept back: a small disk keeps a sixteenth of itself."""
        return min(RESERVE_BYTES, shutil.disk_usage(self._root).total // _SHARE)

    def stands(self) -> bool:
        """Tell whether it is there, and whole."""
        return self.room() >= self.wanted()

    def room(self) -> int:
        """Return how many bytes giving it up would bring."""
        try:
            return self._file.stat().st_size
        except OSError:
            return 0

    def make(self) -> None:
        """Take the room.

        Raises:
            OSError: There is not enough; what was taken stays.
        """
        size = self.wanted()
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(handle, 0, size)
            else:  # written out: a file that is only made long holds no room
                for _ in range(0, size, _BLOCK):
                    os.write(handle, bytes(_BLOCK))
        finally:
            os.close(handle)
        self.was_needed = False

    def release(self) -> bool:
        """Give the room back to the disk; tell whether there was any."""
        try:
            self._file.unlink()
        except OSError:
            return False
        self.was_needed = True
        return True

    def make_way(self) -> None:
        """Give the room back if the disk might not take one more commit.

        Asked before it begins, because a commit that was refused cannot be repeated in its place.
        """
        try:
            usage = shutil.disk_usage(self._root)
        except OSError:
            return  # whatever is wrong with the disk, the write itself will say
        if usage.free < min(_COMMIT_BYTES, usage.total // (2 * _SHARE)):
            self.release()

    def finish(self, act: Callable[[], _T]) -> _T:
        """Return what *act* returns; when the disk is full it is done again on the reserve's room.

        Raises:
            OSError: The reserve was not enough, or is used up already; or another fault.
        """
        try:
            return act()
        except OSError as error:
            if error.errno not in FULL or not self.release():
                raise
            return act()
