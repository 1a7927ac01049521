"""Where pages come from: the buttons below the list, each shown only while it can be used."""

from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.ui.i18n import acts, scanning
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.screens.scanner import Scanner
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, SaidLabel

_LOW_PX: Final = 32
"""What is pressed seldom leaves the room to the list."""


class SourceButtons(QObject):
    """Scan, choose how, stop, import; and who keeps the ways of scanning as they are.

    They lie in the layout of their owner itself: one of their own would cut wrapped words.
    """

    scan_asked = Signal()
    stop_asked = Signal()
    import_asked = Signal()

    def __init__(
        self, owner: QWidget, tongue: Tongue, scanner: Scanner, column: QVBoxLayout
    ) -> None:
        super().__init__(owner)
        self._scanner = scanner
        self._scan = KeyButton(tongue, scanning.SCAN, "F2")
        self._scan.clicked.connect(self.scan_asked)
        self._profile = KeyButton(tongue, scanning.OTHER_WAY, "Maj+F2")
        self._profile.setFixedHeight(_LOW_PX)
        self._profile.clicked.connect(scanner.choose_next)
        self._locked = SaidLabel(tongue, NO_WORDS, role="small", wrap=True)
        self._stop = KeyButton(tongue, scanning.STOP, "Esc")
        self._stop.clicked.connect(self.stop_asked)
        self._import = KeyButton(tongue, acts.ADD_PAGES, "F4")
        self._import.clicked.connect(self.import_asked)
        for part in (self._scan, self._profile, self._locked, self._stop, self._import):
            column.addWidget(part)

    def has_focus_on_scan(self) -> bool:
        """Tell whether the focus is on the button that scans, which goes while a scan runs."""
        return self._scan.hasFocus()

    def focus_first(self) -> None:
        """Put the focus on what adds the first page."""
        first = self._import if self._scanner.profile is None else self._scan
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def show_state(self, *, is_coming: bool, f2_scans: bool, is_quiet: bool) -> None:
        """Show what can be done now.

        Args:
            is_coming: Pages are coming, from files or a device.
            f2_scans: F2 takes further pages: it takes the page that is shown again otherwise.
            is_quiet: Nothing else is said: a fault takes the room of who locked what.
        """
        scanner = self._scanner
        locked_by = scanner.locked_by
        is_free = not (scanner.is_running or scanner.is_camera_open)
        self._scan.setVisible(scanner.profile is not None and is_free)
        self._scan.cap.setVisible(f2_scans)
        self._profile.setVisible(scanner.has_choice and is_free)
        self._locked.setVisible(locked_by is not None and is_free and is_quiet)
        if locked_by is not None:
            self._locked.tell(scanning.LOCKED_BY[locked_by])
        self._stop.setVisible(is_coming)
