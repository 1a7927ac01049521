"""A data folder, opened: connections, spool, and the commits that make promises."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kiosk.domain.deposit import Move
from kiosk.domain.moments import ClockReading, rfc3339
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import DepositState, EventKind
from kiosk.store import agents as agent_rows
from kiosk.store import (
    database,
    deposits,
    draft_rows,
    drafts,
    high_water,
    journal,
    last_backup,
    numbers,
    orphans,
    outbox_rows,
    prints,
)
from kiosk.store.database import OpenDatabase
from kiosk.store.deposits import NewDeposit, NewEvent, StoredDeposit
from kiosk.store.draft_rows import SqliteDrafts
from kiosk.store.errors import (
    DamagedDatabaseError,
    ReadOnlyError,
    StoreError,
    named_faults,
)
from kiosk.store.folder import DataFolder, WriterLock
from kiosk.store.guard import DiskGuard
from kiosk.store.journal import Act, Entry
from kiosk.store.memory import SqliteMemory
from kiosk.store.numbers import Slot
from kiosk.store.outbox import SqliteOutbox
from kiosk.store.parcels import SqliteParcels
from kiosk.store.prints import Mark
from kiosk.store.retention import Retention
from kiosk.store.spool import Spool
from kiosk.store.sqlite import sqlite3
from kiosk.store.trust_lists import SqliteTrustLists
from kiosk.sync.ports import ItemKind

_EVENT_ACTS = {
    EventKind.CANCELLATION: Act.CANCELLED,
    EventKind.AMENDMENT: Act.AMENDED,
    EventKind.COMPLEMENT: Act.COMPLEMENTED,
    EventKind.COMPLETION: Act.COMPLETED,
}
_EVENT_MARKS = {
    EventKind.CANCELLATION: Mark.ANNULE,
    EventKind.AMENDMENT: Mark.RECTIFIE,
    EventKind.COMPLEMENT: Mark.COMPLEMENT,
}


class Store:
    """Everything kept in a data folder. One writer; any number of readers beside it.

    Threads: any. Each gets its own connection; ``commit_*`` calls are for one thread at a time
    (``writing`` is the lock to hold from :meth:`next_slot` to the commit).
    """

    def __init__(
        self,
        folder: DataFolder,
        clock: Callable[[], ClockReading],
        key: bytes,
        lock: WriterLock | None,
    ) -> None:
        self.folder = folder
        self._key = key
        self.spool = Spool(folder)
        self.writing = threading.Lock()
        self._clock = clock
        self._lock = lock
        # By the system's thread id: Qt gives a worker thread new Python locals at each slot.
        self._opened: dict[int, OpenDatabase] = {}
        self._is_closed = False
        self.outbox = SqliteOutbox(self, self.spool, clock)
        self.parcels = SqliteParcels(self, self.spool, self.outbox, clock)
        self.memory = SqliteMemory(self, clock)
        self.lists = SqliteTrustLists(self)
        self.guard = DiskGuard(folder, self, clock)
        self.retention = Retention(self, self.spool, self.memory, clock)
        self.drafts = SqliteDrafts(self, clock)

    @property
    def db(self) -> OpenDatabase:
        """The calling thread's connection."""
        if self._is_closed:
            raise ReadOnlyError("the data folder is closed")
        thread = threading.get_ident()
        db = self._opened.get(thread)
        if db is None:
            reserve = self.folder.reserve if self.is_writer else None
            db = database.open(self.folder.database, self._key, reserve=reserve)
            self._opened[thread] = db
        return db

    @property
    def is_writer(self) -> bool:
        """Tell whether this process may change what is kept."""
        return self._lock is not None

    def close(self) -> None:
        """Close every connection and let the next writer in. No other thread may be at work.

        From then on nothing is read or written here: each call ends with a named error.
        """
        if self._lock is not None and self._opened:
            with contextlib.suppress(StoreError):
                self.clean_log()  # SQLite does it only when no reader is left
        self._is_closed = True
        while self._opened:
            self._opened.popitem()[1].conn.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def next_slot(self, epoch: str | None) -> Slot:
        """Return what the next act will be known by. Hold ``writing`` until it is committed.

        Raises:
            NumbersUsedUpError: The epoch's last number is given out.
            StoreError: The database cannot be read.
        """
        return numbers.next_slot(self.db.conn, epoch)

    def commit_deposit(self, slot: Slot, new: NewDeposit, clock: ClockReading, agent: str) -> None:
        """Make a deposit exist: row, outbox, journal, number and print intent, or none of them.

        The bundle must be durable before. Returns once the promise may be shown. The draft it was
        made from ends in the same transaction, and its key with it.

        Raises:
            InvalidInputError: The draft is gone; nothing was committed.
            StoreError: Nothing was committed; the bundle left behind is an orphan at next start.
                Only when the high-water file cannot be written does the deposit stand: then it
                may not be shown before :meth:`note_number` has gone through.
        """
        self._check_writer()
        number = str(new.number)
        with database.transaction(self.db) as connection:
            agent_rows.check_acts(connection, agent)
            numbers.advance(connection, slot, new.number)
            deposits.insert(connection, new)
            outbox_rows.enqueue(
                connection,
                item_id=new.deposit_id,
                kind=ItemKind.DEPOSIT,
                deposit_id=new.deposit_id,
                receipt_number=number,
                created_at=new.created_at,
            )
            entry = Entry(act=Act.DEPOSITED, clock=clock, receipt_number=number, agent=agent)
            journal.append(connection, entry)
            prints.intend(connection, number, Mark.NONE, new.created_at)
            if new.draft_id is not None:
                draft_rows.delete(connection, new.draft_id)
        high_water.note(self.folder, new.number.device, new.number.sequence)

    def note_number(self, number: ReceiptNumber) -> None:
        """Make sure that the high-water file knows a committed number, before it is shown again.

        Raises:
            StoreError: The file cannot be written.
        """
        numbers.note(self.db.conn, self.folder, number)

    def commit_event(
        self, slot: Slot, new: NewEvent, clock: ClockReading, agent: str, move: Move | None
    ) -> DepositState | None:
        """Make an event exist, and move its deposit; return the deposit's state.

        Raises:
            InvalidInputError: The draft is gone; nothing was committed.
            StoreError: Nothing was committed.
        """
        self._check_writer()
        with database.transaction(self.db) as connection:
            agent_rows.check_acts(connection, agent)
            numbers.advance(connection, slot, None)
            deposits.insert_event(connection, new)
            outbox_rows.enqueue(
                connection,
                item_id=new.event_id,
                kind=ItemKind.EVENT,
                deposit_id=new.deposit_id,
                receipt_number=new.receipt_number,
                created_at=new.created_at,
            )
            state = self._follow(connection, new, move)
            entry = Entry(
                act=_EVENT_ACTS[new.event],
                clock=clock,
                receipt_number=new.receipt_number,
                agent=agent,
            )
            journal.append(connection, entry)
            mark = _EVENT_MARKS.get(new.event)
            # The receipt of another kiosk's deposit cannot be printed here.
            if mark is not None and state is not None:
                prints.intend(connection, new.receipt_number, mark, new.created_at)
            if new.draft_id is not None:
                draft_rows.delete(connection, new.draft_id)
        return state

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Hold one transaction of the folder's writer; all of it becomes durable, or none.

        Raises:
            StoreError: Opened for reading, or the named state of the disk; nothing was written.
        """
        self._check_writer()
        with database.transaction(self.db) as connection:
            yield connection

    def release(
        self, receipt_number: str, clock: ClockReading, agent: str, reason: str
    ) -> DepositState:
        """Let what is held under a number go again, at once; return the deposit's state.

        Raises:
            UnknownReceiptError: None is kept here.
            InvalidInputError: Nothing of it is held.
            StoreError: Nothing was committed.
        """
        with self.change() as connection:
            agent_rows.check_acts(connection, agent)
            state = outbox_rows.release(connection, receipt_number)
            entry = Entry(
                act=Act.RELEASED,
                clock=clock,
                receipt_number=receipt_number,
                agent=agent,
                reason=reason,
            )
            journal.append(connection, entry)
        return state

    def record(self, entry: Entry) -> None:
        """Add one entry to the journal, beside the folder's writer too.

        The chain is read and extended in one transaction under the database's write lock, so two
        processes never extend the same head; nothing else is written without the folder's lock.

        Raises:
            StoreError: The named state of the disk; nothing was recorded.
        """
        with database.transaction(self.db) as connection:
            journal.append(connection, entry)

    def clean_log(self) -> bool:
        """Move the write-ahead log into the database and empty it; tell whether that was done.

        A draft's deleted key would otherwise stay in pages of the log. What this buys: whoever
        takes the data folder and this PC's keystore finds no key in any file. What it does not:
        the disk may keep former blocks (an SSD does, so does a file system that copies on write),
        and a copy of the folder made before still holds both.
        """
        return database.empty_log(self.db)

    def close_prints(
        self, receipt_number: str, act: Act, clock: ClockReading, agent: str = ""
    ) -> None:
        """Note that the papers of a number came out."""
        with self.change() as connection:
            prints.close(connection, receipt_number)
            entry = Entry(act=act, clock=clock, receipt_number=receipt_number, agent=agent)
            journal.append(connection, entry)

    def deposit(self, receipt_number: str) -> StoredDeposit:
        """Return the deposit of that number.

        Raises:
            UnknownReceiptError: None is kept here.
        """
        return deposits.by_number(self.db.conn, receipt_number)

    def _check_writer(self) -> None:
        if self._lock is None:
            raise ReadOnlyError("the data folder was opened for reading")

    def _follow(
        self, connection: sqlite3.Connection, new: NewEvent, move: Move | None
    ) -> DepositState | None:
        if new.deposit_id is None:
            return None
        row = connection.execute(
            "SELECT state FROM deposits WHERE deposit_id = ?", (str(new.deposit_id),)
        ).fetchone()
        if row is None:
            return None
        deposits.find_by(connection, new)
        if move is None:
            return DepositState(row[0])
        state = deposits.move(connection, str(new.deposit_id), move)
        deposits.follow_move(connection, str(new.deposit_id), move, rfc3339(new.created_at))
        if new.event in {EventKind.CANCELLATION, EventKind.COMPLETION}:
            outbox_rows.give_way(connection, new.deposit_id)
        if new.event is EventKind.COMPLETION:
            connection.execute(
                "UPDATE deposits SET page_count = ?, size_bytes = ? WHERE deposit_id = ?",
                (new.page_count, new.size_bytes, str(new.deposit_id)),
            )
        return state


def open_for_writing(folder: DataFolder, clock: Callable[[], ClockReading], key: bytes) -> Store:
    """Become the one writer of a data folder: migrate, release leases, set orphans aside.

    *key* is the database's, 32 bytes.

    Raises:
        AnotherWriterError, NewerDatabaseError, DamagedDatabaseError, DiskFullError,
        ReadOnlyError: The named state; nothing was changed.
    """
    folder.make()
    store = Store(folder, clock, key, folder.lock())
    try:
        with last_backup.named_when_damaged(folder):
            _refuse_lost(folder)
            reserve = folder.reserve
            database.open(folder.database, key, create=True, reserve=reserve).conn.close()
            numbers.refuse_rolled_back(store.db.conn, folder)
        _set_in_order(store)
        folder.forget_restore()
    except BaseException:
        store.close()
        raise
    return store


def open_for_reading(folder: DataFolder, clock: Callable[[], ClockReading], key: bytes) -> Store:
    """Open beside whoever writes.

    Raises:
        NewerDatabaseError, DamagedDatabaseError, ReadOnlyError: The named state.
    """
    store = Store(folder, clock, key, None)
    with last_backup.named_when_damaged(folder):
        store.db  # noqa: B018 opens the connection, so that faults show here
    return store


def _set_in_order(store: Store) -> None:
    with database.transaction(store.db) as connection:
        outbox_rows.release_leases(connection)
    moved = store.spool.set_orphans_aside(lambda names: orphans.strays(store.db.conn, names))
    orphans.note_set_aside(store.db, store.folder.orphans, moved, store._clock())
    store.drafts.end_commands()
    drafts.sweep(store.folder, store.drafts.files())
    store.clean_log()


def _refuse_lost(folder: DataFolder) -> None:
    # A new database in its place would look like a fresh kiosk and start again at number 1.
    if high_water.read(folder) is None:
        return
    with named_faults():
        if not folder.database.exists() or folder.database.stat().st_size == 0:
            raise DamagedDatabaseError("the database is gone, though receipts were given out")
