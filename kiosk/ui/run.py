"""Opening the window and running it to its end."""

import logging
import os
import sys
from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from kiosk.domain.errors import WaslError
from kiosk.ui import theme
from kiosk.ui.ports import Courier, Deposits, Drafts, Line, Overview
from kiosk.ui.scan_ports import Scans
from kiosk.ui.settings_ports import CounterSettingsDesk
from kiosk.ui.staff_ports import Staff
from kiosk.ui.tasks import Tasks
from kiosk.ui.window import MainWindow, WindowSettings

_log = logging.getLogger(__name__)


class _Once(QObject):
    """Ends the program when the first screen has been painted."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        window.opened.connect(self._on_opened)
        window.not_opened.connect(self._on_not_opened)

    @Slot()
    def _on_opened(self) -> None:
        self._window.grab()  # paints everything that is shown, now
        QTimer.singleShot(0, self._window.close)

    @Slot(object)
    def _on_not_opened(self, error: WaslError | None) -> None:
        _log.error("the window could not open: %s", error)
        QApplication.exit(1)


def offscreen_if_blind(environment: Mapping[str, str], system: str) -> str | None:
    """Return the Qt platform to ask for; None where Qt finds the display itself.

    Qt aborts on a Linux machine without a display unless it is told so.
    """
    told = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    if system != "linux" or any(environment.get(name) for name in told):
        return None
    return "offscreen"


def application() -> QApplication:
    """Return the program's one QApplication, with our fonts and style."""
    platform = offscreen_if_blind(os.environ, sys.platform)
    if platform is not None:
        os.environ["QT_QPA_PLATFORM"] = platform
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([sys.argv[0]])
    app.setApplicationName("Wasl")
    app.setStyle("Fusion")
    app.setFont(theme.load_fonts())
    return app


def run(
    *,
    drafts: Drafts,
    deposits: Deposits,
    overview: Overview,
    line: Line,
    settings: WindowSettings,
    staff: Staff | None = None,
    counter_settings: CounterSettingsDesk | None = None,
    scans: Scans | None = None,
    courier: Courier | None = None,
    once: bool = False,
) -> int:
    """Open the window and return the exit code: 0 closed, 1 it could not open.

    With *once* the window closes after its first paint. Every port is called in worker threads
    only: desk, printer, line and watch, each from a thread of its own.
    """
    app = application()
    tasks = Tasks(
        drafts=drafts,
        deposits=deposits,
        overview=overview,
        line=line,
        disk=settings.disk,
        staff=staff,
        settings=counter_settings,
        scans=scans,
        courier=courier,
    )
    window = MainWindow(tasks, settings)
    ender = _Once(window) if once else None
    window.open()
    code = app.exec()
    if not tasks.stop():
        # A thread is still in a call to the network or a device. What is deposited is durable, and
        # Qt would abort on a running thread: leave without its goodbyes.
        sys.stdout.flush()
        os._exit(code)
    del ender
    return code
