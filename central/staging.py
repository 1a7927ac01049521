"""Where bytes of unfinished uploads lie. What is claimed to a client is durable before it is said.

The length of what is there is the only truth about an offset, so no crash can make the two differ.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection

from central.files import make_private, sync_folder

_BLOCK = 256 * 1024
_SUFFIX = ".part"


class UploadBusyError(Exception):
    """Another request is adding bytes to this upload now."""


class Appender(Protocol):
    """The one writer of an upload, until closed."""

    def size_bytes(self) -> int:
        """Return how many bytes are there, durably."""

    def append(self, block: bytes) -> None:
        """Add bytes at the end; they outlive this process.

        Raises:
            UploadBusyError: Somebody else has added some meanwhile.
        """

    def reset(self) -> None:
        """Throw all bytes away."""

    def close(self) -> None:
        """Let the next writer in."""


class Staging(Protocol):
    """Bytes of unfinished uploads, by item.

    Attributes:
        is_locking: One appender keeps others out, so what was known before it may be old by then.
    """

    is_locking: bool

    def size_bytes(self, item_id: UUID) -> int:
        """Return how many bytes are there, durably; 0 for an upload never begun."""

    def appender(self, item_id: UUID, counted: int | None = None) -> Appender:
        """Become the one writer of this upload; *counted* bytes of it were just seen as rows.

        Raises:
            UploadBusyError: Somebody else is.
        """

    def read(self, item_id: UUID) -> Iterator[bytes]:
        """Yield what is there in blocks of at most 256 KiB."""

    def discard(self, item_id: UUID) -> None:
        """Forget the upload; unknown ones too."""


class Leftovers(Protocol):
    """The same bytes, for who clears up."""

    def staged(self) -> dict[UUID, datetime | None]:
        """Return whose bytes are there, and when the last came; None where that needs no asking."""

    def clear(self, connection: Connection, item_id: UUID) -> bool:
        """Forget an upload along with the caller's transaction, unless somebody adds to it now.

        Tells whether it is gone.
        """


class FolderStaging:
    """Staging as one file an upload, with the kernel's lock on it: it dies with its process."""

    is_locking = True

    def __init__(self, folder: Path) -> None:
        self._folder = make_private(folder)

    def size_bytes(self, item_id: UUID) -> int:
        """See :class:`Staging`."""
        try:
            handle = os.open(self._path(item_id), os.O_RDWR)
        except FileNotFoundError:
            return 0
        try:
            return _durable_size(handle)
        finally:
            os.close(handle)

    def appender(self, item_id: UUID, counted: int | None = None) -> Appender:
        """See :class:`Staging`."""
        del counted  # the length of the file is the only truth
        path = self._path(item_id)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if not _lock(handle):
            os.close(handle)
            raise UploadBusyError("another request is adding bytes to this upload")
        found = os.fstat(handle)
        if found.st_nlink == 0:
            # Forgotten between the two calls above: what is added to it nobody would find.
            os.close(handle)
            return self.appender(item_id)
        if found.st_size == 0:
            sync_folder(self._folder)  # perhaps made just now
        return _FileAppender(handle)

    def staged(self) -> dict[UUID, datetime | None]:
        """See :class:`Leftovers`."""
        found: dict[UUID, datetime | None] = {}
        for path in self._folder.glob("*" + _SUFFIX):
            with suppress(FileNotFoundError, ValueError):  # gone meanwhile, or none of ours
                written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                found[UUID(path.name.removesuffix(_SUFFIX))] = written_at
        return found

    def clear(self, connection: Connection, item_id: UUID) -> bool:
        """See :class:`Leftovers`."""
        del connection  # a folder has one database, and that one writer
        try:
            handle = os.open(self._path(item_id), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            if not _lock(handle):
                return False
            self.discard(item_id)
        finally:
            os.close(handle)
        return True

    def read(self, item_id: UUID) -> Iterator[bytes]:
        """See :class:`Staging`."""
        with self._path(item_id).open("rb") as source:
            while block := source.read(_BLOCK):
                yield block

    def discard(self, item_id: UUID) -> None:
        """See :class:`Staging`."""
        self._path(item_id).unlink(missing_ok=True)

    def _path(self, item_id: UUID) -> Path:
        return self._folder / f"{item_id}{_SUFFIX}"


class _FileAppender:
    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._is_open = True

    def size_bytes(self) -> int:
        return _durable_size(self._handle)

    def append(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self._handle, rest) :]

    def reset(self) -> None:
        os.ftruncate(self._handle, 0)
        os.fsync(self._handle)

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            os.close(self._handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _durable_size(handle: int) -> int:
    os.fdatasync(handle)
    return os.fstat(handle).st_size
