"""The kiosk's clock: two readings together, judged by what the store last heard."""

import re
import time
from datetime import UTC, datetime, timedelta

from kiosk.clock import KioskClock, boot_id
from kiosk.domain.moments import ClockTrust, TrustedTime


def heard(*, wall_off: timedelta = timedelta(0)) -> TrustedTime:
    """Return a signed time that came just now."""
    now = datetime.now(UTC)
    return TrustedTime(
        central=now + wall_off,
        wall=now,
        monotonic_ms=time.monotonic_ns() // 1_000_000,
        boot_id=boot_id(),
    )


def test_clock_reads_utc_and_never_goes_back_between_readings() -> None:
    clock = KioskClock()
    first, second = clock.read(), clock.read()
    assert first.utc.tzinfo is UTC
    assert abs(first.utc - datetime.now(UTC)) < timedelta(seconds=5)
    assert second.monotonic_ms >= first.monotonic_ms


def test_clock_is_believed_only_once_the_central_has_said_the_time() -> None:
    clock = KioskClock()
    assert clock.read().trust is ClockTrust.UNVERIFIED
    clock.judge_by(heard)
    assert clock.read().trust is ClockTrust.VERIFIED
    clock.judge_by(lambda: heard(wall_off=timedelta(minutes=6)))
    assert clock.read().trust is ClockTrust.UNVERIFIED
    clock.judge_by(lambda: None)
    assert clock.read().trust is ClockTrust.UNVERIFIED


def test_boot_is_told_by_its_id() -> None:
    said = boot_id()
    assert said == boot_id()
    assert re.fullmatch(r"([0-9a-f-]{36})?", said)
