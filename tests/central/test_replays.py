"""A call that was seen is not taken a second time, whatever became of it the first time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, event, func, select

from central import registry, restored
from central.limits import Limits, Turnstile
from central.opening import Place
from central.schema import nonces
from central.services import Services
from kiosk.domain.vocabulary import EventKind
from kiosk.wire import messages
from kiosk.wire.encoding import b64
from kiosk.wire.manifests import DepositManifest, EventManifest, freeze
from kiosk.wire.messages import BUNDLE_TYPE, ProblemType
from tests.central.client import Client
from tests.central.conftest import new_point
from tests.central.parcels import deposit_parcel
from tests.central.running import Central, in_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request as it went over the line, signature and all."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]

    def by(self, client: Client) -> requests.Response:
        return client.send(self.method, self.path, self.body, self.headers)


def signed(client: Client, method: str, path: str, body: bytes = b"", **headers: str) -> Sent:
    made = client.signed_headers(method, path, body) | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return Sent(method=method, path=path, body=body, headers=made)


def manifest_call(client: Client, path: str, manifest: DepositManifest | EventManifest) -> Sent:
    frozen = freeze(manifest, client.request_key)
    return signed(
        client,
        "PUT",
        path,
        frozen.content,
        **{
            messages.MANIFEST_SIGNATURE_HEADER: b64(frozen.signature),
            "Content-Type": messages.MANIFEST_TYPE,
        },
    )


def deposit_call(client: Client, manifest: DepositManifest) -> Sent:
    return manifest_call(client, f"{messages.DEPOSITS}/{manifest.deposit_id}", manifest)


@dataclass(kw_only=True)
class Clock:
    """Days that a test lets pass at the central."""

    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    central: Central
    client: Client
    clock: Clock

    def kept(self) -> int:
        with self.central.services.database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(nonces)) or 0


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Central, Clock]]:
    clock = Clock()

    def change(services: Services) -> Services:
        limits = replace(Limits(), items_a_day=3, device_burst=1000)
        return replace(
            services,
            limits=limits,
            turnstile=Turnstile(limits),
            now=lambda: services.now() + timedelta(days=clock.days),
        )

    data: Path = tmp_path_factory.mktemp("replays") / "central"
    is_shared = request.param == "postgresql"
    url = request.getfixturevalue("module_database") if is_shared else None
    with in_thread(Place(data=data, database=url), change) as central:
        yield central, clock


@pytest.fixture
def rig(running: tuple[Central, Clock]) -> Iterator[Rig]:
    central, clock = running
    client = central.client()
    assert client.enrol(central.code(new_point())).ok
    yield Rig(central=central, client=client, clock=clock)
    client.close()


def stale(response: requests.Response) -> bool:
    return (response.status_code, response.json()["type"]) == (409, ProblemType.STALE_SEQUENCE)


def test_event_that_came_too_soon(rig: Rig) -> None:
    client = rig.client
    deposit = client.manifest(b"x")
    event = client.event(EventKind.CANCELLATION, deposit)
    path = f"{messages.DEPOSITS}/{deposit.deposit_id}/events/{event.event_id}"
    early = manifest_call(client, path, event)
    refused = early.by(client)
    assert (refused.status_code, refused.json()["type"]) == (404, ProblemType.UNKNOWN_DEPOSIT)
    assert client.put(deposit).ok
    assert stale(early.by(client))
    # An honest kiosk tries again with another nonce and another sequence.
    assert client.put_event(event).ok


def test_deposit_beyond_the_quota(rig: Rig) -> None:
    client = rig.client
    for _ in range(3):
        assert client.put(client.manifest(None)).ok
    manifest = client.manifest(None)
    late = deposit_call(client, manifest)
    assert late.by(client).status_code == 429
    rig.clock.days += 1
    assert stale(late.by(client))
    assert client.put(manifest).ok


def test_call_for_which_the_device_had_no_place_left(rig: Rig) -> None:
    client = rig.client
    services = rig.central.services
    key_id = client.request_key.public.key_id
    manifest = client.manifest(None)
    crowded = deposit_call(client, manifest)
    held = [services.turnstile.passing(key_id) for _ in range(services.limits.device_at_once)]
    for one in held:
        one.__enter__()
    assert crowded.by(client).status_code == 429
    for one in held:
        one.__exit__(None, None, None)
    assert stale(crowded.by(client))
    assert client.put(manifest).ok


def test_updates_from_a_cursor_that_nothing_proved(rig: Rig) -> None:
    client, services = rig.client, rig.central.services
    ahead = signed(client, "GET", f"{messages.UPDATES}?cursor=7")
    assert ahead.by(client).json()["type"] == ProblemType.UNPROVEN_CURSOR
    with services.database.writing() as connection:
        restored.recall(connection, since=services.now(), cause="operator", now=services.now())
    assert stale(ahead.by(client))
    assert client.call("GET", f"{messages.UPDATES}?cursor=7").ok


def test_keys_without_their_proof(rig: Rig) -> None:
    client = rig.client
    body = b'{"request_key": "x", "receipt_key": "y", "proof": "z"}'
    self_made, before = signed(client, "POST", messages.KEYS, body), rig.kept()
    assert self_made.by(client).status_code == 400
    assert rig.kept() == before + 1
    assert rig.kept() == _kept_again(rig, self_made)


def test_conflict(rig: Rig) -> None:
    client = rig.client
    first = client.manifest(None)
    assert client.put(first).ok
    other = client.manifest(None, deposit_id=first.deposit_id)
    twice = deposit_call(client, other)
    assert twice.by(client).json()["type"] == ProblemType.CONFLICT
    assert stale(twice.by(client))


def test_bundle_whose_author_is_not_known(rig: Rig) -> None:
    client = rig.client
    author = rig.central.client()
    assert author.enrol(rig.central.code(new_point())).ok
    parcel = deposit_parcel(rig.central, author, 10)
    forged = replace(parcel, header=replace(parcel.header, signature=b"x"))
    carried = signed(client, "PUT", forged.path, forged.packed, Content_Type=BUNDLE_TYPE)
    assert carried.by(client).json()["type"] == ProblemType.NOT_YOURS
    assert stale(carried.by(client))
    author.close()


@pytest.mark.parametrize(
    "call",
    [
        lambda client: signed(client, "POST", messages.STATUS, b"{}"),
        lambda client: signed(client, "POST", messages.HEARTBEATS, b"{}"),
        lambda client: signed(client, "GET", f"{messages.UPDATES}?cursor=-1"),
        lambda client: signed(client, "GET", f"{messages.TIME}?nonce=short"),
        lambda client: signed(client, "PUT", f"{messages.BUNDLES}/{'0' * 64}", b"x"),
        lambda client: signed(client, "PUT", f"{messages.DEPOSITS}/not-an-id", b"x"),
        lambda client: signed(
            client,
            "PUT",
            f"{messages.DEPOSITS}/not-an-id",
            b"x",
            Content_Type=messages.PACKED_MANIFEST_TYPE,
        ),
        lambda client: signed(client, "GET", f"{messages.DEPOSITS}/x/events/y", b""),
    ],
    ids=["status", "heartbeat", "parameter", "time", "bundle", "path", "packed", "method"],
)
def test_call_that_cannot_be_read(rig: Rig, call: Callable[[Client], Sent]) -> None:
    sent = call(rig.client)
    before, refused = rig.kept(), sent.by(rig.client)
    # What is no call of the protocol has no signature that anybody looks at.
    is_seen = refused.status_code == 400
    assert is_seen or refused.status_code == 405
    assert rig.kept() == before + is_seen
    assert rig.kept() == _kept_again(rig, sent)


def test_wait_that_is_told_before_a_call_is_read_leaves_it_unseen(tmp_path: Path) -> None:
    limits = replace(Limits(), device_rate=0.001, device_burst=2)

    def change(services: Services) -> Services:
        return replace(services, limits=limits, turnstile=Turnstile(limits))

    with in_thread(tmp_path / "central", change) as central:
        client = central.client()
        assert client.enrol(central.code(new_point())).ok
        rig = Rig(central=central, client=client, clock=Clock())
        told = [client.call("GET", messages.UPDATES).status_code for _ in range(6)]
        assert told == [200, 200, 429, 429, 429, 429]
        assert rig.kept() == 2
        # And whoever only names the device is told no more than that.
        other = client.signed_headers("GET", messages.TIME, b"")
        forged = client.signed_headers("GET", messages.UPDATES, b"")
        forged["Signature"] = other["Signature"]
        assert client.send("GET", messages.UPDATES, b"", forged).status_code == 429
        client.close()


def test_nonce_of_a_device_that_is_shut_out_is_not_kept(rig: Rig) -> None:
    client, services = rig.client, rig.central.services
    assert client.call("GET", messages.UPDATES).ok
    with services.database.writing() as connection:
        registry.revoke(connection, client.code, services.now())
    before = rig.kept()
    for _ in range(3):
        assert client.call("GET", messages.UPDATES).json()["type"] == ProblemType.REVOKED
    assert rig.kept() == before


def _kept_again(rig: Rig, sent: Sent) -> int:
    """Return how many nonces are kept once the same request came again and was refused again."""
    assert not sent.by(rig.client).ok
    return rig.kept()


def test_good_call_is_one_transaction_and_only_a_refused_one_is_more(rig: Rig) -> None:
    client, transactions = rig.client, 0

    def count(_connection: object) -> None:
        nonlocal transactions
        transactions += 1

    deposit, unknown = client.manifest(None), client.manifest(None)
    assert client.call("GET", messages.UPDATES).ok  # the node has met its key
    event.listen(Engine, "begin", count)
    try:
        assert client.put(deposit).ok
        assert transactions == 1
        assert client.put_event(client.event(EventKind.CANCELLATION, unknown)).status_code == 404
        assert transactions == 3
    finally:
        event.remove(Engine, "begin", count)
