"""Receipt numbers and the count of signed acts: the next of each, and none of them twice."""

from dataclasses import dataclass

from kiosk.domain.receipt_number import MAX_SEQUENCE, ReceiptNumber
from kiosk.store import high_water
from kiosk.store.errors import DamagedDatabaseError, NumbersUsedUpError, named_faults
from kiosk.store.folder import DataFolder
from kiosk.store.sqlite import sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What the next act will be known by, if it is committed.

    Attributes:
        number: The next receipt number of the epoch; None for acts that take none.
        act_sequence: Counts every signed act of this device.
    """

    number: ReceiptNumber | None
    act_sequence: int


@named_faults()
def next_slot(connection: sqlite3.Connection, epoch: str | None) -> Slot:
    """Return what the next act will be known by; *epoch* None for one that takes no number.

    Raises:
        NumbersUsedUpError: The epoch's last number is given out.
        StoreError: The database cannot be read.
    """
    (act,) = connection.execute(
        "SELECT coalesce(max(value), 0) FROM counters WHERE name = 'act'"
    ).fetchone()
    number = None
    if epoch is not None:
        row = connection.execute(
            "SELECT last FROM receipt_sequence WHERE epoch = ?", (epoch,)
        ).fetchone()
        sequence = (row[0] if row else 0) + 1
        if sequence > MAX_SEQUENCE:
            raise NumbersUsedUpError("this device has given out its last receipt number")
        number = ReceiptNumber(device=epoch, sequence=sequence)
    return Slot(number=number, act_sequence=act + 1)


def advance(connection: sqlite3.Connection, slot: Slot, number: ReceiptNumber | None) -> None:
    """Take what *slot* names, within the caller's transaction.

    Raises:
        DamagedDatabaseError: It is taken already: this transaction must not commit.
    """
    # Compare and set: another writer may have slipped in.
    connection.execute("INSERT OR IGNORE INTO counters VALUES ('act', 0)")
    changed = connection.execute(
        "UPDATE counters SET value = ?1 WHERE name = 'act' AND value = ?1 - 1",
        (slot.act_sequence,),
    ).rowcount
    if number is not None:
        changed = min(
            changed,
            connection.execute(
                "UPDATE receipt_sequence SET last = ?1 WHERE epoch = ?2 AND last = ?1 - 1",
                (number.sequence, number.device),
            ).rowcount,
        )
    if changed != 1:
        raise DamagedDatabaseError("a number was taken behind this program's back")


def note(connection: sqlite3.Connection, folder: DataFolder, number: ReceiptNumber) -> None:
    """Make sure that the high-water file knows a committed number, before it is shown again.

    Raises:
        StoreError: The file cannot be written.
    """
    noted = high_water.read(folder)
    if noted is not None and noted[0] != number.device:
        if _came_before(connection, number.device, noted[0]):
            return  # of before a restore: the file guards the letter that goes on
        noted = None
    # The same number is written again: after a refused fsync only the page cache may know it.
    if noted is None or noted[1] <= number.sequence:
        high_water.note(folder, number.device, number.sequence)


def check_rolled_back(connection: sqlite3.Connection, folder: DataFolder) -> None:
    """Compare the database with the high-water file; reads only.

    Raises:
        DamagedDatabaseError: The database is older than receipts that were given out from it.
        StoreError: One of the two cannot be read.
    """
    # The file first: a number that is given out meanwhile is in the database before it.
    noted = high_water.read(folder)
    with named_faults():
        kept = dict(connection.execute("SELECT epoch, last FROM receipt_sequence").fetchall())
    if noted is not None and kept.get(noted[0], -1) < noted[1]:
        raise DamagedDatabaseError(
            "the database is older than the receipts given out from it: it would repeat numbers"
        )


def refuse_rolled_back(connection: sqlite3.Connection, folder: DataFolder) -> None:
    """Compare the database with the high-water file, and bring the file up to it at a start.

    Raises:
        DamagedDatabaseError: The database is older than receipts that were given out from it.
        StoreError: One of the two cannot be read or written.
    """
    check_rolled_back(connection, folder)
    with named_faults():
        row = connection.execute(
            "SELECT epoch, number FROM deposits ORDER BY rowid DESC LIMIT 1"
        ).fetchone()
    if row is not None:
        # A crash between COMMIT and the high-water file: from now on the number may be shown.
        note(connection, folder, ReceiptNumber(device=row[0], sequence=row[1]))


@named_faults()
def _came_before(connection: sqlite3.Connection, epoch: str, other: str) -> bool:
    rows = connection.execute("SELECT epoch FROM receipt_sequence ORDER BY rowid")
    epochs = [row[0] for row in rows]
    return other in epochs and epoch in epochs[: epochs.index(other)]
