"""Stores broken on purpose: the harness that does not catch each of them proves nothing."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from kiosk.domain.moments import ClockReading
from kiosk.durable import sync_folder
from kiosk.store import backup
from kiosk.store import folder as folders
from kiosk.store.deposits import NewDeposit
from kiosk.store.numbers import Slot
from kiosk.store.outbox import SqliteOutbox
from kiosk.store.spool import Spool
from kiosk.store.store import Store
from kiosk.sync.ports import Delivered, Outcome
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


class HastyOutbox(SqliteOutbox):
    """Lets a bundle go as soon as it is acknowledged, before that is durable."""

    def __init__(self, counter: Counter, store: Store) -> None:
        super().__init__(store, store.spool, counter.clock.read)
        self._own_spool = store.spool

    def settle(self, item_id: UUID, outcome: Outcome) -> None:
        """Settle a row whose bundle is gone already."""
        if isinstance(outcome, Delivered):
            self._own_spool.remove([item_id])
        super().settle(item_id, outcome)


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


def _purged_before_acknowledged(counter: Counter, store: Store) -> Store:
    store.outbox = HastyOutbox(counter, store)
    return store


def _draft_without_fsync(_counter: Counter, store: Store) -> Store:
    vars(folders)["write_durable"] = _write_lazily
    return store


def _write_lazily(target: Path, write: Callable[[BinaryIO], None]) -> None:
    with target.open("wb") as file:
        write(file)
    sync_folder(target.parent)


def _backup_without_folder_fsync(_counter: Counter, store: Store) -> Store:
    # The child that plays a scene ends with it: nothing outside hears of this.
    vars(backup)["sync_folder"] = _leave_folder
    return store


def _leave_folder(_folder: Path) -> None:
    """Leave the names of a folder to chance."""


CHANGES: dict[str, Change] = {
    "none": lambda _counter, store: store,
    "synchronous_off": _without_synchronous,
    "no_folder_fsync": _without_folder_fsync,
    "no_file_fsync": _without_file_fsync,
    "shown_before_commit": _shown_before_commit,
    "orphans_deleted": _orphans_deleted,
    "plain_preview": _plain_preview,
    "purged_before_acknowledged": _purged_before_acknowledged,
    "draft_without_fsync": _draft_without_fsync,
    "backup_without_folder_fsync": _backup_without_folder_fsync,
}
