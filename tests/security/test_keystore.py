"""The keystore: one file a data folder, for its owner alone, never another's and never replaced."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import DeviceKeys, FileKeystore, Keystore
from kiosk.wire.encoding import b64
from tests.contracts.keystore_contract import OTHER_STORE, STORE, KeystoreContract

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config" / "keys"


@pytest.fixture
def keys(folder: Path) -> DeviceKeys:
    made = DeviceKeys.generate(STORE)
    FileKeystore(folder).save(made)
    return made


def key_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


class TestFileKeystore(KeystoreContract):
    @pytest.fixture
    def keystore(self, folder: Path) -> Keystore:
        return FileKeystore(folder)


def test_each_data_folder_has_its_own_keys(folder: Path, keys: DeviceKeys) -> None:
    others = DeviceKeys.generate(OTHER_STORE)
    FileKeystore(folder).save(others)
    assert FileKeystore(folder).load(OTHER_STORE) == others
    assert FileKeystore(folder).load(STORE) == keys
    assert others.request_key != keys.request_key
    assert others.receipt_key != others.request_key
    assert others.lookup_key != keys.lookup_key


@posix
def test_file_and_folder_are_for_their_owner_alone(folder: Path, keys: DeviceKeys) -> None:
    assert stat.S_IMODE(key_file(folder).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o777])
def test_file_that_others_may_touch_is_refused(folder: Path, keys: DeviceKeys, mode: int) -> None:
    key_file(folder).chmod(mode)
    with pytest.raises(WrongKeyError, match="0600"):
        FileKeystore(folder).load(STORE)


def test_file_of_another_data_folder_is_refused(folder: Path, keys: DeviceKeys) -> None:
    key_file(folder).rename(folder / f"{OTHER_STORE}.json")
    with pytest.raises(WrongKeyError, match="another data folder"):
        FileKeystore(folder).load(OTHER_STORE)


def test_keys_are_never_replaced(folder: Path, keys: DeviceKeys) -> None:
    with pytest.raises(WrongKeyError, match="cannot be written"):
        FileKeystore(folder).save(DeviceKeys.generate(STORE))
    assert FileKeystore(folder).load(STORE) == keys


def test_half_a_key_file_of_a_save_that_was_cut_short_is_in_nobodys_way(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    (folder / f"{STORE}.json.part").write_bytes(b'{"store_id": "')
    with pytest.raises(WrongKeyError, match="no key"):
        FileKeystore(folder).load(STORE)
    made = DeviceKeys.generate(STORE)
    FileKeystore(folder).save(made)
    assert FileKeystore(folder).load(STORE) == made
    assert [path.name for path in folder.iterdir()] == [f"{STORE}.json"]


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WrongKeyError, match="cannot be written"):
        FileKeystore(tmp_path / "file" / "keys").save(DeviceKeys.generate(STORE))


def test_folder_in_the_place_of_the_file_is_told(folder: Path) -> None:
    (folder / f"{STORE}.json").mkdir(parents=True, mode=0o700)
    with pytest.raises(WrongKeyError, match="cannot be read"):
        FileKeystore(folder).load(STORE)


SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {
    "no key": lambda fields: fields.pop("request_key"),
    "short key": lambda fields: fields.update(receipt_key=b64(bytes(31))),
    "padded key": lambda fields: fields.update(lookup_key=b64(bytes(32)) + "="),
    "number for a key": lambda fields: fields.update(request_key=5),
    "number for an id": lambda fields: fields.update(store_id=5),
    "no id": lambda fields: fields.update(store_id="mine"),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_damaged_file_is_told(folder: Path, keys: DeviceKeys, spoilt: str) -> None:
    file = key_file(folder)
    fields = json.loads(file.read_text())
    SPOILT[spoilt](fields)
    file.write_text(json.dumps(fields))
    with pytest.raises(WrongKeyError, match="damaged"):
        FileKeystore(folder).load(STORE)


@pytest.mark.parametrize("content", [b"", b"[]", b"5", b"[" * 60_000, b"\xff", b'"text"', b"null"])
def test_file_that_holds_no_keys_is_damaged(folder: Path, keys: DeviceKeys, content: bytes) -> None:
    key_file(folder).write_bytes(content)
    with pytest.raises(WrongKeyError, match="damaged"):
        FileKeystore(folder).load(STORE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_file_cut_anywhere_is_damaged(folder: Path, keys: DeviceKeys, data: st.DataObject) -> None:
    # A disk that was full, or a power cut: what is left must never pass for keys.
    copy = folder.parent / "cut"
    copy.mkdir(exist_ok=True, mode=0o700)
    whole = key_file(folder).read_bytes()
    file = copy / f"{STORE}.json"
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    file.chmod(0o600)
    with pytest.raises(WrongKeyError, match="damaged"):
        FileKeystore(copy).load(STORE)


def test_no_secret_shows_in_words_or_errors(folder: Path, keys: DeviceKeys) -> None:
    secrets = [keys.request_key.seed, keys.receipt_key.seed, keys.lookup_key]
    file = key_file(folder)
    file.write_text(file.read_text().replace("request_key", "x"))
    with pytest.raises(WrongKeyError) as refused:
        FileKeystore(folder).load(STORE)
    said = f"{keys!r} {keys} {refused.value}"
    assert not [
        one for one in secrets if b64(one) in said or one.hex() in said or repr(one) in said
    ]
