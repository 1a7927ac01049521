"""Tells when nobody has touched keyboard or mouse for a while."""

from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal

LOCK_AFTER_MS: Final = 4 * 60 * 1000
_TOUCHES: Final = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
    }
)


class IdleWatch(QObject):
    """Watches the whole program while it is started; Qt's timer runs on the monotonic clock."""

    idle = Signal()

    def __init__(self, after_ms: int, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        # Qt's ordinary timers may be 5 % late: twelve seconds.
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(after_ms)
        self._timer.timeout.connect(self.idle)
        self._is_watching = False

    def start(self) -> None:
        """Begin to watch."""
        application = QCoreApplication.instance()
        if application is not None and not self._is_watching:
            application.installEventFilter(self)
            self._is_watching = True
        self._timer.start()

    def stop(self) -> None:
        """Watch no more."""
        application = QCoreApplication.instance()
        if application is not None and self._is_watching:
            application.removeEventFilter(self)
        self._is_watching = False
        self._timer.stop()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Begin the wait again at each touch; nothing is kept from anybody."""
        if event.type() in _TOUCHES:
            self._timer.start()
        return False
