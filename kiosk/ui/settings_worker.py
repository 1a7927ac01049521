"""The worker that reads and changes the counter's settings."""

from PySide6.QtCore import Signal, Slot

from kiosk.domain.counter_settings import CounterSettings
from kiosk.ui.settings_ports import CounterSettingsDesk
from kiosk.ui.workers import Worker


class SettingsWorker(Worker):
    """Asks the desk for the settings."""

    read = Signal(object)  # CounterSettings
    code_asked = Signal(str)  # challenge
    changed = Signal(object)  # tuple of names
    failed = Signal(object)  # WaslError | None

    def __init__(self, desk: CounterSettingsDesk) -> None:
        super().__init__()
        self._desk = desk

    @Slot()
    def ask(self) -> None:
        """Read the settings."""
        self._attempt(lambda: self.read.emit(self._desk.read()), self.failed.emit)

    @Slot(str, object)
    def ask_code(self, supervisor: str, new: CounterSettings) -> None:
        """Ask for a challenge."""
        self._attempt(
            lambda: self.code_asked.emit(self._desk.ask_code(supervisor, new)), self.failed.emit
        )

    @Slot(object, str, str)
    def change(self, new: CounterSettings, supervisor: str, secret: str) -> None:
        """Keep other settings."""
        self._attempt(
            lambda: self.changed.emit(self._desk.change(new, supervisor, secret)),
            self.failed.emit,
        )
