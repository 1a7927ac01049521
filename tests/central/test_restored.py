"""What a central does that learns from a device that it was restored from a backup."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from central import office, restored
from central.office_words import RawWord
from central.opening import Place
from central.schema import points, restorations, runs
from kiosk.domain.moments import local_date
from kiosk.wire.messages import Updates
from tests.central import reading
from tests.central.client import Client
from tests.central.conftest import new_point
from tests.central.running import Central, in_thread, run


@pytest.fixture(params=["sqlite", "postgresql"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Central]:
    """Return a central of this test's own: a restoration moves all of its points."""
    is_shared = request.param == "postgresql"
    url = request.getfixturevalue("empty_database") if is_shared else None
    with in_thread(Place(data=tmp_path / "central", database=url)) as running:
        yield running


@pytest.fixture
def device(own: Central) -> Iterator[Client]:
    client = own.client()
    assert client.enrol(own.code(new_point())).ok
    yield client
    client.close()


def _told(central: Central, client: Client, query: str) -> Updates:
    return reading.updates(client, central.services.keys.root, query)


def _restorations(central: Central) -> int:
    with central.services.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(restorations)) or 0


def test_device_that_was_told_more_is_asked_for_what_was_lost(own: Central, device: Client) -> None:
    begun = datetime.now(UTC)
    number = device.deposit(os.urandom(50))[0].receipt_number
    half = device.manifest(os.urandom(50))
    device.put(half)
    raw = [RawWord(place=1, receipt=number, status="in_review", at=local_date(begun).isoformat())]
    said = office.take(own.services.database, raw, said_by="test", now=begun)
    assert [one.outcome for one in said] == [office.RECORDED]
    trust = reading.trust_list(device, own.services.keys.root).version
    told = _told(own, device, f"?cursor=7&trust={trust}&config=1")
    assert told.recalls == (half.deposit_id,)
    assert told.recalled_since is not None
    assert told.recalled_since <= begun - restored.MARGIN
    # What was said between the backup and now stood at places the device is past.
    assert [one.receipt_number for one in told.statuses] == [number]
    # Whatever is new from now on is newer than what any device has.
    newer = reading.trust_list(device, own.services.keys.root, told.trust_list)
    assert newer.version > trust + 1000
    assert told.configuration is not None
    assert told.cursor > 7 + 1000
    later = _told(own, device, f"?cursor={told.cursor}")
    assert (later.recalls, later.recalled_since, later.cursor) == ((), None, told.cursor)
    assert _restorations(own) == 1


def test_colleague_that_was_told_more_too_hears_of_the_same_recall(
    own: Central, device: Client
) -> None:
    other = own.client()
    assert other.enrol(own.code(new_point())).ok
    _told(own, device, "?cursor=3")
    assert _told(own, other, "?cursor=900").recalled_since is not None
    assert _restorations(own) == 1
    other.close()


def test_cursor_that_no_central_gave_out_moves_nothing(own: Central, device: Client) -> None:
    response = device.call("GET", f"/v1/updates?cursor={2 * restored.AHEAD}")
    assert response.status_code == 400
    assert _restorations(own) == 0
    assert _told(own, device, "?cursor=0").cursor == 0


def test_recall_goes_back_to_what_the_backup_knew_last(own: Central, device: Client) -> None:
    # The program was begun again since the restoration, and more has come in before anybody asked.
    long_ago, now = datetime(2024, 11, 20, 2, tzinfo=UTC), datetime(2024, 11, 25, 9, tzinfo=UTC)
    with own.services.database.writing() as connection:
        for known, began in ((long_ago, now - timedelta(hours=2)), (now, now)):
            connection.execute(runs.insert().values(known_to=known, began_at=began))
        point = device.code[:-1]
        restored.notice(connection, point, 5, now)
        connection.execute(update(points).where(points.c.code == point).values(name="x"))
    told = _told(own, device, "?cursor=5")
    assert told.recalled_since == long_ago - restored.MARGIN


@pytest.mark.parametrize("since", [None, "2024-11-20T02:00:00Z"])
def test_operator_may_say_that_a_backup_was_restored(since: str | None, tmp_path: Path) -> None:
    with in_thread(tmp_path / "central") as central:
        client = central.client()
        client.enrol(central.code(new_point()))
        client.deposit(os.urandom(50))
        code, said = run("recall", *(["--since", since] if since else []), data=central.data)
        assert (code, said["points"]) == (0, 1)
        told = _told(central, client, "?cursor=1")
        assert told.recalled_since is not None
        if since:
            assert said["recalled_since"] == "2024-11-20T01:50:00.000Z"
        assert run("recall", "--since", "yesterday", data=central.data)[0] == 2
        client.close()
