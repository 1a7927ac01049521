"""The day closed beside the central's count, silent points, and clocks years off, by commands."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.central import CentralProcess
from tests.e2e.commands import Counter, Ran, run, run_apart

FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


def device(central: CentralProcess, counter: Counter) -> dict[str, Any]:
    """Return what ``central points`` lists of the counter's device."""
    code = next(iter(counter.states()))[:6]
    listed = run("central", "points", "--data", central.data).fields["points"]
    (found,) = (one for point in listed for one in point["devices"] if one["device"] == code)
    return dict(found)


def test_day_is_closed_beside_the_central_count(central: CentralProcess, counter: Counter) -> None:
    first = counter.deposit().fields["receipt_number"]
    assert counter.run("sync", "--once").exit_code == 0
    assert (device(central, counter)["silent"], device(central, counter)["held"]) == (False, 0)
    second = counter.deposit(amount="12.00").fields["receipt_number"]
    closed = counter.run("day", "close").fields
    assert (closed["deposits"], closed["central"]) == (2, 1)
    assert (closed["missing"], closed["missing_count"]) == ([second], 1)
    assert first not in closed["missing"]
    told = device(central, counter)
    assert (told["counts"]["queued"], told["clock"]) == (1, "verified")
    assert counter.run("journal", "verify").fields["valid"] is True
    assert counter.run("sync", "--once").exit_code == 0
    closed = counter.run("day", "close").fields
    assert (closed["central"], closed["missing_count"]) == (2, 0)


def in_another_year(counter: Counter, offset: str, *words: object) -> Ran:
    """Run a command in a process whose wall clock is off; its monotonic clock is not."""
    environment = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME": offset,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    return run_apart(*words, "--data", counter.data, environment=environment)


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")
@pytest.mark.parametrize("offset", ["+6y", "-8y"])
def test_sync_with_a_clock_years_off(
    central: CentralProcess, counter: Counter, offset: str
) -> None:
    # The central's certificate begins in 2020 and holds five years: by this clock it is no good.
    number = counter.deposit().fields["receipt_number"]
    synced = in_another_year(counter, offset, "sync", "--once")
    assert (synced.exit_code, synced.fields.get("sent")) == (0, 1), synced.fields
    assert counter.states()[number] == "acknowledged"
    told = device(central, counter)
    assert abs(told["clock_off_s"]) > 5 * 365 * 86_400
    assert told["clock"] == "unverified"
