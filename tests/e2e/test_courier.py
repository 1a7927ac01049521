"""A stick carries what the line cannot: to the central, by another kiosk, and back, each once."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.central import CentralProcess
from tests.e2e.commands import Counter, Ran, run
from tests.e2e.conftest import new_counter

_PERSON = ("101455262", "378.95", "Azrou")


def _later(counter: Counter, amount: str) -> str:
    """Take a dossier to be scanned later: no page has to be processed."""
    ran = counter.deposit("--scan-later", "--pieces", "feuille_de_soins=1", pages=(), amount=amount)
    return str(ran.fields["receipt_number"])


def _central_import(central: CentralProcess, stick: Path) -> Ran:
    return run("central", "import", stick, "--data", central.data)


def test_stick_goes_to_the_central_and_back(
    central: CentralProcess, counter: Counter, tmp_path: Path
) -> None:
    stick, before = tmp_path / "stick", central.stats()["deposits"]
    scanned = str(counter.deposit().fields["receipt_number"])
    _later(counter, "12.00")
    cancelled = _later(counter, "13.00")
    assert counter.run("cancel", cancelled, "--reason", "papers taken back").exit_code == 0

    out = counter.run("export", stick)
    assert (out.exit_code, out.fields["deposits"], out.fields["events"]) == (0, 3, 1), out.fields
    assert counter.states()[scanned] == "queued"
    files = [file for file in stick.rglob("*") if file.is_file()]
    assert len(files) == 5
    for file in files:
        content = file.read_bytes() + file.name.encode()
        assert not [word for word in _PERSON if word.encode() in content], file.name
    again = counter.run("export", stick)
    assert (again.fields["written"], again.fields["deposits"]) == (0, 3)

    taken = _central_import(central, stick)
    assert taken.fields == {
        "deposits": 3,
        "new": 3,
        "already_there": 0,
        "acknowledgements": 0,
        "events": 1,
    }
    assert central.stats()["deposits"] == before + 3
    twice = _central_import(central, stick).fields
    assert (twice["deposits"], twice["new"], twice["already_there"]) == (3, 0, 3)

    back = counter.run("import", stick)
    assert (back.exit_code, back.fields["acknowledgements"]) == (0, 4), back.fields
    assert counter.states()[scanned] == "acknowledged"
    assert counter.run("import", stick).fields["acknowledgements"] == 0
    assert counter.run("sync", "--once").fields["sent"] == 0
    assert central.stats()["deposits"] == before + 3
    emptied = counter.run("export", stick).fields
    assert (emptied["removed"], emptied["deposits"]) == (4, 0)
    assert not list(stick.rglob("*.wasl"))
    assert counter.run("journal", "verify").fields["valid"] is True


def test_another_kiosk_carries_what_this_one_cannot_send(
    central: CentralProcess, counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick, before = tmp_path / "stick", central.stats()["deposits"]
    number = str(counter.deposit().fields["receipt_number"])
    assert counter.run("export", stick).exit_code == 0
    other = new_counter(central, tmp_path / "other", monkeypatch)

    central.stop()
    offline = other.run("import", stick)
    assert (offline.exit_code, offline.fields["waiting"]) == (1, 1), offline.fields
    central.start()
    carried = other.run("import", stick)
    assert carried.exit_code == 0, carried.fields
    assert carried.fields == {
        "deposits": 1,
        "new": 1,
        "already_there": 0,
        "acknowledgements": 0,
    }
    assert other.run("import", stick).fields["already_there"] == 1
    assert central.stats()["deposits"] == before + 1
    monkeypatch.setenv("KIOSK_KEYS", str(tmp_path / "keys"))
    assert counter.run("import", stick).fields["acknowledgements"] == 1
    assert counter.states()[number] == "acknowledged"
    # Its author, the central with the stick, and the carrier again: still one.
    counter.run("sync", "--once")
    assert _central_import(central, stick).fields["already_there"] == 1
    assert central.stats()["deposits"] == before + 1


def test_what_went_by_the_line_first_is_already_there(
    central: CentralProcess, counter: Counter, tmp_path: Path
) -> None:
    stick, before = tmp_path / "stick", central.stats()["deposits"]
    _later(counter, "21.00")
    _later(counter, "22.00")
    counter.run("export", stick)
    assert counter.run("sync", "--once").fields["waiting"] == 0
    taken = _central_import(central, stick).fields
    assert (taken["new"], taken["already_there"]) == (0, 2)
    assert central.stats()["deposits"] == before + 2


def test_what_a_restore_adopted_goes_by_courier(
    central: CentralProcess, counter: Counter, tmp_path: Path
) -> None:
    stick, before = tmp_path / "stick", central.stats()["deposits"]
    _later(counter, "31.00")
    assert counter.run("backup", tmp_path / "backup").exit_code == 0
    after_backup = _later(counter, "32.00")
    old = tmp_path / "given-up"
    shutil.move(counter.data, old)
    restored = counter.run("restore", tmp_path / "backup", "--spool", old)
    assert (restored.exit_code, restored.fields["adopted"]) == (0, 1), restored.fields
    out = counter.run("export", stick).fields
    assert (out["deposits"], out["adopted"]) == (1, 1)
    assert _central_import(central, stick).fields["new"] == 2
    assert counter.run("import", stick).fields["acknowledgements"] == 2
    assert "adopted" not in counter.run("queue").fields
    assert after_backup
    assert central.stats()["deposits"] == before + 2


def test_what_a_restore_adopted_goes_over_the_own_line_too(
    central: CentralProcess, counter: Counter, tmp_path: Path
) -> None:
    stick, before = tmp_path / "stick", central.stats()["deposits"]
    _later(counter, "41.00")
    assert counter.run("backup", tmp_path / "backup").exit_code == 0
    _later(counter, "42.00")
    shutil.move(counter.data, tmp_path / "given-up")
    counter.run("restore", tmp_path / "backup", "--spool", tmp_path / "given-up")
    counter.run("export", stick)
    assert counter.run("import", stick).fields["new"] == 1
    assert counter.run("import", stick).fields["acknowledgements"] == 1
    counter.run("sync", "--once")
    assert central.stats()["deposits"] == before + 2


def test_stick_of_which_nothing_is_taken_is_no_success(
    central: CentralProcess, counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "stick"
    _later(counter, "15.00")
    counter.run("export", stick)
    other = new_counter(central, tmp_path / "other", monkeypatch)
    (bundle,) = stick.rglob("*.wasl")
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"?")
    for ran in (_central_import(central, stick), other.run("import", stick)):
        assert (ran.exit_code, ran.fields["deposits"]) == (2, 0)
        assert {"file": bundle.name, "reason": "damaged"} in ran.fields["refused"]


def test_a_place_without_a_courier_is_told(counter: Counter, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert counter.run("import", tmp_path / "empty").error == "invalid_input"
    assert counter.run("import", tmp_path / "nowhere").error == "device_unavailable"
    assert counter.run("export", tmp_path / "no" / "where").error == "device_unavailable"
    assert counter.run("export", counter.data / "spool").error == "invalid_input"
