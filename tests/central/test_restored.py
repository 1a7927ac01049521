"""What a central does that learns from a device that it was restored from a backup.

A database "restored" here is one whose cursor was set back after the central had given out places
and told a device of them: its proof is a true one.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from central import feed, office, proofs, registry, restored, silence
from central.commands.points import _line
from central.office_words import RawWord
from central.opening import Place
from central.restored import Claim
from central.schema import counters, cursor_claims, points, restorations, runs
from kiosk.domain.moments import local_date
from kiosk.wire.keys import PrivateKey
from kiosk.wire.messages import Updates
from tests.central import reading
from tests.central.client import Client
from tests.central.conftest import new_point
from tests.central.running import Central, in_thread, run


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Central]:
    """Return a central of this file's own: a restoration moves all of its points."""
    is_shared = request.param == "postgresql"
    url = request.getfixturevalue("module_database") if is_shared else None
    data = tmp_path_factory.mktemp("restored") / "central"
    with in_thread(Place(data=data, database=url)) as central:
        yield central


@pytest.fixture
def own(running: Central) -> Central:
    """Return it as if it had just begun to run, and nothing been restored."""
    with running.services.database.writing() as connection:
        for table in (restorations, cursor_claims, runs):
            connection.execute(delete(table))
        restored.begin_run(connection, datetime.now(UTC))
    return running


def _told(central: Central, client: Client, query: str) -> Updates:
    return reading.updates(client, central.services.keys.root, query)


def _restorations(central: Central) -> int:
    with central.services.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(restorations)) or 0


def _proof_of(central: Central, client: Client, cursor: int) -> str:
    """Return the proof of a client that was told up to *cursor*, which the central then forgets."""
    point = client.code[:-1]
    set_back = update(points).where(points.c.code == point)
    with central.services.database.writing() as connection:
        known = connection.scalar(select(points.c.cursor).where(points.c.code == point)) or 0
        feed.next_places(connection, point, cursor - known)
    proof = _told(central, client, f"?cursor={cursor}").cursor_proof
    with central.services.database.writing() as connection:
        connection.execute(set_back.values(cursor=known))
    return proof


def _numbers(central: Central) -> tuple[list[int], int]:
    """Return every point's cursor, and the version of the trust list."""
    with central.services.database.reading() as connection:
        cursors = connection.scalars(select(points.c.cursor).order_by(points.c.code)).all()
        return list(cursors), connection.scalar(select(counters.c.value).limit(1)) or 0


def test_device_that_was_told_more_is_asked_for_what_was_lost(own: Central, device: Client) -> None:
    begun = datetime.now(UTC)
    number = device.deposit(os.urandom(50))[0].receipt_number
    half = device.manifest(os.urandom(50))
    device.put(half)
    raw = [RawWord(place=1, receipt=number, status="in_review", at=local_date(begun).isoformat())]
    said = office.take(own.services.database, raw, said_by="test", now=begun)
    assert [one.outcome for one in said] == [office.RECORDED]
    trust = reading.trust_list(device, own.services.keys.root).version
    proof = _proof_of(own, device, 7)
    told = _told(own, device, f"?cursor=7&trust={trust}&config=1&proof={proof}")
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
    later = _told(own, device, f"?cursor={told.cursor}&proof={told.cursor_proof}")
    assert (later.recalls, later.recalled_since, later.cursor) == ((), None, told.cursor)
    assert _restorations(own) == 1


def test_cursor_without_its_proof_is_refused_and_moves_nothing(
    own: Central, device: Client
) -> None:
    other = own.client()
    assert other.enrol(own.code(new_point())).ok
    true = _proof_of(own, device, 7)
    anothers_key = PrivateKey.generate()
    before = _numbers(own)
    for client, cursor, proof in (
        (device, 1, ""),
        (device, 2**53, ""),
        (device, 8, true),
        (device, 7, true[:-1] + ("A" if true[-1] != "A" else "B")),
        (device, 7, proofs.of_cursor(anothers_key, device.code, 7)),
        (other, 7, true),
    ):
        response = client.call("GET", f"/v1/updates?cursor={cursor}&proof={proof}")
        assert (response.status_code, response.json()["type"]) == (
            409,
            "urn:wasl:unproven-cursor",
        )
    for spoiled in ("a" * 65, "a%20b", "%C3%A9"):
        assert device.call("GET", f"/v1/updates?cursor=7&proof={spoiled}").status_code == 400
    assert _numbers(own) == before
    assert _restorations(own) == 0
    other.close()


def test_claim_without_proof_is_counted_until_the_cursor_is_passed(
    own: Central, device: Client
) -> None:
    def seen() -> tuple[int, list[bool]]:
        with own.services.database.reading() as connection:
            found = silence.of_points(connection, datetime.now(UTC))
        shown = silence.as_json(found, timedelta(hours=24))
        (point,) = (one for one in shown["points"] if one["point"] == device.code[:-1])
        return shown["cursors_unproven"], [one["cursor_unproven"] for one in point["devices"]]

    assert seen() == (0, [False])
    for cursor in (900, 901):
        assert device.call("GET", f"/v1/updates?cursor={cursor}").status_code == 409
    assert seen() == (1, [True])
    assert b"wasl_cursors_unproven 1.0" in own.app.state.meters.text()
    with own.services.database.reading() as connection:
        (state,) = (
            one
            for point in silence.of_points(connection, datetime.now(UTC))
            for one in point.devices
            if one.code == device.code
        )
    assert "cursor_unproven" in _line(state, timedelta(hours=24))
    # A kiosk that never got a proof is let in by the operator's word.
    now = datetime.now(UTC)
    with own.services.database.writing() as connection:
        restored.recall(connection, since=now, cause="operator", now=now)
    assert seen() == (0, [False])
    assert _told(own, device, "?cursor=901").recalled_since is not None


def test_proof_is_no_other_key_s_use(own: Central, device: Client) -> None:
    trust = own.services.keys.trust
    proof = _told(own, device, "?cursor=0").cursor_proof
    assert proof == proofs.of_cursor(trust, device.code, 0)
    assert len(proof) == 22
    assert len({proofs.of_cursor(trust, code, n) for code in ("C1", "C11") for n in (1, 11)}) == 4


def test_one_restoration_is_one_recall_whoever_proves_it(own: Central, device: Client) -> None:
    other, colleague = own.client(), own.client()
    point = new_point()
    for client in (other, colleague):
        assert client.enrol(own.code(point)).ok
    proven = [(device, 3), (other, 900), (colleague, 901)]
    asked = [(one, f"?cursor={n}&proof={_proof_of(own, one, n)}") for one, n in proven]
    with ThreadPoolExecutor(len(asked)) as at_once:
        told = list(at_once.map(lambda one: _told(own, *one), asked))
    assert all(one.recalled_since is not None for one in told)
    assert _restorations(own) == 1
    # Shown again, later: it lies behind by now.
    for client, query in asked:
        assert _told(own, client, query).recalled_since is not None
    assert _restorations(own) == 1
    other.close()
    colleague.close()


def test_second_restoration_of_the_same_backup_is_noticed_too(own: Central, device: Client) -> None:
    cursors, _ = _numbers(own)
    told = _told(own, device, f"?cursor=9&proof={_proof_of(own, device, 9)}")
    with own.services.database.writing() as connection:
        # The same old backup again: it knows nothing of the first recall either.
        connection.execute(update(points).values(cursor=points.c.cursor - restored.AHEAD))
    assert told.cursor > restored.AHEAD
    again = _told(own, device, f"?cursor={told.cursor}&proof={told.cursor_proof}")
    assert again.cursor > told.cursor
    moved = zip(_numbers(own)[0], cursors, strict=True)
    assert all(now > then + restored.AHEAD for now, then in moved)
    assert _restorations(own) == 2


def test_recall_goes_back_to_what_the_backup_knew_last(own: Central, device: Client) -> None:
    # The program was begun again since the restoration, and more has come in before anybody asked.
    long_ago, now = datetime(2024, 11, 20, 2, tzinfo=UTC), datetime(2024, 11, 25, 9, tzinfo=UTC)
    proof = _proof_of(own, device, 5)
    with own.services.database.writing() as connection:
        connection.execute(delete(runs))
        for known, began in ((long_ago, now - timedelta(hours=2)), (now, now)):
            connection.execute(runs.insert().values(known_to=known, began_at=began))
        owner = registry.by_code(connection, device.code)
        assert owner is not None
        claim = Claim(device=owner, cursor=5, proof=proof)
        restored.notice(connection, claim, own.services.keys.trust, now)
    told = _told(own, device, f"?cursor=5&proof={proof}")
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
