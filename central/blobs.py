"""Where sealed documents rest: content-addressed under their item, written once, never changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from uuid import UUID

from central.files import make_private, replacing, sync_folder

_BLOCK = 256 * 1024


class DamagedBlobError(Exception):
    """The bytes are not those their name promises; nothing was stored."""


class Blobs(Protocol):
    """A store of immutable documents. A document is named by its item and its own SHA-256."""

    def put(self, item_id: UUID, sha256: bytes, blocks: Iterator[bytes]) -> None:
        """Store the document durably before returning; one that is there already stays.

        Raises:
            DamagedBlobError: The bytes have another hash.
            OSError: The store failed; nothing is there.
        """

    def read(self, item_id: UUID, sha256: bytes) -> Iterator[bytes]:
        """Yield the document in blocks of at most 256 KiB.

        Raises:
            OSError: It is not there or cannot be read.
        """

    def remove(self, item_id: UUID, sha256: bytes) -> None:
        """Let a document go that lies elsewhere too; one that is gone already is no fault.

        Raises:
            OSError: The store failed; it may still be there.
        """


class FolderBlobs:
    """Blobs as files ``deposit/<item id>/<sha256>`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, item_id: UUID, sha256: bytes, blocks: Iterator[bytes]) -> None:
        """See :class:`Blobs`: written beside, fsynced, renamed, and the folder fsynced."""
        target = self._path(item_id, sha256)
        if target.exists():
            # Perhaps renamed by a process that died before it could sync the name.
            sync_folder(target.parent)
            return
        make_private(target.parent)
        digest = hashlib.sha256()
        with replacing(target) as out:
            for block in blocks:
                digest.update(block)
                out.write(block)
            if digest.digest() != sha256:
                raise DamagedBlobError("the document has another hash than its manifest names")

    def read(self, item_id: UUID, sha256: bytes) -> Iterator[bytes]:
        """See :class:`Blobs`."""
        with self._path(item_id, sha256).open("rb") as source:
            while block := source.read(_BLOCK):
                yield block

    def remove(self, item_id: UUID, sha256: bytes) -> None:
        """See :class:`Blobs`."""
        target = self._path(item_id, sha256)
        target.unlink(missing_ok=True)
        if target.parent.is_dir():
            sync_folder(target.parent)

    def _path(self, item_id: UUID, sha256: bytes) -> Path:
        return self._folder / "deposit" / str(item_id) / sha256.hex()
