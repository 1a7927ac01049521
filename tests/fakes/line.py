"""A line to the CNSS in memory."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event

from kiosk.domain.errors import WaslError
from kiosk.domain.views import PointIdentity
from kiosk.domain.vocabulary import DepositState, Stage
from tests.fakes.desk import AZROU, NOW, FakeDesk


class FakeLine:
    """A line that is up or down as told.

    Attributes:
        is_up: None before the first exchange.
        faults: Errors that the next calls of ``enrol`` or ``sync_now`` raise, one each.
        bugs: The same, but errors that nobody named.
        delay_s: How long a call to the central takes.
    """

    def __init__(self, desk: FakeDesk, *, is_up: bool | None = True) -> None:
        self._desk = desk
        self._never = Event()
        self.is_up = is_up
        self.faults: list[WaslError] = []
        self.bugs: list[Exception] = []
        self.delay_s = 0.0
        self.exchanged_at: datetime | None = NOW if is_up else None
        self.enrolments: list[tuple[str, str, Path]] = []

    def enrol(self, code: str, url: str, ca_file: Path) -> PointIdentity:
        """Enrol, unless told to fail."""
        self._work()
        self.enrolments.append((code, url, ca_file))
        self._desk.identity_known = AZROU
        return AZROU

    def sync_now(self) -> None:
        """Deliver what waits when the line is up."""
        self._work()
        if not self.is_up:
            return
        self.exchanged_at = self._desk.now
        self._desk.rows = [
            replace(
                row,
                state=DepositState.ACKNOWLEDGED,
                stage=Stage.COPY_RECEIVED,
                acknowledged_at=self._desk.now,
                last_error=None,
                next_attempt_at=None,
            )
            if row.state in (DepositState.QUEUED, DepositState.SENDING)
            else row
            for row in self._desk.rows
        ]

    def is_online(self) -> bool | None:
        """Tell whether it is up."""
        return self.is_up

    def last_exchange_at(self) -> datetime | None:
        """Return when it last was."""
        return self.exchanged_at

    def _work(self) -> None:
        if self.delay_s:
            self._never.wait(self.delay_s)
        if self.bugs:
            raise self.bugs.pop(0)
        if self.faults:
            raise self.faults.pop(0)
