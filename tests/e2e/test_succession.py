"""Keys of the central change while a kiosk sleeps; it follows the root's words and goes on."""

from pathlib import Path
from urllib.parse import urlsplit

import pyrage
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central import opening
from kiosk.app import open_kiosk
from tests.central.running import Central, in_thread
from tests.e2e.commands import Counter, run


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


def say(data: Path, place: Path, key: Path, *changes: object) -> int:
    """Let the root say something, as its holders and an operator do; return its version."""
    draft, signed = place / "draft.json", place / "signed.txt"
    where = ("--data", data)
    for words in (
        ("draft", draft, *changes, *where),
        ("sign", draft, signed, "--key", key),
        ("adopt", signed, *where),
    ):
        ran = run("central", "root", *words)
        assert ran.exit_code == 0, ran.fields
    return int(ran.fields["version"])


def enrolled(central: Central, place: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Return a kiosk at a point of its own, enrolled by the central's ``ca.pem`` of today."""
    monkeypatch.setenv("KIOSK_KEYS", str(place / "keys"))
    made = Counter(data=place / "kiosk")
    words = ("--central", central.url, "--ca", central.ca_file)
    ran = made.run("enrol", central.code("C0417"), *words)
    assert ran.exit_code == 0, ran.fields
    return made


def test_kiosk_that_slept_through_every_change_delivers_what_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "central"
    with in_thread(data) as central:
        newcomer = tmp_path / "newcomer"
        counter, port = enrolled(central, tmp_path, monkeypatch), urlsplit(central.url).port or 0
        number = counter.deposit().fields["receipt_number"]
    first = data / "demo-keys" / "root.key"
    second, public = root_key(tmp_path)
    opens = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2)]
    assert say(data, tmp_path, first, "--new-trust-key") == 2
    assert say(data, tmp_path, first, "--root-key", public, "--new-authority") == 3
    assert say(data, tmp_path, second, "--new-trust-key", "--recipients", *opens) == 4
    assert run("central", "rotate-key", "acknowledgement", "--data", data).exit_code == 0

    with in_thread(data, port=port) as central:
        opening.announce_keys(central.services.database, central.services.keys)
        synced = counter.run("sync")
        assert (synced.exit_code, counter.states()[number]) == (0, "acknowledged"), synced.fields
        with open_kiosk(counter.data, writing=False) as kiosk:
            enrolment = kiosk.store.memory.enrolment()
            assert enrolment.root().version == 4
            assert enrolment.root().recipients == tuple(opens)
            assert len(enrolment.trust().acknowledgement_keys) == 2
            assert not kiosk.store.memory.is_list_former()
        # Who comes new pins the root of today.
        assert enrolled(central, newcomer, monkeypatch).run("sync").exit_code == 0

    # The first root was given up: what it says now is not gone by.
    draft, signed = tmp_path / "draft.json", tmp_path / "signed.txt"
    assert run("central", "root", "sign", draft, signed, "--key", first).exit_code == 0
    assert run("central", "root", "adopt", signed, "--data", data).error == "wrong_key"


def test_impostor_at_the_centrals_address_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, other = tmp_path / "central", tmp_path / "impostor"
    with in_thread(data) as central:
        counter, port = enrolled(central, tmp_path, monkeypatch), urlsplit(central.url).port or 0
    with in_thread(other):
        pass
    say(other, tmp_path, other / "demo-keys" / "root.key", "--new-trust-key", "--new-authority")
    with in_thread(other, port=port):
        assert counter.run("sync").fields["bytes_sent"] == 0  # not a byte past the handshake
    with in_thread(data, port=port):
        assert counter.run("sync").exit_code == 0
    with open_kiosk(counter.data, writing=False) as kiosk:
        assert kiosk.store.memory.root().statement.version == 1
