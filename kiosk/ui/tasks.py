"""The only place with worker threads: orders go in as signals, answers come back as signals."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, QThread, Signal

from kiosk.domain.form import DepositForm
from kiosk.domain.page import Outline
from kiosk.domain.views import DiskState
from kiosk.domain.vocabulary import PieceKind
from kiosk.ui.courier_worker import CourierWorker
from kiosk.ui.desk_worker import DeskWorker
from kiosk.ui.interludes import Interludes
from kiosk.ui.ports import Courier, Deposits, Drafts, Line, Overview
from kiosk.ui.previews import PictureWorker
from kiosk.ui.scan_ports import Scans
from kiosk.ui.scan_worker import ScanWorker
from kiosk.ui.settings_ports import CounterSettingsDesk
from kiosk.ui.settings_worker import SettingsWorker
from kiosk.ui.staff_ports import Staff
from kiosk.ui.staff_worker import StaffWorker
from kiosk.ui.workers import LineWorker, PrintWorker, WatchWorker, Worker

_log = logging.getLogger(__name__)
_STOP_MS: Final = 15_000


class Tasks(QObject):
    """Workers in their threads, and the orders they take. Lives in the UI thread.

    Connect answers (``tasks.desk.deposited`` …) to ``@Slot`` methods of QObjects only: a lambda
    would run in the worker's thread.
    """

    identify = Signal()
    begin = Signal(object)  # request id
    ask_found = Signal()
    resume = Signal(object)  # draft id
    abandon = Signal(object, object)  # draft id, AbandonReason
    add_pages = Signal(object, object, object)  # draft id, Path, stop
    replace_page = Signal(object, int, object, object)  # draft id, page id, Path, stop
    confirm = Signal(object, object, object, object)  # draft id, form, marks, request id
    scan = Signal(object, str, object, int, object)  # draft, profile, page | None, backs of, stop
    look_through = Signal(object, str, object, bool)  # draft id, profile, page id | None, shoot
    let_go = Signal()
    print_receipt = Signal(str)
    draw = Signal(str)
    ask_open_prints = Signal()
    settle = Signal(str, bool)
    enrol = Signal(str, str, object)  # code, URL, Path
    sync_now = Signal()
    find_sticks = Signal()
    export = Signal(object)  # Path
    take_in = Signal(object)  # Path
    look = Signal()
    look_further = Signal(int)  # rows of the queue to bring from now on
    ask_staff = Signal()
    sign_in = Signal(str, str)  # name, PIN
    sign_out = Signal()
    hand_over = Signal(str, str, str)  # own PIN, name, PIN
    close_day = Signal()
    ask_code = Signal(str, str)  # supervisor, receipt
    release = Signal(str, str, str)  # receipt, supervisor, secret
    ask_settings = Signal()
    ask_settings_code = Signal(str, object)  # supervisor, CounterSettings
    change_settings = Signal(object, str, str)  # CounterSettings, supervisor, secret

    def __init__(
        self,
        *,
        drafts: Drafts,
        deposits: Deposits,
        overview: Overview,
        line: Line,
        disk: Callable[[], DiskState] | None = None,
        staff: Staff | None = None,
        settings: CounterSettingsDesk | None = None,
        scans: Scans | None = None,
        courier: Courier | None = None,
    ) -> None:
        super().__init__()
        self._between: Final = Interludes()
        self.desk: Final = DeskWorker(drafts, deposits, self._between)
        self.pictures: Final = PictureWorker()
        self.printer: Final = PrintWorker(deposits, overview)
        self.line: Final = LineWorker(line)
        self.watch: Final = WatchWorker(overview, line, disk)
        self.staff: Final = StaffWorker(staff) if staff is not None else None
        self.settings: Final = SettingsWorker(settings) if settings is not None else None
        self.scans: Final = ScanWorker(scans, self._between) if scans is not None else None
        self.courier: Final = CourierWorker(courier) if courier is not None else None
        self._threads: dict[str, QThread] = {}
        self._order_desk()
        self._order_others()
        for name, worker in (
            ("desk", self.desk),
            ("printer", self.printer),
            ("line", self.line),
            ("watch", self.watch),
            ("pictures", self.pictures),
        ):
            self._threads[name] = self._start(name, worker)
        self._between.moveToThread(self._threads["desk"])
        if self.scans is not None:
            self._order_scans(self.scans)
            # One pipeline for files, scanner and camera: they take turns in one thread.
            self.scans.moveToThread(self._threads["desk"])
        if self.staff is not None:
            self._order_staff(self.staff)
            self._threads["staff"] = self._start("staff", self.staff)
        if self.settings is not None:
            self._order_settings(self.settings)
            self._threads["settings"] = self._start("settings", self.settings)
        if self.courier is not None:
            self.find_sticks.connect(self.courier.find)
            self.export.connect(self.courier.export)
            self.take_in.connect(self.courier.take_in)
            self._threads["courier"] = self._start("courier", self.courier)

    def note(self, draft_id: UUID, form: DepositForm, marks: Mapping[int, PieceKind]) -> None:
        """Keep what was typed so far; like all that is about one page, not after a long import."""
        self._between.add(partial(self.desk.note, draft_id, form, marks))

    def change_page(
        self, draft_id: UUID, page_id: int, quarter_turns: int, keep: bool | None
    ) -> None:
        """Turn a page, or note that the original is like that."""
        self._between.add(partial(self.desk.change_page, draft_id, page_id, quarter_turns, keep))

    def ask_frame(self, draft_id: UUID, page_id: int) -> None:
        """Fetch the whole picture in which a page lies."""
        self._between.add(partial(self.desk.ask_frame, draft_id, page_id))

    def place_page(self, draft_id: UUID, page_id: int, outline: Outline) -> None:
        """Cut a page out again by corners that were set."""
        self._between.add(partial(self.desk.place_page, draft_id, page_id, outline))

    def drop(self, draft_id: UUID, page_id: int) -> None:
        """Remove a page."""
        self._between.add(partial(self.desk.drop, draft_id, page_id))

    def put_back(self, draft_id: UUID) -> None:
        """Put the page back that was removed last."""
        self._between.add(partial(self.desk.put_back, draft_id))

    def browse(self, path: Path | None, endings: tuple[str, ...]) -> None:
        """List a folder's files that end so; None: the person's own folder."""
        self._between.add(partial(self.desk.browse, path, endings))

    def stop(self) -> bool:
        """End the threads once their current order is done; False when one does not end."""
        for thread in self._threads.values():
            thread.quit()
        stuck = [name for name, thread in self._threads.items() if not thread.wait(_STOP_MS)]
        if stuck:
            _log.warning("still busy at the end: %s", ", ".join(stuck))
        return not stuck

    def _order_desk(self) -> None:
        self.identify.connect(self.desk.identify)
        self.begin.connect(self.desk.begin)
        self.ask_found.connect(self.desk.ask_found)
        self.resume.connect(self.desk.resume)
        self.abandon.connect(self.desk.abandon)
        self.add_pages.connect(self.desk.add_pages)
        self.replace_page.connect(self.desk.replace_page)
        self.confirm.connect(self.desk.confirm)

    def _order_scans(self, scans: ScanWorker) -> None:
        self.scan.connect(scans.scan)
        self.look_through.connect(scans.look)
        self.let_go.connect(scans.let_go)

    def _order_others(self) -> None:
        self.print_receipt.connect(self.printer.print_receipt)
        self.draw.connect(self.printer.draw)
        self.ask_open_prints.connect(self.printer.ask_open_prints)
        self.settle.connect(self.printer.settle)
        self.enrol.connect(self.line.enrol)
        self.sync_now.connect(self.line.sync_now)
        self.look.connect(self.watch.look)
        self.look_further.connect(self.watch.look_further)

    def _order_staff(self, staff: StaffWorker) -> None:
        self.ask_staff.connect(staff.ask)
        self.sign_in.connect(staff.sign_in)
        self.sign_out.connect(staff.sign_out)
        self.hand_over.connect(staff.hand_over)
        self.close_day.connect(staff.close_day)
        self.ask_code.connect(staff.ask_code)
        self.release.connect(staff.release)

    def _order_settings(self, settings: SettingsWorker) -> None:
        self.ask_settings.connect(settings.ask)
        self.ask_settings_code.connect(settings.ask_code)
        self.change_settings.connect(settings.change)

    def _start(self, name: str, worker: Worker) -> QThread:
        thread = QThread(self)
        thread.setObjectName(f"wasl-{name}")
        worker.moveToThread(thread)
        thread.start()
        return thread
