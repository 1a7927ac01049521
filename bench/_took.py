"""What a call takes: CPU holds on a machine that others keep busy, wall time does not."""

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """CPU (of this process) and wall time of one call, in milliseconds."""

    cpu_ms: float
    wall_ms: float


def took(call: Callable[[], object]) -> Took:
    """Return what one call of *call* took."""
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    return Took(
        cpu_ms=(time.process_time() - cpu) * 1000, wall_ms=(time.perf_counter() - wall) * 1000
    )


def median_of(spent: Sequence[Took]) -> Took:
    """Return the median of both, each for itself."""
    return Took(
        cpu_ms=statistics.median(one.cpu_ms for one in spent),
        wall_ms=statistics.median(one.wall_ms for one in spent),
    )


def cpu_of_children_ms() -> float:
    """Return the CPU that ended children of this process have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000
