"""From the operator's command to the counter: what the central sets is what is scanned with."""

import shutil
from pathlib import Path

import pytest

from kiosk.app import open_kiosk
from tests.central.running import in_thread
from tests.e2e.commands import Counter, run
from tests.scan.sources.scanners import TEST_SCANNER, with_test_scanner

pytestmark = pytest.mark.skipif(
    shutil.which("scanimage") is None, reason="SANE (sane-utils) is not installed"
)

LOCKED = f"""profiles_locked = true

[[profiles]]
name = "Vitre du réseau"
device = "{TEST_SCANNER}"
dpi = 75
colour = "grey"
"""
OWN = '[[profiles]]\nname = "Maison"\ndevice = "camera:0"\n'


def test_profiles_set_at_the_central_lock_the_counter_and_are_cleared_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_KEYS", str(tmp_path / "keys"))
    with_test_scanner(tmp_path / "sane", monkeypatch)
    file, counter = tmp_path / "profiles.toml", Counter(data=tmp_path / "kiosk")
    file.write_text(LOCKED, "utf-8")
    with in_thread(tmp_path / "central") as central:
        where = ("--network", "C", "--data", central.data)
        enrolled = counter.run(
            "enrol", central.code("C0417"), "--central", central.url, "--ca", central.ca_file
        )
        assert enrolled.exit_code == 0, enrolled.fields
        (counter.data / "kiosk.toml").write_text(OWN)
        assert run("central", "profiles", "set", file, *where).exit_code == 0
        assert not counter.run("devices").fields["profiles_locked"]  # nothing was fetched yet
        assert counter.run("sync").exit_code == 0
        _is_locked(counter, tmp_path / "out")
        assert run("central", "profiles", "clear", *where).exit_code == 0
        assert counter.run("sync").exit_code == 0
        after = counter.run("devices").fields
        assert (after["profiles_locked"], after["devices"][0]["id"]) == (False, "Maison")


def _is_locked(counter: Counter, out: Path) -> None:
    listed = counter.run("devices").fields
    assert listed["profiles_locked"]
    assert listed["devices"][0]["id"] == "Vitre du réseau"
    scanned = counter.run("scan", "--device", "Vitre du réseau", "--pages", 1, "--out", out)
    assert (scanned.exit_code, len(scanned.fields["pages"])) == (0, 1)
    assert counter.run("scan", "--device", "Maison").error == "forbidden"
    assert counter.run("scan", "--device", TEST_SCANNER).error == "forbidden"
    with open_kiosk(counter.data, writing=False) as kiosk:  # what the window asks
        assert [one.name for one in kiosk.desk.scans.profiles()] == ["Vitre du réseau"]
