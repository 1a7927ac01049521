"""Files that are either whole and durable or absent."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def make_private(folder: Path) -> Path:
    """Make *folder* (mode 0700) and its parents if need be, durably, and return it."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
    return folder


def sync_folder(folder: Path) -> None:
    """Make renames and new names in *folder* durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_private(target: Path, content: bytes) -> None:
    """Put *content* in *target* (mode 0600), replacing it whole."""
    with replacing(target) as out:
        out.write(content)


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """Yield a file that becomes *target* (mode 0600) when the block ends well, else vanishes."""
    partial = target.with_name(f".{target.name}.{os.urandom(6).hex()}.new")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
