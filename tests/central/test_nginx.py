"""Behind a real nginx: signatures hold, bodies stream, and an edge may ask for certificates."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from kiosk.wire.messages import ACKNOWLEDGEMENT_HEADER, ProblemType
from tests.central.client import TIMEOUT_S, Client, tus_headers
from tests.central.conftest import new_point
from tests.central.nginx import in_front_of
from tests.central.running import Central
from tests.central.test_access import UPDATES
from tests.sync.authority import make_authority


@pytest.fixture(scope="module")
def edge(central: Central, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("nginx")
    with in_front_of(central.url, central.data, folder) as url:
        yield url


@pytest.fixture
def client(edge: str, central: Central) -> Iterator[Client]:
    made = Client(url=edge, ca_file=central.ca_file)
    assert made.enrol(central.code(new_point())).status_code == 200
    yield made
    made.close()


def test_signed_calls_and_uploads_pass(client: Client) -> None:
    manifest, word = client.deposit(os.urandom(300_000))
    assert word
    assert client.call("GET", UPDATES).status_code == 200
    assert client.put(manifest).json() == {"upload": None, "acknowledgement": word}


def test_what_the_proxy_adds_or_a_client_forges_changes_nothing(client: Client) -> None:
    forged = {"X-Forwarded-Host": "evil.invalid", "X-Original-URL": "/v1/status"}
    assert client.call("GET", UPDATES, b"", forged).status_code == 200
    headers = client.signed_headers("GET", UPDATES, b"")
    changed = client.send("GET", "/v1/updates?cursor=1", b"", headers)
    assert (changed.status_code, changed.json()["type"]) == (401, ProblemType.SIGNATURE)
    replay = client.signed_headers("GET", UPDATES, b"")
    assert client.send("GET", UPDATES, b"", replay).status_code == 200
    assert client.send("GET", UPDATES, b"", replay).status_code == 409


@pytest.mark.parametrize("target", ["/v1/%75pdates", "/v1//updates", "/v1/x/../updates"])
def test_other_spellings_of_a_path_are_not_put_right(client: Client, target: str) -> None:
    # nginx would serve the tidy path if it rewrote what it passes on.
    signed = client.signed_headers("GET", "/v1/updates", b"")
    request = requests.Request("GET", client.url, headers=signed).prepare()
    request.url = client.url + target
    response = client.http.send(request, timeout=TIMEOUT_S)
    assert response.status_code in (400, 401, 404)


def _seen_meanwhile(client: Client, wait_s: float) -> int:
    """Send half a document and hold on; return how much of it the central had by then."""
    document = os.urandom(400_000)
    place = client.put(client.manifest(document)).json()["upload"]["path"]
    is_seen = threading.Event()

    class Body:
        def __len__(self) -> int:
            return len(document)

        def __iter__(self) -> Iterator[bytes]:
            yield document[:200_000]
            is_seen.wait(TIMEOUT_S)
            yield document[200_000:]

    answers: list[str] = []

    def send() -> None:
        response = client.http.patch(
            client.url + place, data=Body(), headers=tus_headers(0), timeout=TIMEOUT_S
        )
        answers.append(response.headers[ACKNOWLEDGEMENT_HEADER])

    sending = threading.Thread(target=send)
    sending.start()
    watcher = Client(url=client.url, ca_file=client.ca_file)
    until, reached = time.monotonic() + wait_s, 0
    while reached < 100_000 and time.monotonic() < until:
        reached = int(watcher.head(place).headers["Upload-Offset"])
    is_seen.set()
    sending.join(TIMEOUT_S)
    watcher.close()
    assert len(answers) == 1
    return reached


def test_bytes_reach_the_central_while_they_come(client: Client) -> None:
    assert _seen_meanwhile(client, TIMEOUT_S) >= 100_000


def test_a_proxy_that_holds_bodies_back_would_be_caught(central: Central, tmp_path: Path) -> None:
    with in_front_of(central.url, central.data, tmp_path, buffers=True) as url:
        client = Client(url=url, ca_file=central.ca_file)
        client.enrol(central.code(new_point()))
        assert _seen_meanwhile(client, 0.5) == 0
        client.close()


def test_edge_may_ask_for_client_certificates(central: Central, tmp_path: Path) -> None:
    offices = make_authority()
    authority = tmp_path / "offices.pem"
    authority.write_text(offices.pem)
    offices.server(tmp_path)
    certificate = str(tmp_path / "server.pem")
    folder = tmp_path / "nginx"
    folder.mkdir()
    with in_front_of(central.url, central.data, folder, mutual=authority) as url:
        without = Client(url=url, ca_file=central.ca_file)
        assert without.enrol(central.code(new_point())).status_code == 400
        without.close()
        holder = Client(url=url, ca_file=central.ca_file)
        holder.http.cert = certificate
        assert holder.enrol(central.code(new_point())).status_code == 200
        assert holder.call("GET", UPDATES).status_code == 200
        holder.close()
