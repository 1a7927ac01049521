"""What drafts that ended have left: files under keys nobody has, and those keys in a log."""

import contextlib
import threading

from kiosk.store.drafts import DraftPages
from kiosk.store.errors import StoreError
from kiosk.store.store import Store


class Residue:
    """Cleared away for good in a moment when nobody waits. Threads: any."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._files: list[DraftPages] = []
        self._is_in_log = False

    def add(self, pages: DraftPages) -> None:
        """Forget the key of a draft whose row was deleted; its files, noise now, go later.

        Removing a file can take a disk longer than keeping one: nobody waits for it.
        """
        pages.forget_key()
        with self._lock:
            self._files.append(pages)
            self._is_in_log = True

    def remove_files(self) -> None:
        """Remove the files; what a disk does not let go the next start sweeps."""
        with self._lock:
            files, self._files = self._files, []
        for pages in files:
            with contextlib.suppress(StoreError):
                pages.destroy()

    def clear(self) -> None:
        """Remove the files, and take the keys out of the database's log.

        Costs two fsyncs (see ``Store.clean_log``).
        """
        self.remove_files()
        if self._is_in_log:
            with contextlib.suppress(StoreError):
                self._is_in_log = not self._store.clean_log()
