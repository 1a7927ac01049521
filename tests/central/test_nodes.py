"""Several nodes on one PostgreSQL and one S3 store are one central."""

import os
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select

from central import opening
from central.errors import WrongKeyError
from central.opening import Place
from central.schema import deposits
from central.staging_rows import RowStaging
from central.uploads import PERSIST_BYTES
from kiosk.wire import messages
from kiosk.wire.manifests import freeze
from tests.central import promises
from tests.central.client import Client, tus_headers
from tests.central.conftest import new_point
from tests.central.outside import ObjectStore
from tests.central.running import START_S, Central, Process, in_thread, run

SLOW_BYTES = 10 * PERSIST_BYTES


@pytest.fixture
def first_place(tmp_path: Path, empty_database: str, object_store: ObjectStore) -> Place:
    url = object_store.url(tmp_path.name)
    return Place(data=tmp_path / "first", database=empty_database, blobs=url)


@pytest.fixture
def first(first_place: Place) -> Iterator[Central]:
    with in_thread(first_place) as central:
        yield central


@pytest.fixture
def second(first: Central, first_place: Place, tmp_path: Path) -> Iterator[Central]:
    """A second machine: its own folder, a copy of the keys, the same database and store."""
    data = tmp_path / "second"
    shutil.copytree(first.data / "keys", data / "keys")
    place = Place(data=data, database=first_place.database, blobs=first_place.blobs)
    with in_thread(place) as central:
        yield central


@pytest.fixture
def device(first: Central) -> Iterator[Client]:
    client = first.client()
    assert client.enrol(first.code(new_point())).ok
    yield client
    client.close()


def _at(client: Client, central: Central) -> None:
    """Let the device's next calls go to another node, as a balancer would."""
    client.url = central.url


def _held(central: Central, manifest: Any) -> bytes:
    digest = bytes.fromhex(manifest.document.sha256)
    return b"".join(central.services.blobs.read(manifest.deposit_id, digest))


def test_upload_begun_on_one_node_goes_on_at_another(
    first: Central, second: Central, device: Client
) -> None:
    document = os.urandom(SLOW_BYTES)
    manifest = device.manifest(document)
    place = device.put(manifest).json()["upload"]["path"]
    assert device.patch(place, 0, document[:100_000]).headers["Upload-Offset"] == "100000"
    _at(device, second)
    assert device.head(place).headers["Upload-Offset"] == "100000"
    assert device.put(manifest).json()["upload"] == {"path": place, "offset": 100_000}
    answer = device.patch(place, 100_000, document[100_000:])
    word = answer.headers[messages.ACKNOWLEDGEMENT_HEADER]
    _at(device, first)
    assert device.put(manifest).json()["acknowledgement"] == word
    assert _held(first, manifest) == document


def test_same_deposit_at_two_nodes_at_once_is_one(
    first: Central, second: Central, device: Client
) -> None:
    document = os.urandom(50_000)
    for _ in range(10):
        manifest = device.manifest(document)
        frozen = freeze(manifest, device.request_key)
        start, words = threading.Barrier(2), []

        def send(node: Central, manifest: Any = manifest, frozen: Any = frozen) -> None:
            other = _same_device(device, node)
            start.wait(20)  # noqa: B023 joined before the next round
            place = other.put(manifest, frozen).json()
            while place.get("acknowledgement") is None:
                answer = other.patch(place["upload"]["path"], place["upload"]["offset"], document)
                assert answer.status_code in (204, 409, 423), answer.text
                place = other.put(manifest, frozen).json()
            words.append(place["acknowledgement"])  # noqa: B023 as above
            other.close()

        threads = [threading.Thread(target=send, args=(node,)) for node in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(words) == 2
        assert len(set(words)) == 1
        assert _held(second, manifest) == document
    with first.services.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(deposits)) == 10
    assert _staged(first, manifest.deposit_id) == 0


def _same_device(device: Client, node: Central) -> Client:
    other = Client(
        url=node.url,
        ca_file=device.ca_file,
        request_key=device.request_key,
        receipt_key=device.receipt_key,
        code=device.code,
    )
    other._sequence = device._sequence
    return other


def test_promises_hold_on_shared_stores(first: Central) -> None:
    promises.deposit_is_there_once(first)


def test_node_with_other_keys_is_refused(
    first: Central, first_place: Place, tmp_path: Path
) -> None:
    del first
    place = Place(data=tmp_path / "stranger", database=first_place.database)
    with pytest.raises(WrongKeyError, match="other keys"):
        opening.begin(place)


@pytest.mark.parametrize("command", ["hand-over", "intake"])
def test_command_with_other_keys_signs_nothing(
    first: Central, first_place: Place, tmp_path: Path, command: str
) -> None:
    del first
    other = tmp_path / "other"
    opening.begin(Place(data=other))[0].close()
    assert first_place.database is not None
    code, told = run(command, "--database", first_place.database, data=other)
    assert (code, told["error"]["code"]) == (1, "wrong_key")


def test_connections_that_the_database_closed_are_made_anew(
    first: Central, first_place: Place, device: Client
) -> None:
    # As after a restart of PostgreSQL: no request fails for it.
    assert first_place.database is not None
    for _ in range(3):
        with psycopg.connect(first_place.database, autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
            assert ended
        assert device.call("GET", "/v1/updates").status_code == 200


def test_commands_work_on_shared_stores(
    first: Central, first_place: Place, device: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = os.urandom(1000)
    device.deposit(document)
    assert first_place.database is not None
    assert first_place.blobs is not None
    monkeypatch.setenv("WASL_CENTRAL_DATABASE", first_place.database)
    monkeypatch.setenv("WASL_CENTRAL_BLOBS", first_place.blobs)
    code, told = run("stats", data=first.data)
    assert (code, told["deposits"], told["blobs"], told["bytes"]) == (0, 1, 1, 1000)
    out = first.data / "out"
    assert run("export-dossiers", str(out), data=first.data)[0] == 0
    assert [file.read_bytes() for file in out.glob("*.age")] == [document]


def test_killed_node_loses_less_than_32_kb_of_each_upload(
    first: Central, first_place: Place, device: Client, tmp_path: Path
) -> None:
    data = tmp_path / "doomed"
    shutil.copytree(first.data / "keys", data / "keys")
    assert first_place.database is not None
    assert first_place.blobs is not None
    node = Process(data, 0, "--database", first_place.database, "--blobs", first_place.blobs)
    document = os.urandom(SLOW_BYTES)
    manifests = [device.manifest(document) for _ in range(8)]
    places = [device.put(manifest).json()["upload"]["path"] for manifest in manifests]
    sent = [3 * PERSIST_BYTES + 1000 * count for count in range(8)]
    lines = [
        _begin(device, node.port, place, document, size)
        for place, size in zip(places, sent, strict=True)
    ]
    for manifest, size in zip(manifests, sent, strict=True):
        _wait_until_kept(first, manifest.deposit_id, size - PERSIST_BYTES)
    node.kill()
    for line in lines:
        line.close()
    for manifest, place, size in zip(manifests, places, sent, strict=True):
        offset = int(device.head(place).headers["Upload-Offset"])
        assert size - PERSIST_BYTES < offset <= size
        answer = device.patch(place, offset, document[offset:])
        assert messages.ACKNOWLEDGEMENT_HEADER in answer.headers
        assert _held(first, manifest) == document


def _wait_until_kept(central: Central, item_id: UUID, more_than: int) -> None:
    """Wait while the other node, which waits for more bytes itself, keeps those that have come."""
    last = time.monotonic() + START_S
    while _staged(central, item_id) <= more_than:
        assert time.monotonic() < last, "the node keeps bytes in memory for too long"
        time.sleep(0.02)  # another process writes: there is nothing to wait on


def _begin(device: Client, port: int, place: str, document: bytes, size: int) -> ssl.SSLSocket:
    """Send the head of a PATCH and *size* bytes slowly, and leave the connection open."""
    context = ssl.create_default_context(cafile=str(device.ca_file))
    raw = socket.create_connection(("127.0.0.1", port), timeout=20)
    line = context.wrap_socket(raw, server_hostname="127.0.0.1")
    headers = tus_headers(0) | {"Host": "127.0.0.1", "Content-Length": str(len(document))}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    line.sendall(f"PATCH {place} HTTP/1.1\r\n{head}\r\n".encode())
    for start in range(0, size, 8192):
        line.sendall(document[start : min(start + 8192, size)])
        time.sleep(0.01)  # the pace of a line: all at once would never be kept in pieces
    return line


def test_rows_that_count_wrong_are_caught(first: Central, device: Client) -> None:
    # A staging that believes its own count: the promise must tell it from the real one.
    class Careless(RowStaging):
        def appender(self, item_id: Any, counted: int | None = None) -> Any:
            kept = super().appender(item_id, counted)
            kept._size_bytes = 0
            return kept

    document = os.urandom(2000)
    manifest = device.manifest(document)
    device.put(manifest)
    staging = Careless(first.services.database)
    staging.appender(manifest.deposit_id).append(document[:1000])
    with pytest.raises(Exception, match=r"bytes|UNIQUE|unique|duplicate"):
        staging.appender(manifest.deposit_id).append(document[1000:])


def _staged(central: Central, item_id: UUID) -> int:
    return central.services.staging.size_bytes(item_id)
