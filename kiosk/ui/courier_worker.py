"""The worker that copies to and from a courier's stick: a medium may be very slow."""

from pathlib import Path

from PySide6.QtCore import QStorageInfo, Signal, Slot

from kiosk.ui.ports import Courier
from kiosk.ui.workers import Worker

_WHERE = ("/media/", "/run/media/", "/mnt/", "/Volumes/")


class CourierWorker(Worker):
    """Copies one way or the other, one stick at a time."""

    found = Signal(object)  # tuple[Path, ...]
    progressed = Signal(object)  # CourierProgress
    exported = Signal(object)  # Exported
    imported = Signal(object)  # Imported
    failed = Signal(object)  # WaslError | None

    def __init__(self, courier: Courier) -> None:
        super().__init__()
        self._courier = courier

    @Slot()
    def find(self) -> None:
        """Look for sticks that are plugged in; if that cannot be told, there is none."""
        self._attempt(lambda: self.found.emit(_sticks()), lambda _: self.found.emit(()))

    @Slot(object)
    def export(self, place: Path) -> None:
        """Put what is unsent on the stick."""
        self._attempt(
            lambda: self.exported.emit(self._courier.export(place, self.progressed.emit)),
            self.failed.emit,
        )

    @Slot(object)
    def take_in(self, place: Path) -> None:
        """Take what is on the stick."""
        self._attempt(
            lambda: self.imported.emit(self._courier.take_in(place, self.progressed.emit)),
            self.failed.emit,
        )


def _sticks() -> tuple[Path, ...]:
    roots = [
        Path(volume.rootPath())
        for volume in QStorageInfo.mountedVolumes()
        if volume.isValid() and volume.isReady() and not volume.isRoot()
    ]
    is_windows = Path.home().drive != ""
    return tuple(
        root
        for root in roots
        if (is_windows and root.drive != Path.home().drive) or f"{root}/".startswith(_WHERE)
    )
