"""Which files of a shared folder are whole: a printer on the network writes them slowly."""

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from kiosk.scan.sources.folder_ends import End, end_of
from kiosk.scan.sources.folder_state import FileState, is_in_use, state_of

_MAX_FILES: Final = 1_000
_UNFINISHED: Final = (".part", ".tmp", ".temp", ".crdownload", ".filepart", "~")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a file must lie still, by the monotonic clock.

    Attributes:
        still_s: One that ends as its format does.
        unsure_s: One that may go on, as a TIFF may: the next sheet comes within that time.
        unfinished_s: One that does not end so, or is empty: then it is taken, and refused with a
            reason.
        growing_s: How long after the last one that was taken files that still change are waited
            for. Well below what the kiosk gives a device for its next page.
        look_s: How often to look. Watching only shortens the wait: of a share that another machine
            writes to, the kernel tells nothing.
    """

    still_s: float = 1.0
    unsure_s: float = 8.0
    unfinished_s: float = 15.0
    growing_s: float = 90.0
    look_s: float = 0.5


@dataclass(slots=True, kw_only=True)
class _Seen:
    state: FileState
    since: float
    is_nameless: bool
    """Under a name that whoever writes it will change in the end."""
    is_new: bool
    is_left: bool = False


class FolderWatch:
    """Remembers how files were at the last look."""

    def __init__(self, folder: Path, patience: Patience, stirred: threading.Event) -> None:
        self._folder = folder
        self._patience = patience
        self._stirred = stirred
        self._seen: dict[Path, _Seen] = {}
        self._has_looked = False

    def wait(self) -> None:
        """Wait until something stirs, or it is time to look again."""
        self._stirred.wait(self._patience.look_s)
        self._stirred.clear()

    def ready(self) -> list[Path]:
        """Return the files that are whole, the oldest first."""
        now = monotonic()
        self._seen = {path: self._judged(path, state, now) for path, state in self._look()}
        self._has_looked = True
        whole = [path for path, seen in self._seen.items() if self._is_whole(path, seen, now)]
        return sorted(whole, key=lambda path: (self._seen[path].state.changed_ns, path.name))

    def unchanged(self, path: Path) -> FileState | None:
        """Return how a file that was ready is, if it is so still; None when it is not.

        Between a look and the moment when its turn comes, another file of that name may be begun.
        """
        seen = self._seen[path]
        return seen.state if state_of(path) == seen.state and not is_in_use(path) else None

    def leave(self, path: Path) -> None:
        """Neither offer a file again nor wait for it, as long as it is as it was seen."""
        self._seen[path].is_left = True

    def unfinished(self) -> int:
        """Return how many files of the last look somebody may still be writing."""
        now = monotonic()
        return sum(self._is_coming(seen, now) for seen in self._seen.values())

    def _is_coming(self, seen: _Seen, now: float) -> bool:
        if seen.is_nameless:  # what lies there since yesterday holds nobody up
            return seen.is_new and now - seen.since < self._patience.unfinished_s
        return not seen.is_left

    def _look(self) -> Iterator[tuple[Path, FileState]]:
        with contextlib.suppress(OSError), os.scandir(self._folder) as entries:
            for entry, _ in zip(entries, range(_MAX_FILES), strict=False):
                path = Path(entry.path)
                # None: gone since it was listed, or a pipe, which would block, or a link.
                if (state := state_of(path)) is not None:
                    yield path, state

    def _judged(self, path: Path, state: FileState, now: float) -> _Seen:
        before = self._seen.get(path)
        if before is not None and before.state == state:
            return before
        is_nameless = path.name.startswith(".") or path.name.lower().endswith(_UNFINISHED)
        return _Seen(state=state, since=now, is_nameless=is_nameless, is_new=self._has_looked)

    def _is_whole(self, path: Path, seen: _Seen, now: float) -> bool:
        still_s = now - seen.since
        if seen.is_nameless or seen.is_left or still_s < self._patience.still_s or is_in_use(path):
            return False
        if still_s >= self._patience.unfinished_s:
            return True
        end = end_of(path, seen.state.size)
        return end is End.THERE or (end is End.UNSURE and still_s >= self._patience.unsure_s)


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
