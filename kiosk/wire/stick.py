"""Files on a removable medium: hostile when read, and not believed when written until read back.

FAT knows no modes, no links and sometimes no fsync of a folder; none of them is needed here.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO
from uuid import UUID

from kiosk.domain.errors import (
    NoCourierError,
    StickError,
    StickFullError,
    StickGoneError,
    StickReadOnlyError,
    StickUnreliableError,
)
from kiosk.wire import courier
from kiosk.wire.bundles import MAX_BUNDLE_BYTES
from kiosk.wire.courier import FOLDER, MAX_BUNDLES

_PART = ".part-"
MAX_NAMES = 4 * MAX_BUNDLES
"""Files in a courier's folder: more are no courier's, and are not listed to the end."""
_BLOCK = 256 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EISDIR, errno.ENOSYS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What lies in a courier's folder, by name alone. ``odd`` are names that are none of ours.

    Each tuple is sorted: ids begin with a time, so deposits come before what happened to them.
    """

    folder: Path
    bundles: tuple[UUID, ...]
    acknowledgements: tuple[UUID, ...]
    lists: tuple[str, ...]
    odd: tuple[str, ...]


@contextmanager
def stick_faults() -> Iterator[None]:
    """Turn faults of the medium into their named states."""
    try:
        yield
    except OSError as error:
        raise _named(error) from error


def courier_folder(place: Path) -> Path:
    """Return the courier's folder of a stick; *place* may be that folder itself."""
    return place if place.name == FOLDER else place / FOLDER


def look(place: Path) -> Found:
    """Return what lies on the stick.

    Raises:
        NoCourierError: Nothing of ours.
        StickGoneError, StickReadOnlyError: It cannot be read.
    """
    folder = courier_folder(place)
    with stick_faults():
        if not place.is_dir():
            raise StickGoneError("there is no such folder")
        if folder.is_symlink() or not folder.is_dir():
            raise NoCourierError("no courier's folder lies there")
        bundles, words, lists, odd = [], [], [], []
        for count, entry in enumerate(os.scandir(folder)):
            if count >= MAX_NAMES:
                raise StickUnreliableError("more files than a courier ever carries")
            item, word = courier.bundle_of(entry.name), courier.acknowledgement_of(entry.name)
            device = courier.list_of(entry.name)
            if not entry.is_file(follow_symlinks=False):
                odd.append(entry.name)
            elif item is not None:
                bundles.append(item)
            elif word is not None:
                words.append(word)
            elif device is not None:
                lists.append(device)
            elif not entry.name.startswith(_PART):
                odd.append(entry.name)
    return Found(
        folder=folder,
        bundles=tuple(sorted(bundles)),
        acknowledgements=tuple(sorted(words)),
        lists=tuple(sorted(lists)),
        odd=tuple(name[:60] for name in sorted(odd)[:100]),
    )


def open_plain(path: Path, limit: int) -> BinaryIO:
    """Open a regular file of at most *limit* bytes for reading; a link is not followed.

    Raises:
        OSError: Not there, a link, no regular file, larger, or unreadable.
    """
    handle = os.open(
        path,
        os.O_RDONLY
        | getattr(os, "O_NOFOLLOW", 0)
        | getattr(os, "O_BINARY", 0)
        | getattr(os, "O_NONBLOCK", 0),
    )
    try:
        state = os.fstat(handle)
        if not S_ISREG(state.st_mode) or state.st_size > limit:
            raise OSError(errno.EINVAL, "no plain file of a size that can be")
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_small(path: Path, limit: int) -> str:
    """Return a small file's text, ASCII.

    Raises:
        OSError: As :func:`open_plain`.
        UnicodeDecodeError: Other bytes.
    """
    with open_plain(path, limit) as source:
        return source.read(limit).decode("ascii").strip()


def open_bundle(folder: Path, item_id: UUID) -> BinaryIO:
    """Open the bundle of that name; see :func:`open_plain`."""
    return open_plain(folder / courier.bundle_name(item_id), MAX_BUNDLE_BYTES)


def free_bytes(place: Path) -> int:
    """Return how much room there is.

    Raises:
        StickGoneError: It is not there.
    """
    with stick_faults():
        return shutil.disk_usage(place).free


def make_folder(place: Path) -> Path:
    """Return the courier's folder, made if need be; of *place* only the last folder is.

    Raises:
        StickError: It cannot be.
    """
    folder = courier_folder(place)
    with stick_faults():
        if folder.is_symlink():
            raise StickReadOnlyError("a link lies where the courier's folder goes")
        place.mkdir(exist_ok=True)
        folder.mkdir(exist_ok=True)
        _clear_parts(folder)
        sync_names(folder.parent)
    return folder


def write_verified(target: Path, blocks: Iterable[bytes]) -> str:
    """Write a file whole, read it back, and return its SHA-256 as hex.

    It is under its own name once its bytes are on the medium and are those that were written.

    Raises:
        StickFullError, StickReadOnlyError, StickGoneError: Nothing is under the name.
        StickUnreliableError: Other bytes came back; they were removed.
    """
    partial = target.with_name(_PART + target.name)
    digest = hashlib.sha256()
    with stick_faults():
        try:
            with _new_file(partial) as out:
                for block in blocks:
                    out.write(block)
                    digest.update(block)
                out.flush()
                os.fsync(out.fileno())
            if hash_of(partial) != digest.hexdigest():
                raise StickUnreliableError("what was read back is not what was written")
            partial.replace(target)
        except BaseException:
            with suppress(OSError):  # the fault that is told is the first one
                partial.unlink(missing_ok=True)
            raise
        sync_names(target.parent)
    return digest.hexdigest()


def write_unsynced(target: Path, content: bytes) -> None:
    """Write a small file whole; it is on the medium after :func:`sync_all`.

    Raises:
        StickError: Nothing is under the name.
    """
    partial = target.with_name(_PART + target.name)
    with stick_faults():
        with _new_file(partial) as out:
            out.write(content)
        partial.replace(target)


def sync_all(folder: Path) -> None:
    """Wait until everything written so far is on the medium, as far as it still can be."""
    if hasattr(os, "sync"):
        os.sync()
        return
    for entry in os.scandir(folder):  # Windows syncs files one by one
        with suppress(OSError), Path(entry.path).open("r+b") as file:
            os.fsync(file.fileno())


def hash_of(path: Path) -> str:
    """Return a file's SHA-256 as hex, from the medium where the system can be asked for that.

    Raises:
        OSError: It cannot be read.
    """
    digest = hashlib.sha256()
    with open_plain(path, MAX_BUNDLE_BYTES) as source:
        if hasattr(os, "posix_fadvise"):
            # Written and synced: what the system still has in memory would prove nothing.
            os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while block := source.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def sync_names(folder: Path) -> None:
    """Make names in *folder* durable where its file system can.

    Raises:
        OSError: The medium failed.
    """
    if os.name != "posix":  # Windows has no handle on a folder to flush
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)


def _new_file(path: Path) -> BinaryIO:
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _clear_parts(folder: Path) -> None:
    for entry in os.scandir(folder):
        if entry.name.startswith(_PART) and entry.is_file(follow_symlinks=False):
            Path(entry.path).unlink()


def _named(error: OSError) -> StickError:
    if error.errno in _FULL:
        return StickFullError("no space left on the stick")
    if error.errno in _READ_ONLY:
        return StickReadOnlyError(f"the stick cannot be written ({error.strerror})")
    # ENOENT, ENODEV, EIO and whatever else a medium says that is being pulled out.
    return StickGoneError(f"the stick does not answer ({error.strerror})")
