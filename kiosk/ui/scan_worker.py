"""The worker that scans and looks through cameras; pictures are decoded here, not in the window.

It lives in the desk's thread, because scanner, camera and imported files share one pipeline.
"""

import threading
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QImage

from kiosk.domain.scans import CameraView
from kiosk.domain.views import DraftPage, PageFault
from kiosk.ui.desk_worker import shown_page
from kiosk.ui.interludes import Interludes
from kiosk.ui.scan_ports import Scans
from kiosk.ui.workers import Worker


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What a camera sees, ready to be painted.

    Attributes:
        took: Whether a page was taken at this look.
    """

    view: CameraView
    picture: QImage
    took: bool


class ScanWorker(Worker):
    """Scans into drafts."""

    page_kept = Signal(object, object)  # draft id, ShownPage
    page_fault = Signal(object, object)  # draft id, PageFault
    scanned = Signal(object, int)  # draft id, sheets to turn over
    scan_failed = Signal(object, object)  # draft id, WaslError | None
    seen = Signal(object, object)  # draft id, Seen
    camera_failed = Signal(object, object)  # draft id, WaslError | None

    def __init__(self, scans: Scans, between: Interludes) -> None:
        super().__init__()
        self._scans = scans
        self._between = between

    @Slot(object, str, object, int, object)
    def scan(
        self,
        draft_id: UUID,
        profile: str,
        replaced: int | None,
        backs_of: int,
        stop: threading.Event,
    ) -> None:
        """Scan, telling of each page as it is kept."""

        def run() -> None:
            to_turn = self._scans.scan(
                draft_id,
                profile,
                lambda answer: self._tell_of_coming(draft_id, answer),
                replaced=replaced,
                backs_of=backs_of,
                stop=stop,
            )
            self.scanned.emit(draft_id, to_turn)

        self._attempt(run, lambda error: self.scan_failed.emit(draft_id, error))

    @Slot(object, str, object, bool)
    def look(self, draft_id: UUID, profile: str, replaced: int | None, shoot: bool) -> None:
        """Look once through a camera."""
        taken: list[DraftPage | PageFault] = []

        def run() -> None:
            view = self._scans.look(draft_id, profile, taken.append, shoot=shoot, replaced=replaced)
            for answer in taken:
                self._tell(draft_id, answer)
            picture = QImage.fromData(view.jpeg)
            self.seen.emit(draft_id, Seen(view=view, picture=picture, took=bool(taken)))

        self._attempt(run, lambda error: self.camera_failed.emit(draft_id, error))

    @Slot()
    def let_go(self) -> None:
        """Let the camera go. One that cannot be let go is gone."""
        self._attempt(self._scans.let_go, lambda _: None)

    def _tell_of_coming(self, draft_id: UUID, answer: DraftPage | PageFault) -> None:
        self._tell(draft_id, answer)
        self._between.run()

    def _tell(self, draft_id: UUID, answer: DraftPage | PageFault) -> None:
        if isinstance(answer, PageFault):
            self.page_fault.emit(draft_id, answer)
        else:
            self.page_kept.emit(draft_id, shown_page(answer))
