"""How a file of a shared folder is at this moment, and whether somebody still writes it."""

import contextlib
import hashlib
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from kiosk.scan.limits import MAX_CONTAINER_BYTES

_MOUNTS: Final = Path("/proc/self/mountinfo")
LOCAL: Final = frozenset(
    ("btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "overlay", "ramfs", "tmpfs", "vfat", "xfs")
)
"""File systems that refuse a lease for no other reason than somebody who has the file open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """What a look at a file shows: another one means that it was written or replaced."""

    inode: int
    size: int
    changed_ns: int

    def is_as_long_and_old(self, other: "FileState | None") -> bool:
        """Tell whether a file under another name may be the same: not each disk keeps the inode."""
        return other is not None and (self.size, self.changed_ns) == (other.size, other.changed_ns)


def state_of(path: Path) -> FileState | None:
    """Return how a file is now; None when there is none: a link may lead anywhere."""
    with contextlib.suppress(OSError):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            return FileState(
                inode=status.st_ino, size=status.st_size, changed_ns=status.st_mtime_ns
            )
    return None


def content_of(path: Path) -> bytes | None:
    """Return the SHA-256 of what a file holds now: times of a share are coarse, and can be set.

    None where it cannot be read, or is above what is taken of one file: its pages are refused.
    """
    state = state_of(path)
    if state is None or state.size > MAX_CONTAINER_BYTES:
        return None
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return None  # who reads its pages says why


def is_in_use(path: Path) -> bool:
    """Tell whether somebody writes a file: has locked it, or holds it open to write.

    The second is known on a disk of this machine alone. Windows tells when the file is renamed.
    """
    if sys.platform == "win32":
        return False
    try:
        with path.open("rb") as file:
            return _is_locked(file) or _is_open_to_write(file)
    except OSError:
        return False  # one that cannot be read is refused when it is taken


def _is_locked(file: IO[bytes]) -> bool:
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # a share without locks
    return False


def _is_open_to_write(file: IO[bytes]) -> bool:
    """Ask for a lease to read, which Linux gives when nobody has it open to write (fcntl(2)).

    It is given back at once. Somebody who opens the file just then waits for that, and we are
    sent a signal: one that is ignored, for SIGIO would end this process.
    """
    if sys.platform != "linux":
        return False
    import fcntl
    import signal

    try:
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        # A share says the same of a file that nobody has open, where its server gives no
        # delegation or oplock (nfs4_setlease, cifs_setlease in Linux): it would never be taken.
        return kind_of_disk(os.fstat(file.fileno()).st_dev) in LOCAL
    except OSError:
        return False  # another account's file, or a share: only lying still tells
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def kind_of_disk(device: int, mounts: Path = _MOUNTS) -> str | None:
    """Return the file system of a device's number (proc_pid_mountinfo(5)); None: not known."""
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    for line in lines:
        mount, _, source = line.partition(" - ")
        if mount.split(" ", 3)[2:3] == [number]:
            return source.partition(" ")[0]
    return None
