"""The PC is lost and a backup takes its place: nothing promised is lost, no number comes twice."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from pyrage import x25519

from kiosk.domain.errors import ErrorCode, InvalidInputError, UnreadableFileError, WaslError
from kiosk.domain.receipt_number import parse
from kiosk.domain.vocabulary import DepositState
from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import FileKeystore
from kiosk.store import journal, letters, memory
from kiosk.store.errors import (
    DamagedBackupError,
    DamagedDatabaseError,
    DiskFullError,
    ForeignBackupError,
    NumbersUsedUpError,
    ReadOnlyError,
)
from kiosk.store.folder import DataFolder
from kiosk.wire.errors import BadSignatureError
from tests.store import mounts
from tests.store.shop import Shop


def _files(folder: Path) -> dict[str, bytes]:
    found = (one for one in folder.rglob("*") if one.is_file())
    return {str(one.relative_to(folder)): one.read_bytes() for one in found}


def test_everything_is_there_after_the_pc_is_lost(shop: Shop) -> None:
    items = [shop.clerk.deposit() for _ in range(3)]
    later = shop.clerk.deposit(scan=None)
    before, numbers = shop.keys, shop.numbers()
    shop.back_up()
    shop.lose_pc()
    answer = shop.restore()
    assert (answer.deposits, answer.bundles, answer.adopted) == (4, 4, 0)
    assert shop.keys == before
    assert shop.numbers() == numbers
    assert shop.clerk.state_of(later) is DepositState.TO_SCAN
    for item in items:
        assert b"".join(shop.store.spool.read_document(item, 0))
    journal.verify(shop.store.db.conn)


def test_numbers_go_on_under_the_reserve_letter(shop: Shop) -> None:
    shop.clerk.deposit()
    shop.back_up()
    shop.clerk.deposit()  # given out, and known to nobody once the PC is lost
    shop.lose_pc()
    assert shop.restore().epoch == "C0417B"
    item = shop.clerk.deposit()
    assert shop.clerk.number_of(item).startswith("C0417B-000001-")
    acts = [row[0] for row in shop.store.db.conn.execute("SELECT reason FROM journal")]
    assert "C0417B" in acts


def test_acts_after_a_restore_have_counts_never_used_before(shop: Shop) -> None:
    shop.clerk.deposit()
    shop.back_up()
    lost = [shop.store.next_slot("C0417A").act_sequence for _ in range(1)]
    shop.lose_pc()
    shop.restore()
    assert shop.store.next_slot("C0417B").act_sequence > max(lost) + 1000


def _generations(shop: Shop) -> list[str]:
    """Live through three losses and return every number that was ever given out."""
    given = []
    fresh = ["", "C", "D"]  # what the central hands out when asked for a new reserve letter
    for generation in range(4):
        if generation:
            shop.lose_pc()
            shop.restore()
            letter = fresh[generation] if generation < len(fresh) else ""
            if letter:
                fields = f'json_set(value, "$.reserve_letter", "{letter}")'
                shop.store.db.conn.execute(
                    f"UPDATE memory SET value = {fields} WHERE name = 'enrolment'"  # noqa: S608
                )
        for _ in range(3):
            item = shop.clerk.deposit()
            given.append(shop.clerk.number_of(item))
        shop.back_up()
        for _ in range(2):  # the central never hears of these
            item = shop.clerk.deposit()
            given.append(shop.clerk.number_of(item))
    return given


def test_numbers_never_repeat_over_three_restores(shop: Shop) -> None:
    given = _generations(shop)
    assert len(set(given)) == len(given) == 20
    by_letter: dict[str, list[int]] = {}
    for number in map(parse, given):
        by_letter.setdefault(number.device, []).append(number.sequence)
    assert all(sequences == [1, 2, 3, 4, 5] for sequences in by_letter.values())
    assert list(by_letter) == ["C0417A", "C0417B", "C0417C", "C0417D"]


def test_restore_that_keeps_the_old_letter_would_be_caught(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The broken variant: everything is restored, and numbers go on where the backup stood.
    monkeypatch.setattr(memory, "take_reserve", lambda _connection, _is_free: "C0417A")
    given = _generations(shop)
    assert len(set(given)) < len(given)


def test_second_restore_of_one_backup_takes_no_letter_again(shop: Shop) -> None:
    shop.clerk.deposit()
    shop.back_up()
    shop.lose_pc()
    shop.restore()
    given = shop.clerk.number_of(shop.clerk.deposit())
    shop.lose_pc()
    answer = shop.restore()
    assert answer.epoch is None
    with pytest.raises(NumbersUsedUpError):
        shop.clerk.deposit()
    assert given not in shop.numbers()
    assert shop.store.outbox.waiting().waiting == 1  # what was taken in is still sent


def test_restore_that_marks_no_letter_would_be_caught(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The broken variant: the letter is taken and nobody is told.
    monkeypatch.setattr(letters, "note", lambda _files, _code, _restore_id: None)
    shop.back_up()
    given = []
    for _ in range(2):
        shop.lose_pc()
        shop.restore()
        given.append(shop.clerk.number_of(shop.clerk.deposit()))
    assert given[0] == given[1]


def test_second_restore_from_a_copy_on_the_same_pc_takes_no_letter_again(
    shop: Shop, tmp_path: Path
) -> None:
    shop.clerk.deposit()
    report = shop.back_up()
    shutil.copytree(report.path, tmp_path / "copy" / report.path.name)
    shop.close()
    shutil.rmtree(shop.folder.root)
    assert shop.restore().epoch == "C0417B"
    shop.close()
    shutil.rmtree(shop.folder.root)
    assert shop.restore(tmp_path / "copy").epoch is None


def test_older_database_slipped_in_after_a_restore_is_refused(shop: Shop) -> None:
    shop.clerk.deposit()
    report = shop.back_up()
    shop.lose_pc()
    shop.restore()
    shop.store.close()
    shop.opened = None
    shutil.copyfile(report.path / "wasl.db", shop.folder.database)
    with pytest.raises(DamagedDatabaseError, match="older"):
        _ = shop.store


def test_request_of_before_the_restore_answers_the_same(shop: Shop) -> None:
    shop.clerk.deposit()
    shop.back_up()
    shop.lose_pc()
    shop.restore()
    shop.clerk.deposit()
    old = shop.store.deposit(shop.numbers()[0])
    shop.store.note_number(parse(old.receipt_number))
    shop.close()
    shop.clerk.deposit()
    assert [one[:6] for one in shop.numbers()] == ["C0417A", "C0417B", "C0417B"]


def test_data_folder_in_use_is_refused(shop: Shop) -> None:
    shop.back_up()
    shop.close()
    before = _files(shop.folder.root)
    with pytest.raises(InvalidInputError):
        shop.restore()
    assert _files(shop.folder.root) == before


def test_backup_of_another_device_is_refused_as_foreign(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Shop(root=tmp_path / "other", central=shop.central)
    other.found()
    other.back_up()
    other.close()
    with pytest.raises(ForeignBackupError) as caught:
        shop.restore(other.place)
    assert caught.value.code is ErrorCode.FOREIGN_BACKUP


def test_backups_of_two_kiosks_on_one_stick_are_not_mixed_up(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Shop(root=tmp_path / "other", central=shop.central)
    other.found()
    shop.back_up()
    report = other.back_up(place=shop.place)
    other.close()
    shop.lose_pc()
    with pytest.raises(InvalidInputError, match="several"):
        shop.restore()
    shop.restore(report.path)
    assert shop.folder.read_id() == report.manifest.store_id


def test_wrong_identity_opens_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.back_up()
    shop.lose_pc()
    other = tmp_path / "other.age"
    other.write_text(f"{x25519.Identity.generate()}\n")
    operations = tmp_path / "operations.age"
    operations.write_text(f"{shop.central.operations}\n")
    for file in (other, operations):
        with pytest.raises(WrongKeyError):
            shop.restore(identity=file)
    for text in ("", "not a key\n", "\x00\xff"):
        other.write_text(text)
        with pytest.raises(UnreadableFileError):
            shop.restore(identity=other)
    assert not shop.folder.root.exists()
    assert not list(shop.place.glob("*.letters"))


def test_restore_without_identity_needs_the_keystore(shop: Shop) -> None:
    shop.clerk.deposit()
    shop.back_up()
    shop.close()
    shutil.rmtree(shop.folder.root)
    moved = shop.keystore.rename(shop.keystore.with_name("taken-away"))
    with pytest.raises(WrongKeyError):
        shop.restore(with_identity=False)
    assert not shop.folder.root.exists()
    moved.rename(shop.keystore)
    assert shop.restore(with_identity=False).deposits == 1


@pytest.mark.parametrize(
    "name", ["wasl.db", "keys.age", "contents.sha256", "manifest.json", "manifest.sig", "spool/*"]
)
@pytest.mark.parametrize("harm", ["missing", "cut", "flipped", "empty"])
def test_half_copied_or_changed_backup_is_refused_untouched(
    shop: Shop, name: str, harm: str
) -> None:
    shop.clerk.deposit()
    report = shop.back_up()
    (file,) = report.path.glob(name)
    content = file.read_bytes()
    match harm:
        case "missing":
            file.unlink()
        case "cut":
            file.write_bytes(content[: len(content) // 2])
        case "empty":
            file.write_bytes(b"")
        case _:
            at = len(content) // 2
            file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    shop.lose_pc()
    with pytest.raises((DamagedBackupError, BadSignatureError)) as caught:
        shop.restore()
    assert isinstance(caught.value, WaslError)
    assert not shop.folder.root.exists()
    assert not list(shop.place.glob("*.letters"))


def test_manifest_of_another_backup_is_refused(shop: Shop) -> None:
    first = shop.back_up()
    shop.clock.now += timedelta(hours=1)
    shop.clerk.deposit()
    second = shop.back_up()
    for name in ("manifest.json", "manifest.sig"):
        shutil.copyfile(first.path / name, second.path / name)
    shop.lose_pc()
    with pytest.raises(DamagedBackupError):
        shop.restore(second.path)


def test_read_only_backup_is_not_used_because_its_letter_cannot_be_marked(shop: Shop) -> None:
    shop.clerk.deposit()
    shop.back_up()
    shop.lose_pc()
    with mounts.read_only(shop.place), pytest.raises(ReadOnlyError, match="marked"):
        shop.restore()
    assert shop.restore().epoch == "C0417B"  # the same call again, once it can be written


def test_restore_onto_a_full_disk_goes_on_once_there_is_room(shop: Shop, tmp_path: Path) -> None:
    for _ in range(3):
        shop.clerk.deposit(scan=bytes(200_000))
    shop.back_up()
    shop.lose_pc()
    shop.folder.root.parent.mkdir()
    with mounts.small_disk(shop.folder.root, 300) as disk:
        with pytest.raises(DiskFullError):
            shop.restore()
        assert DataFolder(disk).is_being_restored()
        with pytest.raises(DamagedDatabaseError, match="not finished"):
            DataFolder(disk).read_id()
    assert shop.restore().epoch == "C0417B"
    assert len(shop.numbers()) == 3


@pytest.mark.parametrize("step", range(8))
def test_restore_cut_short_anywhere_goes_on_with_its_own_letter(
    shop: Shop, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The power goes between two names being put in place, or just before the first.
    shop.clerk.deposit()
    shop.back_up()
    shop.lose_pc()
    real, count = Path.rename, iter(range(100))

    def cut(self: Path, target: Path) -> Path:
        if next(count) == step:
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut)
        try:
            shop.restore()
        except KeyboardInterrupt:
            assert shop.restore().epoch == "C0417B"
    assert shop.clerk.number_of(shop.clerk.deposit()).startswith("C0417B-000001-")
    assert FileKeystore(shop.keystore).load(shop.folder.read_id()) == shop.keys


def test_restore_that_died_at_its_last_step_is_finished_by_the_next_start(shop: Shop) -> None:
    shop.clerk.deposit()
    shop.close()
    shop.folder.restoring.mkdir()
    (shop.folder.restoring / "restore.id").write_text("x")
    assert len(shop.numbers()) == 1
    assert not shop.folder.restoring.exists()


def test_restored_kiosk_backs_up_and_is_restored_again(shop: Shop) -> None:
    shop.clerk.deposit()
    shop.back_up()
    shop.lose_pc()
    shop.restore()
    shop.clerk.deposit()
    report = shop.back_up()
    assert (report.manifest.epoch, report.manifest.generation) == ("C0417B", 2)
    shop.lose_pc()
    answer = shop.restore()  # the newest of both generations
    assert (answer.deposits, answer.epoch) == (2, None)
    assert memory.reserve_code(shop.store.db.conn) is None
