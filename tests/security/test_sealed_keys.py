"""A device's keys that outlive its PC: opened by the recovery recipient and by nobody else."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from pyrage import x25519

from kiosk.domain.errors import UnreadableFileError
from kiosk.security.errors import WrongKeyError
from kiosk.security.keystore import DeviceKeys
from kiosk.security.sealed_keys import open_keys, read_identities, seal_keys
from kiosk.security.sealing import seal

KEYS = DeviceKeys.generate(uuid4())


def test_keys_come_back_whole() -> None:
    recovery, other = x25519.Identity.generate(), x25519.Identity.generate()
    sealed = seal_keys(KEYS, [str(recovery.to_public())])
    assert open_keys(sealed, [other, recovery]) == KEYS
    for secret in (KEYS.database_key, KEYS.request_key.seed, str(KEYS.store_id).encode()):
        assert secret not in sealed


def test_nobody_else_opens_them_and_a_changed_byte_opens_nothing() -> None:
    recovery = x25519.Identity.generate()
    sealed = seal_keys(KEYS, [str(recovery.to_public())])
    with pytest.raises(WrongKeyError):
        open_keys(sealed, [x25519.Identity.generate()])
    for at in (0, len(sealed) // 2, len(sealed) - 1):
        with pytest.raises(WrongKeyError):
            open_keys(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], [recovery])


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"[" * 10_000, json.dumps({"store_id": 1}).encode()],
)
def test_what_is_no_device_key_is_refused(content: bytes) -> None:
    recovery = x25519.Identity.generate()
    with pytest.raises(WrongKeyError):
        open_keys(seal(content, [str(recovery.to_public())]), [recovery])


def test_nothing_is_sealed_for_nobody() -> None:
    with pytest.raises(WrongKeyError):
        seal_keys(KEYS, [])


def test_identity_file_is_read_as_age_writes_it(tmp_path: Path) -> None:
    file, identity = tmp_path / "key.age", x25519.Identity.generate()
    file.write_text(f"# created: 2026-11-23\n# public key: x\n\n{identity}\n")
    (found,) = read_identities(file)
    assert str(found) == str(identity)


@pytest.mark.parametrize("content", [b"", b"# only words\n", b"AGE-SECRET-KEY-1\n", b"\xff\x00"])
def test_file_without_identity_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key.age"
    file.write_bytes(content)
    with pytest.raises(UnreadableFileError):
        read_identities(file)
    with pytest.raises(UnreadableFileError):
        read_identities(tmp_path)
