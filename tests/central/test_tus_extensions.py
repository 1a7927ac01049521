"""What tus 1.0 offers beyond its core: creation with bytes, checksums, places that end."""

import base64
import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from central import places
from central.services import Services
from kiosk.wire.messages import ACKNOWLEDGEMENT_HEADER, TUS_CONTENT_TYPE
from tests.central.client import Client, tus_headers
from tests.central.running import in_thread

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
    assert told["Tus-Extension"] == "creation,creation-with-upload,checksum,expiration"
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


def test_place_says_when_it_ends_until_all_is_there(client: Client, place: str) -> None:
    told = client.patch(place, 0, DOCUMENT[:1000])
    ends = parsedate_to_datetime(told.headers["Upload-Expires"])
    assert timedelta(days=29) < ends - datetime.now(UTC) < timedelta(days=31)
    assert client.head(place).headers["Upload-Expires"] == told.headers["Upload-Expires"]
    last = client.patch(place, 1000, DOCUMENT[1000:])
    assert "Upload-Expires" not in last.headers


def test_upload_goes_on_under_a_new_name_when_its_place_has_ended(tmp_path: Path) -> None:
    days = [0]

    def later(services: Services) -> Services:
        return replace(services, now=lambda: datetime.now(UTC) + timedelta(days=days[0]))

    with in_thread(tmp_path / "central", later) as central:
        client = central.client()
        client.enrol(central.code("C0001"))
        manifest = client.manifest(DOCUMENT)
        first = client.put(manifest).json()["upload"]["path"]
        assert client.patch(first, 0, DOCUMENT[:40_000]).status_code == 204
        days[0] = 31
        for gone in (client.head(first), client.patch(first, 40_000, DOCUMENT[40_000:])):
            assert gone.status_code == 410
        again = client.put(manifest).json()["upload"]
        assert again["path"] != first
        assert again["offset"] == 40_000
        told = client.patch(again["path"], 40_000, DOCUMENT[40_000:])
        assert told.headers[ACKNOWLEDGEMENT_HEADER]
        assert client.head(first).status_code == 404
        client.close()


def test_name_of_the_time_when_they_did_not_end_never_does() -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    assert not places.has_ended("A" * 43, now)
    made = places.make(now)
    assert places.ends_at(made) == now + places.GOOD_FOR
    assert len({places.make(now)[8:] for _ in range(100)}) == 100
