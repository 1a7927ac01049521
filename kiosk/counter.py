"""The window on an opened kiosk: desk and line in the shapes the window asks for."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from kiosk.domain.courier import Exported, Imported, OnProgress, check_place
from kiosk.domain.errors import NotEnrolledError
from kiosk.domain.form import DepositForm
from kiosk.domain.views import Deposited, PointIdentity, ReceiptPicture
from kiosk.domain.vocabulary import PieceKind
from kiosk.staff import WindowDrafts, WindowOverview, WindowSettingsFile, WindowStaff
from kiosk.ui.i18n.settings import PAPER_NAMES
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.refused import show_refused
from kiosk.ui.run import run
from kiosk.ui.widgets.said import NO_WORDS
from kiosk.ui.window import WindowSettings

if TYPE_CHECKING:
    from kiosk.app import Kiosk

__all__ = ["PAPER_NAMES", "show", "show_refused"]


class WindowDeposits:
    """``ui.ports.Deposits`` over the desk."""

    def __init__(self, kiosk: "Kiosk", staff: WindowStaff) -> None:
        self._desk = kiosk.desk
        self._staff = staff

    def identity(self) -> PointIdentity | None:
        """Return who this kiosk is; None before enrolment."""
        return self._desk.deposits.identity()

    def confirm(
        self,
        draft_id: UUID,
        form: DepositForm,
        marks: Mapping[int, PieceKind],
        request_id: UUID,
    ) -> Deposited:
        """Make the deposit durable and return its receipt."""
        return self._desk.deposits.confirm(draft_id, form, marks, request_id, self._staff.name)

    def print_receipt(self, receipt_number: str) -> ReceiptPicture:
        """Print on the configured printer; return the picture."""
        return self._desk.papers.print_receipt(receipt_number, agent=self._staff.name)

    def picture(self, receipt_number: str) -> ReceiptPicture:
        """Draw a receipt without printing it."""
        return self._desk.papers.picture(receipt_number)


class WindowLine:
    """``ui.ports.Line`` over the link; the schedule runs once there is a device."""

    def __init__(self, kiosk: "Kiosk") -> None:
        self._kiosk = kiosk

    def begin(self) -> None:
        """Start sending on schedule, if this device is enrolled."""
        if self._kiosk.desk.deposits.identity() is not None:
            self._kiosk.link.start(
                keep_house=self._kiosk.keep_house, back_up=self._kiosk.desk.backups.run_due
            )

    def enrol(self, code: str, url: str, ca_file: Path) -> PointIdentity:
        """Enrol this device with a one-time code."""
        self._kiosk.enrol(code, url, ca_file)
        self.begin()
        identity = self._kiosk.desk.deposits.identity()
        if identity is None:
            raise NotEnrolledError("the enrolment was not kept")
        return identity

    def sync_now(self) -> None:
        """Send what waits and fetch what is new; returns when tried once."""
        self._kiosk.link.sync_once()

    def is_online(self) -> bool | None:
        """Tell whether the last exchange went through; None before the first."""
        return self._kiosk.link.state().online

    def last_exchange_at(self) -> datetime | None:
        """Return when the central last answered."""
        of_this_run = self._kiosk.link.state().last_exchange_at
        return of_this_run or self._kiosk.store.memory.last_exchange_at()


class WindowCourier:
    """``ui.ports.Courier`` over the link."""

    def __init__(self, kiosk: "Kiosk") -> None:
        self._link = kiosk.link
        self._data = kiosk.store.folder.root

    def export(self, place: Path, on_progress: OnProgress) -> Exported:
        """Put everything unsent on the stick."""
        return self._link.export(check_place(place, self._data), on_progress)

    def take_in(self, place: Path, on_progress: OnProgress) -> Imported:
        """Take confirmations from the stick, and hand others' dossiers on."""
        return self._link.take_in(place, on_progress)


def show(kiosk: "Kiosk", *, once: bool) -> int:
    """Show the window until it is closed (with *once*: until its first paint)."""
    line, staff = WindowLine(kiosk), WindowStaff(kiosk.desk, kiosk.link.ask_counts)
    if not once:
        line.begin()
    settings = WindowSettings(
        language=Language(kiosk.settings.language),
        printer=PAPER_NAMES[kiosk.settings.paper] if kiosk.settings.printer else NO_WORDS,
        disk=kiosk.store.guard.state,
        lock_after_ms=kiosk.settings.lock_minutes * 60_000,
        profiles=kiosk.settings.scan_profiles(),
        profiles_locked_by=kiosk.settings.profiles_locked_by,
    )
    return run(
        drafts=WindowDrafts(kiosk.desk, staff),
        deposits=WindowDeposits(kiosk, staff),
        overview=WindowOverview(kiosk.desk, staff),
        line=line,
        settings=settings,
        staff=staff,
        counter_settings=WindowSettingsFile(kiosk.desk, staff),
        scans=kiosk.desk.scans,
        courier=WindowCourier(kiosk),
        once=once,
    )
