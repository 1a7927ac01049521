"""Days and times: deadlines over any calendar, the repeated hour, and what a clock is worth."""

import calendar
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import moments
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.moments import ClockTrust, TrustedTime, deadline
from tests.domain.slips import ANY_TEXT

ROOT = Path(__file__).resolve().parents[2]
DAYS = st.dates(date(2000, 1, 1), date(2200, 12, 31))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@given(DAYS)
def test_deadline_is_the_same_day_two_months_later_or_the_last(first_act: date) -> None:
    last = deadline(first_act)
    months = 12 * (last.year - first_act.year) + last.month - first_act.month
    assert months == 2
    assert last.day == min(first_act.day, calendar.monthrange(last.year, last.month)[1])


@given(DAYS, DAYS)
def test_later_act_never_has_an_earlier_deadline(one: date, other: date) -> None:
    first, second = sorted((one, other))
    assert deadline(first) <= deadline(second)


@given(DAYS)
def test_deadline_leaves_59_to_62_days(first_act: date) -> None:
    assert 59 <= (deadline(first_act) - first_act).days <= 62


@given(DAYS, DAYS)
def test_end_of_treatment_gives_60_days_whenever_it_began(first_act: date, end: date) -> None:
    assert deadline(first_act, end) - end == timedelta(days=60)


@pytest.mark.parametrize(
    ("first_act", "last"),
    [
        (date(2025, 12, 31), date(2026, 2, 28)),
        (date(2023, 12, 29), date(2024, 2, 29)),
        (date(2023, 12, 30), date(2024, 2, 29)),
        (date(2023, 12, 31), date(2024, 2, 29)),
        (date(2025, 12, 29), date(2026, 2, 28)),
        (date(2024, 2, 29), date(2024, 4, 29)),
        (date(2026, 7, 31), date(2026, 9, 30)),
        (date(2026, 6, 30), date(2026, 8, 30)),
        (date(2026, 11, 15), date(2027, 1, 15)),
    ],
)
def test_deadline_at_the_ends_of_months(first_act: date, last: date) -> None:
    assert deadline(first_act) == last


@pytest.mark.parametrize(
    ("first_act", "end", "field"),
    [
        (date(2026, 11, 24), None, "care_date"),
        (date(1999, 12, 31), None, "care_date"),
        (date(2026, 11, 10), date(2026, 11, 9), "end_date"),
        (date(2026, 11, 10), date(2026, 11, 24), "end_date"),
    ],
)
def test_care_that_cannot_be_is_refused_by_field(
    first_act: date, end: date | None, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        moments.check_care_dates(first_act, end, date(2026, 11, 23))
    assert refused.value.field == field


def test_care_of_today_and_a_treatment_that_ends_today_pass() -> None:
    today = date(2026, 11, 23)
    moments.check_care_dates(today, None, today)
    moments.check_care_dates(date(2000, 1, 1), today, today)


@given(DAYS)
def test_day_is_read_in_both_ways_of_writing(day: date) -> None:
    assert moments.parse_day(f" {day.isoformat()} ", "care_date") == day
    assert moments.parse_day(moments.shown_date(day), "care_date") == day


@given(ANY_TEXT)
def test_any_text_is_a_day_or_refused_input(text: str) -> None:
    try:
        moments.parse_day(text, "care_date")
    except InvalidInputError:
        return


@pytest.mark.parametrize("text", ["", "2026-02-29", "31/04/2026", "11/23/2026", "23-11-2026", "26"])
def test_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        moments.parse_day(text, "care_date")


def test_clock_going_back_in_ramadan_repeats_an_hour_but_not_a_moment() -> None:
    # 15 February 2026: at 03:00 local time clocks go back to 02:00.
    first = datetime(2026, 2, 15, 1, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert moments.shown_time(first) == moments.shown_time(second) == "15/02/2026 02:30"
    assert moments.rfc3339(first) < moments.rfc3339(second)
    assert moments.parse_rfc3339(moments.rfc3339(second)) - first == timedelta(hours=1)


def test_day_in_casablanca_begins_an_hour_before_utc_outside_ramadan() -> None:
    assert moments.local_date(datetime(2026, 1, 10, 23, 30, tzinfo=UTC)) == date(2026, 1, 11)
    assert moments.local_date(datetime(2026, 3, 1, 23, 30, tzinfo=UTC)) == date(2026, 3, 1)


def test_the_bundled_rules_count_and_not_the_machine_s(tmp_path: Path) -> None:
    # An old PC's rules, played by those of another place.
    (tmp_path / "Africa").mkdir()
    elsewhere = files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes()
    (tmp_path / "Africa" / "Casablanca").write_bytes(elsewhere)
    asks = (
        "from zoneinfo import ZoneInfo\n"
        "from datetime import datetime, UTC\n"
        "from kiosk.domain.moments import shown_time\n"
        "moment = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)\n"
        "print(shown_time(moment), moment.astimezone(ZoneInfo('Africa/Casablanca')).hour)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", asks],
        env={**os.environ, "PYTHONTZPATH": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert said.stdout == "10/01/2026 13:00 21\n"


@given(MOMENTS, st.integers(-23, 23))
def test_time_written_is_the_time_read_to_the_millisecond(moment: datetime, hours: int) -> None:
    text = moments.rfc3339(moment.astimezone(timezone(timedelta(hours=hours))))
    assert text.endswith("Z")
    assert len(text) == 24
    assert moments.parse_rfc3339(text) == moment.replace(
        microsecond=moment.microsecond // 1000 * 1000
    )


@given(ANY_TEXT)
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        moment = moments.parse_rfc3339(text)
    except ValueError:
        return
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["2026-11-23T10:42:07", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"]
)
def test_time_without_offset_or_outside_the_calendar_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="a time"):
        moments.parse_rfc3339(text)


def compared(*, wall_off_s: int = 0) -> TrustedTime:
    """Return the central's time of this morning, with the wall clock so much off it then."""
    return TrustedTime(
        central=MORNING,
        wall=MORNING + timedelta(seconds=wall_off_s),
        monotonic_ms=1_000_000,
        boot_id="a",
    )


def trust(
    after: timedelta, *, boot: str = "a", passed: timedelta | None = None, off_s: int = 0
) -> ClockTrust:
    passed_ms = (after if passed is None else passed) // timedelta(milliseconds=1)
    return moments.judge_clock(
        MORNING + after, 1_000_000 + passed_ms, boot, compared(wall_off_s=off_s)
    )


def test_clock_never_compared_is_not_believed() -> None:
    assert moments.judge_clock(MORNING, 5, "a", None) is ClockTrust.UNVERIFIED


@given(st.integers(0, 400), st.integers(-300, 300))
def test_within_a_boot_the_monotonic_clock_says_what_time_it_is(days: int, off_s: int) -> None:
    passed = timedelta(days=days)
    assert trust(passed + timedelta(seconds=off_s), passed=passed) is ClockTrust.VERIFIED


@given(st.integers(301, 10**8), st.sampled_from((-1, 1)))
def test_clock_set_within_a_boot_is_not_believed(off_s: int, sign: int) -> None:
    jump = timedelta(seconds=sign * off_s)
    assert trust(timedelta(hours=1) + jump, passed=timedelta(hours=1)) is ClockTrust.UNVERIFIED


def test_wall_clock_that_was_wrong_and_set_right_within_a_boot_is_believed() -> None:
    assert trust(timedelta(hours=1), off_s=-9_999) is ClockTrust.VERIFIED


@pytest.mark.parametrize("boot", ["b", ""])
def test_across_boots_a_clock_that_was_right_is_believed_for_30_days(boot: str) -> None:
    second = timedelta(seconds=1)
    assert trust(timedelta(days=30), boot=boot) is ClockTrust.VERIFIED
    assert trust(timedelta(days=30) + second, boot=boot) is ClockTrust.UNVERIFIED
    assert trust(timedelta(minutes=-5), boot=boot) is ClockTrust.VERIFIED
    assert trust(timedelta(minutes=-5) - second, boot=boot) is ClockTrust.UNVERIFIED
    assert trust(timedelta(days=1), boot=boot, off_s=301) is ClockTrust.UNVERIFIED


def test_boot_that_does_not_say_its_id_is_never_the_same_boot() -> None:
    nameless = TrustedTime(central=MORNING, wall=MORNING, monotonic_ms=0, boot_id="")
    late = MORNING + timedelta(days=31)
    same = moments.judge_clock(late, 31 * 86_400_000, "", nameless)
    assert same is ClockTrust.UNVERIFIED
