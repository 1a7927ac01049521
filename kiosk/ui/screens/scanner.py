"""F2: scans with the profile of this kiosk, or looks through its camera until it is closed."""

import threading
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent

from kiosk.domain.errors import WaslError
from kiosk.domain.scans import LockedBy, ScanProfile
from kiosk.domain.words import Words
from kiosk.ui.i18n.faults import UNEXPECTED, error_words
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.scan_worker import Seen
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.camera_view import CameraCard

_LOOK_EVERY_MS: Final = 30


class Scanner(QObject):
    """One run at a time. Pages go to the page book; here is how the run stands."""

    changed = Signal()
    faulted = Signal(object)  # Words
    ended = Signal()  # a run or the camera: the pages have come
    camera_opened = Signal()
    camera_closed = Signal()

    def __init__(
        self,
        parent: QObject,
        tongue: Tongue,
        tasks: Tasks,
        profiles: Sequence[ScanProfile],
        *,
        locked_by: LockedBy | None = None,
    ) -> None:
        # With a parent it ends in the window's thread, whichever thread collects garbage.
        super().__init__(parent)
        self._tasks = tasks
        self._profiles = tuple(profiles) if tasks.scans is not None else ()
        self._chosen = 0
        self.locked_by = locked_by if self._profiles else None
        self._draft: UUID | None = None
        self._replaced: int | None = None
        self._wants_shot = False
        self._stop: threading.Event | None = None
        self.is_running = False
        self.to_turn = 0
        self._broke_off = False
        self.card = CameraCard(tongue)
        self.card.shoot_asked.connect(self._on_shoot_asked)
        self.card.close_asked.connect(self.close_camera)
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(_LOOK_EVERY_MS)
        self._pace.timeout.connect(self._look)
        if tasks.scans is not None:
            tasks.scans.scanned.connect(self._on_scanned)
            tasks.scans.scan_failed.connect(self._on_scan_failed)
            tasks.scans.seen.connect(self._on_seen)
            tasks.scans.camera_failed.connect(self._on_camera_failed)

    @property
    def profile(self) -> ScanProfile | None:
        """Return how F2 scans; None: this kiosk has no scanner."""
        return self._profiles[self._chosen] if self._profiles else None

    @property
    def is_camera_open(self) -> bool:
        """Tell whether somebody looks through the camera."""
        return not self.card.isHidden()

    @property
    def has_choice(self) -> bool:
        """Tell whether there are several ways of scanning."""
        return len(self._profiles) > 1

    @property
    def takes_again(self) -> bool:
        """Tell whether F2 may take a bad page again; False: it goes on with a stack.

        That is while one runs, while it is to be turned over, and after it broke off.
        """
        return not (self.is_running or self.to_turn or self._broke_off)

    def forget_break(self) -> None:
        """Let F2 be about the page that somebody has gone to, not about what broke off."""
        if self._broke_off:
            self._broke_off = False
            self.changed.emit()

    @Slot()
    def choose_next(self) -> None:
        """Take the next profile; between two runs only."""
        if self._profiles and not self.is_running and not self.is_camera_open:
            self._chosen = (self._chosen + 1) % len(self._profiles)
            self.to_turn = 0
            self.changed.emit()

    def start(self, draft_id: UUID, replaced: int | None) -> bool:
        """Scan into a draft, or open the camera; False when there is neither."""
        profile = self.profile
        if profile is None:
            return False
        if self.is_running or self.is_camera_open:
            return True
        self._draft, self._replaced, self._broke_off = draft_id, replaced, False
        if profile.is_camera:
            self.card.open()
            self.camera_opened.emit()
            self._look()
        else:
            backs_of, self.to_turn = self.to_turn, 0
            self.is_running, self._stop = True, threading.Event()
            self._tasks.scan.emit(draft_id, profile.name, replaced, backs_of, self._stop)
        self.changed.emit()
        return True

    @property
    def is_stopping(self) -> bool:
        """Tell whether a run was stopped and has not ended yet."""
        return self.is_running and self._stop is not None and self._stop.is_set()

    def stop(self) -> None:
        """Stop the run; its pages so far stay."""
        if self.is_running and self._stop is not None:
            self._stop.set()
            self.changed.emit()

    def take_key(self, event: QKeyEvent) -> bool:
        """Take Esc while a run goes on, and the camera's keys; tell whether it was one."""
        if self.is_running and event.key() == Qt.Key.Key_Escape:
            self.stop()
            return True
        if not self.is_camera_open:
            return False
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_F2):
            self._on_shoot_asked()
        elif event.key() == Qt.Key.Key_Escape:
            self.close_camera()
        else:
            return False
        return True

    def reset(self) -> None:
        """Forget the draft; a run is stopped, a camera closed."""
        self.close_camera()
        self.stop()
        self._draft, self._replaced, self.to_turn = None, None, 0
        self._broke_off = False
        self.is_running = False

    @Slot()
    def close_camera(self) -> None:
        """Close the camera; its light goes out."""
        if self.is_camera_open:
            self.card.hide()
            self._pace.stop()
            self._wants_shot = False
            self._tasks.let_go.emit()
            self.camera_closed.emit()
            self.changed.emit()

    @Slot()
    def _look(self) -> None:
        profile = self.profile
        if profile is not None and self._draft is not None and self.is_camera_open:
            shoot, self._wants_shot = self._wants_shot, False
            self._tasks.look_through.emit(self._draft, profile.name, self._replaced, shoot)

    @Slot()
    def _on_shoot_asked(self) -> None:
        self._wants_shot = True

    @Slot(object, object)
    def _on_seen(self, draft_id: UUID, seen: Seen) -> None:
        if draft_id != self._draft or not self.is_camera_open:
            return
        self.card.show_seen(seen)
        if seen.took:
            self._replaced = None
            self.ended.emit()
        self._pace.start()

    @Slot(object, object)
    def _on_camera_failed(self, draft_id: UUID, error: WaslError | None) -> None:
        if draft_id == self._draft and self.is_camera_open:
            self._broke_off = self._replaced is None
            self.close_camera()
            self.faulted.emit(_words(error))

    @Slot(object, int)
    def _on_scanned(self, draft_id: UUID, to_turn: int) -> None:
        if draft_id == self._draft:
            self.is_running, self.to_turn = False, to_turn
            self.ended.emit()
            self.changed.emit()

    @Slot(object, object)
    def _on_scan_failed(self, draft_id: UUID, error: WaslError | None) -> None:
        if draft_id == self._draft:
            self.is_running, self._broke_off = False, self._replaced is None
            self.faulted.emit(_words(error))
            self.ended.emit()
            self.changed.emit()


def _words(error: WaslError | None) -> Words:
    return UNEXPECTED if error is None else error_words(error)
