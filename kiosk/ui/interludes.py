"""Orders about one page, done between two pages of a long import or scan and not after the last."""

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Interludes(QObject):
    """Lives in the worker's thread. Orders come from any thread and are done in their order."""

    _woken = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._orders: deque[Callable[[], None]] = deque()
        self._woken.connect(self.run, Qt.ConnectionType.QueuedConnection)

    def add(self, order: Callable[[], None]) -> None:
        """Take an order: done when the thread is free, or by whoever calls :meth:`run` before."""
        self._orders.append(order)
        self._woken.emit()

    @Slot()
    def run(self) -> None:
        """Do what was ordered so far. For the worker's thread."""
        while self._orders:
            self._orders.popleft()()
