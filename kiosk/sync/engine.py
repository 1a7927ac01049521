"""Empties the outbox: every waiting row once a run, whatever becomes of the others."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from kiosk.domain.vocabulary import HeldReason
from kiosk.sync.backoff import full_jitter
from kiosk.sync.identity import Clocks
from kiosk.sync.outcomes import RULES, ExchangeError, Next, OutcomeClass
from kiosk.sync.ports import (
    Claimed,
    Delivered,
    DeviceMemory,
    Hold,
    ManifestThere,
    Outbox,
    Outcome,
    TryAgain,
)
from kiosk.sync.quality import Order
from kiosk.sync.transport import Transport
from kiosk.sync.tus import StoppedError
from kiosk.sync.updates import UpdatesFeed
from kiosk.sync.upload import Uploader
from kiosk.wire.errors import DamagedBundleError

_DOWN_AFTER = 2
_TOO_MANY = 429
"""Meant for the device. A 503 may be one document's, where the object store refuses it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What one run did, and what it leaves.

    Attributes:
        sent: Items whose acknowledgement came by this run's sending.
        already_there: Items the central held already; their acknowledgement came again.
        held: Rows that wait for a person, older ones included.
        waiting: Rows still to send.
        bytes_sent: Everything handed to TLS in this run.
        line_failed: Something still waits because the line failed, or the central put it off.
        updates_failed: What is new was asked for and did not come.
        failure: The class of the last failure of this run, of updates too.
    """

    sent: int
    already_there: int
    held: int
    waiting: int
    bytes_sent: int
    elapsed_ms: int
    line_failed: bool
    updates_failed: bool
    failure: OutcomeClass | None

    def followed_by(self, later: "RunReport") -> "RunReport":
        """Return what both runs did, and what the later one leaves."""
        return replace(
            later,
            sent=self.sent + later.sent,
            already_there=self.already_there + later.already_there,
            bytes_sent=self.bytes_sent + later.bytes_sent,
            elapsed_ms=self.elapsed_ms + later.elapsed_ms,
        )


class _Run:
    """Tallies one run, and sees when going on would be hammering."""

    def __init__(self) -> None:
        self.sent = 0
        self.already_there = 0
        self.updates_failed = False
        self.failure: OutcomeClass | None = None
        self.down: ExchangeError | None = None
        self.announced: set[UUID] = set()
        self.passed: set[UUID] = set()
        self._in_a_row = 0

    def failed(self, error: ExchangeError) -> None:
        """Count a failed exchange."""
        self.failure = error.outcome
        self._in_a_row = self._in_a_row + 1 if RULES[error.outcome].about_line else 0
        if self._in_a_row >= _DOWN_AFTER or error.status == _TOO_MANY:
            self.down = error

    def count(self, outcome: Outcome) -> None:
        """Count a settled row."""
        if isinstance(outcome, Delivered):
            self._in_a_row = 0
            self.sent += not outcome.already_there
            self.already_there += outcome.already_there
        elif isinstance(outcome, ManifestThere):
            self._in_a_row = 0


class Engine:
    """Brings what waits to the central and takes in what is new. One run at a time.

    Args:
        stopping: Set when the program is closing; the run ends after the row it is at.
        draw: Randomness of the waits, 0 ≤ x < 1.
        order: Told the time and whether a person asks for this run; says in which order rows go.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        outbox: Outbox,
        memory: DeviceMemory,
        updates: UpdatesFeed,
        clocks: Clocks,
        stopping: threading.Event,
        draw: Callable[[], float] | None = None,
        order: Callable[[datetime, bool], Order] | None = None,
    ) -> None:
        self._transport = transport
        self._outbox = outbox
        self._updates = updates
        self._clocks = clocks
        self._stopping = stopping
        self._order = order or (lambda _now, _is_asked_for: Order())
        self._draw = draw or random.SystemRandom().random
        self._uploader = Uploader(
            transport=transport,
            trust=memory.trust_list,
            refresh=updates.fetch,
            stopping=stopping,
        )

    def run_once(
        self, *, only_due: bool = False, with_updates: bool = True, is_asked_for: bool = False
    ) -> RunReport:
        """Try every waiting row once (with *only_due*, those whose time has come), then updates.

        On a poor line manifests go before all scans; *is_asked_for* lets no scan wait for a better
        one.

        One failure does not end the run. Only when two rows in a row meet a line that is plainly
        down or a central that cannot now, or the central asks this device to be left alone, the
        others are put off without being tried.
        """
        started, sent_before = self._clocks.monotonic(), self._transport.meter.sent
        run = _Run()
        self._empty(run, only_due=only_due, is_asked_for=is_asked_for)
        if with_updates and run.down is None and not self._stopping.is_set():
            self._fetch_updates(run)
        left = self._outbox.waiting()
        return RunReport(
            sent=run.sent,
            already_there=run.already_there,
            held=left.held,
            waiting=left.waiting,
            bytes_sent=self._transport.meter.sent - sent_before,
            elapsed_ms=int((self._clocks.monotonic() - started) * 1000),
            # Also where it failed before this run and may not be tried yet.
            line_failed=left.failed > 0,
            updates_failed=run.updates_failed,
            failure=run.failure,
        )

    def _empty(self, run: _Run, *, only_due: bool, is_asked_for: bool) -> None:
        while not self._stopping.is_set():
            item, is_ahead = self._claim(run, only_due=only_due, is_asked_for=is_asked_for)
            if item is None:
                return
            send = self._uploader.announce if is_ahead else self._uploader.deliver
            outcome = self._attempt(item, run, send)
            self._outbox.settle(item.item_id, outcome)
            run.count(outcome)
            run.announced.add(item.item_id)
            if not (is_ahead and isinstance(outcome, ManifestThere)):
                run.passed.add(item.item_id)

    def _claim(
        self, run: _Run, *, only_due: bool, is_asked_for: bool
    ) -> tuple[Claimed | None, bool]:
        """Return the next row, and whether its manifest goes ahead of its scan."""
        now = self._clocks.now()
        # Asked anew each time: a line goes bad, and a person makes deposits, during a run.
        order = self._order(now, is_asked_for)
        if order.manifests_first:
            item = self._outbox.claim(
                now=now, only_due=only_due, passed=run.passed | run.announced, only_new=True
            )
            if item is not None:
                return item, True
        item = self._outbox.claim(
            now=now, only_due=only_due, passed=run.passed, made_before=order.made_before
        )
        return item, False

    def _attempt(self, item: Claimed, run: _Run, send: Callable[[Claimed], Outcome]) -> Outcome:
        if run.down is not None:
            return self._put_off(item, run.down)
        try:
            return send(item)
        except ExchangeError as error:
            run.failed(error)
            return self._after(error, item)
        except DamagedBundleError:
            return Hold(reason=HeldReason.BUNDLE_DAMAGED, error=HeldReason.BUNDLE_DAMAGED.value)
        except StoppedError:
            # We hung up ourselves: the row may go again at once.
            return TryAgain(error=OutcomeClass.RESET.value, next_attempt_at=self._clocks.now())
        except OSError:
            run.failure = OutcomeClass.LOCAL_IO
            return TryAgain(
                error=OutcomeClass.LOCAL_IO.value, next_attempt_at=self._next_attempt(item, None)
            )

    def _after(self, error: ExchangeError, item: Claimed) -> Outcome:
        rule = RULES[error.outcome]
        if rule.next is Next.HOLD and rule.held is not None:
            return Hold(reason=rule.held, error=error.outcome.value)
        return self._put_off(item, error)

    def _put_off(self, item: Claimed, error: ExchangeError) -> TryAgain:
        return TryAgain(
            error=error.outcome.value,
            next_attempt_at=self._next_attempt(item, error.retry_after_s),
        )

    def _next_attempt(self, item: Claimed, retry_after_s: float | None) -> datetime:
        wait = full_jitter(item.attempts, self._draw)
        if retry_after_s is not None:
            # The jitter comes on top: everybody else was given the same number.
            wait = timedelta(seconds=retry_after_s) + min(wait, timedelta(seconds=30))
        return self._clocks.now() + wait

    def _fetch_updates(self, run: _Run) -> None:
        try:
            self._updates.fetch()
        except ExchangeError as error:
            run.failed(error)
            run.updates_failed = True
