"""Bytes of scans that nobody waits for do not stay, and those of an upload in progress do."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from central import leftovers, places, registry
from central.blobs import Blobs
from central.leftovers import GRACE, is_over, sweep
from central.opening import Place
from central.schema import uploads
from kiosk.domain.ids import uuid7
from kiosk.domain.vocabulary import EventKind
from kiosk.wire.manifests import DepositManifest
from tests.central.client import Client, tus_headers
from tests.central.conftest import new_point
from tests.central.running import Central, Process, in_thread

DOCUMENT = os.urandom(200_000)
PART = 120_000
LONG_AGO = places.GOOD_FOR + GRACE + timedelta(hours=1)


@pytest.fixture(params=["sqlite and a folder", "postgresql and s3"], scope="module")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Central]:
    place = Place(data=tmp_path_factory.mktemp("leftovers") / "central")
    if request.param != "sqlite and a folder":
        url = request.getfixturevalue("module_database")
        store = request.getfixturevalue("object_store")
        place = replace(place, database=url, blobs=store.url(f"leftovers-{new_point().lower()}"))
    with in_thread(place) as central:
        yield central


@pytest.fixture
def client(running: Central) -> Iterator[Client]:
    made = running.client()
    assert made.enrol(running.code(new_point())).ok
    yield made
    made.close()


def begun(client: Client) -> tuple[DepositManifest, str]:
    """Begin an upload of which a part comes; return its manifest and its place."""
    manifest = client.manifest(DOCUMENT)
    place: str = client.put(manifest).json()["upload"]["path"]
    assert client.patch(place, 0, DOCUMENT[:PART]).status_code == 204
    return manifest, place


def staged(central: Central) -> set[UUID]:
    return set(central.services.leftovers.staged())


def lies(central: Central, manifest: DepositManifest) -> bool:
    """Tell whether the document is in the store."""
    assert manifest.document is not None
    try:
        blocks = central.services.blobs.read(
            manifest.deposit_id, bytes.fromhex(manifest.document.sha256)
        )
        return sum(map(len, blocks)) > 0
    except FileNotFoundError:
        return False


def change(central: Central, item_id: UUID, **values: object) -> None:
    """Change an upload's row behind the program's back."""
    with central.services.database.writing() as connection:
        connection.execute(update(uploads).where(uploads.c.item_id == item_id).values(values))


def cancel(client: Client, manifest: DepositManifest) -> None:
    assert client.put_event(client.event(EventKind.CANCELLATION, manifest)).ok


def test_cancelled_upload_leaves_nothing(running: Central, client: Client) -> None:
    manifest, place = begun(client)
    assert manifest.deposit_id in staged(running)
    cancel(client, manifest)
    assert manifest.deposit_id not in staged(running)
    assert client.patch(place, PART, DOCUMENT[PART:]).status_code == 410
    assert not lies(running, manifest)


def test_completed_deposit_leaves_nothing_of_its_own_scan(running: Central, client: Client) -> None:
    manifest, _ = begun(client)
    scan = os.urandom(50_000)
    event = client.event(EventKind.COMPLETION, manifest, scan)
    place = client.put_event(event).json()["upload"]["path"]
    # Not before the other scan is here.
    assert manifest.deposit_id in staged(running)
    assert client.patch(place, 0, scan).status_code == 204
    assert staged(running).isdisjoint({manifest.deposit_id, event.event_id})


def test_scan_whose_last_byte_comes_after_its_cancellation_does_not_stay(
    running: Central, client: Client
) -> None:
    manifest, place = begun(client)
    other = running.client()
    assert other.enrol(running.code(client.code[:-1])).ok

    class Body:
        def __len__(self) -> int:
            return len(DOCUMENT) - PART

        def __iter__(self) -> Iterator[bytes]:
            yield DOCUMENT[PART : PART + 40_000]
            event = other.event(EventKind.CANCELLATION, manifest)
            assert other.put_event(event).ok
            yield DOCUMENT[PART + 40_000 :]

    answer = client.http.patch(
        client.url + place, data=Body(), headers=tus_headers(PART), timeout=20
    )
    # Rows of the database are gone, and a file was kept from going by the request itself.
    assert answer.status_code in (204, 410, 423)
    if answer.status_code == 423:
        assert client.head(place).status_code == 410
    assert not lies(running, manifest)
    sweep(running.services)
    assert manifest.deposit_id not in staged(running)
    other.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Uploads in every state: of some all has to go, of the others nothing may."""

    over: frozenset[UUID]
    wanted: frozenset[UUID]


def scene(central: Central) -> Scene:
    """Make uploads as they are found after deaths, revocations and long silences."""
    honest, thief = central.client(), central.client()
    for one in (honest, thief):
        assert one.enrol(central.code(new_point())).ok
    now = datetime.now(UTC)
    made = {name: begun(honest)[0].deposit_id for name in ("new", "late", "ended", "closed")}
    made["stolen"] = begun(thief)[0].deposit_id
    made["finished"] = honest.deposit(DOCUMENT)[0].deposit_id
    change(central, made["late"], secret=places.make(now - places.GOOD_FOR - GRACE / 2))
    change(central, made["ended"], secret=places.make(now - LONG_AGO))
    # A node died between its transaction and what follows: closed or finished, and bytes there.
    change(central, made["closed"], closed_at=now)
    with closing(central.services.staging.appender(made["finished"], 0)) as appender:
        appender.append(b"left")
    with central.services.database.writing() as connection:
        registry.revoke(connection, thief.code, now)
    honest.close()
    thief.close()
    wanted = {made.pop("new"), made.pop("late")}
    return Scene(over=frozenset(made.values()), wanted=frozenset(wanted))


def check(central: Central, found: Scene, round_of: Callable[[], object]) -> None:
    """Run rounds, two at once, and see that what is over is gone and the rest is there."""
    there = staged(central)
    assert found.over | found.wanted <= there
    rounds = [threading.Thread(target=round_of) for _ in range(2)]
    for one in rounds:
        one.start()
    for one in rounds:
        one.join()
    assert staged(central) == there - found.over


def test_round_takes_what_is_over_and_nothing_that_is_wanted(running: Central) -> None:
    sweep(running.services)
    found = scene(running)
    check(running, found, lambda: sweep(running.services))
    sizes = [running.services.staging.size_bytes(one) for one in found.wanted]
    assert sizes == [PART] * 2


@pytest.mark.parametrize(
    "judge",
    [
        lambda _row, _now, _at: False,
        lambda _row, _now, _at: True,
        lambda row, now, at: is_over(row, now + 2 * GRACE, at),
        lambda row, now, at: is_over(row, now - 2 * GRACE, at),
        lambda row, _now, _at: row.closed_at is not None,
    ],
    ids=["never", "always", "too early", "too late", "cancelled ones alone"],
)
def test_round_that_judges_wrongly_is_caught(running: Central, judge: leftovers.Judge) -> None:
    sweep(running.services)
    found = scene(running)
    with pytest.raises(AssertionError):
        check(running, found, lambda: sweep(running.services, judge))
    sweep(running.services)


def test_upload_whose_place_ended_begins_anew(running: Central, client: Client) -> None:
    manifest, _ = begun(client)
    # Within the day of grace it goes on at the same byte; after the round from the first.
    change(
        running,
        manifest.deposit_id,
        secret=places.make(datetime.now(UTC) - places.GOOD_FOR - GRACE / 2),
    )
    sweep(running.services)
    assert client.put(manifest).json()["upload"]["offset"] == PART
    change(running, manifest.deposit_id, secret=places.make(datetime.now(UTC) - LONG_AGO))
    sweep(running.services)
    again = client.put(manifest).json()["upload"]
    assert again["offset"] == 0
    assert client.patch(again["path"], 0, DOCUMENT).status_code == 204
    assert lies(running, manifest)
    sweep(running.services)
    assert lies(running, manifest)


def test_upload_that_somebody_adds_to_is_left_alone(tmp_path: Path) -> None:
    with in_thread(tmp_path / "central") as central:
        client = central.client()
        assert client.enrol(central.code(new_point())).ok
        manifest, _ = begun(client)
        change(central, manifest.deposit_id, secret=places.make(datetime.now(UTC) - LONG_AGO))
        with closing(central.services.staging.appender(manifest.deposit_id)) as appender:
            assert sweep(central.services).uploads == 0
            appender.append(b"x")
        assert central.services.staging.size_bytes(manifest.deposit_id) == PART + 1
        assert sweep(central.services).uploads == 1
        client.close()


def test_file_of_an_upload_that_the_database_forgot_goes_when_it_is_old(tmp_path: Path) -> None:
    # The database came back from a backup: the kiosk is asked again, and goes on where it was.
    with in_thread(tmp_path / "central") as central:
        old, new = uuid7(datetime.now(UTC)), uuid7(datetime.now(UTC))
        for one in (old, new):
            with closing(central.services.staging.appender(one)) as appender:
                appender.append(b"sealed")
        long_ago = (datetime.now(UTC) - LONG_AGO).timestamp()
        os.utime(central.data / "staging" / f"{old}.part", (long_ago, long_ago))
        (central.data / "staging" / "notes.part").write_text("none of ours")
        sweep(central.services)
        assert staged(central) == {new}


@dataclass(slots=True)
class Stuck:
    """Real blobs whose store does not remove anything while it is stuck."""

    blobs: Blobs
    is_stuck: bool = True

    def put(self, item_id: UUID, sha256: bytes, blocks: Iterator[bytes]) -> None:
        self.blobs.put(item_id, sha256, blocks)

    def read(self, item_id: UUID, sha256: bytes) -> Iterator[bytes]:
        return self.blobs.read(item_id, sha256)

    def remove(self, item_id: UUID, sha256: bytes) -> None:
        if self.is_stuck:
            raise OSError("the object store failed: GenericError")
        self.blobs.remove(item_id, sha256)


def test_document_of_a_closed_upload_goes_after_a_day_also_past_a_store_that_failed(
    running: Central, client: Client
) -> None:
    manifest = client.manifest(DOCUMENT)
    client.put(manifest)
    cancel(client, manifest)
    # A node died after it had stored the document, and before it saw that nobody wants it.
    assert manifest.document is not None
    sha256 = bytes.fromhex(manifest.document.sha256)
    running.services.blobs.put(manifest.deposit_id, sha256, iter([DOCUMENT]))
    sweep(running.services)
    assert lies(running, manifest)  # its node may still be at it
    change(running, manifest.deposit_id, closed_at=datetime.now(UTC) - GRACE)
    store = Stuck(running.services.blobs)
    stuck = replace(running.services, blobs=store)
    assert sweep(stuck).documents == 0
    assert lies(running, manifest)
    store.is_stuck = False
    assert sweep(stuck).documents == 1
    assert not lies(running, manifest)
    assert sweep(stuck).documents == 0
    with running.services.database.reading() as connection:
        row = connection.execute(
            select(uploads).where(uploads.c.item_id == manifest.deposit_id)
        ).one()
    assert row.cleared_at is not None


def test_node_that_died_in_between_is_made_good_by_the_next(tmp_path: Path) -> None:
    data = tmp_path / "central"
    with in_thread(data) as central:
        client = central.client()
        assert client.enrol(central.code(new_point())).ok
        gone, kept = begun(client)[0], begun(client)[0]
        client.close()
        # As it is found after a death between the cancellation and what follows from it.
        change(central, gone.deposit_id, closed_at=datetime.now(UTC))
    files = {one: data / "staging" / f"{one.deposit_id}.part" for one in (gone, kept)}
    assert all(file.exists() for file in files.values())
    process = Process(data)
    end = time.monotonic() + 20
    while files[gone].exists() and time.monotonic() < end:
        time.sleep(0.05)
    process.stop()
    assert not files[gone].exists()
    assert files[kept].stat().st_size == PART
