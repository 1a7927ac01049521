"""Who works at the window: the cover that signs in and locks, and the team's page over the rest."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kiosk.ui.i18n import settings as settings_words
from kiosk.ui.i18n import staff as words
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.idle import IdleWatch
from kiosk.ui.screens.settings import SettingsScreen
from kiosk.ui.screens.sign_in import SignInScreen
from kiosk.ui.screens.team import TeamScreen
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.frame import StatusBar
from kiosk.ui.widgets.said import KeyButton

_TEAM_KEY: Final = Qt.Key.Key_F10
_SETTINGS_KEY: Final = Qt.Key.Key_F9


class Staffing(QObject):
    """Covers the window while nobody is signed in, and while the team's page is open.

    What lies under the cover is disabled, so that neither Tab nor a key reaches it, and stays as
    it was. At a kiosk without agents none of this ever shows.
    """

    def __init__(
        self, window: QWidget, tasks: Tasks, tongue: Tongue, status: StatusBar, lock_after_ms: int
    ) -> None:
        super().__init__(window)
        self._window, self._tasks, self._status = window, tasks, status
        self._is_used = False
        self._lock_minutes = max(1, lock_after_ms // 60_000)
        self._before: QWidget | None = None
        self.sign_in = SignInScreen(tongue, tasks)
        self.team = TeamScreen(tongue, tasks)
        self.settings = SettingsScreen(tongue, tasks)
        self.cover = QWidget(window)
        self.cover.setObjectName("work")
        self.cover.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.cover.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._back = KeyButton(tongue, words.BACK, "Esc")
        self._back.clicked.connect(self.go_back)
        self._to_settings = KeyButton(tongue, settings_words.OPEN, "F9")
        self._to_settings.clicked.connect(self.open_settings)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.sign_in)
        self._stack.addWidget(self.team)
        self._stack.addWidget(self.settings)
        column = QVBoxLayout(self.cover)
        column.setContentsMargins(0, 0, 0, 8)
        column.addWidget(self._stack, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 0, 20, 0)
        foot.addWidget(self._back)
        foot.addStretch(1)
        foot.addWidget(self._to_settings)
        column.addLayout(foot)
        self.cover.hide()
        self._idle = IdleWatch(lock_after_ms, self)
        window.installEventFilter(self)
        self._listen()

    def begin(self) -> None:
        """Ask whether anybody has to sign in."""
        if self._tasks.staff is not None:
            self._tasks.ask_staff.emit()

    @property
    def is_locked(self) -> bool:
        """Tell whether somebody has to sign in before anything else."""
        return self.cover.isVisible() and self._stack.currentWidget() is self.sign_in

    def take_key(self, event: QKeyEvent) -> bool:
        """Take every key while the cover is there, and the key of the team's page."""
        if not self.cover.isVisible():
            if not self._is_used or event.key() != _TEAM_KEY:
                return False
            self.open_team()
        elif self.is_locked:
            self.sign_in.take_key(event)
        elif not self._shown_takes(event):
            if event.key() == Qt.Key.Key_Escape:
                self.go_back()
            elif event.key() == _SETTINGS_KEY:
                self.open_settings()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the cover as large as the window; watch no more once that is closed."""
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self.cover.setGeometry(self._window.rect())
        elif watched is self._window and event.type() == QEvent.Type.Hide:
            self._idle.stop()
        return False

    @Slot()
    def lock(self) -> None:
        """Let nobody work until somebody signs in; what was being done stays as it is."""
        if not self._is_used or self.is_locked:
            return
        self._idle.stop()
        self._tasks.sign_out.emit()
        self._status.show_agent("")
        self._put_over(self.sign_in)
        self.sign_in.enter()

    @Slot()
    def open_team(self) -> None:
        """Open the page of hand-over, clôture and release."""
        if self._is_used and not self.cover.isVisible():
            self._put_over(self.team)
            self.team.enter()

    @Slot()
    def open_settings(self) -> None:
        """Open the page of the counter's settings, from the team's page."""
        if self._tasks.settings is not None and self._stack.currentWidget() is self.team:
            self._put_over(self.settings)
            self.settings.enter()

    @Slot()
    def go_back(self) -> None:
        """Come back from the settings to the team's page, and from there to what lay under it."""
        if self._stack.currentWidget() is self.settings:
            self._put_over(self.team)
            self.team.enter()
        elif not self.is_locked:
            self._uncover()

    def _shown_takes(self, event: QKeyEvent) -> bool:
        shown = self._stack.currentWidget()
        return isinstance(shown, TeamScreen | SettingsScreen) and shown.take_key(event)

    def _listen(self) -> None:
        self._idle.idle.connect(self.lock)
        self._status.team_asked.connect(self.open_team)
        self.sign_in.signed_in.connect(self._on_signed_in)
        self.team.lock_asked.connect(self.lock)
        self.team.handed_over.connect(self._on_handed_over)
        if self._tasks.staff is not None:
            self._tasks.staff.asked.connect(self._on_asked)

    @Slot(bool)
    def _on_asked(self, is_asked: bool) -> None:
        if is_asked:
            self._is_used = True
            self.lock()

    @Slot(str)
    def _on_signed_in(self, name: str) -> None:
        self._status.show_agent(name, self._lock_minutes)
        self._idle.start()
        self._uncover()

    @Slot(str)
    def _on_handed_over(self, name: str) -> None:
        self._status.show_agent(name, self._lock_minutes)
        self.sign_in.card.put("name", name)

    def _put_over(self, screen: QWidget) -> None:
        is_first = not self.cover.isVisible()
        before = QApplication.focusWidget()
        self._stack.setCurrentWidget(screen)
        self._back.setVisible(screen is not self.sign_in)
        is_offered = screen is self.team and self._tasks.settings is not None
        self._to_settings.setVisible(is_offered)
        self._back.tell(settings_words.BACK_TO_TEAM if screen is self.settings else words.BACK)
        self.cover.setGeometry(self._window.rect())
        self.cover.show()
        self.cover.raise_()
        if is_first:
            self._before = before
            # As a menu in front: a field that is only covered was not left, and is not judged.
            self.cover.setFocus(Qt.FocusReason.PopupFocusReason)
            self._enable_rest(False)

    def _uncover(self) -> None:
        self.cover.hide()
        self._enable_rest(True)
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._before = None

    def _enable_rest(self, is_enabled: bool) -> None:
        for child in self._window.children():
            if isinstance(child, QWidget) and child is not self.cover:
                child.setEnabled(is_enabled)
