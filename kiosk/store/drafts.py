"""Pages of a dossier being taken: on disk only as ciphertext under their draft's key."""

import shutil
from pathlib import Path
from typing import Protocol
from uuid import UUID

from kiosk.store.durable import write_durable
from kiosk.store.errors import named_faults
from kiosk.store.folder import DataFolder


class PageCipher(Protocol):
    """A draft's key (``security.draft_key.DraftKey``)."""

    def close(self, content: bytes, name: str) -> bytes:
        """Encrypt *content* bound to *name*."""

    def open(self, closed: bytes, name: str) -> bytes:
        """Decrypt what was closed under the same name."""

    def destroy(self) -> None:
        """Forget the key."""


class DraftPages:
    """The stored parts of one draft's pages."""

    def __init__(self, folder: DataFolder, draft_id: UUID, cipher: PageCipher) -> None:
        self._folder: Path = folder.drafts / str(draft_id)
        self._cipher = cipher
        with named_faults():
            self._folder.mkdir(mode=0o700)

    def keep(self, page_id: int, part: str, content: bytes) -> None:
        """Keep one part of a page (its PDF, its preview) durably."""
        name = f"{page_id}.{part}"
        closed = self._cipher.close(content, name)
        with named_faults():
            write_durable(self._folder / name, lambda file: _write(file, closed))

    def read(self, page_id: int, part: str) -> bytes:
        """Return one part of a page."""
        name = f"{page_id}.{part}"
        with named_faults():
            closed = (self._folder / name).read_bytes()
        return self._cipher.open(closed, name)

    def remove(self, page_id: int) -> None:
        """Drop one page's ciphertext."""
        with named_faults():
            for file in self._folder.glob(f"{page_id}.*"):
                file.unlink()

    def destroy(self) -> None:
        """Forget the key first: from then on the files are noise; then remove them."""
        self._cipher.destroy()
        with named_faults():
            shutil.rmtree(self._folder, ignore_errors=False)


def _write(file: object, content: bytes) -> None:
    file.write(content)  # type: ignore[attr-defined]  # a BinaryIO


def sweep(folder: DataFolder) -> int:
    """Remove drafts of processes that are gone: their keys died with them. Return how many."""
    with named_faults():
        stale = [entry for entry in folder.drafts.iterdir() if entry.is_dir()]
        for entry in stale:
            shutil.rmtree(entry)
    return len(stale)
