"""What lies in a folder, newest first: a thread's work, bounded."""

import heapq
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_SHOWN = 500
_MAX_READ = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file or folder to choose from; size in bytes, ``at_s`` is when it was last written."""

    name: str
    is_folder: bool
    size_bytes: int
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A folder's wanted entries: folders first, then files from the newest, then by name.

    Attributes:
        asked: The path that was asked for; None: the person's home.
        folder: The folder listed; None when there is no such folder.
        file: Set when the path looked at is itself a wanted file.
    """

    asked: Path | None
    folder: Path | None
    file: Path | None = None
    entries: tuple[Found, ...] = ()


def look_into(path: Path | None, endings: tuple[str, ...]) -> Listing:
    """List *path* (None: the person's home); nothing raised: what cannot be read is not there."""
    try:
        wanted = path.expanduser() if path is not None else Path.home()
        if wanted.is_file():
            return Listing(asked=path, folder=wanted.parent, file=wanted)
        found = heapq.nsmallest(MAX_SHOWN, _entries(wanted, endings), key=_newest_first)
    except (OSError, RuntimeError, ValueError):
        return Listing(asked=path, folder=None)
    return Listing(asked=path, folder=wanted, entries=tuple(found))


def _newest_first(one: Found) -> tuple[bool, float, str]:
    return not one.is_folder, -one.at_s, one.name


def _entries(folder: Path, endings: tuple[str, ...]) -> Iterator[Found]:
    with os.scandir(folder) as entries:
        for count, entry in enumerate(entries):
            if count >= _MAX_READ:
                return
            if entry.name.startswith("."):
                continue
            try:
                is_folder = entry.is_dir()
                state = entry.stat()
            except OSError:
                continue
            if is_folder or entry.name.lower().endswith(endings):
                yield Found(
                    name=entry.name,
                    is_folder=is_folder,
                    size_bytes=state.st_size,
                    at_s=state.st_mtime,
                )
