"""One connection a thread of the system, whatever Qt makes of Python's thread locals."""

import threading

from PySide6.QtCore import QObject, QThread, Signal, Slot
from PySide6.QtWidgets import QApplication

from kiosk.store.store import Store

SLOTS = 200


class _Worker(QObject):
    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self.threads: set[int] = set()
        self.connections: set[int] = set()
        self.left = SLOTS
        self.done = threading.Event()

    @Slot()
    def look(self) -> None:
        self.threads.add(threading.get_ident())
        self.connections.add(id(self._store.db))
        self.left -= 1
        if not self.left:
            self.done.set()


class _Bell(QObject):
    rung = Signal()


def test_worker_slots_share_their_threads_connection(store: Store, qapp: QApplication) -> None:
    thread, worker, bell = QThread(), _Worker(store), _Bell()
    worker.moveToThread(thread)
    bell.rung.connect(worker.look)
    thread.start()
    for _ in range(SLOTS):
        bell.rung.emit()
    assert worker.done.wait(30)
    thread.quit()
    assert thread.wait(30_000)
    assert len(worker.threads) == 1
    assert len(worker.connections) == 1
