"""When sync runs: at its times, whatever the wall clock does."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from kiosk.sync.backoff import CAP, full_jitter
from kiosk.sync.schedule import ClockWatch, Job, Schedule
from tests.sync.conftest import Clock

WAIT_S = 3.0


class Counter:
    """A job that tells when it has run."""

    def __init__(self) -> None:
        self.ran = threading.Semaphore(0)

    def __call__(self) -> None:
        self.ran.release()

    def runs(self, timeout_s: float = WAIT_S) -> bool:
        """Wait for one more run."""
        return self.ran.acquire(timeout=timeout_s)

    def drain(self) -> None:
        """Forget the runs so far."""
        while self.ran.acquire(blocking=False):
            pass


@pytest.fixture
def shift(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Return a way to set the clock that APScheduler sees."""
    offset = timedelta(0)

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Shifted":
            return cls.fromtimestamp((datetime.now(UTC) + offset).timestamp(), tz)

    def move(by: timedelta) -> None:
        nonlocal offset
        offset = by

    for module in ("schedulers.base", "executors.base"):
        monkeypatch.setattr(f"apscheduler.{module}.datetime", Shifted)
    monkeypatch.setattr("kiosk.sync.schedule.datetime", Shifted)
    return move


@pytest.fixture
def no_thread_left() -> Iterator[None]:
    """Check that a test leaves no thread behind."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.mark.usefixtures("no_thread_left")
def test_jobs_run_at_the_start_and_again_and_leave_no_thread() -> None:
    job = Counter()
    schedule = Schedule([Job(name="sync", every_s=0.05, run=job)])
    schedule.start()
    schedule.start()
    assert all(job.runs() for _ in range(3))
    schedule.stop()
    schedule.stop()
    assert not schedule.is_running


@pytest.mark.usefixtures("no_thread_left")
def test_stopped_schedule_starts_again() -> None:
    job = Counter()
    schedule = Schedule([Job(name="sync", every_s=60, run=job)])
    for _ in range(2):
        schedule.start()
        assert job.runs()
        schedule.stop()


@pytest.mark.usefixtures("no_thread_left")
def test_job_never_runs_twice_at_once() -> None:
    running, most, done = [], [], threading.Event()

    def slow() -> None:
        running.append(1)
        most.append(len(running))
        done.wait(0.1)
        running.pop()

    schedule = Schedule([Job(name="sync", every_s=0.02, run=slow)])
    schedule.start()
    done.wait(0.4)
    schedule.stop()
    assert max(most) == 1


def stalls_for_ever(
    by: timedelta, shift: Callable[[timedelta], None], *, has_watchdog: bool
) -> bool:
    """Tell whether jobs stop running once the clock was set."""
    clock, job, jumped = Clock(), Counter(), []
    schedule = Schedule(
        [Job(name="sync", every_s=0.05, run=job)],
        clocks=clock.clocks(),
        on_jump=lambda: jumped.append(1),
        tick_s=0.02 if has_watchdog else 3600,
    )
    schedule.start()
    try:
        assert job.runs()
        clock.now += by
        shift(by)
        # Whatever was planned by the old clock has run after this.
        pause = threading.Event()
        pause.wait(0.25)
        job.drain()
        stalled = not job.runs(0.3)
        assert len(jumped) == (1 if has_watchdog else 0)
        return stalled
    finally:
        schedule.stop()


@pytest.mark.parametrize("days", [-366, 366, 366 * 70])
def test_jobs_go_on_when_the_clock_is_set_by_a_year(
    shift: Callable[[timedelta], None], days: int
) -> None:
    assert not stalls_for_ever(timedelta(days=days), shift, has_watchdog=True)


def test_clock_set_to_another_century_costs_no_list_of_missed_runs(
    shift: Callable[[timedelta], None],
) -> None:
    # Even before the watchdog looks: the jobs see the new time first.
    assert not stalls_for_ever(timedelta(days=366 * 70), shift, has_watchdog=False)


def test_this_test_would_catch_a_schedule_without_a_watchdog(
    shift: Callable[[timedelta], None],
) -> None:
    assert stalls_for_ever(timedelta(days=-366), shift, has_watchdog=False)


def test_time_that_passes_is_no_jump_and_neither_is_drift() -> None:
    clock = Clock()
    watch = ClockWatch(clock.clocks())
    for _ in range(100):
        clock.pass_s(3600)
        clock.now += timedelta(seconds=5)  # drift: 500 s in all
        assert not watch.jumped()


@pytest.mark.parametrize("seconds", [31, -31, 3600, -86400 * 365])
def test_jump_is_told_once(seconds: int) -> None:
    clock = Clock()
    watch = ClockWatch(clock.clocks())
    clock.pass_s(10)
    clock.now += timedelta(seconds=seconds)
    assert watch.jumped()
    assert not watch.jumped()


def test_wait_grows_to_fifteen_minutes_and_never_beyond() -> None:
    ceilings = [full_jitter(tries, lambda: 1.0).total_seconds() for tries in range(12)]
    assert ceilings[:4] == [5, 10, 20, 40]
    assert ceilings[-1] == CAP.total_seconds() == 900
    assert full_jitter(10**9, lambda: 1.0) == CAP
    assert full_jitter(5, lambda: 0.0) == timedelta(0)
