"""How fast a wall clock runs beside the central's, from signed times that lie far enough apart."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SHORTEST = timedelta(hours=24)
"""Over less than this the time that answers take drowns what is measured."""
MOST_PPM = 500.0
"""No crystal runs further off, a bad one in a hot van included: more was somebody's hand."""
_ON_THE_WAY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The central's time, and what the wall clock showed when it came; both UTC."""

    central: datetime
    wall: datetime

    def ahead(self) -> timedelta:
        """Return by how much the wall clock was ahead."""
        return self.wall - self.central


def is_one_run(begun: Compared, now: Compared) -> bool:
    """Tell whether the clock ran on its own in between: nobody and nothing set it."""
    span = now.central - begun.central
    if span < timedelta(0):
        return False
    return abs(now.ahead() - begun.ahead()) <= _ON_THE_WAY + span * (MOST_PPM / 1e6)


def drift_ppm(begun: Compared, now: Compared) -> float | None:
    """Return how fast the wall clock runs, in millionths; negative: slow.

    None when the two lie less than 24 hours apart, or the clock was set in between.
    """
    span = now.central - begun.central
    if span < SHORTEST or not is_one_run(begun, now):
        return None
    return round((now.ahead() - begun.ahead()) / span * 1e6, 1)
