"""Keys of the central change while a kiosk sleeps; it follows the root's words and goes on."""

from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.app import open_kiosk
from tests.e2e.central import CentralProcess
from tests.e2e.commands import Counter, run
from tests.e2e.conftest import new_counter


def root_key(place: Path) -> tuple[Path, Path]:
    """Make a root's key; return the files of both halves."""
    key = Ed25519PrivateKey.generate()
    private, public = place / "new-root.key", place / "new-root.pub"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


def say(central: CentralProcess, place: Path, key: Path, *changes: object) -> int:
    """Let the root say something, as its holders and an operator do; return its version."""
    draft, signed = place / "draft.json", place / "signed.txt"
    where = ("--data", central.data)
    for words in (
        ("draft", draft, *changes, *where),
        ("sign", draft, signed, "--key", key),
        ("adopt", signed, *where),
    ):
        ran = run("central", "root", *words)
        assert ran.exit_code == 0, ran.fields
    return int(ran.fields["version"])


def test_kiosk_that_slept_through_every_change_delivers_what_waited(
    central: CentralProcess, counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = counter.deposit().fields["receipt_number"]
    central.stop()
    first = central.data / "demo-keys" / "root.key"
    second, public = root_key(tmp_path)
    operations, recovery = (str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))
    assert say(central, tmp_path, first, "--new-trust-key") == 2
    assert say(central, tmp_path, first, "--root-key", public, "--new-authority") == 3
    assert (
        say(central, tmp_path, second, "--new-trust-key", "--recipients", operations, recovery) == 4
    )
    assert run("central", "rotate-key", "acknowledgement", "--data", central.data).exit_code == 0
    central.start()

    synced = counter.run("sync")
    assert (synced.exit_code, counter.states()[number]) == (0, "acknowledged"), synced.fields
    with open_kiosk(counter.data, writing=False) as kiosk:
        enrolment = kiosk.store.memory.enrolment()
        assert enrolment.root().version == 4
        assert enrolment.root().recipients == (operations, recovery)
        assert len(enrolment.trust().acknowledgement_keys) == 2
        assert not kiosk.store.memory.is_list_former()
    later = counter.deposit(amount="12.00").fields["receipt_number"]
    assert counter.run("sync").exit_code == 0
    assert counter.states()[later] == "acknowledged"

    # Who comes new pins the root of today.
    newcomer = new_counter(central, tmp_path / "newcomer", monkeypatch)
    assert newcomer.run("sync").exit_code == 0


def test_word_by_a_root_that_was_given_up_is_not_adopted(
    central: CentralProcess, counter: Counter, tmp_path: Path
) -> None:
    # The first test made another root; the first root's key is out in the world.
    assert counter.run("sync").exit_code == 0
    stolen = central.data / "demo-keys" / "root.key"
    draft, signed = tmp_path / "draft.json", tmp_path / "signed.txt"
    where = ("--data", central.data)
    run("central", "root", "draft", draft, "--new-trust-key", *where)
    assert run("central", "root", "sign", draft, signed, "--key", stolen).exit_code == 0
    assert run("central", "root", "adopt", signed, *where).error == "wrong_key"
