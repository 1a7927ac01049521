"""Names that nobody has: a file is moved onto one of these, so that none is ever replaced."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MAX_ALIKE: Final = 1000
_MAX_NAME_BYTES: Final = 120
"""What is put before and behind a name still goes on any disk: eCryptfs takes 143 bytes."""


def moved(file: Path, wanted: Path) -> Path:
    """Move a file to a name, or the same with a number where that is taken; return it.

    Raises:
        OSError: It cannot be moved; it lies where it lay.
    """
    free = _reserved(wanted)
    try:
        return file.replace(free)
    except OSError:
        free.unlink(missing_ok=True)
        raise


def moved_with_words(file: Path, wanted: Path, words: str) -> Path:
    """Move a file as :func:`moved` does, with words in a text file of its own beside it.

    Raises:
        OSError: It cannot be moved, or the words not written; it lies where it lay.
    """
    free = _reserved(wanted, has_words=True)
    beside = words_beside(free)
    try:
        # The words first: a file that lies there is never without them.
        beside.write_text(words, "utf-8")
        return file.replace(free)
    except OSError:
        beside.unlink(missing_ok=True)
        free.unlink(missing_ok=True)
        raise


def short(name: str) -> str:
    """Return the end of a name, which tells what it is, as long as any disk takes it.

    Disks count bytes: a name of 84 letters may have 250, and has no room for a number then.
    """
    end = name.encode("utf-8", "surrogateescape")[-_MAX_NAME_BYTES:]
    return end.decode("utf-8", "ignore") or "scan"


def words_beside(file: Path) -> Path:
    """Return where the words about a file stand."""
    return file.with_name(f"{file.name}.txt")


def _reserved(wanted: Path, *, has_words: bool = False) -> Path:
    """Make an empty file of a name that nobody has, and one for words; only we replace these.

    A look beforehand would not do: two of the same name may come at once. Links, which are never
    made over anything, are not to be had on each share.
    """
    for free in _alike(wanted):
        if not _is_made(free):
            continue
        if not has_words or _is_made(words_beside(free)):
            return free
        free.unlink()
    raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))


def _is_made(path: Path) -> bool:
    try:
        path.open("xb").close()
    except FileExistsError:
        return False
    return True


def _alike(wanted: Path) -> Iterator[Path]:
    yield wanted
    for number in range(1, _MAX_ALIKE):
        yield wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
