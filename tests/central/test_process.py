"""``central serve`` as a process: killed at an exact byte, stopped in the middle of a request."""

import hashlib
import os
import signal
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kiosk.wire.messages import ACKNOWLEDGEMENT_HEADER
from tests.central.client import Client, tus_headers
from tests.central.running import Process, run

DOCUMENT = os.urandom(300_000)
CUT = 131_072


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "central"


@pytest.fixture
def process(data: Path) -> Iterator[Process]:
    process = Process(data)
    yield process
    if process.process.poll() is None:
        process.kill()


def _enrolled(process: Process, data: Path) -> Client:
    code, answer = run("enrol-code", "--point", "C0417", "--name", "Azrou Centre", data=data)
    assert (code, answer["point"]) == (0, "C0417")
    client = Client(url=process.url, ca_file=Path(process.ready["ca_file"]))
    assert client.enrol(answer["code"]).status_code == 200
    return client


def _begin_patch(client: Client, place: str, offset: int) -> ssl.SSLSocket:
    address = urlsplit(client.url)
    context = ssl.create_default_context(cafile=str(client.ca_file))
    raw = socket.create_connection((address.hostname or "", address.port or 0), timeout=20)
    line = context.wrap_socket(raw, server_hostname=address.hostname)
    headers = tus_headers(offset) | {"Host": "a", "Content-Length": str(len(DOCUMENT) - offset)}
    text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    line.sendall(f"PATCH {place} HTTP/1.1\r\n{text}\r\n".encode())
    return line


def test_upload_goes_on_at_the_exact_byte_after_kill_9(process: Process, data: Path) -> None:
    client = _enrolled(process, data)
    pinned = client.ca_file.read_bytes()
    earlier, said = client.deposit(b"sealed" * 100)
    manifest = client.manifest(DOCUMENT)
    place = client.put(manifest).json()["upload"]["path"]
    line = _begin_patch(client, place, 0)
    line.sendall(DOCUMENT[:CUT])
    for _ in range(1000):
        if client.head(place).headers["Upload-Offset"] == str(CUT):
            break
    process.kill()
    line.close()

    second = Process(data, process.port)
    client.http.close()
    again = client.put(manifest).json()["upload"]
    assert again == {"path": place, "offset": CUT}
    assert client.head(place).headers["Upload-Offset"] == str(CUT)
    done = client.patch(place, CUT, DOCUMENT[CUT:])
    assert ACKNOWLEDGEMENT_HEADER in done.headers
    blob = data / "blobs" / "deposit" / str(manifest.deposit_id)
    (file,) = blob.iterdir()
    assert file.name == hashlib.sha256(DOCUMENT).hexdigest()
    assert file.read_bytes() == DOCUMENT
    assert client.put(earlier).json()["acknowledgement"] == said
    assert client.ca_file.read_bytes() == pinned
    client.close()
    code, logged = second.stop()
    assert code == 0
    for secret in (place.rpartition("/")[2], manifest.receipt_number, "123456789", "Samira"):
        assert secret not in logged
    assert run("stats", data=data) == (
        0,
        {
            "deposits": 2,
            "blobs": 2,
            "bytes": len(DOCUMENT) + 600,
            "acknowledged": 2,
            "devices": 1,
            "duplicates_flagged": 0,
        },
    )


def test_request_in_flight_is_finished_on_sigterm(process: Process, data: Path) -> None:
    client = _enrolled(process, data)
    place = client.put(client.manifest(DOCUMENT)).json()["upload"]["path"]
    line = _begin_patch(client, place, 0)
    line.sendall(DOCUMENT[:CUT])
    for _ in range(1000):
        if client.head(place).headers["Upload-Offset"] == str(CUT):
            break
    process.process.send_signal(signal.SIGTERM)
    line.sendall(DOCUMENT[CUT:])
    answer = line.recv(10_000)
    assert answer.startswith(b"HTTP/1.1 204")
    assert ACKNOWLEDGEMENT_HEADER.lower().encode() in answer.lower()
    line.close()
    # The client's own connection stays open and idle: it must not hold up the end.
    assert process.process.wait(10) == 0
    client.close()
    _, logged = process.stop()
    assert "DEMONSTRATION KEYS" in logged
