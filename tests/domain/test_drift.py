"""How fast a wall clock runs, and what follows for how long it is believed."""

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.domain.drift import Compared, drift_ppm, is_one_run
from kiosk.domain.moments import ClockTrust, TrustedTime, best_known_utc, judge_clock

BEGUN = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def compared(after: timedelta, ahead: timedelta) -> Compared:
    return Compared(central=BEGUN + after, wall=BEGUN + after + ahead)


START = compared(timedelta(0), timedelta(seconds=2))


@pytest.mark.parametrize(
    ("seconds_a_day", "ppm"), [(0.0, 0.0), (5.0, 57.9), (-5.0, -57.9), (20.0, 231.5)]
)
def test_drift_is_measured_over_days(seconds_a_day: float, ppm: float) -> None:
    later = compared(10 * DAY, timedelta(seconds=2 + 10 * seconds_a_day))
    assert drift_ppm(START, later) == pytest.approx(ppm, abs=0.1)


def test_no_drift_is_told_before_a_day_has_passed() -> None:
    assert drift_ppm(START, compared(23 * DAY / 24, timedelta(seconds=2))) is None
    assert drift_ppm(START, compared(DAY, timedelta(seconds=2))) == 0.0


@pytest.mark.parametrize("ahead", [timedelta(days=365), -timedelta(days=365), timedelta(minutes=9)])
def test_clock_that_was_set_has_no_drift(ahead: timedelta) -> None:
    later = compared(2 * DAY, ahead)
    assert not is_one_run(START, later)
    assert drift_ppm(START, later) is None


def test_central_that_went_back_tells_no_drift() -> None:
    assert not is_one_run(START, compared(-DAY, timedelta(0)))


def trusted(drift: float | None, boot: str = "one") -> TrustedTime:
    return TrustedTime(central=BEGUN, wall=BEGUN, monotonic_ms=0, boot_id=boot, drift_ppm=drift)


@pytest.mark.parametrize(
    ("drift", "days", "trust"),
    [
        (None, 29, ClockTrust.VERIFIED),
        (100.0, 29, ClockTrust.VERIFIED),
        (231.5, 14, ClockTrust.VERIFIED),
        # 20 s a day: five minutes are gone after fifteen days.
        (231.5, 16, ClockTrust.UNVERIFIED),
        (-231.5, 16, ClockTrust.UNVERIFIED),
        (0.0, 31, ClockTrust.UNVERIFIED),
    ],
)
def test_clock_that_drifts_is_believed_for_less_long(
    drift: float | None, days: int, trust: ClockTrust
) -> None:
    assert judge_clock(BEGUN + days * DAY, 0, "another", trusted(drift)) is trust


def test_best_known_time_is_the_walls_only_where_it_is_believed() -> None:
    hour_ms = 3_600_000
    right, wrong = BEGUN + timedelta(hours=1), BEGUN - timedelta(days=365)
    assert best_known_utc(right, hour_ms, "one", trusted(None)) == right
    assert best_known_utc(wrong, hour_ms, "one", trusted(None)) == right
    assert best_known_utc(wrong, hour_ms, "another", trusted(None)) == BEGUN
    assert best_known_utc(wrong, hour_ms, "one", None) == wrong
