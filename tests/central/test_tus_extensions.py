"""What tus 1.0 offers beyond its core: creation with bytes, and checksums of pieces."""

import base64
import hashlib
import os

import pytest

from kiosk.wire.messages import ACKNOWLEDGEMENT_HEADER, TUS_CONTENT_TYPE
from tests.central.client import Client, tus_headers

DOCUMENT = os.urandom(90_000)


@pytest.fixture
def place(client: Client) -> str:
    """Return where the document of a new manifest goes."""
    path: str = client.put(client.manifest(DOCUMENT)).json()["upload"]["path"]
    return path


def creating(length: int = len(DOCUMENT)) -> dict[str, str]:
    return {"Tus-Resumable": "1.0.0", "Upload-Length": str(length)}


def checked(piece: bytes, name: str = "sha256") -> str:
    return f"{name} {base64.b64encode(hashlib.new(name, piece).digest()).decode()}"


def test_extensions_are_told(client: Client) -> None:
    told = client.send("OPTIONS", "/v1/uploads").headers
    assert told["Tus-Extension"] == "creation,creation-with-upload,checksum"
    assert told["Tus-Checksum-Algorithm"] == "sha256,sha1"


def test_creation_tells_the_place_it_was_asked_at(client: Client, place: str) -> None:
    made = client.send("POST", place, headers=creating())
    assert (made.status_code, made.headers["Location"]) == (201, place)
    assert made.headers["Upload-Offset"] == "0"
    assert client.patch(place, 0, DOCUMENT).status_code == 204


def test_creation_may_bring_the_first_bytes_or_all(client: Client, place: str) -> None:
    headers = creating() | {"Content-Type": TUS_CONTENT_TYPE}
    made = client.send("POST", place, DOCUMENT[:30_000], headers)
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "30000")
    # Once more, as after a lost answer: nothing is taken twice.
    again = client.send("POST", place, DOCUMENT[:30_000], headers)
    assert (again.status_code, again.headers["Upload-Offset"]) == (201, "30000")
    assert client.patch(place, 30_000, DOCUMENT[30_000:]).headers[ACKNOWLEDGEMENT_HEADER]


def test_all_bytes_with_the_creation_bring_the_word(client: Client, place: str) -> None:
    headers = creating() | {"Content-Type": TUS_CONTENT_TYPE}
    made = client.send("POST", place, DOCUMENT, headers)
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, str(len(DOCUMENT)))
    assert made.headers[ACKNOWLEDGEMENT_HEADER]


def test_creation_of_another_length_or_nowhere_is_refused(client: Client, place: str) -> None:
    assert client.send("POST", place, headers=creating(5)).status_code == 400
    assert client.send("POST", place, headers={"Tus-Resumable": "1.0.0"}).status_code == 400
    assert client.send("POST", place, headers={"Upload-Length": "90000"}).status_code == 412
    nowhere = "/v1/uploads/" + "A" * 43
    assert client.send("POST", nowhere, headers=creating()).status_code == 404


@pytest.mark.parametrize("name", ["sha256", "sha1"])
def test_piece_with_its_checksum_is_taken(client: Client, place: str, name: str) -> None:
    for start in (0, 50_000):
        piece = DOCUMENT[start : start + 50_000]
        headers = tus_headers(start) | {"Upload-Checksum": checked(piece, name)}
        told = client.send("PATCH", place, piece, headers)
        assert told.status_code == 204
    assert told.headers[ACKNOWLEDGEMENT_HEADER]


def test_piece_with_another_checksum_is_thrown_away(client: Client, place: str) -> None:
    client.patch(place, 0, DOCUMENT[:1000])
    headers = tus_headers(1000) | {"Upload-Checksum": checked(b"other")}
    assert client.send("PATCH", place, DOCUMENT[1000:70_000], headers).status_code == 460
    assert client.head(place).headers["Upload-Offset"] == "1000"


@pytest.mark.parametrize("said", ["md5 AAAA", "sha256", "sha256 ???", "", "sha256 " + "A" * 5000])
def test_checksum_that_is_none_is_refused(client: Client, place: str, said: str) -> None:
    headers = tus_headers(0) | {"Upload-Checksum": said}
    assert client.send("PATCH", place, DOCUMENT, headers).status_code in (400, 460)
    assert client.head(place).headers["Upload-Offset"] == "0"
