"""The queue by pages: the same rows in the same order, however few are in memory at once."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from kiosk.cli.answer import Answer, print_answer
from kiosk.domain.vocabulary import DepositState
from kiosk.store import queue
from tests.contracts.outbox_contract import acknowledged, claim
from tests.enrolled import TestClock
from tests.store.items import Clerk


@pytest.fixture
def three_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_BATCH", 3)


@pytest.mark.usefixtures("three_a_batch")
@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_every_row_is_told_once_newest_first(clerk: Clerk, count: int) -> None:
    made = [clerk.deposit() for _ in range(count)]
    connection = clerk.store.db.conn
    told = [row.deposit_id for row in queue.each(connection)]
    assert told == made[::-1]
    assert [row.deposit_id for row in queue.newest(connection, 2)] == told[:2]


@pytest.mark.usefixtures("three_a_batch")
def test_rows_that_come_meanwhile_disturb_nothing(clerk: Clerk) -> None:
    made = [clerk.deposit() for _ in range(5)]
    rows = queue.each(clerk.store.db.conn)
    told = [next(rows).deposit_id for _ in range(2)]
    clerk.deposit()
    item = claim(clerk.store.outbox)
    clerk.store.outbox.settle(item.item_id, acknowledged(item))
    assert told + [row.deposit_id for row in rows] == made[::-1]


def test_totals_count_what_is_not_purged(clerk: Clerk, clock: TestClock) -> None:
    clerk.deposit()
    first = clock.now
    clock.now += timedelta(hours=1)
    clerk.deposit()
    clerk.deposit(scan=None)
    connection = clerk.store.db.conn
    connection.execute("UPDATE deposits SET state = 'purged' WHERE number = 2")
    found = queue.totals(connection)
    assert set(found) == {DepositState.QUEUED, DepositState.TO_SCAN}
    queued = found[DepositState.QUEUED]
    assert (queued.count, queued.oldest) == (1, first)
    assert queue.row_of(connection, clerk.number_of(_second(clerk))) is None


def _second(clerk: Clerk) -> UUID:
    row = clerk.store.db.conn.execute("SELECT deposit_id FROM deposits WHERE number = 2")
    return UUID(row.fetchone()[0])


@pytest.mark.parametrize("count", [0, 1, 2])
def test_long_list_is_written_as_one_json_object(
    capsys: pytest.CaptureFixture[str], count: int
) -> None:
    fields = {"before": 1, "list": ({"é": n} for n in range(count)), "after": {"a": None}}
    assert print_answer(Answer(fields=fields, lines=()), as_json=True) == 0
    wanted = {"before": 1, "list": [{"é": n} for n in range(count)], "after": {"a": None}}
    assert json.loads(capsys.readouterr().out) == wanted


@pytest.mark.parametrize("fields", [dict, lambda: {"list": iter(())}])
def test_empty_answer_is_an_object_too(
    capsys: pytest.CaptureFixture[str], fields: Callable[[], dict[str, object]]
) -> None:
    print_answer(Answer(fields=fields(), lines=()), as_json=True)
    assert list(json.loads(capsys.readouterr().out).values()) in ([], [[]])


def test_list_that_breaks_off_is_never_whole_json(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(after: int) -> Iterator[int]:
        yield from range(after)
        raise OSError("the disk went away")

    for after in (0, 2):
        with pytest.raises(OSError, match="went away"):
            print_answer(Answer(fields={"list": broken(after)}, lines=()), as_json=True)
        written = capsys.readouterr().out
        assert (written == "") == (after == 0)
        with pytest.raises(json.JSONDecodeError):
            json.loads(written)
