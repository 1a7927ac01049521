"""The spool: one self-contained bundle an item, never deleted at start-up."""

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from uuid import UUID

from kiosk.durable import sync_folder
from kiosk.store.errors import named_faults
from kiosk.store.folder import DataFolder
from kiosk.wire import bundles
from kiosk.wire.bundles import BundleHeader


class Spool:
    """Bundles by the id of their deposit or event."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder

    def put(self, header: BundleHeader, sealed_pdf: bytes) -> None:
        """Write a bundle so that it is there after a power cut: file and folder fsynced.

        Raises:
            DiskFullError, ReadOnlyError: Nothing is under the bundle's name.
        """
        self._folder.write(
            self.path(header.item_id),
            lambda file: bundles.write_bundle(file, header, sealed_pdf),
        )

    def path(self, item_id: UUID) -> Path:
        """Return where the item's bundle lies, or would lie."""
        return self._folder.spool / f"{item_id}{bundles.SUFFIX}"

    def read_document(self, item_id: UUID, offset: int) -> Iterator[bytes]:
        """Yield the sealed scan from *offset* on.

        Raises:
            DamagedBundleError: Changed or cut short.
            OSError: Gone, or the disk refuses.
        """
        return bundles.read_document(self.path(item_id), offset)

    def items(self) -> tuple[UUID, ...]:
        """Return the items whose bundle lies here, oldest first."""
        with named_faults(), os.scandir(self._folder.spool) as entries:
            names = sorted(entry.name for entry in entries if entry.is_file())
        return tuple(item for item in map(_item_of, names) if item is not None)

    def remove(self, items: Collection[UUID]) -> None:
        """Remove bundles that no row promises any longer; one that is gone already is no fault."""
        with named_faults():
            for item in items:
                self.path(item).unlink(missing_ok=True)
            if items:
                sync_folder(self._folder.spool)

    def set_orphans_aside(self, is_known: Callable[[UUID], bool]) -> tuple[str, ...]:
        """Move bundles no row refers to into ``orphans/``; return their file names.

        An orphan is what a power cut left between bundle and COMMIT, or what a restored database
        has forgotten: only the second was ever promised to anybody, so none is deleted.
        """
        moved = []
        with named_faults():
            # Weeks of bundles are looked at at each start: scandir asks for no file's state, and
            # ids begin with their time, so that in order their rows lie side by side.
            with os.scandir(self._folder.spool) as entries:
                names = sorted(entry.name for entry in entries if entry.is_file())
            for name in names:
                if not _is_kept(name, is_known):
                    (self._folder.spool / name).replace(self._folder.orphans / name)
                    moved.append(name)
            if moved:
                sync_folder(self._folder.orphans)
                sync_folder(self._folder.spool)
        return tuple(moved)


def _is_kept(name: str, is_known: Callable[[UUID], bool]) -> bool:
    item = _item_of(name)
    return item is not None and is_known(item)


def _item_of(name: str) -> UUID | None:
    if not name.endswith(bundles.SUFFIX):
        return None
    try:
        return UUID(name.removesuffix(bundles.SUFFIX))
    except ValueError:
        return None
