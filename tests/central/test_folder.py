"""What lies in the data folder: keys, certificate, database; and the commands on it."""

import os
import shutil
import socket
import sqlite3
import ssl
import stat
import subprocess
from pathlib import Path

import pyrage
import pytest
import requests

from central.cli import main
from kiosk.domain.vocabulary import EventKind
from tests.central.client import Client
from tests.central.conftest import new_point
from tests.central.running import Central, found, in_thread, run

DOCUMENT = os.urandom(300_000)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "central"


def test_all_bytes_there_but_nothing_said_is_settled_by_the_next_call(
    central: Central, client: Client
) -> None:
    # As a process leaves it that is killed between the last byte and the acknowledgement.
    manifest = client.manifest(DOCUMENT)
    client.put(manifest)
    file = central.data / "staging" / f"{manifest.deposit_id}.part"
    file.write_bytes(DOCUMENT)
    assert client.put(manifest).json()["acknowledgement"] is not None
    assert not file.exists()


def test_client_that_pins_another_ca_refuses_to_talk(central: Central, data: Path) -> None:
    found(data)
    client = Client(url=central.url, ca_file=data / "ca.pem")
    with pytest.raises(requests.exceptions.SSLError):
        client.enrol("ABCD-EFGH-JKMN-PQRS")
    client.close()


def test_ca_file_pins_the_offline_root_too(central: Central) -> None:
    text = central.ca_file.read_text()
    assert text.index("BEGIN CERTIFICATE") < text.index("BEGIN PUBLIC KEY")
    context = ssl.create_default_context(cafile=str(central.ca_file))
    assert len(context.get_ca_certs()) == 1


def test_older_tls_is_refused(central: Central) -> None:
    context = ssl.create_default_context(cafile=str(central.ca_file))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    port = int(central.url.rpartition(":")[2])
    raw = socket.create_connection(("127.0.0.1", port), timeout=20)
    with raw, pytest.raises(ssl.SSLError):
        context.wrap_socket(raw, server_hostname="127.0.0.1")


def test_keys_and_data_are_the_owners_alone(data: Path) -> None:
    # An address that is not this machine's: begun by the command itself, and not served.
    assert run("serve", "--host", "192.0.2.1", data=data)[0] == 1
    for folder in (data / "keys", data / "demo-keys"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for file in folder.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    for file in data.glob("central.db*"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


def test_serving_needs_none_of_the_demonstration_keys(data: Path) -> None:
    found(data)
    for file in (data / "demo-keys").iterdir():
        file.unlink()
    with in_thread(data) as central:
        client = central.client()
        client.enrol(central.code(new_point()))
        client.deposit(DOCUMENT)
        client.close()


def test_debians_age_opens_what_is_exported_sealed(data: Path) -> None:
    if shutil.which("age") is None:
        pytest.skip("Debian's age is not installed")
    pdf = b"%PDF-1.7 the dossier"
    with in_thread(data) as central:
        client = central.client()
        client.enrol(central.code(new_point()))
        identity = data / "demo-keys" / "operations.age"
        lines = identity.read_text().splitlines()
        recipient = pyrage.x25519.Identity.from_str(lines[-1]).to_public()
        sealed = pyrage.encrypt(pdf, [recipient])
        manifest, _ = client.deposit(sealed)
        extra = client.event(EventKind.COMPLEMENT, manifest, sealed)
        place = client.put_event(extra).json()["upload"]["path"]
        client.patch(place, 0, sealed)
        client.put(client.manifest(sealed))  # not accepted: its document never comes
        number, out = manifest.receipt_number, data.parent / "out"
        code, answer = run("export-dossiers", str(out), data=data)
        assert (code, answer) == (0, {"dossiers": 1, "documents": 2, "opened": 0})
        client.close()

    names = (f"{number}.pdf.age", f"{number}.complement-1.pdf.age")
    assert {file.name for file in out.iterdir()} == {f"{number}.json", *names}
    for name in names:
        opened = subprocess.run(
            ["age", "-d", "-i", str(identity), str(out / name)],
            capture_output=True,
            check=True,
            timeout=20,
        )
        assert opened.stdout == pdf

    code, answer = run("export-dossiers", str(out), "--identity", str(identity), data=data)
    assert (code, answer["opened"]) == (0, 2)
    assert (out / f"{number}.pdf").read_bytes() == pdf
    assert (out / f"{number}.complement-1.pdf").read_bytes() == pdf
    wrong = data / "demo-keys" / "intake.age"
    code, answer = run("export-dossiers", str(out), "--identity", str(wrong), data=data)
    assert (code, answer["error"]["code"]) == (1, "wrong_key")
    code, answer = run("export-dossiers", str(out), "--identity", str(out), data=data)
    assert (code, answer["error"]["code"]) == (2, "unreadable_file")


def test_scan_of_a_cancelled_dossier_is_not_exported(data: Path) -> None:
    with in_thread(data) as central:
        client = central.client()
        client.enrol(central.code(new_point()))
        manifest, _ = client.deposit(b"sealed")
        client.put_event(client.event(EventKind.CANCELLATION, manifest))
        client.close()
    out = data.parent / "out"
    _, answer = run("export-dossiers", str(out), data=data)
    assert answer == {"dossiers": 1, "documents": 0, "opened": 0}
    assert [file.name for file in out.iterdir()] == [f"{manifest.receipt_number}.json"]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["stats"], 2, "invalid_input"),
        (["export-dossiers", "out"], 2, "invalid_input"),
        (["enrol-code", "--point", "Z0417"], 2, "invalid_input"),
        (["enrol-code"], 2, "invalid_input"),
        (["serve", "--port", "70000"], 2, "invalid_input"),
        (["serve", "--host", "192.0.2.1"], 1, "refused"),
        (["report"], 2, "invalid_input"),
    ],
)
def test_wrong_use_is_told_in_json(data: Path, arguments: list[str], code: int, error: str) -> None:
    answer = run(*arguments, data=data)
    assert (answer[0], answer[1]["error"]["code"]) == (code, error)


def test_database_of_a_newer_central_is_refused(data: Path) -> None:
    found(data)
    connection = sqlite3.connect(data / "central.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    code, answer = run("stats", data=data)
    assert (code, answer["error"]["code"]) == (1, "newer_database")


def test_damaged_database_is_refused(data: Path) -> None:
    found(data)
    (data / "central.db").write_bytes(b"not a database" * 1000)
    for leftover in ("central.db-wal", "central.db-shm"):
        (data / leftover).unlink(missing_ok=True)
    code, answer = run("stats", data=data)
    assert (code, answer["error"]["code"]) == (1, "damaged_database")


def test_lost_keys_beside_a_database_are_never_replaced(data: Path) -> None:
    found(data)
    (data / "keys").rename(data / "elsewhere")
    code, answer = run("enrol-code", "--point", "C0417", data=data)
    assert (code, answer["error"]["code"]) == (1, "wrong_key")
    (data / "elsewhere").rename(data / "keys")
    assert run("enrol-code", "--point", "C0417", data=data)[0] == 0


def test_code_for_a_central_that_is_not_there_founds_none(data: Path) -> None:
    for point in ("C0417", "Z0417"):
        code, answer = run("enrol-code", "--point", point, data=data)
        assert (code, answer["error"]["code"]) == (2, "invalid_input")
        assert not data.exists()
    found(data)
    assert run("enrol-code", "--point", "C0417", data=data)[0] == 0


def test_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code, answer = run("serve", data=tmp_path / "file" / "central")
    assert (code, answer["error"]["code"]) == (1, "read_only")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("serve", "--port", "70000"), "argument --port: not a number from 0 to 65,535"),
        (("serve", "--device-rate", "nan"), "argument --device-rate: not a number from 0.01"),
        (("token", "make", "a", "--role", "reports", "--days", "x"), "not a number from 1 to"),
    ],
)
def test_number_that_is_none_is_refused_with_its_bounds(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    code, answer = run(*arguments, data=tmp_path)
    assert (code, answer["error"]["code"]) == (2, "invalid_input")
    assert told in answer["error"]["message"]


def test_report_is_read_without_brackets(
    central: Central, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    client.deposit(b"sealed")
    assert main(["report", "--data", str(central.data)]) == 0
    said = capsys.readouterr().out
    assert "network: -\n" in said
    assert "stages:\n  copy_received: count=" in said
    assert "{" not in said
    assert "None" not in said
