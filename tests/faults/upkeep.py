"""Scenes of what is done beside the counter: backups, the restore of one, and what is purged."""

import shutil

from tests.faults.counter import Counter
from tests.faults.line import acknowledge
from tests.faults.person import CORRECTED, REASON

_DEPOSITS = 3


def with_deposits(counter: Counter) -> None:
    """Enrol a kiosk and take three dossiers."""
    counter.open()
    counter.enrol()
    for _ in range(_DEPOSITS):
        counter.take()


def with_backup(counter: Counter) -> None:
    """Take a backup after three dossiers."""
    with_deposits(counter)
    counter.back_up()


def back_up(counter: Counter) -> None:
    """Take a dossier and a backup; the one before, of the same hour, makes way for it."""
    counter.take()
    counter.back_up()


def with_lost_pc(counter: Counter) -> None:
    """Lose the PC with a dossier that is in no backup."""
    with_backup(counter)
    counter.take()
    counter.close()
    counter.recovery.write_text(f"{counter.device.central.recovery}\n")
    for lost in (counter.folder.root, counter.folder.root.with_name("keys")):
        shutil.rmtree(lost)


def restore(counter: Counter) -> None:
    """Put the backup in place on a PC that has nothing, and take the next dossier."""
    counter.tell({"what": "restoring", "deposits": str(_DEPOSITS)})
    counter.restore()
    counter.tell({"what": "restored"})
    counter.open()
    counter.take()


def with_much_delivered(counter: Counter) -> None:
    """Deliver four deposits and a cancellation; an amendment and the fifth deposit are to go."""
    with_deposits(counter)
    counter.cancel(_number_of(counter, 2))
    counter.take()
    for _ in range(5):
        acknowledge(counter)
    counter.take()
    number = _number_of(counter, 3)
    counter.after_receipt(lambda: counter.desk.events.amend(number, CORRECTED, REASON))


def _number_of(counter: Counter, sequence: int) -> str:
    rows = counter.desk.overview.queue().rows
    return next(row.receipt_number for row in rows if f"-{sequence:06d}-" in row.receipt_number)


def purge(counter: Counter) -> None:
    """Hear that the fifth arrived, and remove what the central has had for long.

    The third stays, and the sixth: something of them was never acknowledged.
    """
    acknowledge(counter)
    may_go = (
        "SELECT deposit_id FROM deposits WHERE number IN (1, 2, 4, 5)"
        " UNION ALL SELECT event_id FROM events WHERE event = 'cancellation'"
    )
    items = [item for (item,) in counter.store.db.conn.execute(may_go)]
    counter.tell({"what": "may_go", "items": " ".join(items)})
    counter.purge()
    counter.take()
