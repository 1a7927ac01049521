"""Who asks too much waits, and nobody else does."""

import os
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from central.errors import ProblemError
from central.limits import Limits, Turnstile
from central.opening import Place
from central.services import Services
from kiosk.domain.vocabulary import EventKind
from kiosk.wire.manifests import freeze
from kiosk.wire.messages import BUNDLE_TYPE, PROBLEM_TYPE
from tests.central.client import Client
from tests.central.conftest import new_point
from tests.central.parcels import Parcel, deposit_parcel, intake_of
from tests.central.running import Central, in_thread, run

ONE, OTHER = b"one-key-", b"another-"


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def limited(**limits: Any) -> Callable[[Services], Services]:
    def change(services: Services) -> Services:
        own = replace(Limits(), **limits)
        return replace(services, limits=own, turnstile=Turnstile(own))

    return change


def enrolled(central: Central) -> Client:
    client = central.client()
    assert client.enrol(central.code(new_point())).ok
    return client


def wait_s(response: requests.Response) -> int:
    body = response.json()
    assert response.headers["Content-Type"] == PROBLEM_TYPE
    assert body["status"] == response.status_code
    return int(response.headers["Retry-After"])


def taken(turnstile: Turnstile, key_id: bytes, count: int) -> list[str | None]:
    told: list[str | None] = []
    for _ in range(count):
        try:
            turnstile.take(key_id)
        except ProblemError as error:
            told.append(error.headers["Retry-After"])
        else:
            told.append(None)
    return told


def test_device_goes_on_at_its_rate_after_its_burst() -> None:
    clock = Clock()
    turnstile = Turnstile(Limits(device_rate=0.25, device_burst=3), clock)
    assert taken(turnstile, ONE, 4) == [None, None, None, "4"]
    clock.now_s += 3.9
    assert taken(turnstile, ONE, 1) == ["1"]
    clock.now_s += 0.2
    assert taken(turnstile, ONE, 2) == [None, "4"]
    clock.now_s += 10**6
    assert taken(turnstile, ONE, 4) == [None, None, None, "4"]


def test_one_device_takes_nothing_from_another() -> None:
    turnstile = Turnstile(Limits(device_rate=1, device_burst=2), Clock())
    assert taken(turnstile, ONE, 50)[2:] == ["1"] * 48
    assert taken(turnstile, OTHER, 2) == [None, None]


def test_places_of_a_device_are_given_back_whatever_happens() -> None:
    turnstile = Turnstile(Limits(device_at_once=1))

    def fail_inside() -> None:
        with turnstile.passing(ONE):
            with pytest.raises(ProblemError), turnstile.passing(ONE):
                pytest.fail("there was one place")
            with turnstile.passing(OTHER):
                raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            fail_inside()


def test_day_of_dossiers_fits_in_what_is_let_through_at_once() -> None:
    # 51 dossiers of two requests, an update and a heartbeat, in no time at all.
    assert taken(Turnstile(Limits(), Clock()), ONE, 51 * 2 + 2) == [None] * 104


def test_greedy_device_is_told_when_and_a_calm_one_sees_nothing(tmp_path: Path) -> None:
    with in_thread(tmp_path, limited(device_rate=0.01, device_burst=5)) as central:
        greedy, calm = enrolled(central), enrolled(central)
        answers = [greedy.call("GET", "/v1/updates") for _ in range(8)]
        assert Counter(one.status_code for one in answers) == {200: 5, 429: 3}
        assert all(90 < wait_s(one) <= 100 for one in answers[5:])
        assert calm.call("GET", "/v1/updates").status_code == 200
        greedy.close()
        calm.close()


def test_bytes_of_an_upload_count_as_requests_of_their_author(tmp_path: Path) -> None:
    with in_thread(tmp_path, limited(device_rate=0.01, device_burst=2)) as central:
        client = enrolled(central)
        place = client.put(client.manifest(b"sealed")).json()["upload"]["path"]
        assert client.head(place).status_code == 200
        refused = client.patch(place, 0, b"sealed")
        assert refused.status_code == 429
        assert wait_s(refused) > 0
        client.close()


def test_requests_of_one_device_do_not_fill_the_node(tmp_path: Path) -> None:
    with in_thread(tmp_path, limited(device_at_once=1)) as central:
        greedy, calm = enrolled(central), enrolled(central)
        manifest = greedy.manifest(b"sealed")
        statuses: Counter[int] = Counter()
        start = threading.Barrier(12)

        def send() -> None:
            start.wait(20)
            statuses[greedy.put(manifest).status_code] += 1

        # While its row is locked here, every one of its requests has to wait for it.
        with central.services.turnstile.passing(_key_of(greedy)):
            threads = [threading.Thread(target=send) for _ in range(11)]
            for thread in threads:
                thread.start()
            start.wait(20)
            assert calm.call("GET", "/v1/updates").status_code == 200
            for thread in threads:
                thread.join()
        assert statuses == {429: 11}
        assert greedy.put(manifest).status_code == 200
        greedy.close()
        calm.close()


def _key_of(client: Client) -> bytes:
    return client.request_key.public.key_id


def test_quota_of_a_day_holds_over_restarts_and_ends_with_the_day(tmp_path: Path) -> None:
    with in_thread(tmp_path, limited(items_a_day=2)) as central:
        client = enrolled(central)
        first = client.manifest(None)
        assert client.put(first).ok
        assert client.put_event(client.event(EventKind.CANCELLATION, first)).ok
        assert wait_s(client.put(client.manifest(None))) == 3600
        assert client.call("GET", "/v1/updates").ok
    with in_thread(tmp_path, limited(items_a_day=2)) as central:
        client.url = central.url
        refused = client.manifest(None)
        assert client.put(refused).status_code == 429

    def tomorrow(services: Services) -> Services:
        changed = limited(items_a_day=2)(services)
        return replace(changed, now=lambda: services.now() + timedelta(days=1))

    with in_thread(tmp_path, tomorrow) as central:
        client.url = central.url
        assert client.put(refused).ok
        client.close()


def test_quota_counts_the_bytes_that_manifests_name(tmp_path: Path) -> None:
    with in_thread(tmp_path, limited(bytes_a_day=1000)) as central:
        client = enrolled(central)
        client.deposit(b"x" * 900)
        large = client.manifest(b"x" * 101)
        assert client.put(large).status_code == 429
        # What was refused is not counted: what fits goes on.
        client.deposit(b"x" * 100)
        client.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_same_bytes_again_count_once_and_are_answered_beyond_the_quota(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("empty_database") if engine == "postgresql" else None
    place = Place(data=tmp_path / "central", database=url)
    with in_thread(place, limited(items_a_day=3, bytes_a_day=1000)) as central:
        client, carrier = enrolled(central), enrolled(central)
        document = os.urandom(400)
        manifest = client.manifest(document)
        frozen = freeze(manifest, client.request_key)
        assert [client.put(manifest, frozen).status_code for _ in range(5)] == [200] * 5
        event = client.event(EventKind.COMPLEMENT, manifest, os.urandom(600))
        assert [client.put_event(event).status_code for _ in range(3)] == [200] * 3
        # Its bytes are used up; what was there before is told again, as often as it is asked for.
        assert client.put(client.manifest(b"x")).status_code == 429
        assert client.put(manifest, frozen).json()["upload"]["offset"] == 0
        parcel = deposit_parcel(central, client, 900)
        assert [_carried(carrier, parcel).status_code for _ in range(4)] == [200] * 4
        assert _carried(carrier, deposit_parcel(central, client, 101)).status_code == 429
        client.close()
        carrier.close()


@pytest.mark.parametrize("is_opened", [False, True])
def test_quota_counts_the_bytes_that_are_carried_for_others(
    tmp_path: Path, is_opened: bool
) -> None:
    with in_thread(tmp_path, limited(bytes_a_day=1000)) as central:
        if is_opened:
            services = replace(central.services, intake=intake_of(central))
            central.app.state.services = services
        author, carrier = enrolled(central), enrolled(central)
        fits, large = (deposit_parcel(central, author, size) for size in (900, 101))
        assert _carried(carrier, fits).ok
        assert wait_s(_carried(carrier, large)) == 3600
        # A manifest that travels alone names its document only once it is opened.
        alone = replace(large, header=large.header.alone())
        assert _carried(carrier, alone).status_code == (429 if is_opened else 200)
        author.close()
        carrier.close()


def _carried(carrier: Client, one: Parcel) -> requests.Response:
    return carrier.call("PUT", one.path, one.packed, {"Content-Type": BUNDLE_TYPE})


def test_saturated_node_says_so_at_once_and_serves_what_it_has(tmp_path: Path) -> None:
    with in_thread(tmp_path, limited(in_work=1)) as central:
        client = enrolled(central)
        # A line of a phone: a request whose body takes its time holds the node's one place.
        line, refused = _held_by_a_line(client)
        with line:
            assert refused.status_code == 503
            assert 2 <= wait_s(refused) <= 10
            line.sendall(b"}")
            assert line.recv(100).startswith(b"HTTP/1.1 401")
        assert _until(client, 200).status_code == 200
        client.close()


def _held_by_a_line(client: Client) -> tuple[ssl.SSLSocket, requests.Response]:
    """Return a line whose request holds the node's one place, and what others are told."""
    address = urlsplit(client.url)
    context = ssl.create_default_context(cafile=str(client.ca_file))
    for _ in range(50):
        raw = socket.create_connection((address.hostname or "", address.port or 0), timeout=20)
        line = context.wrap_socket(raw, server_hostname=address.hostname)
        line.sendall(b"POST /v1/status HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{")
        told = _until(client, 503)
        if told.status_code == 503 and not _was_answered(line):
            return line, told
        line.close()  # it came while another request was in hand, and was refused itself
    raise AssertionError("no request of ours held the place")


def _was_answered(line: ssl.SSLSocket) -> bool:
    line.setblocking(False)
    try:
        line.recv(100)
    except ssl.SSLWantReadError:
        return False
    finally:
        line.settimeout(20)
    return True


def _until(client: Client, status: int) -> requests.Response:
    for _ in range(20):
        response = client.call("GET", "/v1/updates")
        if response.status_code == status:
            break
    return response


def test_operator_sets_limits_and_nonsense_is_refused(tmp_path: Path) -> None:
    code, told = run("serve", "--device-rate", "0", data=tmp_path)
    assert (code, told["error"]["code"]) == (2, "invalid_input")
    code, told = run("serve", "--in-work", "many", data=tmp_path)
    assert (code, told["error"]["code"]) == (2, "invalid_input")
