"""What the line does, as plain calls: enrol, send, fetch, ask, and how the line is."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from kiosk.domain.counting import EpochCount
from kiosk.domain.courier import Exported, Imported, OnProgress, unwatched
from kiosk.domain.enrolment_text import is_enrolment_text, read_enrolment_text
from kiosk.domain.errors import NotEnrolledError, WaslError
from kiosk.sync.connection import Timeouts
from kiosk.sync.conversation import Conversation
from kiosk.sync.courier_in import Import
from kiosk.sync.courier_out import export
from kiosk.sync.engine import RunReport
from kiosk.sync.enrolment import Enrolled, check_code, check_place, enrol, place_of_text
from kiosk.sync.heartbeat import BEAT_EVERY_S, counted
from kiosk.sync.identity import Clocks, DeviceKeys, Identity
from kiosk.sync.line import Line, LineState
from kiosk.sync.outcomes import ExchangeError
from kiosk.sync.ports import DeviceMemory, Outbox, Parcels, Roots, TrustLists, Vitals
from kiosk.sync.quality import LinePolicy, LineQuality, Order, order
from kiosk.sync.rotation import tell_new_keys
from kiosk.sync.schedule import ClockWatch, Job, Schedule
from kiosk.sync.status import ask
from kiosk.sync.talk import Talk, Wiring
from kiosk.wire.heartbeats import HeartbeatWord
from kiosk.wire.messages import StatusAnswer
from kiosk.wire.stick import look

__all__ = [
    "DeviceKeys",
    "Enrolled",
    "Identity",
    "LinePolicy",
    "LineQuality",
    "LineState",
    "Link",
    "RunReport",
]

_SYNC_EVERY_S = 15.0
_UPDATES_EVERY_S = 300.0
_HOUSE_EVERY_S = 3600.0
_log = logging.getLogger(__name__)


class Link:
    """The facade of sync. Calls may come from any thread; one of them sends at a time.

    Args:
        identity: None before enrolment: then only :meth:`enrol` works.
        parcels: What a courier may carry; None: nothing is exported or imported here.
        vitals: What heartbeats report; None: none are sent.
        program_version: Told to the central at enrolment and in heartbeats.
        draw: Randomness of the waits between tries, 0 ≤ x < 1.
        policy: What is set for a line that costs money or takes long.
        roots: What the offline root said last; None: no newer word of its is asked for.
        lists: The trust list, of which a newer one is fetched in parts; None: it comes whole.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        memory: DeviceMemory,
        identity: Identity | None,
        parcels: Parcels | None = None,
        vitals: Vitals | None = None,
        program_version: str = "0",
        clocks: Clocks | None = None,
        timeouts: Timeouts | None = None,
        draw: Callable[[], float] | None = None,
        policy: LinePolicy | None = None,
        roots: Roots | None = None,
        lists: TrustLists | None = None,
    ) -> None:
        self._memory = memory
        self._parcels = parcels
        self._clocks = clocks or Clocks()
        self._policy = policy or LinePolicy()
        self._line = Line(self._clocks.now)
        self._stopping = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._try_all = threading.Event()
        self._schedule: Schedule | None = None
        self._wiring = Wiring(
            outbox=outbox,
            memory=memory,
            vitals=vitals,
            program_version=program_version,
            clocks=self._clocks,
            timeouts=timeouts,
            line=self._line,
            stopping=self._stopping,
            draw=draw,
            order=self._order,
            roots=roots,
            lists=lists,
        )
        self._conversation = Conversation(self._wiring)
        if identity is not None:
            self.adopt(identity)

    def enrol(
        self, code: str, url: str, ca_file: Path | None, make_keys: Callable[[], DeviceKeys]
    ) -> Enrolled:
        """Trade a one-time code for a device code; the caller keeps the answer, then adopts it.

        A *code* read from a QR brings the address and what to believe: *url* and *ca_file* are
        not looked at then.

        *make_keys* is called once the code, the address and the file make sense, and has made the
        keys durable when it returns: the central knows them from then on.

        Raises:
            InvalidInputError: The code, the address or the file cannot be right.
            ExchangeError: Offline, refused, or a TLS fault, by its ``code``.
            BadSignatureError, UnknownKeyError, MalformedMessageError: Not the central whose root
                is pinned.
        """
        if is_enrolment_text(code):
            told = read_enrolment_text(code)
            code, place = told.code, place_of_text(told, self._wiring.timeouts)
        else:
            code, place = check_code(code), check_place(url, ca_file)
        keys = make_keys()
        return enrol(
            code=code,
            place=place,
            request_key=keys.request,
            receipt_key=keys.receipt,
            program_version=self._wiring.program_version,
            takes_parts=self._wiring.lists is not None,
            clocks=self._clocks,
            line=self._line,
            timeouts=self._wiring.timeouts,
        )

    def tell_new_keys(self, keys: DeviceKeys) -> None:
        """Return once the central knows *keys* as this device's.

        Raises:
            NotEnrolledError: There is no device yet.
            ExchangeError: Offline, revoked, refused, or a TLS fault, by its ``code``.
        """
        talk = self._conversation.talk
        new = self._wiring.transport(replace(talk.identity, request_key=keys.request))
        try:
            tell_new_keys(
                talk.questions,
                new,
                device=talk.identity.device,
                request_key=keys.request,
                receipt_key=keys.receipt,
            )
        finally:
            new.close()

    def adopt(self, identity: Identity) -> None:
        """Talk as *identity* from now on.

        Raises:
            InvalidInputError: Its address or its authorities are not usable.
        """
        with self._one_at_a_time:
            self._conversation.adopt(identity)

    def sync_once(self, only_due: bool = False) -> RunReport:
        """Send what waits and fetch what is new; a run already under way is waited for.

        Without *only_due* a person asks for it: then scans go on any line, metered ones too.
        A heartbeat follows when the last one is minutes old; that it fails changes no report.

        Raises:
            NotEnrolledError: There is no device yet.
        """
        with self._one_at_a_time:
            self._conversation.follow_root()
            report = self._conversation.run(only_due=only_due, with_updates=True)
            if self._line.state().online and not self._stopping.is_set():
                self._beat_if_due(self._conversation.talk)
            return report

    def fetch_updates(self) -> None:
        """Fetch what is new, and nothing else.

        Raises:
            NotEnrolledError: There is no device yet.
            ExchangeError: Offline, revoked, refused, or a TLS fault, by its ``code``.
        """
        with self._one_at_a_time:
            self._conversation.follow_root()
            self._conversation.fetch_updates()

    def ask_status(self, qr_text: str) -> StatusAnswer:
        """Return what the central knows of a receipt; never waits for a run.

        Raises:
            NotEnrolledError: There is no device yet.
            NotAReceiptError: The text is not that of a receipt's QR.
            ExchangeError: Offline, revoked, refused, or a TLS fault, by its ``code``.
        """
        return ask(self._conversation.talk.questions, qr_text)

    def export(self, place: Path, on_progress: OnProgress = unwatched) -> Exported:
        """Put everything unsent on a courier's stick; works beside a run, and without a line.

        Raises:
            NotEnrolledError: There is no device yet.
            StickError: By its ``fault``; files under their own names are whole.
        """
        return export(
            place,
            self._carriable(),
            self._conversation.talk.identity,
            self._clocks.now(),
            on_progress,
        )

    def take_in(self, place: Path, on_progress: OnProgress = unwatched) -> Imported:
        """Take a courier's stick: words for this kiosk in, others' bundles on to the central.

        Raises:
            NotEnrolledError: There is no device yet.
            StickError: It is not there, nothing of ours is on it, or it was pulled out.
            ExchangeError: This device has been revoked.
        """
        talk, found = self._conversation.talk, look(place)
        with self._one_at_a_time:
            return Import(
                found,
                transport=talk.sync,
                parcels=self._carriable(),
                memory=self._memory,
                refresh=talk.updates.fetch,
                stopping=self._stopping,
            ).run(on_progress)

    def ask_counts(self) -> tuple[EpochCount, ...] | None:
        """Return what the central counts of this device's numbers; never waits for a run.

        None when it cannot be asked now: not enrolled, no line, or a refusal; :meth:`state` tells.
        """
        try:
            word = self._beat(self._conversation.talk)
        except (NotEnrolledError, ExchangeError):
            return None
        return None if word is None else tuple(counted(one) for one in word.epochs)

    def run_heartbeat(self) -> None:
        """Send a heartbeat; the line's faults show in :meth:`state` alone."""
        try:
            self._beat(self._conversation.talk)
        except (NotEnrolledError, ExchangeError):
            return

    def state(self) -> LineState:
        """Return how the line was at the last exchange."""
        return self._line.state()

    def quality(self) -> LineQuality:
        """Return how good the line was at the last exchanges."""
        talk = self._conversation.present
        pace = talk.sync.pace if talk is not None else None
        return LineQuality(
            goodput_bytes_per_s=pace.bytes_per_s if pace else None,
            answer_s=pace.answer_s if pace else None,
            failed=self._line.failed(),
        )

    def start(
        self,
        *,
        when_sync: Callable[[], object] | None = None,
        when_updates: Callable[[], object] | None = None,
        on_report: Callable[[RunReport], object] | None = None,
        keep_house: Callable[[], object] | None = None,
        back_up: Callable[[], object] | None = None,
    ) -> None:
        """Start the schedule; a second start does nothing.

        *keep_house* and *back_up* are called at once and then every hour: what was due while the
        line was down is due as soon as the central has said the time.

        *when_sync* and *when_updates* are called instead of the calls themselves, so that a window
        can hand them to its worker (:meth:`run_due` and :meth:`run_updates`). All are called in
        the schedule's threads.
        """
        if self._schedule is not None:
            return

        def sync() -> None:
            report = self.run_due()
            if report is not None and on_report is not None:
                on_report(report)

        self._try_all.set()
        jobs = [
            Job(name="sync", every_s=_SYNC_EVERY_S, run=when_sync or sync),
            Job(name="updates", every_s=_UPDATES_EVERY_S, run=when_updates or self.run_updates),
        ]
        if self._wiring.vitals is not None:
            jobs.append(Job(name="heartbeat", every_s=BEAT_EVERY_S, run=self.run_heartbeat))
        if keep_house is not None:
            jobs.append(Job(name="house", every_s=_HOUSE_EVERY_S, run=keep_house))
        if back_up is not None:
            jobs.append(Job(name="backup", every_s=_HOUSE_EVERY_S, run=back_up))
        self._schedule = Schedule(
            jobs,
            clocks=self._clocks,
            # Next attempts were written by a clock that was wrong, or is now.
            on_jump=self._try_all.set,
        )
        self._schedule.start()

    def run_due(self) -> RunReport | None:
        """Send what is due; None when a run is under way, or before enrolment.

        At the start and after the wall clock jumped, everything that waits is tried.
        """
        if not self._one_at_a_time.acquire(blocking=False):
            return None
        try:
            if self._conversation.present is None:
                return None
            only_due = not self._try_all.is_set()
            self._try_all.clear()
            return self._conversation.run(only_due=only_due, with_updates=False)
        finally:
            self._one_at_a_time.release()

    def run_updates(self) -> None:
        """Fetch what is new; the line's faults show in :meth:`state` alone."""
        try:
            self.fetch_updates()
        except (NotEnrolledError, ExchangeError):
            return

    def watch(
        self,
        each: Callable[[RunReport], object],
        stop: threading.Event,
        *,
        every_s: float = _SYNC_EVERY_S,
    ) -> None:
        """Sync at once and then again and again in this thread, until *stop* is set.

        Raises:
            NotEnrolledError: There is no device yet.
        """
        clock = ClockWatch(self._clocks)
        only_due = False
        while not stop.is_set():
            each(self.sync_once(only_due=only_due))
            stop.wait(every_s)
            only_due = not clock.jumped()

    def stop(self) -> None:
        """Stop schedule and run, and close the connections; a later call opens new ones.

        Returns once nothing of it runs: a run ends at its next block of bytes, or when the answer
        it waits for comes or is late. Never call it from a callback of the schedule.
        """
        self._stopping.set()
        try:
            if self._schedule is not None:
                self._schedule.stop()
                self._schedule = None
            with self._one_at_a_time:
                self._conversation.hang_up()
        finally:
            self._stopping.clear()

    def _beat_if_due(self, talk: Talk) -> None:
        if talk.heart is None or not talk.heart.is_due:
            return
        try:
            talk.heart.beat(talk.sync)
        except WaslError as error:
            # What was sent is sent: how the device is can be told the next time.
            _log.warning("no heartbeat: %s", error.code)

    def _beat(self, talk: Talk) -> HeartbeatWord | None:
        return None if talk.heart is None else talk.heart.beat(talk.questions)

    def _carriable(self) -> Parcels:
        if self._parcels is None:
            raise NotEnrolledError("this line carries nothing")
        return self._parcels

    def _order(self, now: datetime, is_asked_for: bool) -> Order:
        return order(self.quality(), self._policy, now, is_asked_for=is_asked_for)
