"""How long to wait before the next try."""

from collections.abc import Callable
from datetime import timedelta

CAP = timedelta(minutes=15)
_BASE_S = 5.0


def full_jitter(attempts: int, draw: Callable[[], float]) -> timedelta:
    """Return a random part of an exponentially growing delay, never above :data:`CAP`.

    *attempts* is how many tries have failed before this one, *draw* gives 0 ≤ x < 1. After an
    outage every kiosk comes back at once: spread evenly over the whole delay they load the central
    least (Brooker, "Exponential backoff and jitter", AWS 2015: full jitter).
    """
    # 2**8 · 5 s is past the cap; the bound keeps years of trying from overflowing.
    ceiling_s = min(CAP.total_seconds(), _BASE_S * 2 ** min(max(attempts, 0), 8))
    return timedelta(seconds=ceiling_s * draw())
