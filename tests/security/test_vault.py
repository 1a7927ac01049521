"""Keys in the system's vault: keyring's port, its troubles, and who is asked on which system."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.security.creds import MachineKeystore
from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import DeviceKeys, FileKeystore, Keystore, write_keys
from kiosk.security.machine import keystore_of
from kiosk.security.vault import MAX_SECRET_BYTES, VAULTS, VaultKeystore, VaultKind
from tests.contracts.keystore_contract import STORE, KeystoreContract
from tests.fakes.vault import FileVault


def vault(tmp_path: Path, fault: str = "") -> VaultKeystore:
    return VaultKeystore(
        VaultKind(
            module="tests.fakes.vault",
            name="FileVault",
            faults=("tests.fakes.vault:SystemFault",),
            properties=(("file", str(tmp_path / "vault")), ("fault", fault)),
        )
    )


class TestVault(KeystoreContract):
    @pytest.fixture
    def keystore(self, tmp_path: Path) -> Keystore:
        return vault(tmp_path)


TROUBLES = {
    "locked": "is locked",
    "denied": "denies this program",
    "gone": "is not there",
    "none": "is not there",
    "refused": r"refused \(PasswordSetError\)",
    "system": r"refused \(SystemFault\)",
}


@pytest.mark.parametrize("fault", TROUBLES)
def test_vault_in_trouble_is_told_and_keeps_what_it_has(tmp_path: Path, fault: str) -> None:
    assert TROUBLES.keys() == FileVault.FAULTS.keys()
    keys = DeviceKeys.generate(STORE)
    vault(tmp_path).save(keys)
    with pytest.raises(WrongKeyError, match=TROUBLES[fault]):
        vault(tmp_path, fault).load(STORE)
    with pytest.raises(WrongKeyError, match=TROUBLES[fault]):
        vault(tmp_path, fault).save(DeviceKeys.generate(STORE))
    assert vault(tmp_path).load(STORE) == keys


def test_vault_that_forgets_is_found_out_before_anything_needs_the_keys(tmp_path: Path) -> None:
    with pytest.raises(WrongKeyError, match="kept something else"):
        vault(tmp_path, "forgotten").save(DeviceKeys.generate(STORE))


def test_keys_of_another_account_do_not_open(tmp_path: Path) -> None:
    # Stands for a profile copied to another machine.
    vault(tmp_path).save(DeviceKeys.generate(STORE))
    own, FileVault.account_secret = FileVault.account_secret, os.urandom(32)
    try:
        with pytest.raises(WrongKeyError, match="refused"):
            vault(tmp_path).load(STORE)
    finally:
        FileVault.account_secret = own


@pytest.mark.parametrize("content", ["", "{}", "clef \ud800", "[" * 1000, '{"store_id": 5}'])
def test_secret_that_is_no_key_is_damaged(tmp_path: Path, content: str) -> None:
    kept = FileVault()  # type: ignore[no-untyped-call]  # keyring has none
    kept.file = str(tmp_path / "vault")
    content = content.encode("utf-16-le", "replace").decode("utf-16-le")
    kept.set_password(f"wasl/{STORE}", "device-keys", content)
    with pytest.raises(WrongKeyError, match="damaged"):
        vault(tmp_path).load(STORE)


def test_keys_are_far_smaller_than_a_windows_credential() -> None:
    encoded = write_keys(DeviceKeys.generate(STORE)).decode().encode("utf-16")
    assert len(encoded) * 3 < MAX_SECRET_BYTES


def test_nothing_readable_lies_in_files(tmp_path: Path) -> None:
    vault(tmp_path).save(keys := DeviceKeys.generate(STORE))
    (file,) = tmp_path.iterdir()
    for value in json.loads(write_keys(keys)).values():
        assert value.encode() not in file.read_bytes().replace(str(STORE).encode(), b"", 1)


@pytest.mark.parametrize("system", [name for name in VAULTS if name != sys.platform])
def test_real_back_end_of_another_system_is_told_to_be_absent(system: str) -> None:
    keystore = VaultKeystore(VAULTS[system])
    with pytest.raises(WrongKeyError, match="not there"):
        keystore.load(STORE)
    with pytest.raises(WrongKeyError, match="not there"):
        keystore.save(DeviceKeys.generate(STORE))


def test_each_system_has_its_keystore(tmp_path: Path) -> None:
    for system in ("win32", "darwin"):
        assert isinstance(keystore_of(tmp_path, is_named=False, system=system), VaultKeystore)
        assert isinstance(keystore_of(tmp_path, is_named=True, system=system), FileKeystore)
    assert isinstance(keystore_of(tmp_path, is_named=False, system="linux"), MachineKeystore)


@pytest.mark.parametrize("system", VAULTS)
def test_package_of_each_system_carries_its_vault(system: str) -> None:
    spec = (Path(__file__).parents[2] / "packaging" / "kiosk.spec").read_text()
    assert VAULTS[system].module in spec
    assert all(fault.split(":")[0] in spec for fault in VAULTS[system].faults)


def test_keyring_is_loaded_only_where_a_vault_is_asked() -> None:
    code = "import sys, kiosk.app; print([m for m in sys.modules if m.startswith('keyring')])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
