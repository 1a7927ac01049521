"""Pages of a dossier being taken: on disk only as ciphertext under their draft's key."""

import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

import cbor2

from kiosk.domain.errors import UnreadableFileError
from kiosk.durable import sync_folder
from kiosk.store.errors import DiskFullError, StoreError, named_faults
from kiosk.store.folder import DataFolder

MAX_FILE_BYTES = 64 * 1024 * 1024
"""No page comes near; a file that is larger was put there by somebody else."""
_ENDING_BYTES = 128 * 1024
"""Row, journal, receipt and number of the deposit that the pages become."""


class PageCipher(Protocol):
    """A draft's key (``security.draft_key.DraftKey``)."""

    def close(self, content: bytes, name: str) -> bytes:
        """Encrypt *content* bound to *name*."""

    def open(self, closed: bytes, name: str) -> bytes:
        """Decrypt what was closed under the same name."""

    def destroy(self) -> None:
        """Forget the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageParts:
    """What is kept of one page: its PDF, JPEGs for the screen, the frame it is from, its ink.

    ``frame`` is empty where nobody will cut the page out anew, ``ink`` where there is too much to
    keep and in a draft of an earlier version.
    """

    pdf: bytes
    preview: bytes
    thumbnail: bytes
    frame: bytes = b""
    ink: bytes = b""


def file_name(page_id: int, version: int) -> str:
    """Return the name of a page's file.

    A page that is turned or taken again gets a file of another name: until its row points there,
    the former one is whole.
    """
    return f"{page_id}.{version}"


class DraftPages:
    """The files of one draft's pages: one a page, since each costs two fsyncs."""

    def __init__(self, folder: DataFolder, draft_id: UUID, cipher: PageCipher) -> None:
        self._data = folder
        self._folder: Path = folder.drafts / str(draft_id)
        self._cipher = cipher

    def make(self) -> None:
        """Make the draft's folder durably."""
        with named_faults():
            self._folder.mkdir(mode=0o700)
            sync_folder(self._folder.parent)

    def keep(self, page_id: int, version: int, parts: PageParts) -> None:
        """Keep a page durably; its row comes after.

        Raises:
            DiskFullError: Not enough room for the page and then for the deposit of them all:
                pages must not use up what their own confirmation needs.
            ReadOnlyError: The disk refuses.
        """
        name = file_name(page_id, version)
        closed = self._cipher.close(cbor2.dumps(asdict(parts)), name)
        self._leave_room(len(closed))
        self._data.write(self._folder / name, lambda file: file.write(closed))

    def read(self, page_id: int, version: int) -> PageParts:
        """Return a page.

        Raises:
            StoreError: The disk refuses.
            WrongKeyError: Changed, cut short, or another page's.
            UnreadableFileError: Gone, or larger than any page.
        """
        name = file_name(page_id, version)
        try:
            with named_faults(), (self._folder / name).open("rb") as file:
                closed = file.read(MAX_FILE_BYTES + 1)
        except StoreError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise UnreadableFileError("a draft page is gone") from error
            raise
        if len(closed) > MAX_FILE_BYTES:
            raise UnreadableFileError("a draft page is larger than any page")
        # What opens under the draft's key was written by keep(): its shape needs no check.
        return PageParts(**cbor2.loads(self._cipher.open(closed, name)))

    def remove(self, page_id: int, version: int) -> None:
        """Drop a file that no row points to any more; what stays is swept at the next start."""
        with contextlib.suppress(StoreError), named_faults():
            (self._folder / file_name(page_id, version)).unlink(missing_ok=True)

    def _leave_room(self, page_bytes: int) -> None:
        with named_faults():
            kept = sum(entry.stat().st_size for entry in os.scandir(self._folder))
            room = shutil.disk_usage(self._folder).free + self._data.reserve.room()
        if room < page_bytes + (kept + page_bytes) + _ENDING_BYTES:
            raise DiskFullError("too little room for this page and the deposit after it")

    def forget_key(self) -> None:
        """Forget the key: from then on the files are noise."""
        self._cipher.destroy()

    def destroy(self) -> None:
        """Forget the key, then remove the files.

        Raises:
            StoreError: The disk does not let files go; the next start sweeps them.
        """
        self.forget_key()
        with named_faults(), contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._folder)


def sweep(folder: DataFolder, known: Mapping[str, set[str]]) -> int:
    """Remove what no row refers to: its key is gone, or was never kept.

    Args:
        folder: The data folder.
        known: Names of the files that rows refer to, by draft id.

    Returns:
        How many draft folders went. A folder with a row stays, whatever is wrong with its files.
    """
    swept = 0
    with named_faults():
        for entry in list(folder.drafts.iterdir()):
            if entry.is_symlink() or not entry.is_dir():
                continue
            if entry.name not in known:
                shutil.rmtree(entry)
                swept += 1
                continue
            for file in list(entry.iterdir()):
                if file.is_file() and file.name not in known[entry.name]:
                    file.unlink()
    return swept
