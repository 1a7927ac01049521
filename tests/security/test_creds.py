"""Keys bound to the machine: the command that is run, and the real one where it works."""

import shutil
from pathlib import Path

import pytest

from kiosk.security.creds import CredsKeystore, MachineKeystore
from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import DeviceKeys, Keystore
from tests.contracts.keystore_contract import STORE, KeystoreContract

# Stands for systemd-creds: notes its arguments, and "encrypts" by turning the bytes round.
FAKE = """#!/bin/sh
printf '%s\\n' "$*" >>"{log}"
case $1 in
encrypt) rev ;;
decrypt) rev <"$3" ;;
esac
"""


def fake(tmp_path: Path, script: str = FAKE) -> str:
    program = tmp_path / "systemd-creds"
    program.write_text(script.format(log=tmp_path / "log"))
    program.chmod(0o755)
    return str(program)


class TestCredsKeystore(KeystoreContract):
    @pytest.fixture
    def keystore(self, tmp_path: Path) -> Keystore:
        return CredsKeystore(tmp_path / "keys", fake(tmp_path))


class TestMachineKeystore(KeystoreContract):
    @pytest.fixture
    def keystore(self, tmp_path: Path) -> Keystore:
        return MachineKeystore(tmp_path / "keys", find=lambda: None)


@pytest.fixture
def keys() -> DeviceKeys:
    return DeviceKeys.generate(STORE)


def test_keys_go_through_pipes_and_never_through_arguments(
    tmp_path: Path, keys: DeviceKeys
) -> None:
    keystore = CredsKeystore(tmp_path / "keys", fake(tmp_path))
    keystore.save(keys)
    assert keystore.load(STORE) == keys
    path = tmp_path / "keys" / f"{STORE}.cred"
    assert (tmp_path / "log").read_text().splitlines() == [
        f"encrypt --with-key=tpm2 --name={STORE} - -",
        f"decrypt --name={STORE} {path} -",
    ]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\n", "#!/bin/sh\necho no\n"])
def test_keystore_that_is_locked_or_damaged_is_told(
    tmp_path: Path, keys: DeviceKeys, script: str
) -> None:
    CredsKeystore(tmp_path / "keys", fake(tmp_path)).save(keys)
    with pytest.raises(WrongKeyError):
        CredsKeystore(tmp_path / "keys", fake(tmp_path, script)).load(STORE)


def test_keystore_that_is_gone_is_told(tmp_path: Path, keys: DeviceKeys) -> None:
    with pytest.raises(WrongKeyError, match="no key"):
        CredsKeystore(tmp_path / "keys", fake(tmp_path)).load(STORE)
    with pytest.raises(WrongKeyError, match="does not answer"):
        CredsKeystore(tmp_path / "keys", str(tmp_path / "absent")).save(keys)


def test_real_program_keeps_and_opens_keys(tmp_path: Path, keys: DeviceKeys) -> None:
    program = shutil.which("systemd-creds")
    if program is None:
        pytest.skip("no systemd-creds here")
    keystore = CredsKeystore(tmp_path / "keys", program, "host")
    try:
        keystore.save(keys)
    except WrongKeyError as error:
        pytest.skip(f"systemd-creds has no secret of the host to bind to: {error}")
    assert keystore.load(STORE) == keys
    path = tmp_path / "keys" / f"{STORE}.cred"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(WrongKeyError):
        keystore.load(STORE)


def test_machine_without_a_tpm_keeps_a_file_for_its_owner(tmp_path: Path, keys: DeviceKeys) -> None:
    keystore = MachineKeystore(tmp_path / "keys", find=lambda: None)
    keystore.save(keys)
    assert [file.suffix for file in (tmp_path / "keys").iterdir()] == [".json"]
    assert keystore.load(STORE) == keys


def test_tpm_is_used_where_there_is_one(
    tmp_path: Path, keys: DeviceKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = fake(tmp_path)
    keystore = MachineKeystore(tmp_path / "keys", find=lambda: program)
    keystore.save(keys)
    assert [file.suffix for file in (tmp_path / "keys").iterdir()] == [".cred"]
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert keystore.load(STORE) == keys
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(WrongKeyError, match="systemd-creds is gone"):
        keystore.load(STORE)


def test_tpm_that_may_not_be_used_is_as_good_as_none(tmp_path: Path, keys: DeviceKeys) -> None:
    program = fake(tmp_path, "#!/bin/sh\nexit 1\n")
    keystore = MachineKeystore(tmp_path / "keys", find=lambda: program)
    keystore.save(keys)
    assert keystore.load(STORE) == keys
