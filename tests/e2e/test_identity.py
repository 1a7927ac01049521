"""Who a kiosk is: enrolled by a QR, replaced under a new letter, shut out; and keys that change."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import main
from kiosk.app import open_kiosk
from kiosk.domain.enrolment_text import read_enrolment_text
from tests.e2e.central import CentralProcess
from tests.e2e.commands import Counter, run


def _later(counter: Counter, amount: str = "11.00") -> str:
    ran = counter.deposit("--scan-later", "--pieces", "feuille_de_soins=1", pages=(), amount=amount)
    return str(ran.fields["receipt_number"])


def _qr(central: CentralProcess, point: str, url: str = "") -> str:
    ran = run(
        *("central", "enrol-code", "--point", point, "--url", url or central.url),
        *("--data", central.data),
    )
    assert ran.exit_code == 0, ran.fields
    return str(ran.fields["qr"])


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    monkeypatch.setenv("KIOSK_KEYS", str(tmp_path / "keys"))
    return Counter(data=tmp_path / "kiosk")


def test_qr_alone_enrols(central: CentralProcess, stranger: Counter) -> None:
    text = _qr(central, "H0001")
    assert text == text.upper()
    assert len(text) < 200
    enrolled = stranger.run("enrol", text.lower())
    assert enrolled.fields == {"device": "H0001A", "point": "H0001", "reserve_letter": "B"}
    _later(stranger)
    assert stranger.run("sync", "--once").fields["sent"] == 1


def test_qr_of_another_authority_is_refused_before_anything_is_told(
    central: CentralProcess, stranger: Counter
) -> None:
    told = read_enrolment_text(_qr(central, "H0002"))
    false = str(type(told)(origin=told.origin, code=told.code, fingerprint=bytes(32)))
    assert stranger.run("enrol", false).error == "tls"
    nobody = str(told).replace(str(urlsplit(central.url).port), "1")
    assert stranger.run("enrol", nobody).error == "offline"
    # The code is as good as before: nobody was told it.
    assert stranger.run("enrol", str(told)).exit_code == 0


@pytest.mark.parametrize(
    "text", ["HTTPS://127.0.0.1/E/ABCDEFGH", "https://127.0.0.1", "HTTPS://X/E/A/B" + "C" * 400]
)
def test_other_qr_texts_are_refused(stranger: Counter, text: str) -> None:
    assert stranger.run("enrol", text).error == "invalid_input"


def test_typed_code_still_needs_address_and_file(
    central: CentralProcess, stranger: Counter
) -> None:
    code = central.enrol_code("H0003")
    assert stranger.run("enrol", code).error == "invalid_input"
    assert stranger.run("enrol", code, "--central", central.url).error == "invalid_input"
    bad = run(
        "central", "enrol-code", "--point", "H0003", "--url", "http://x y/z", "--data", central.data
    )
    assert bad.error == "invalid_input"


def test_stolen_pc_is_shut_out_and_its_successor_numbers_under_a_new_letter(
    central: CentralProcess,
    counter: Counter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    delivered = _later(counter)
    counter.run("sync", "--once")
    unsent = _later(counter, "12.00")
    device = delivered[:6]
    revoked = run("central", "revoke", device, "--data", central.data)
    assert (revoked.exit_code, revoked.fields["device"]) == (0, device)
    again = run("central", "revoke", device, "--data", central.data)
    assert again.fields == revoked.fields
    assert run("central", "revoke", "C9999A", "--data", central.data).error == "invalid_input"
    for _ in range(2):  # with something to send, and with nothing any more
        shut_out = counter.run("sync", "--once")
        assert (shut_out.exit_code, shut_out.fields["held"]) == (1, 1)
    assert main.main(["sync", "--once", "--data", str(counter.data)]) == 1
    assert "line: revoked" in capsys.readouterr().out
    # Neither by stick: what the central does not know of a revoked device is to be checked.
    counter.run("export", tmp_path / "stick")
    ran = run("central", "import", tmp_path / "stick", "--data", central.data)
    taken = ran.fields
    assert (ran.exit_code, taken["new"]) == (2, 0)
    assert {one["reason"] for one in taken["refused"]} >= {"device-revoked"}

    monkeypatch.setenv("KIOSK_KEYS", str(tmp_path / "new-keys"))
    successor = Counter(data=tmp_path / "new-pc")
    enrolled = successor.run("enrol", _qr(central, device[:5])).fields
    # A and B were the stolen one's own and its reserve: neither is ever given again.
    assert (enrolled["device"][-1], enrolled["reserve_letter"]) == ("C", "D")
    assert _later(successor).startswith(enrolled["device"] + "-000001")
    assert successor.run("sync", "--once").fields["sent"] == 1
    assert unsent != delivered


def test_new_acknowledgement_key_is_fetched_and_nothing_is_held(
    central: CentralProcess, counter: Counter, tmp_path: Path
) -> None:
    first = _later(counter)
    counter.run("sync", "--once")
    stick = tmp_path / "stick"
    on_stick = _later(counter, "13.00")
    counter.run("export", stick)
    run("central", "import", stick, "--data", central.data)  # signed with the key of before
    rotated = run("central", "rotate-key", "acknowledgement", "--data", central.data)
    assert rotated.exit_code == 0, rotated.fields
    assert len(rotated.fields["listed"]) >= 2
    central.stop()
    central.start()
    second = _later(counter, "14.00")
    # The kiosk's list is of before: the word is by a key that it does not know.
    ran = counter.run("sync", "--once")
    assert (ran.exit_code, ran.fields["held"], ran.fields["waiting"]) == (0, 0, 0), ran.fields
    taken = counter.run("import", stick)
    assert (taken.exit_code, "refused" in taken.fields) == (0, False), taken.fields
    queue = counter.run("queue").fields
    assert {row["receipt_number"] for row in queue["deposits"]} == {first, on_stick, second}
    assert all(row["last_error"] is None for row in queue["deposits"])
    assert counter.run("sync", "--once").fields["waiting"] == 0


def test_new_device_keys_are_signed_by_the_old_one_and_nothing_is_lost(
    central: CentralProcess, counter: Counter, tmp_path: Path
) -> None:
    made = counter.deposit().fields
    _later(counter, "15.00")
    counter.run("sync", "--once")
    by_stick = _later(counter, "16.00")
    counter.run("export", tmp_path / "stick")
    renewed = counter.run("renew-keys")
    assert renewed.exit_code == 0, renewed.fields
    again = counter.run("renew-keys")
    assert again.fields["request_key"] != renewed.fields["request_key"]
    # Signed by keys of before: the frozen manifest in the queue, and the bundle on the stick.
    taken = run("central", "import", tmp_path / "stick", "--data", central.data).fields
    assert (taken["new"], "refused" in taken) == (1, False)
    assert counter.run("sync", "--once").fields["waiting"] == 0
    new = counter.deposit("--scan-later", "--pieces", "facture=1", pages=(), amount="1.00").fields
    assert counter.run("sync", "--once").fields["sent"] == 1
    assert by_stick not in (made["receipt_number"], new["receipt_number"])
    for receipt in (made, new):
        verified = counter.run("receipt", "verify", receipt["receipt_qr"])
        assert verified.fields["valid"] is True, verified.fields
        assert counter.run("find", receipt["receipt_qr"]).exit_code == 0
    assert counter.run("journal", "verify").fields["valid"] is True


def test_renewal_whose_answer_was_lost_goes_on(central: CentralProcess, counter: Counter) -> None:
    _later(counter)
    with open_kiosk(counter.data, writing=True) as kiosk:
        # The central took the keys, and the program died before it could note that.
        kiosk.renew_keys()
        with kiosk.store.change() as connection:
            connection.execute("DELETE FROM memory WHERE name = 'key_generation'")
    assert counter.run("sync", "--once").exit_code == 1  # the old key is refused
    again = counter.run("renew-keys")
    assert again.exit_code == 0, again.fields
    assert counter.run("sync", "--once").fields["waiting"] == 0


def test_kiosk_that_lost_its_new_keys_signs_nothing_with_the_old_ones(
    counter: Counter, tmp_path: Path
) -> None:
    made = _later(counter)
    keys = Path(os.environ["KIOSK_KEYS"])
    before = set(keys.iterdir())
    assert counter.run("renew-keys").exit_code == 0
    (new,) = set(keys.iterdir()) - before
    new.rename(tmp_path / new.name)
    refused = counter.run("queue")
    assert refused.error == "wrong_key", refused.fields
    (tmp_path / new.name).rename(new)
    assert counter.run("queue").fields["deposits"][0]["receipt_number"] == made


@pytest.mark.parametrize("with_identity", [True, False])
def test_backup_of_a_kiosk_with_new_keys_is_restored(
    central: CentralProcess, counter: Counter, tmp_path: Path, with_identity: bool
) -> None:
    _later(counter)
    assert counter.run("renew-keys").exit_code == 0
    assert counter.run("backup", tmp_path / "backup").exit_code == 0
    _later(counter, "18.00")
    counter.data.rename(tmp_path / "given-up")
    key = ("--identity", central.data / "demo-keys" / "recovery.age") if with_identity else ()
    back = counter.run("restore", tmp_path / "backup", *key, "--spool", tmp_path / "given-up")
    assert (back.exit_code, back.fields.get("adopted")) == (0, 1), back.fields
    assert counter.run("sync", "--once").fields["waiting"] == 0
