"""Identifiers made here: the fields RFC 9562 asks for."""

import calendar
from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122

from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.domain.ids import uuid7

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))


@given(MOMENTS)
# Two that come out a millisecond early when counted through a float.
@example(datetime(2038, 5, 4, 14, 28, 20, 661_000, tzinfo=UTC))
@example(datetime(2106, 5, 27, 20, 46, 51, 216_000, tzinfo=UTC))
@example(datetime(2026, 11, 23, 10, 42, 7, 999_999, tzinfo=UTC))
def test_id_has_version_variant_and_milliseconds(moment: datetime) -> None:
    made = uuid7(moment)
    assert made.version == 7
    assert made.variant == RFC_4122
    expected_ms = calendar.timegm(moment.utctimetuple()) * 1000 + moment.microsecond // 1000
    assert made.int >> 80 == expected_ms


def test_clock_before_1970_makes_an_id_all_the_same() -> None:
    # A dead battery: I7, a wrong clock never stops a deposit.
    assert uuid7(datetime(1969, 1, 1, tzinfo=UTC)).version == 7


def test_zone_of_a_time_changes_nothing() -> None:
    moment = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(hours=-9)))
    assert uuid7(moment).int >> 80 == uuid7(elsewhere).int >> 80


def test_two_ids_of_one_moment_differ_in_74_random_bits() -> None:
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    made = [uuid7(moment).int for _ in range(500)]
    assert len(set(made)) == 500
    varying = 0
    for one in made:
        varying |= one ^ made[0]
    assert varying.bit_count() == 74
    assert varying >> 80 == 0
