"""Sealing: opened by whoever holds an identity, here and by the age program, and by nobody else."""

import os
import shutil
import subprocess
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.security.errors import WrongKeyError
from kiosk.security.sealing import seal

OPERATIONS = pyrage.x25519.Identity.generate()
RECOVERY = pyrage.x25519.Identity.generate()
STRANGER = pyrage.x25519.Identity.generate()
RECIPIENTS = [str(OPERATIONS.to_public()), str(RECOVERY.to_public())]
# Once: age puts a stanza of random length in each file.
SEALED = seal(b"a page", RECIPIENTS)


@given(st.binary(max_size=3_000))
def test_any_one_recipient_opens_what_was_sealed(content: bytes) -> None:
    sealed = seal(content, RECIPIENTS)
    assert sealed.startswith(b"age-encryption.org/v1\n")
    assert pyrage.decrypt(sealed, [OPERATIONS]) == content
    assert pyrage.decrypt(sealed, [RECOVERY]) == content


def test_nobody_else_opens_it() -> None:
    sealed = seal(b"a page", RECIPIENTS)
    assert b"a page" not in sealed
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [STRANGER])


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_changed_byte_does_not_open(place: int, flips: int) -> None:
    at = place % len(SEALED)
    spoiled = SEALED[:at] + bytes([SEALED[at] ^ flips]) + SEALED[at + 1 :]
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(spoiled, [OPERATIONS])


def test_sealed_for_nobody_is_refused() -> None:
    with pytest.raises(WrongKeyError, match="nobody"):
        seal(b"a page", [])


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_is_no_recipient(text: str) -> None:
    with pytest.raises(WrongKeyError):
        seal(b"a page", [RECIPIENTS[0], text])


def test_secret_key_in_the_place_of_a_recipient_is_refused_and_not_repeated() -> None:
    secret = str(OPERATIONS)
    with pytest.raises(WrongKeyError) as refused:
        seal(b"a page", [secret])
    assert secret not in str(refused.value)


def age() -> str:
    """Return the age program, or skip."""
    found = shutil.which("age")
    if found is None:
        pytest.skip("no age program here: the sealed file is opened by pyrage alone")
    return found


@pytest.mark.parametrize("size", [0, 7, 65_536, 200_001])
def test_age_of_the_system_opens_what_was_sealed(tmp_path: Path, size: int) -> None:
    program = age()
    content = os.urandom(size)
    identity = tmp_path / "identity.txt"
    identity.write_text(f"{RECOVERY}\n")
    (tmp_path / "page.age").write_bytes(seal(content, RECIPIENTS))
    opened = subprocess.run(
        [program, "--decrypt", "-i", str(identity), str(tmp_path / "page.age")],
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert opened.stdout == content


def test_age_of_the_system_opens_nothing_for_a_stranger(tmp_path: Path) -> None:
    program = age()
    identity = tmp_path / "identity.txt"
    identity.write_text(f"{STRANGER}\n")
    (tmp_path / "page.age").write_bytes(seal(b"a page", RECIPIENTS))
    refused = subprocess.run(
        [program, "--decrypt", "-i", str(identity), str(tmp_path / "page.age")],
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert refused.returncode != 0
    assert refused.stdout == b""
