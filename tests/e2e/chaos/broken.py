"""Mistakes on purpose: a chaos that does not find each of them proves nothing."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from central import deposits
from central.blobs import FolderBlobs
from central.items import Taken
from central.schema import items
from kiosk.domain.moments import ClockReading
from kiosk.store.database import transaction
from kiosk.store.outbox import SqliteOutbox
from kiosk.store.store import Store
from kiosk.sync.ports import Claimed, Outcome, TryAgain

KIOSKS = ("forgets_its_lease", "purges_without_a_word")
CENTRALS = ("commits_twice", "keeps_it_short")


class ForgetfulOutbox(SqliteOutbox):
    """Gives a row out and does not say so."""

    def __init__(self, store: Store, clock: Callable[[], ClockReading]) -> None:
        super().__init__(store, store.spool, clock)
        self._store = store

    def claim(
        self,
        *,
        now: datetime,
        only_due: bool,
        passed: Collection[UUID],
        only_new: bool = False,
        made_before: datetime | None = None,
    ) -> Claimed | None:
        """Give a row to whoever asks."""
        claimed = super().claim(
            now=now, only_due=only_due, passed=passed, only_new=only_new, made_before=made_before
        )
        if claimed is not None:
            with transaction(self._store.db) as connection:
                connection.execute(
                    "UPDATE outbox SET state = 'queued', leased_until = NULL WHERE item_id = ?",
                    (str(claimed.item_id),),
                )
        return claimed


class HastyOutbox(SqliteOutbox):
    """Takes a line that failed for one that delivered."""

    def __init__(self, store: Store, clock: Callable[[], ClockReading]) -> None:
        super().__init__(store, store.spool, clock)
        self._store = store

    def settle(self, item_id: UUID, outcome: Outcome) -> None:
        """Forget the row, whatever became of it."""
        if not isinstance(outcome, TryAgain):
            super().settle(item_id, outcome)
            return
        with transaction(self._store.db) as connection:
            connection.execute(
                "UPDATE outbox SET state = 'done', leased_until = NULL WHERE item_id = ?",
                (str(item_id),),
            )


def outbox_of(store: Store, clock: Callable[[], ClockReading], broken: str) -> SqliteOutbox:
    """Return the store's outbox, or one with the mistake named."""
    if broken == "forgets_its_lease":
        return ForgetfulOutbox(store, clock)
    if broken == "purges_without_a_word":
        return HastyOutbox(store, clock)
    return store.outbox


def break_central(broken: str) -> None:
    """Make the mistake named in this process, which serves a central and nothing else."""
    if broken == "commits_twice":
        deposits.take = _take_twice
    elif broken == "keeps_it_short":
        FolderBlobs.put = _put_short  # type: ignore[method-assign]


_take, _put = deposits.take, FolderBlobs.put


def _take_twice(connection: Any, **asked: Any) -> Taken:
    """Assign an id of the central's own to each arrival, beside the kiosk's."""
    taken = _take(connection, **asked)
    row = connection.execute(select(items).where(items.c.id == taken.item.id)).one()
    connection.execute(items.insert().values({**row._mapping, "id": uuid4()}))
    return taken


def _put_short(self: FolderBlobs, item_id: UUID, sha256: bytes, blocks: Any) -> None:
    """Say that a document is kept, and lose its last byte."""
    _put(self, item_id, sha256, blocks)
    path = self._path(item_id, sha256)
    path.write_bytes(path.read_bytes()[:-1])
