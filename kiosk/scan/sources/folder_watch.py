"""Which files of a shared folder are whole: a printer on the network writes them slowly."""

import contextlib
import logging
import os
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

_MAX_FILES: Final = 1_000
_UNFINISHED: Final = (".part", ".tmp", ".temp", ".crdownload", ".filepart", "~")
_TAIL_BYTES: Final = 1_024
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a file must lie still, by the monotonic clock.

    Attributes:
        still_s: One that ends as its format does.
        unfinished_s: One that does not, or is empty: then it is taken, and refused with a reason.
        look_s: How often to look. Watching only shortens the wait: of a share that another machine
            writes to, the kernel tells nothing.
    """

    still_s: float = 1.0
    unfinished_s: float = 15.0
    look_s: float = 0.5


@dataclass(slots=True)
class _Seen:
    size: int
    changed_ns: int
    since: float


class FolderWatch:
    """Remembers how files were at the last look."""

    def __init__(self, folder: Path, patience: Patience, stirred: threading.Event) -> None:
        self._folder = folder
        self._patience = patience
        self._stirred = stirred
        self._seen: dict[Path, _Seen] = {}

    def wait(self) -> None:
        """Wait until something stirs, or it is time to look again."""
        self._stirred.wait(self._patience.look_s)
        self._stirred.clear()

    def ready(self) -> list[Path]:
        """Return the files that are whole, the oldest first."""
        now = monotonic()
        found = dict(self._look())
        self._seen = {path: self._judged(path, status, now) for path, status in found.items()}
        whole = [path for path, seen in self._seen.items() if self._is_whole(path, seen, now)]
        return sorted(whole, key=lambda path: (self._seen[path].changed_ns, path.name))

    def _look(self) -> Iterator[tuple[Path, os.stat_result]]:
        with contextlib.suppress(OSError), os.scandir(self._folder) as entries:
            for entry, _ in zip(entries, range(_MAX_FILES), strict=False):
                name = entry.name
                if name.startswith(".") or name.lower().endswith(_UNFINISHED):
                    continue
                with contextlib.suppress(OSError):  # gone between listing and looking
                    # A link may lead anywhere; a pipe would block: neither is a scan.
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        yield Path(entry.path), status

    def _judged(self, path: Path, status: os.stat_result, now: float) -> _Seen:
        before = self._seen.get(path)
        size, changed_ns = status.st_size, status.st_mtime_ns
        if before is not None and (before.size, before.changed_ns) == (size, changed_ns):
            return before
        return _Seen(size=size, changed_ns=changed_ns, since=now)

    def _is_whole(self, path: Path, seen: _Seen, now: float) -> bool:
        still_s = now - seen.since
        if still_s < self._patience.still_s or is_locked(path):
            return False
        return still_s >= self._patience.unfinished_s or ends_as_it_should(path, seen.size)


@contextmanager
def watching(folder: Path, patience: Patience) -> Iterator[FolderWatch]:
    """Watch a folder; where the system cannot tell of changes, looking again and again is enough.

    Observers are threads of watchdog; the one here is ended when this is left.
    """
    stirred = threading.Event()
    observer = Observer()
    try:
        observer.schedule(_Stir(stirred), str(folder))
        observer.start()
    except OSError as error:  # no inotify left, or a file system without
        _log.info("the scan folder is looked at, not watched: %s", error.strerror)
    try:
        yield FolderWatch(folder, patience, stirred)
    finally:
        if observer.is_alive():
            observer.stop()
            observer.join()


class _Stir(FileSystemEventHandler):
    def __init__(self, stirred: threading.Event) -> None:
        self._stirred = stirred

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._stirred.set()


def is_locked(path: Path) -> bool:
    """Tell whether somebody who writes it has locked a file. Windows tells when it is renamed."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # a share without locks; one that cannot be read is refused when it is taken
    return False


def ends_as_it_should(path: Path, size: int) -> bool:
    """Tell whether a file ends as its format does, as far as a look at both ends shows."""
    try:
        with path.open("rb") as file:
            start = file.read(12)
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read(_TAIL_BYTES)
    except OSError:
        return False
    if start.startswith(b"\xff\xd8"):
        return tail.rstrip(b"\0").endswith(b"\xff\xd9")
    if start.startswith(b"\x89PNG"):
        return b"IEND" in tail[-16:]
    if b"%PDF-" in start:
        return b"%%EOF" in tail
    if start.startswith(b"RIFF"):
        return size >= int.from_bytes(start[4:8], "little") + 8
    return size > 0  # a TIFF may end anywhere
