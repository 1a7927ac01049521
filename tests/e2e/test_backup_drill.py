"""The drill: a PC burns, another one takes its backup, and the central gets everything once."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from kiosk.app import open_kiosk
from kiosk.domain.errors import ErrorCode
from tests.e2e.central import CentralProcess
from tests.e2e.commands import Counter, Ran, run

_RECOVERY = "demo-keys/recovery.age"


def _lose(counter: Counter, keys: Path) -> None:
    shutil.rmtree(counter.data)
    shutil.rmtree(keys)


def _kept_by(central: CentralProcess, out: Path) -> dict[str, dict[str, object]]:
    ran = run("central", "export-dossiers", out, "--data", central.data)
    assert ran.exit_code == 0, ran.fields
    return {file.stem: json.loads(file.read_text()) for file in out.glob("*.json")}


def _journal_faults(central: CentralProcess, device: str) -> dict[str, int]:
    listed = run("central", "points", "--data", central.data).fields["points"]
    (found,) = (one for point in listed for one in point["devices"] if one["device"] == device)
    return dict(found["journal_faults"])


def _receive(counter: Counter, **fields: str) -> Ran:
    """Take a dossier to be scanned later: no page has to be processed."""
    return counter.deposit("--scan-later", "--pieces", "feuille_de_soins=1", pages=(), **fields)


def test_drill(central: CentralProcess, counter: Counter, tmp_path: Path) -> None:
    keys, stick = tmp_path / "keys", tmp_path / "stick"
    before = central.stats()["deposits"]
    sent = counter.deposit().fields["receipt_number"]
    assert counter.run("sync", "--once").fields["sent"] == 1
    waiting = [counter.deposit(amount=f"{n}.50").fields["receipt_number"] for n in range(2, 4)]
    taken = counter.run("backup", stick)
    assert taken.exit_code == 0, taken.fields
    assert (taken.fields["bundles"], taken.fields["last_number"]) == (2, 3)
    # One the central never sees, and one it gets although the backup does not know of it.
    reached = counter.deposit(amount="4.50").fields["receipt_number"]
    counter.run("sync", "--once")
    unseen = counter.deposit(amount="5.50").fields["receipt_number"]

    _lose(counter, keys)
    back = counter.run("restore", stick, "--identity", central.data / _RECOVERY)
    assert back.exit_code == 0, back.fields
    assert back.fields["deposits"] == 3
    point = sent[:5]
    assert back.fields["epoch"] == f"{point}B"
    assert set(counter.states()) == {sent, *waiting}

    new = [counter.deposit(amount=f"{n}.50").fields["receipt_number"] for n in (6, 7)]
    assert [number[:13] for number in new] == [f"{point}B-000001", f"{point}B-000002"]
    ran = counter.run("sync", "--once")
    assert ran.exit_code == 0, ran.fields
    assert ran.fields["waiting"] == 0
    assert ran.fields["held"] == 0
    assert set(counter.states().values()) == {"acknowledged"}
    # Minutes after the last heartbeat, and with a longer journal by now perhaps: still seen.
    assert counter.run("sync", "--once").exit_code == 0
    assert sum(_journal_faults(central, sent[:6]).values()) == 1

    kept = _kept_by(central, tmp_path / "out")
    ours = {number for number in kept if number.startswith(point)}
    assert ours == {sent, *waiting, reached, *new}
    assert unseen not in kept
    assert central.stats()["deposits"] - before == len(ours)
    for number in new:
        shown = counter.run("receipt", "verify", number).fields
        assert (shown["valid"], shown["stage"]) == (True, "copy_received")
    assert counter.run("journal", "verify").fields["valid"]


def test_damaged_database_is_replaced_and_its_spool_adopted(
    central: CentralProcess, counter: Counter, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    _receive(counter)
    counter.run("backup", stick)
    number = _receive(counter, amount="5.50").fields["receipt_number"]
    database = counter.data / "wasl.db"
    database.write_bytes(b"\x00" * database.stat().st_size)
    refused = counter.run("queue")
    assert refused.error == "damaged_database"
    assert str(stick) in refused.fields["error"]["message"]

    given_up = counter.data.rename(tmp_path / "given-up")
    back = counter.run("restore", stick, "--spool", given_up)  # the keystore has its keys still
    assert (back.exit_code, back.fields["adopted"]) == (0, 1)
    assert [one["receipt_number"] for one in counter.run("queue").fields["adopted"]] == [number]
    assert counter.run("sync", "--once").exit_code == 0
    checks = {one["name"]: one for one in counter.run("doctor").fields["checks"]}
    assert checks["adopted"]["detail"] == "1 to be carried"
    assert _receive(counter).fields["receipt_number"].startswith(number[:5] + "B-000001")


def test_restored_device_may_cancel_what_it_took_before(
    central: CentralProcess, counter: Counter, tmp_path: Path
) -> None:
    stick, keys = tmp_path / "stick", tmp_path / "keys"
    number = _receive(counter).fields["receipt_number"]
    counter.run("sync", "--once")
    counter.run("backup", stick)
    _lose(counter, keys)
    counter.run("restore", stick, "--identity", central.data / _RECOVERY)
    assert counter.run("cancel", number, "--reason", "erreur").exit_code == 0
    new = _receive(counter, amount="9.50").fields["receipt_number"]
    assert counter.run("cancel", new, "--reason", "erreur").exit_code == 0
    ran = counter.run("sync", "--once")
    assert (ran.exit_code, ran.fields["waiting"], ran.fields["held"]) == (0, 0, 0)
    kept = _kept_by(central, tmp_path / "out")
    assert {kept[number]["state"], kept[new]["state"]} == {"cancelled"}


def test_backup_is_checked_and_opened_by_tools_that_are_not_ours(
    central: CentralProcess, counter: Counter, tmp_path: Path
) -> None:
    if shutil.which("age") is None or shutil.which("sha256sum") is None:
        pytest.skip("no age or sha256sum on this machine")
    _receive(counter)
    backup = Path(str(counter.run("backup", tmp_path / "stick").fields["backup"]))
    subprocess.run(
        ["sha256sum", "--quiet", "-c", "contents.sha256"], cwd=backup, check=True, timeout=20
    )
    command = ["age", "-d", "-i", str(central.data / _RECOVERY), str(backup / "keys.age")]
    opened = subprocess.run(command, check=True, capture_output=True, timeout=20)
    assert len(json.loads(opened.stdout)["database_key"]) == 43


def test_backup_place_and_wrong_use_are_named(counter: Counter, tmp_path: Path) -> None:
    _receive(counter)
    assert counter.run("backup", tmp_path / "no" / "stick").error == "device_unavailable"
    assert counter.run("backup", counter.data / "backups").error == "invalid_input"
    assert counter.run("restore", tmp_path / "nothing").error == "device_unavailable"
    (tmp_path / "empty").mkdir()
    assert counter.run("restore", tmp_path / "empty").error == "invalid_input"
    assert counter.run("backup", tmp_path / "stick").exit_code == 0
    assert counter.run("restore", tmp_path / "stick").error == "invalid_input"


def test_folders_named_in_the_settings_get_a_backup_each(counter: Counter, tmp_path: Path) -> None:
    disk, stick = tmp_path / "disk", tmp_path / "stick"
    disk.mkdir()
    (counter.data / "kiosk.toml").write_text(
        f'backup_folder = "{disk}"\nbackup_second_folder = "{stick}"\nbackup_hourly = 2\n'
    )
    with open_kiosk(counter.data, writing=True) as kiosk:
        kiosk.desk.backups.run_due()
        assert [fault.code for fault in kiosk.desk.backups.faults.values()] == [
            ErrorCode.DEVICE_UNAVAILABLE
        ]
    (backup,) = disk.glob("wasl-C*")
    assert (backup / "kiosk.toml").exists()
    checks = {one["name"]: one for one in counter.run("doctor").fields["checks"]}
    assert checks["backup"]["ok"]
    assert str(backup) in checks["backup"]["detail"]
    (counter.data / "kiosk.toml").write_text("backup_hourly = 0\n")
    assert counter.run("queue").error == "invalid_input"
