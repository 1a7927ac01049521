"""Bundles that no row knows, and strangers' files beside them: kept, and in nobody's way."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from kiosk.domain.moments import ClockTrust
from kiosk.store import orphans
from tests.store.shop import Shop


def test_bundle_written_after_the_backup_is_adopted_from_the_given_up_folder(shop: Shop) -> None:
    # The database is damaged, the spool is not.
    shop.clerk.deposit()
    shop.back_up()
    later = shop.clerk.deposit()
    number = shop.clerk.number_of(later)
    shop.close()
    given_up = shop.folder.root.rename(shop.folder.root.with_name("given-up"))
    answer = shop.restore(with_identity=False, lost=given_up)
    assert answer.adopted == 1
    (one,) = orphans.adopted(shop.store.db.conn)
    assert (one.item_id, one.receipt_number) == (later, number)
    shop.close()
    assert shop.store.spool.path(later).exists()  # a start leaves it where it is
    assert [one.item_id for one in orphans.adopted(shop.store.db.conn)] == [later]


def test_bundle_that_was_never_committed_is_not_adopted(shop: Shop) -> None:
    slot = shop.store.next_slot("C0417A")
    uncommitted, _at = shop.clerk.prepare(slot)
    shop.close()
    _ = shop.store  # the next start sets it aside
    shop.back_up()
    shop.lose_pc()
    assert shop.restore().adopted == 0
    assert (shop.folder.orphans / f"{uncommitted.deposit_id}.wasl").exists()


def test_damaged_or_foreign_bundle_is_kept_and_not_adopted(shop: Shop) -> None:
    shop.back_up()
    damaged, foreign = shop.clerk.deposit(), shop.clerk.deposit()
    path = shop.store.spool.path(damaged)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    shop.close()
    given_up = shop.folder.root.rename(shop.folder.root.with_name("given-up"))
    other = Shop(root=shop.root / "other", central=shop.central)
    (shop.root / "other").mkdir()
    other.found()
    theirs = other.clerk.deposit()
    shutil.copyfile(other.store.spool.path(theirs), given_up / "spool" / f"{theirs}.wasl")
    other.close()
    answer = shop.restore(with_identity=False, lost=given_up)
    assert answer.adopted == 1
    assert [one.item_id for one in orphans.adopted(shop.store.db.conn)] == [foreign]
    assert {one.stem for one in shop.folder.orphans.iterdir()} == {str(damaged), str(theirs)}


def test_orphan_expires_after_thirty_days_of_a_believed_clock(shop: Shop) -> None:
    slot = shop.store.next_slot("C0417A")
    shop.clerk.prepare(slot)
    shop.close()
    db, folder = shop.store.db, shop.folder.orphans
    assert len(list(folder.iterdir())) == 1
    shop.clock.now += orphans.KEPT
    shop.clock.trust = ClockTrust.UNVERIFIED
    assert orphans.expire(db, folder, shop.clock.read()) == 0
    shop.clock.trust = ClockTrust.VERIFIED
    shop.clock.now -= orphans.KEPT / 2
    assert orphans.expire(db, folder, shop.clock.read()) == 0
    shop.clock.now += orphans.KEPT
    assert orphans.expire(db, folder, shop.clock.read()) == 1
    assert not list(folder.iterdir())
    entry = "SELECT act, receipt_number FROM journal ORDER BY entry DESC LIMIT 1"
    act, number = db.conn.execute(entry).fetchone()
    assert (act, number) == ("orphan_expired", str(slot.number))


def test_orphan_that_may_have_been_promised_never_expires(shop: Shop) -> None:
    shop.back_up()
    later = shop.clerk.deposit()
    bundle = shop.store.spool.path(later).read_bytes()
    shop.lose_pc()
    shop.restore()
    # Put there by hand after the restore, not named to it.
    (shop.folder.spool / f"{later}.wasl").write_bytes(bundle)
    shop.close()
    shop.clock.now += 3 * orphans.KEPT
    assert orphans.expire(shop.store.db, shop.folder.orphans, shop.clock.read()) == 0
    assert (shop.folder.orphans / f"{later}.wasl").read_bytes() == bundle


def _strew(folder: Path) -> dict[bytes, bytes]:
    """Lay down what a person, or another program, may leave in a folder; return it by name."""
    left = {b"caf\xe9.wasl": b"no text here", b"x.wasl": b"no id", b"notes.txt": b"a stranger's"}
    for name, content in left.items():
        (folder / os.fsdecode(name)).write_bytes(content)
    (folder / "folder.wasl").mkdir()
    return left


def _lying(folder: Path) -> dict[bytes, bytes]:
    return {os.fsencode(one.name): one.read_bytes() for one in folder.iterdir() if one.is_file()}


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text, as Linux has them")
@pytest.mark.parametrize("place", ["spool", "orphans"])
def test_stranger_in_the_spool_stops_no_start_and_no_backup(shop: Shop, place: str) -> None:
    shop.clerk.deposit()
    shop.close()
    left = _strew(shop.folder.spool if place == "spool" else shop.folder.orphans)
    shop.clerk.deposit()
    shop.close()
    assert _lying(shop.folder.orphans) == left  # none is deleted, whoever left it
    later = shop.clerk.deposit()
    shop.back_up()
    shop.lose_pc()
    answer = shop.restore()
    assert (answer.deposits, answer.bundles, answer.adopted) == (3, 3, 0)
    assert b"".join(shop.store.spool.read_document(later, 0))


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text, as Linux has them")
def test_stranger_in_the_given_up_folder_stops_no_restore(shop: Shop) -> None:
    shop.back_up()
    later = shop.clerk.deposit()
    shop.close()
    given_up = shop.folder.root.rename(shop.folder.root.with_name("given-up"))
    _strew(given_up / "spool")
    assert shop.restore(with_identity=False, lost=given_up).adopted == 1
    assert [one.item_id for one in orphans.adopted(shop.store.db.conn)] == [later]
