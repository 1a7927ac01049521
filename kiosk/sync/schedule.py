"""When to talk to the central. What is done then is somebody else's.

APScheduler plans by the wall clock, and runs nothing for as long as that clock was set back or
forward by (tried, a year). So a watchdog on the monotonic clock sees the jump and plans anew.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from kiosk.sync.identity import Clocks

JUMP_S = 30.0
_TICK_S = 5.0
_WORKERS = 4

# Its words name our callables and say nothing an operator can use.
logging.getLogger("apscheduler").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something done again and again.

    Attributes:
        run: Called in one of the schedule's threads, never twice at once.
        at_start: Run as soon as the schedule starts too.
    """

    name: str
    every_s: float
    run: Callable[[], object]
    at_start: bool = True


class _Every(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 has no types
    """Fires at an interval, and never counts what was missed.

    APScheduler's own interval lists every missed time before it coalesces them: a clock set to
    2099 would have it build a list of a hundred million.
    """

    def __init__(self, every_s: float) -> None:
        self._every = timedelta(seconds=every_s)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        following = now if previous is None else previous
        return max(following, now - self._every) + self._every


class ClockWatch:
    """Tells when the wall clock moved by other than the time that passed."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._apart_s = self._measure()

    def jumped(self) -> bool:
        """Tell whether the wall clock jumped by more than 30 s since the last answer."""
        apart_s = self._measure()
        if abs(apart_s - self._apart_s) <= JUMP_S:
            # A slow drift is followed, so that years of it never add up to a jump.
            self._apart_s = apart_s
            return False
        self._apart_s = apart_s
        return True

    def _measure(self) -> float:
        return self._clocks.now().timestamp() - self._clocks.monotonic()


class Schedule:
    """Runs jobs at their times until stopped, whatever the wall clock does.

    Args:
        on_jump: Called after all jobs were planned anew.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        clocks: Clocks | None = None,
        on_jump: Callable[[], object] | None = None,
        tick_s: float = _TICK_S,
    ) -> None:
        self._jobs = tuple(jobs)
        self._watch = ClockWatch(clocks or Clocks())
        self._on_jump = on_jump
        self._tick_s = tick_s
        self._stop = threading.Event()
        self._watchdog: threading.Thread | None = None
        self._scheduler: BackgroundScheduler | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether the schedule is started."""
        return self._scheduler is not None

    def start(self) -> None:
        """Start the jobs and the watchdog; a second start does nothing."""
        if self._scheduler is not None:
            return
        self._stop.clear()
        self._scheduler = BackgroundScheduler(
            timezone=UTC, executors={"default": ThreadPoolExecutor(_WORKERS)}
        )
        self._plan(self._scheduler, is_start=True)
        self._scheduler.start()
        self._watchdog = threading.Thread(target=self._keep_watch, name="clock-watch", daemon=True)
        self._watchdog.start()

    def stop(self) -> None:
        """Stop, and return once no job runs and no thread is left; twice does no harm.

        Never call it from a job: it would wait for itself.
        """
        self._stop.set()
        if self._watchdog is not None:
            self._watchdog.join()
            self._watchdog = None
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None

    def check_clock(self) -> bool:
        """Plan all jobs anew if the wall clock has jumped; tell whether it had."""
        if self._scheduler is None or not self._watch.jumped():
            return False
        self._plan(self._scheduler, is_start=False)
        if self._on_jump is not None:
            self._on_jump()
        return True

    def _keep_watch(self) -> None:
        # Event.wait counts by the monotonic clock.
        while not self._stop.wait(self._tick_s):
            self.check_clock()

    def _plan(self, scheduler: BackgroundScheduler, *, is_start: bool) -> None:
        for job in self._jobs:
            first = {"next_run_time": datetime.now(UTC)} if job.at_start or not is_start else {}
            scheduler.add_job(
                job.run,
                _Every(job.every_s),
                id=job.name,
                replace_existing=True,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
                **first,
            )
