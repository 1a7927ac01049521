"""The spool: one self-contained bundle an item, never deleted at start-up."""

import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from uuid import UUID

from kiosk.durable import sync_folder
from kiosk.store.errors import named_faults
from kiosk.store.folder import DataFolder
from kiosk.wire import bundles
from kiosk.wire.bundles import BundleHeader
from kiosk.wire.errors import DamagedBundleError

_NAME = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}" + re.escape(bundles.SUFFIX))


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
            DamagedBundleError: Gone, another item's, changed or cut short: the dossier is to be
                scanned again.
            OSError: The disk refuses; the bundle may be whole.
        """
        path = self.path(item_id)
        try:
            header, _start = bundles.read_header(path)
        except FileNotFoundError as error:
            if not self._folder.spool.is_dir():
                raise  # the whole disk is away
            raise DamagedBundleError("the bundle is gone from the spool") from error
        if header.item_id != item_id:
            raise DamagedBundleError("another item's bundle lies in the place of this one")
        yield from bundles.read_document(path, offset)

    def items(self) -> tuple[UUID, ...]:
        """Return the items whose bundle lies here, oldest first."""
        with named_faults(), os.scandir(self._folder.spool) as entries:
            names = sorted(entry.name for entry in entries if entry.is_file())
        return tuple(UUID(name.removesuffix(bundles.SUFFIX)) for name in names if is_bundle(name))

    def remove(self, items: Collection[UUID]) -> None:
        """Remove bundles that no row promises any longer; one that is gone already is no fault."""
        with named_faults():
            for item in items:
                self.path(item).unlink(missing_ok=True)
            if items:
                sync_folder(self._folder.spool)

    def set_orphans_aside(
        self, strays: Callable[[Sequence[str]], Collection[str]]
    ) -> tuple[str, ...]:
        """Move bundles no row refers to into ``orphans/``; return their file names.

        *strays* answers which of many file names belong to no row: weeks of bundles are looked at
        at each start, and asked about one by one they would take longer than all the rest of it.

        An orphan is what a power cut left between bundle and COMMIT, or what a restored database
        has forgotten: only the second was ever promised to anybody, so none is deleted.
        """
        with named_faults():
            # Names first, without a look at any file: nearly all of them are known.
            found = sorted(strays(os.listdir(self._folder.spool)))  # noqa: PTH208 a Path each is slow
            moved = [name for name in found if (self._folder.spool / name).is_file()]
            for name in moved:
                (self._folder.spool / name).replace(self._folder.orphans / name)
            if moved:
                sync_folder(self._folder.orphans)
                sync_folder(self._folder.spool)
        return tuple(moved)


def is_bundle(name: str) -> bool:
    """Tell whether a file name is one that a bundle has."""
    return _NAME.fullmatch(name) is not None
