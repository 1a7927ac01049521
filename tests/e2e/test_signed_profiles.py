"""Ways of scanning that the central has signed hold for commands and window alike."""

from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.app import open_kiosk
from kiosk.wire.trust import SignedProfile
from tests.e2e.commands import run
from tests.enrolled import TestCentral
from tests.sync.authority import make_authority


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an enrolled kiosk whose central allows one shared folder and nothing else."""
    monkeypatch.setenv("KIOSK_KEYS", str(tmp_path / "keys"))
    share, data, central = tmp_path / "share", tmp_path / "data", TestCentral()
    signed = SignedProfile(name="Copieur", device=f"folder:{share}")
    configuration = central.configuration(profiles=(signed,), is_locked=True)
    with open_kiosk(data, writing=True) as kiosk:
        enrolment = replace(
            central.enrolment(), configuration=configuration, ca_pem=make_authority().pem
        )
        kiosk.store.memory.keep_enrolment(enrolment)
    (data / "kiosk.toml").write_text('[[profiles]]\nname = "Vitre"\ndevice = "camera:0"\n')
    return data


def test_signed_lock_holds_whatever_the_file_says(data: Path) -> None:
    for device in ("Vitre", "camera:0"):
        ran = run("scan", "--device", device, "--data", data)
        assert (ran.error, ran.exit_code) == ("forbidden", 2)
        assert "locked by the CNSS" in ran.fields["error"]["message"]
    assert run("devices", "--data", data).fields["profiles_locked_by"] == "cnss"
    with open_kiosk(data, writing=False) as kiosk:  # what the window asks
        assert [one.name for one in kiosk.desk.scans.profiles()] == ["Copieur"]
        assert kiosk.settings.profiles_locked
