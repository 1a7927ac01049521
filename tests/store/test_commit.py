"""One deposit is one transaction: all of it, or nothing, wherever it fails."""

import random
import threading
from uuid import uuid4

import pytest

from kiosk.domain.errors import UnknownReceiptError
from kiosk.domain.moments import ClockReading
from kiosk.domain.receipt_number import MAX_SEQUENCE
from kiosk.domain.vocabulary import EventKind
from kiosk.store import database, high_water, journal, outbox_rows, prints
from kiosk.store import deposits as rows
from kiosk.store.deposits import NewDeposit
from kiosk.store.errors import (
    DamagedDatabaseError,
    DiskFullError,
    NumbersUsedUpError,
    ReadOnlyError,
    StoreError,
)
from kiosk.store.folder import DataFolder
from kiosk.store.journal import Act, Entry
from kiosk.store.numbers import Slot
from kiosk.store.prints import Mark
from kiosk.store.sqlite import sqlite3
from kiosk.store.store import Store, open_for_reading, open_for_writing
from kiosk.sync.ports import ItemKind
from tests.database_key import KEY
from tests.enrolled import DEVICE, TestCentral, TestClock
from tests.store.faults import (
    first_broken_promise,
    interrupted_at,
    numbers_are_gap_free,
    refused_step,
    snapshot,
    stands_or_falls_whole,
)
from tests.store.items import SCAN, Clerk


def test_commit_refused_at_any_step_leaves_nothing(clerk: Clerk) -> None:
    clerk.deposit()
    assert first_broken_promise(clerk) is None
    assert stands_or_falls_whole(clerk.store)


def test_commit_interrupted_in_any_statement_leaves_nothing(clerk: Clerk) -> None:
    # A statement that stops half-way: the machine runs out of memory or the disk goes away.
    clerk.deposit()
    store = clerk.store
    for step in range(1, 1000):
        before = snapshot(store)
        slot = store.next_slot(DEVICE)
        new, at = clerk.prepare(slot)
        try:
            with interrupted_at(store.db.conn, step):
                store.commit_deposit(slot, new, at, "technician")
        except StoreError:
            assert snapshot(store) == before
        else:
            break
    assert 10 < step < 999
    assert numbers_are_gap_free(store)


def test_event_refused_at_any_step_leaves_nothing(clerk: Clerk) -> None:
    deposit = clerk.deposit()
    store = clerk.store
    for step in range(1, 1000):
        before = snapshot(store)
        try:
            with refused_step(store.db.conn, step):
                clerk.event(deposit, EventKind.CANCELLATION)
        except (StoreError, sqlite3.DatabaseError):
            assert snapshot(store) == before
        else:
            break
    assert 20 < step < 999


def test_bundles_of_failed_commits_are_orphans_and_the_number_is_taken_next(
    clerk: Clerk, folder: DataFolder
) -> None:
    for step in (1, 5, 9):
        slot = clerk.store.next_slot(DEVICE)
        new, at = clerk.prepare(slot)
        with refused_step(clerk.store.db.conn, step), pytest.raises(StoreError):
            clerk.store.commit_deposit(slot, new, at, "technician")
    clerk.store.close()
    assert len(list(folder.spool.glob("*.wasl"))) == 3
    again = open_for_writing(folder, clerk.clock.read, KEY)
    try:
        deposit = Clerk(store=again, clock=clerk.clock).deposit()
        assert len(list(folder.orphans.iterdir())) == 3
        assert [file.stem for file in folder.spool.glob("*.wasl")] == [str(deposit)]
        number = again.db.conn.execute("SELECT receipt_number, number FROM deposits").fetchone()
        assert (number[0][:13], number[1]) == ("C0417A-000001", 1)
        acts = [row[0] for row in again.db.conn.execute("SELECT act FROM journal ORDER BY entry")]
        assert acts == ["enrolled", *["orphan_set_aside"] * 3, "deposited"]
    finally:
        again.close()


def test_numbers_stay_gap_free_over_200_deposits_with_faults(clerk: Clerk) -> None:
    chance = random.Random(20261123)  # noqa: S311 a fixed seed for a test
    failed = 0
    while failed < 1000:
        slot = clerk.store.next_slot(DEVICE)
        assert slot.number is not None
        if slot.number.sequence > 200:
            break
        new, at = clerk.prepare(slot)
        try:
            with refused_step(clerk.store.db.conn, chance.randint(1, 120)):
                clerk.store.commit_deposit(slot, new, at, "technician")
        except StoreError:
            failed += 1
    assert failed > 20
    assert numbers_are_gap_free(clerk.store)
    assert stands_or_falls_whole(clerk.store)
    assert clerk.store.next_slot(DEVICE).number is not None
    assert high_water.read(clerk.store.folder) == (DEVICE, 200)


def test_deposits_of_two_threads_get_their_own_numbers(clerk: Clerk) -> None:
    faults: list[BaseException] = []

    def take() -> None:
        try:
            for _ in range(10):
                clerk.deposit()
        except BaseException as error:
            faults.append(error)
            raise

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not faults
    assert numbers_are_gap_free(clerk.store)


def test_same_request_is_never_two_deposits(clerk: Clerk) -> None:
    request = uuid4()
    clerk.deposit(request_id=request)
    with pytest.raises(StoreError):
        clerk.deposit(request_id=request)
    assert numbers_are_gap_free(clerk.store)
    found = rows.by_request(clerk.store.db.conn, request)
    assert found is not None
    assert rows.by_request(clerk.store.db.conn, uuid4()) is None


def test_slot_taken_twice_is_refused(clerk: Clerk) -> None:
    slot = clerk.store.next_slot(DEVICE)
    first, at = clerk.prepare(slot)
    second, _at = clerk.prepare(slot)
    clerk.store.commit_deposit(slot, first, at, "technician")
    with pytest.raises(DamagedDatabaseError):
        clerk.store.commit_deposit(slot, second, at, "technician")
    assert numbers_are_gap_free(clerk.store)


def test_last_number_of_an_epoch_ends_it(clerk: Clerk) -> None:
    clerk.store.db.conn.execute("UPDATE receipt_sequence SET last = ?", (MAX_SEQUENCE - 1,))
    clerk.deposit()
    with pytest.raises(NumbersUsedUpError):
        clerk.deposit()


def test_reader_may_note_a_look_and_commit_nothing(clerk: Clerk, folder: DataFolder) -> None:
    deposit = clerk.deposit()
    reader = open_for_reading(folder, clerk.clock.read, KEY)
    try:
        assert not reader.is_writer
        assert reader.deposit(clerk.number_of(deposit)).deposit_id == deposit
        before = journal.verify(clerk.store.db.conn).entries
        reader.record(Entry(act=Act.CONSULTED, clock=clerk.clock.read()))
        assert journal.verify(clerk.store.db.conn).entries == before + 1
        with pytest.raises(ReadOnlyError):
            Clerk(store=reader, clock=clerk.clock).deposit()
    finally:
        reader.close()


def test_closed_store_names_its_state(clerk: Clerk) -> None:
    clerk.store.close()
    with pytest.raises(ReadOnlyError):
        clerk.store.next_slot(DEVICE)
    clerk.store.close()


def test_full_database_is_named_and_room_brings_it_back(clerk: Clerk) -> None:
    # SQLite's own limit of pages answers as a full disk does.
    clerk.deposit()
    connection = clerk.store.db.conn
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(50):
        before = snapshot(clerk.store)
        try:
            clerk.deposit()
        except DiskFullError:
            break
    else:
        pytest.fail("the database grew past its limit")
    assert snapshot(clerk.store) == before
    connection.execute("PRAGMA max_page_count = 1000000")
    clerk.deposit()
    assert numbers_are_gap_free(clerk.store)


def test_high_water_file_that_refuses_leaves_the_deposit_standing(
    clerk: Clerk, folder: DataFolder
) -> None:
    # The file's disk block is broken: it can be neither read nor written.
    clerk.deposit()
    folder.high_water.unlink()
    folder.high_water.mkdir()
    with pytest.raises(StoreError):
        clerk.deposit()
    assert numbers_are_gap_free(clerk.store)
    assert stands_or_falls_whole(clerk.store)
    folder.high_water.rmdir()
    slot = clerk.store.next_slot(DEVICE)
    assert slot.number is not None
    assert slot.number.sequence == 3


class SplitStore(Store):
    """Broken: the outbox row is written in a transaction of its own."""

    def commit_deposit(self, slot: Slot, new: NewDeposit, clock: ClockReading, agent: str) -> None:
        number = str(new.number)
        with database.transaction(self.db) as connection:
            connection.execute("UPDATE counters SET value = value + 1 WHERE name = 'act'")
            connection.execute("UPDATE receipt_sequence SET last = last + 1")
            rows.insert(connection, new)
            journal.append(connection, Entry(act=Act.DEPOSITED, clock=clock, receipt_number=number))
            prints.intend(connection, number, Mark.NONE, new.created_at)
        with database.transaction(self.db) as connection:
            outbox_rows.enqueue(
                connection,
                item_id=new.deposit_id,
                kind=ItemKind.DEPOSIT,
                deposit_id=new.deposit_id,
                receipt_number=number,
                created_at=new.created_at,
            )


class EagerStore(Store):
    """Broken: the number counts as shown before the deposit is committed."""

    def commit_deposit(self, slot: Slot, new: NewDeposit, clock: ClockReading, agent: str) -> None:
        high_water.note(self.folder, new.number.device, new.number.sequence)
        super().commit_deposit(slot, new, clock, agent)


class SwallowingStore(Store):
    """Broken: it says that all is well when the disk said no."""

    def commit_deposit(self, slot: Slot, new: NewDeposit, clock: ClockReading, agent: str) -> None:
        try:
            super().commit_deposit(slot, new, clock, agent)
        except StoreError:
            return


@pytest.mark.parametrize("broken", [SplitStore, EagerStore, SwallowingStore])
def test_harness_catches_a_broken_store(
    broken: type[Store], folder: DataFolder, clock: TestClock, central: TestCentral
) -> None:
    made = open_for_writing(folder, clock.read, KEY)
    made.memory.keep_enrolment(central.enrolment())
    Clerk(store=made, clock=clock).deposit()
    made.close()
    store = broken(folder, clock.read, KEY, folder.lock())
    try:
        found = first_broken_promise(Clerk(store=store, clock=clock))
    finally:
        store.close()
    assert found is not None


def test_scan_of_a_deposit_is_read_from_its_bundle(clerk: Clerk) -> None:
    deposit = clerk.deposit()
    assert b"".join(clerk.store.spool.read_document(deposit, 0)) == SCAN
    assert b"".join(clerk.store.spool.read_document(deposit, 100)) == SCAN[100:]


def test_paper_stays_open_until_it_came_out(clerk: Clerk) -> None:
    # The power went between COMMIT and the printer: the intent says so at the next start.
    number = clerk.number_of(clerk.deposit())
    connection = clerk.store.db.conn
    assert prints.open_intent(connection, number) is Mark.NONE
    assert [one.receipt_number for one in prints.open_prints(connection)] == [number]
    clerk.store.close_prints(number, Act.PRINTED, clerk.clock.read())
    assert prints.open_intent(connection, number) is None
    assert prints.open_prints(connection) == ()


def test_unknown_receipt_is_told(clerk: Clerk) -> None:
    with pytest.raises(UnknownReceiptError):
        clerk.store.deposit("C0417A-000099-77")


def test_events_under_a_number_are_told_in_order(clerk: Clerk) -> None:
    deposit = clerk.deposit()
    number, connection = clerk.number_of(deposit), clerk.store.db.conn
    for kind in (EventKind.AMENDMENT, EventKind.COMPLEMENT, EventKind.AMENDMENT):
        clerk.event(deposit, kind)
    assert rows.events_of(connection, number) == (
        EventKind.AMENDMENT,
        EventKind.COMPLEMENT,
        EventKind.AMENDMENT,
    )
    assert len(rows.event_manifests(connection, number, EventKind.AMENDMENT)) == 2


def test_journal_takes_single_acts(clerk: Clerk) -> None:
    clerk.store.record(Entry(act=Act.CONSULTED, clock=clerk.clock.read(), receipt_number="x"))
    assert journal.verify(clerk.store.db.conn).entries == 2
