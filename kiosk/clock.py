"""This machine's clocks, and how far the wall clock is believed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from kiosk.domain.moments import ClockReading, TrustedTime, best_known_utc, judge_clock


def boot_id() -> str:
    """Return what tells this boot from another, or an empty text where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


class KioskClock:
    """Reads wall and monotonic clock together; judged against the central's last signed time."""

    def __init__(self) -> None:
        self._boot_id = boot_id()
        self._trusted: Callable[[], TrustedTime | None] = lambda: None

    def judge_by(self, trusted: Callable[[], TrustedTime | None]) -> None:
        """Ask *trusted* for the last signed time from now on."""
        self._trusted = trusted

    def read(self) -> ClockReading:
        """Return now."""
        wall, monotonic_ms = datetime.now(UTC), time.monotonic_ns() // 1_000_000
        trust = judge_clock(wall, monotonic_ms, self._boot_id, self._trusted())
        return ClockReading(utc=wall, monotonic_ms=monotonic_ms, trust=trust)

    def best_known_utc(self) -> datetime:
        """Return what time it most likely is, for telling ages."""
        wall, monotonic_ms = datetime.now(UTC), time.monotonic_ns() // 1_000_000
        return best_known_utc(wall, monotonic_ms, self._boot_id, self._trusted())
