"""Resumable uploads: tus 1.0 core, and what happens when the line or the bytes are bad."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from central import registry
from kiosk.domain.vocabulary import EventKind
from kiosk.wire.messages import ACKNOWLEDGEMENT_HEADER, ProblemType
from tests.central.client import NOW, Client, tus_headers
from tests.central.running import Central

DOCUMENT = os.urandom(200_000)


def _place(client: Client, document: bytes = DOCUMENT) -> str:
    path: str = client.put(client.manifest(document)).json()["upload"]["path"]
    return path


def _open_patch(client: Client, place: str, offset: int, length: int) -> ssl.SSLSocket:
    """Begin a PATCH by hand, so that it can stop anywhere."""
    address = urlsplit(client.url)
    context = ssl.create_default_context(cafile=str(client.ca_file))
    assert address.hostname is not None
    raw = socket.create_connection((address.hostname, address.port or 443), timeout=20)
    line = context.wrap_socket(raw, server_hostname=address.hostname)
    headers = tus_headers(offset) | {"Host": address.netloc, "Content-Length": str(length)}
    lines = [f"PATCH {place} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return line


def _head_until(client: Client, place: str, offset: int) -> int:
    """Ask until at least *offset* bytes are there (bounded by the calls themselves)."""
    for _ in range(500):
        there = int(client.head(place).headers["Upload-Offset"])
        if there >= offset:
            return there
    raise AssertionError("the bytes never arrived")


def test_upload_in_pieces_ends_in_the_acknowledgement(client: Client) -> None:
    place = _place(client)
    first = client.patch(place, 0, DOCUMENT[:70_000])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "70000")
    assert ACKNOWLEDGEMENT_HEADER not in first.headers
    head = client.head(place)
    assert head.status_code == 200
    assert head.headers["Upload-Offset"] == "70000"
    assert head.headers["Upload-Length"] == str(len(DOCUMENT))
    assert head.headers["Tus-Resumable"] == "1.0.0"
    assert head.headers["Cache-Control"] == "no-store"
    last = client.patch(place, 70_000, DOCUMENT[70_000:])
    assert last.status_code == 204
    assert last.headers[ACKNOWLEDGEMENT_HEADER]


def test_repeated_manifest_tells_where_to_go_on(client: Client) -> None:
    manifest = client.manifest(DOCUMENT)
    first = client.put(manifest).json()["upload"]
    client.patch(first["path"], 0, DOCUMENT[:40_000])
    again = client.put(manifest).json()["upload"]
    assert again == {"path": first["path"], "offset": 40_000}


def test_lost_last_answer_is_given_again(client: Client) -> None:
    place = _place(client)
    told = client.patch(place, 0, DOCUMENT).headers[ACKNOWLEDGEMENT_HEADER]
    again = client.patch(place, len(DOCUMENT), b"")
    assert (again.status_code, again.headers[ACKNOWLEDGEMENT_HEADER]) == (204, told)
    assert client.head(place).headers["Upload-Offset"] == str(len(DOCUMENT))


@pytest.mark.parametrize("offset", [1, 69_999, 70_001, 200_000])
def test_wrong_offset_is_refused_and_changes_nothing(client: Client, offset: int) -> None:
    place = _place(client)
    client.patch(place, 0, DOCUMENT[:70_000])
    refused = client.patch(place, offset, b"x")
    assert (refused.status_code, refused.json()["type"]) == (409, ProblemType.WRONG_OFFSET)
    assert refused.headers["Upload-Offset"] == "70000"
    assert client.head(place).headers["Upload-Offset"] == "70000"


def test_more_bytes_than_named_are_refused(client: Client) -> None:
    place = _place(client)
    refused = client.patch(place, 0, DOCUMENT + b"x")
    assert (refused.status_code, refused.json()["type"]) == (413, ProblemType.TOO_LARGE)
    assert client.patch(place, 0, DOCUMENT).status_code == 204


def test_more_bytes_than_named_without_a_length_are_refused(client: Client) -> None:
    place = _place(client, b"a" * 1000)

    def blocks() -> Iterator[bytes]:
        yield b"a" * 900
        yield b"b" * 900

    refused = client.http.patch(
        client.url + place, data=blocks(), headers=tus_headers(0), timeout=20
    )
    assert refused.status_code == 413


def test_damaged_upload_starts_again_from_zero(central: Central, client: Client) -> None:
    manifest = client.manifest(DOCUMENT)
    place = client.put(manifest).json()["upload"]["path"]
    damaged = DOCUMENT[:-1] + bytes([DOCUMENT[-1] ^ 1])
    refused = client.patch(place, 0, damaged)
    assert (refused.status_code, refused.json()["type"]) == (422, ProblemType.DAMAGED_UPLOAD)
    assert client.head(place).headers["Upload-Offset"] == "0"
    assert not [blob for blob in central.blobs() if blob.parent.name == str(manifest.deposit_id)]
    assert ACKNOWLEDGEMENT_HEADER in client.patch(place, 0, DOCUMENT).headers


def test_cut_line_keeps_what_arrived(client: Client) -> None:
    place = _place(client)
    line = _open_patch(client, place, 0, len(DOCUMENT))
    line.sendall(DOCUMENT[:100_001])
    assert _head_until(client, place, 100_001) == 100_001
    line.close()
    done = client.patch(place, 100_001, DOCUMENT[100_001:])
    for _ in range(500):
        # The server may not have seen yet that the line is gone.
        if done.status_code != 423:
            break
        done = client.patch(place, 100_001, DOCUMENT[100_001:])
    assert ACKNOWLEDGEMENT_HEADER in done.headers


def test_of_two_senders_at_once_one_waits(client: Client) -> None:
    place = _place(client)
    line = _open_patch(client, place, 0, len(DOCUMENT))
    line.sendall(DOCUMENT[:65_536])
    there = _head_until(client, place, 65_536)
    locked = client.patch(place, there, DOCUMENT[there:])
    assert (locked.status_code, locked.headers["Retry-After"]) == (423, "1")
    line.sendall(DOCUMENT[65_536:])
    assert line.recv(1000).startswith(b"HTTP/1.1 204")
    line.close()


def test_two_whole_senders_at_once_leave_one_good_document(
    central: Central, client: Client
) -> None:
    manifest = client.manifest(DOCUMENT)
    place = client.put(manifest).json()["upload"]["path"]
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda: codes.append(client.patch(place, 0, DOCUMENT).status_code))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes.count(204) == 1
    assert set(codes) <= {204, 409, 423}
    stored = [blob for blob in central.blobs() if blob.parent.name == str(manifest.deposit_id)]
    assert [blob.read_bytes() for blob in stored] == [DOCUMENT]


def test_guessed_place_is_unknown(client: Client) -> None:
    assert client.head("/v1/uploads/" + "A" * 43).status_code == 404
    refused = client.patch("/v1/uploads/" + "A" * 43, 0, b"x")
    assert refused.json()["type"] == ProblemType.UNKNOWN


def test_revoked_devices_upload_stops(central: Central, client: Client) -> None:
    place = _place(client)
    client.patch(place, 0, DOCUMENT[:1000])
    with central.services.database.writing() as connection:
        registry.revoke(connection, client.code, NOW)
    assert client.head(place).status_code == 403
    refused = client.patch(place, 1000, DOCUMENT[1000:])
    assert (refused.status_code, refused.json()["type"]) == (403, ProblemType.REVOKED)


def test_cancelled_deposits_document_is_no_longer_wanted(client: Client) -> None:
    manifest = client.manifest(DOCUMENT)
    place = client.put(manifest).json()["upload"]["path"]
    client.put_event(client.event(EventKind.CANCELLATION, manifest))
    assert client.patch(place, 0, DOCUMENT).status_code == 410
    assert client.put(manifest).json()["acknowledgement"] is not None


def test_options_tells_the_version(client: Client) -> None:
    told = client.send("OPTIONS", "/v1/uploads")
    assert (told.status_code, told.headers["Tus-Version"]) == (204, "1.0.0")


def test_other_tus_version_and_other_types_are_refused(client: Client) -> None:
    place = _place(client)
    assert client.send("HEAD", place).status_code == 412
    headers = tus_headers(0) | {"Content-Type": "application/json"}
    assert client.send("PATCH", place, b"x", headers).status_code == 415
    headers = tus_headers(0) | {"Upload-Offset": "-1"}
    assert client.send("PATCH", place, b"x", headers).status_code == 400
