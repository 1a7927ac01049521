"""How much one device, and all together, may ask of a node before they are told to wait."""

import math
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from central.errors import ProblemError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an operator may set.

    A kiosk that comes back after a day without a line sends 51 dossiers in 102 requests, one after
    the other: all of that must fit.

    Attributes:
        device_rate: Requests a second that a device may go on with, on one node.
        device_burst: How many it may send at once before that counts.
        device_at_once: How many of its requests a node works on at the same moment.
        items_a_day: Deposits and events that a device may hand in on one UTC day, at all nodes.
        bytes_a_day: Bytes of sealed documents that these may name.
        in_work: Requests that a node has in hand, waiting ones included.
    """

    device_rate: float = 10.0
    device_burst: int = 300
    device_at_once: int = 12
    items_a_day: int = 5_000
    bytes_a_day: int = 4 * 1024**3
    in_work: int = 4_096


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float
    in_hand: int = 0


class Turnstile:
    """Lets each device through at its own pace; safe to share between threads.

    Buckets are kept for devices whose signature held, so there are no more than are enrolled.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[bytes, _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, key_id: bytes) -> None:
        """Count one request of the device with that request key.

        Raises:
            ProblemError: Too many (429); says after how many seconds the next one is let through.
        """
        with self._lock:
            now = self._clock()
            bucket = self._bucket(key_id, now)
            wait_s = self._refill(bucket, now)
            if wait_s == 0:
                bucket.tokens -= 1
                return
        raise too_many(wait_s)

    def look(self, key_id: bytes) -> None:
        """Turn away, before it is read, a request in the name of a device that has to wait.

        Raises:
            ProblemError: As :meth:`take`.
        """
        with self._lock:
            bucket = self._buckets.get(key_id)
            # Of a name that nobody has proven to have, no bucket is made.
            wait_s = 0 if bucket is None else self._refill(bucket, self._clock())
        if wait_s:
            raise too_many(wait_s)

    @contextmanager
    def passing(self, key_id: bytes) -> Iterator[None]:
        """Hold one of the device's few places while a request is worked on.

        Its requests wait for each other in the database; more of them would hold up others.

        Raises:
            ProblemError: All of its places are taken (429).
        """
        with self._lock:
            bucket = self._bucket(key_id, self._clock())
            if bucket.in_hand >= self._limits.device_at_once:
                raise too_many(1)
            bucket.in_hand += 1
        try:
            yield
        finally:
            with self._lock:
                bucket.in_hand -= 1

    def _refill(self, bucket: _Bucket, now: float) -> int:
        """Give *bucket* what has come since; return how many seconds the next request waits."""
        limits = self._limits
        refilled = bucket.tokens + (now - bucket.at_s) * limits.device_rate
        bucket.tokens, bucket.at_s = min(refilled, limits.device_burst), now
        return max(0, math.ceil((1 - bucket.tokens) / limits.device_rate))

    def _bucket(self, key_id: bytes, now: float) -> _Bucket:
        return self._buckets.setdefault(key_id, _Bucket(self._limits.device_burst, now))


def too_many(wait_s: int) -> ProblemError:
    """Return the refusal of a request that may come again after *wait_s* seconds."""
    detail = "this device asks too much at once"
    return ProblemError(429, "about:blank", detail, headers={"Retry-After": str(max(1, wait_s))})


def over_quota() -> ProblemError:
    """Return the refusal of an item beyond the day's quota; it may be tried again in an hour."""
    detail = "this device has handed in as much as it may today"
    return ProblemError(429, "about:blank", detail, headers={"Retry-After": "3600"})


def saturated() -> ProblemError:
    """Return the refusal of a request that the node has no room for now."""
    # Not all at the same moment again.
    wait_s = 2 + secrets.randbelow(9)
    detail = "this node is busy: try again"
    return ProblemError(503, "about:blank", detail, headers={"Retry-After": str(wait_s)})
