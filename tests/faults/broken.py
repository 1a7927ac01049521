"""Stores broken on purpose: the harness that does not catch each of them proves nothing."""

import os
from collections.abc import Callable

from kiosk.domain.moments import ClockReading
from kiosk.durable import sync_folder
from kiosk.store.deposits import NewDeposit
from kiosk.store.spool import Spool
from kiosk.store.store import Slot, Store
from kiosk.wire import bundles
from kiosk.wire.bundles import BundleHeader
from tests.faults.counter import Counter
from tests.faults.person import READABLE

Change = Callable[[Counter, Store], Store]


class LazySpool(Spool):
    """Renames bundles into place, and leaves out one fsync or the other."""

    def __init__(self, counter: Counter, *, syncs_file: bool, syncs_folder: bool) -> None:
        super().__init__(counter.folder)
        self._syncs_file, self._syncs_folder = syncs_file, syncs_folder

    def put(self, header: BundleHeader, sealed_pdf: bytes) -> None:
        """Write a bundle that a power cut may take."""
        target = self.path(header.item_id)
        temporary = target.with_name(target.name + ".part")
        with temporary.open("wb") as file:
            bundles.write_bundle(file, header, sealed_pdf)
            file.flush()
            if self._syncs_file:
                os.fsync(file.fileno())
        temporary.replace(target)
        if self._syncs_folder:
            sync_folder(target.parent)


class EagerStore(Store):
    """Shows the number while the deposit is still to be committed."""

    def __init__(self, counter: Counter) -> None:
        key = counter.keys.database_key
        super().__init__(counter.folder, counter.clock.read, key, counter.folder.lock())
        self._counter = counter

    def commit_deposit(self, slot: Slot, new: NewDeposit, clock: ClockReading, agent: str) -> None:
        """Commit a deposit whose receipt is out already."""
        self._counter.show(str(new.number), new.deposit_id)
        super().commit_deposit(slot, new, clock, agent)


def _without_synchronous(_counter: Counter, store: Store) -> Store:
    store.db.conn.execute("PRAGMA synchronous = OFF")
    return store


def _without_folder_fsync(counter: Counter, store: Store) -> Store:
    store.spool = LazySpool(counter, syncs_file=True, syncs_folder=False)
    return store


def _without_file_fsync(counter: Counter, store: Store) -> Store:
    store.spool = LazySpool(counter, syncs_file=False, syncs_folder=True)
    return store


def _shown_before_commit(counter: Counter, store: Store) -> Store:
    store.close()
    return EagerStore(counter)


def _orphans_deleted(counter: Counter, store: Store) -> Store:
    for orphan in counter.folder.orphans.iterdir():
        orphan.unlink()
    return store


def _plain_preview(counter: Counter, store: Store) -> Store:
    (counter.folder.drafts / "preview.txt").write_bytes(READABLE[0])
    return store


CHANGES: dict[str, Change] = {
    "none": lambda _counter, store: store,
    "synchronous_off": _without_synchronous,
    "no_folder_fsync": _without_folder_fsync,
    "no_file_fsync": _without_file_fsync,
    "shown_before_commit": _shown_before_commit,
    "orphans_deleted": _orphans_deleted,
    "plain_preview": _plain_preview,
}
