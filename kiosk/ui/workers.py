"""What runs beside the window: one worker per resource, each in a thread of its own.

A worker knows no widget. It takes orders in slots and answers with signals that carry frozen
values. An order that fails answers with the ``WaslError``, or with None when it was a bug.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from kiosk.domain.errors import WaslError
from kiosk.domain.views import DiskState, QueueView, ReceiptPicture
from kiosk.ui.ports import Deposits, Line, Overview

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What waits and how the line is, at one moment."""

    queue: QueueView
    is_online: bool | None
    last_exchange_at: datetime | None
    disk: DiskState | None


class Worker(QObject):
    """Runs orders one at a time in the thread it lives in."""

    def _attempt(self, act: Callable[[], None], failed: Callable[[WaslError | None], None]) -> None:
        """Run an order; its failure is answered, so that nobody waits for ever."""
        try:
            act()
        except WaslError as error:
            failed(error)
        except Exception as error:  # noqa: BLE001 - outermost loop of this thread
            # A bug must reach the log and the agent alike; its message may hold personal data,
            # so only its type and place are logged.
            place = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("%s at %s:%s", type(error).__name__, place.name, place.lineno)
            failed(None)


class PrintWorker(Worker):
    """Draws and prints receipts."""

    printed = Signal(str, QImage)  # receipt number, its picture
    drawn = Signal(str, QImage)  # receipt number, its picture
    failed = Signal(str, object)  # receipt number, WaslError | None
    open_prints = Signal(object)  # tuple[OpenPrint, ...]
    settled = Signal(str, bool)  # receipt number, came out

    def __init__(self, deposits: Deposits, overview: Overview) -> None:
        super().__init__()
        self._deposits = deposits
        self._overview = overview

    @Slot(str)
    def print_receipt(self, number: str) -> None:
        """Print a receipt."""
        self._attempt(
            lambda: self.printed.emit(number, _image(self._deposits.print_receipt(number))),
            lambda error: self.failed.emit(number, error),
        )

    @Slot(str)
    def draw(self, number: str) -> None:
        """Draw a receipt for the screen. A receipt that cannot be drawn still has its number."""
        self._attempt(
            lambda: self.drawn.emit(number, _image(self._deposits.picture(number))),
            lambda _: self.drawn.emit(number, QImage()),
        )

    @Slot()
    def ask_open_prints(self) -> None:
        """Ask which receipts nobody has seen come out. If that fails, nobody is asked."""
        self._attempt(
            lambda: self.open_prints.emit(self._overview.open_prints()),
            lambda _: self.open_prints.emit(()),
        )

    @Slot(str, bool)
    def settle(self, number: str, came_out: bool) -> None:
        """Note whether a receipt came out."""

        def note() -> None:
            self._overview.paper_came_out(number, came_out)
            self.settled.emit(number, came_out)

        self._attempt(note, lambda error: self.failed.emit(number, error))


class LineWorker(Worker):
    """Talks with the CNSS; may take as long as the network does."""

    enrolled = Signal(object)  # PointIdentity
    not_enrolled = Signal(object)  # WaslError | None
    synced = Signal()
    not_synced = Signal(object)  # WaslError | None

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    @Slot(str, str, object)
    def enrol(self, code: str, url: str, ca_file: Path) -> None:
        """Enrol this device."""
        self._attempt(
            lambda: self.enrolled.emit(self._line.enrol(code, url, ca_file)),
            self.not_enrolled.emit,
        )

    @Slot()
    def sync_now(self) -> None:
        """Try everything that waits, once."""

        def sync() -> None:
            self._line.sync_now()
            self.synced.emit()

        self._attempt(sync, self.not_synced.emit)


class WatchWorker(Worker):
    """Looks at the queue and at the line, also while the line is busy."""

    seen = Signal(object)  # Glance
    failed = Signal(object)  # WaslError | None

    def __init__(
        self, overview: Overview, line: Line, disk: Callable[[], DiskState] | None
    ) -> None:
        super().__init__()
        self._overview = overview
        self._line = line
        self._disk = disk
        self._at_most = 0  # the first screen shows counts alone

    @Slot(int)
    def look_further(self, at_most: int) -> None:
        """Bring so many rows from now on, and look at once."""
        self._at_most = at_most
        self.look()

    @Slot()
    def look(self) -> None:
        """Look once."""

        def look() -> None:
            glance = Glance(
                queue=self._overview.queue(self._at_most),
                is_online=self._line.is_online(),
                last_exchange_at=self._line.last_exchange_at(),
                disk=self._disk() if self._disk else None,
            )
            self.seen.emit(glance)

        self._attempt(look, self.failed.emit)


def _image(picture: ReceiptPicture) -> QImage:
    return QImage.fromData(picture.png)
