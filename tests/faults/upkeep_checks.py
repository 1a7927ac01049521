"""What backups, restores and purges leave: whole backups, one letter a restore, no scan too few."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from kiosk.desk.backups import restore_backup
from kiosk.domain.errors import InvalidInputError, WaslError
from kiosk.security.keystore import FileKeystore
from kiosk.store import backup_set, last_backup
from kiosk.store.folder import DataFolder
from kiosk.store.store import open_for_reading
from kiosk.wire.bundles import SUFFIX
from tests.enrolled import DEVICE
from tests.faults.counter import Counter
from tests.faults.promised import Promised

RESERVE = f"{DEVICE[:-1]}B"
"""The letter a device takes after its first restore."""
_drilled: dict[str, tuple[str, frozenset[str]]] = {}


def finish_restore(counter: Counter, promised: Promised) -> Iterator[str]:
    """Begin a restore again that was cut short, as whoever restores would."""
    folder = counter.folder
    if promised.restoring is None:
        return
    is_there = folder.exists() and not folder.is_being_restored()
    if promised.is_restored and not is_there:
        yield "the restore had ended, and its data folder is not there"
    if not is_there:
        counter.restore()


def restore_faults(counter: Counter, promised: Promised) -> Iterator[str]:
    """Yield what is wrong after a restore: the letter, or deposits the backup held."""
    if promised.restoring is None:
        return
    epoch = counter.store.memory.epoch_or_none()
    if epoch != RESERVE:
        yield f"the restored kiosk numbers under {epoch}, and {RESERVE} is its own"
    query = "SELECT count(*) FROM deposits WHERE epoch = ?"
    (count,) = counter.store.db.conn.execute(query, (DEVICE,)).fetchone()
    if count != promised.restoring:
        yield f"{count} deposits are restored of {promised.restoring}"


def backup_faults(counter: Counter, promised: Promised) -> Iterator[str]:
    """Yield backups that are gone or cannot be restored; then take another one."""
    place, said = counter.place, [*promised.backups.values()]
    if not place.is_dir():
        yield from (f"the backup {name} is gone" for name in promised.backups)
        return
    found = {one.path.name: one.path for one in backup_set.listed(place)}
    newest = [*found.values()][-1] if found else None
    if _chosen(place) != newest:
        yield f"a restore would take {_chosen(place)} of {list(found)}"
    for name, path in found.items():
        yield from _drill_faults(counter, path, promised.backups.get(name, set()))
    if said and newest is None:
        yield "there was a backup, and there is none any more"
    if said and newest is not None:
        yield from _drill_faults(counter, newest, said[-1])
    noted = last_backup.read(counter.folder)
    if noted is not None and noted.path.name not in found:
        yield f"{noted.path.name} is advised for a restore, and is not there"
    report = counter.desk.backups.take(place)
    yield from _drill_faults(counter, report.path, set(promised.receipts))
    if [*place.glob(f"{backup_set.PART}*")]:
        yield "half a backup is left after a whole one"


def _chosen(place: Path) -> Path | None:
    """Return the backup that a restore would take."""
    try:
        return backup_set.find(place)
    except InvalidInputError:
        return None


def _drill_faults(counter: Counter, path: Path, receipts: set[str]) -> Iterator[str]:
    """Yield what keeps a backup from being restored with all that was promised before it."""
    content = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        content.update(repr((file.name, file.is_file() and file.read_bytes())).encode())
    # The same bytes were restored for another state already: they restore the same.
    key = f"{path.name} {content.hexdigest()}"
    if key not in _drilled:
        # A store has one letter in reserve, which a restore before this one has taken.
        letter = RESERVE if counter.store.memory.epoch_or_none() == DEVICE else None
        _drilled[key] = _drill(counter, path, letter)
    fault, numbers = _drilled[key]
    if fault:
        yield f"the backup {path.name} is finished by its name and {fault}"
    elif not receipts <= numbers:
        yield f"the backup {path.name} lacks {sorted(receipts - numbers)}"


def _drill(counter: Counter, path: Path, letter: str | None) -> tuple[str, frozenset[str]]:
    drill = counter.folder.root.with_name("drill")
    stick = drill / "stick" / path.name
    shutil.copytree(path, stick)
    recovery = drill / "recovery.age"
    recovery.write_text(f"{counter.device.central.recovery}\n")
    folder, keys = DataFolder(drill / "data"), FileKeystore(drill / "keys")
    try:
        restored = restore_backup(
            folder.root,
            stick,
            keystore=keys,
            keystore_folder=drill / "keys",
            clock=counter.clock.read,
            identity=recovery,
        )
        if restored.epoch != letter:
            return f"gives the letter {restored.epoch}, not {letter}", frozenset()
        return "", _numbers(folder, keys, counter)
    except WaslError as error:
        return f"cannot be restored: {error}", frozenset()
    finally:
        shutil.rmtree(drill)


def _numbers(folder: DataFolder, keys: FileKeystore, counter: Counter) -> frozenset[str]:
    """Return the receipts whose deposit is there with its whole bundle."""
    key = keys.load(folder.read_id()).database_key
    with closing(open_for_reading(folder, counter.clock.read, key)) as store:
        rows = store.db.conn.execute("SELECT receipt_number, deposit_id FROM deposits").fetchall()
    return frozenset(
        number for number, item in rows if (folder.spool / f"{item}{SUFFIX}").is_file()
    )


def purge_faults(counter: Counter, promised: Promised) -> Iterator[str]:
    """Purge again, and yield what should have gone and did not."""
    if not promised.may_go:
        return
    counter.purge()
    left = {path.stem for path in counter.folder.spool.glob(f"*{SUFFIX}")}
    yield from (f"the bundle of {one} is not purged" for one in left & promised.may_go)


def may_lack_bundle(counter: Counter, promised: Promised) -> set[str]:
    """Return the items whose bundle may be gone: they may go, and their row says that they did."""
    gone = counter.store.db.conn.execute(
        "WITH gone AS (SELECT deposit_id FROM deposits WHERE state IN ('purged', 'cancelled'))"
        " SELECT deposit_id FROM gone"
        " UNION ALL SELECT event_id FROM events WHERE deposit_id IN gone"
    )
    return {item for (item,) in gone} & promised.may_go
