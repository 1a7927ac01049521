"""The pictures of a dossier's pages: all of them encoded, and decoded the few looked at last.

A decoded page in colour is 4 MB: two hundred of them would be more than a small machine has.
"""

from collections import OrderedDict
from typing import Final

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from kiosk.ui.workers import Worker

MOST_DECODED: Final = 6
"""The current page, its neighbours, and one or two that somebody goes back to."""


class PictureWorker(Worker):
    """Decodes pictures in a thread of its own: the desk's may be busy with a scanner."""

    decoded = Signal(object, QImage)  # what was asked for, its picture; null: it cannot be decoded

    @Slot(object, object)
    def decode(self, asked: object, jpeg: bytes) -> None:
        """Decode one picture."""
        self._attempt(
            lambda: self.decoded.emit(asked, QImage.fromData(jpeg)),
            lambda _: self.decoded.emit(asked, QImage()),
        )


class Previews(QObject):
    """Pictures by page id. Lives in the window's thread."""

    came = Signal(int)  # page id: its picture can be shown now
    _wanted = Signal(object, object)  # (page id, edition), jpeg

    def __init__(self, parent: QObject, worker: PictureWorker) -> None:
        super().__init__(parent)
        self._jpegs: dict[int, bytes] = {}
        self._editions: dict[int, int] = {}
        self._decoded: OrderedDict[int, QImage] = OrderedDict()
        self._asked: tuple[int, int] | None = None
        self._last_edition = 0
        self._wanted.connect(worker.decode)
        worker.decoded.connect(self._on_decoded)

    def put(self, page_id: int, jpeg: bytes, picture: QImage) -> None:
        """Take a page's picture, new or as it is now, encoded and decoded."""
        self._last_edition += 1
        self._jpegs[page_id], self._editions[page_id] = jpeg, self._last_edition
        self._keep(page_id, picture)

    def get(self, page_id: int) -> QImage | None:
        """Return a page's picture; None where it is decoded first: ``came`` tells when."""
        picture = self._decoded.get(page_id)
        if picture is not None:
            self._decoded.move_to_end(page_id)
            return picture
        if page_id in self._jpegs:
            asked = (page_id, self._editions[page_id])
            if asked != self._asked:
                self._asked = asked
                self._wanted.emit(asked, self._jpegs[page_id])
        return None

    def drop(self, page_id: int) -> None:
        """Forget a page's picture."""
        self._jpegs.pop(page_id, None)
        self._editions.pop(page_id, None)
        self._decoded.pop(page_id, None)

    def clear(self) -> None:
        """Forget every picture."""
        self._jpegs.clear()
        self._editions.clear()
        self._decoded.clear()

    @Slot(object, QImage)
    def _on_decoded(self, asked: tuple[int, int], picture: QImage) -> None:
        if self._asked == asked:
            self._asked = None
        page_id, edition = asked
        if self._editions.get(page_id) == edition:
            self._keep(page_id, picture)
            self.came.emit(page_id)

    def _keep(self, page_id: int, picture: QImage) -> None:
        self._decoded[page_id] = picture
        self._decoded.move_to_end(page_id)
        while len(self._decoded) > MOST_DECODED:
            self._decoded.popitem(last=False)
