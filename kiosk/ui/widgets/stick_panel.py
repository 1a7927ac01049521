"""A stick out and in: where it is, two acts, and how far the copy is."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from kiosk.domain.courier import CourierProgress, Exported, Imported
from kiosk.domain.errors import StickError, WaslError
from kiosk.domain.words import Words
from kiosk.ui.i18n import courier
from kiosk.ui.i18n.faults import UNEXPECTED, error_words
from kiosk.ui.i18n.shown import DEPOSITS, counted, fill, same, size
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.keys import is_enter
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.field import Field
from kiosk.ui.widgets.grouped import GroupedEdit
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, SaidLabel

_MAX_PATH = 1024


class StickPanel(QFrame):
    """Opened with F4 where one looks at what waits."""

    closed = Signal()

    def __init__(self, tongue: Tongue, tasks: Tasks) -> None:
        super().__init__()
        self.setProperty("card", True)
        self._tasks = tasks
        self._is_busy = False
        self._place = GroupedEdit()
        self._place.setMaxLength(_MAX_PATH)
        self._field = Field(tongue, "place", courier.PLACE, self._place, hint=courier.PLACE_HINT)
        self._said = SaidLabel(tongue, role="hint", wrap=True)
        self._buttons = (
            (KeyButton(tongue, courier.EXPORT, "Enter", look="primary"), self._export),
            (KeyButton(tongue, courier.IMPORT, "F3"), self._take_in),
            (KeyButton(tongue, courier.CLOSE, "Esc"), self.close_panel),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(SaidLabel(tongue, courier.TITLE, role="title"))
        column.addWidget(self._field)
        row = QHBoxLayout()
        row.setSpacing(12)
        for button, act in self._buttons:
            button.clicked.connect(act)
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self._said)
        self.hide()
        worker = tasks.courier
        if worker is not None:
            worker.found.connect(self._on_found)
            worker.progressed.connect(self._on_progress)
            worker.exported.connect(self._on_exported)
            worker.imported.connect(self._on_imported)
            worker.failed.connect(self._on_failed)

    def open(self) -> None:
        """Show the panel and look for a stick."""
        self.show()
        self._field.focus()
        if not self._is_busy:
            self._said.tell(NO_WORDS)
            self._tasks.find_sticks.emit()

    @Slot()
    def close_panel(self) -> None:
        """Hide the panel; a copy that is under way goes on and is told when it is opened again."""
        self.hide()
        self.closed.emit()

    def take_key(self, event: QKeyEvent) -> bool:
        """Take the panel's keys; tell whether it was one."""
        if is_enter(event):
            self._export()
        elif event.key() == Qt.Key.Key_F3:
            self._take_in()
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F4):
            self.close_panel()
        else:
            return False
        return True

    @property
    def message(self) -> Words:
        """Return what is said of the last copy."""
        return self._said.words

    @Slot()
    def _export(self) -> None:
        place = self._begun()
        if place is not None:
            self._tasks.export.emit(place)

    @Slot()
    def _take_in(self) -> None:
        place = self._begun()
        if place is not None:
            self._tasks.take_in.emit(place)

    def _begun(self) -> Path | None:
        if self._is_busy:
            return None
        text = self._place.value().strip()
        if not text:
            self._said.tell(courier.NO_PLACE, "wrong")
            return None
        self._is_busy = True
        self._said.tell(courier.BEGUN, "attention")
        return Path(text)

    @Slot(object)
    def _on_found(self, sticks: tuple[Path, ...]) -> None:
        if sticks and not self._place.value().strip():
            self._place.setText(str(sticks[0]))

    @Slot(object)
    def _on_progress(self, progress: CourierProgress) -> None:
        done, total = same(str(progress.done)), same(str(progress.total))
        self._said.tell(fill(courier.PROGRESS, done=done, total=total), "attention")

    @Slot(object)
    def _on_exported(self, report: Exported) -> None:
        self._is_busy = False
        dossiers = counted(report.deposits + report.adopted, DEPOSITS)
        if report.damaged:
            words = fill(courier.DAMAGED, deposits=dossiers, n=same(str(len(report.damaged))))
            self._said.tell(words, "wrong")
        elif report.left_here:
            words = fill(courier.LEFT_HERE, deposits=dossiers, n=same(str(report.left_here)))
            self._said.tell(words, "attention")
        elif report.deposits + report.adopted + report.events:
            self._said.tell(fill(courier.EXPORTED, deposits=dossiers), "ok")
        else:
            self._said.tell(courier.NOTHING, "neutral")

    @Slot(object)
    def _on_imported(self, report: Imported) -> None:
        self._is_busy = False
        if report.refused:
            self._said.tell(fill(courier.REFUSED, n=same(str(len(report.refused)))), "wrong")
        elif report.waiting:
            self._said.tell(fill(courier.WAITING, n=same(str(report.waiting))), "attention")
        else:
            words = fill(
                courier.IMPORTED,
                acknowledgements=same(str(report.acknowledgements)),
                deposits=same(str(report.deposits)),
            )
            self._said.tell(words, "ok")
        self._tasks.look.emit()

    @Slot(object)
    def _on_failed(self, error: WaslError | None) -> None:
        self._is_busy = False
        self._said.tell(_words_for(error), "wrong")


def _words_for(error: WaslError | None) -> Words:
    if isinstance(error, StickError):
        words = courier.FAULT[error.fault]
        return fill(words, needed=size(error.needed_bytes), free=size(error.free_bytes))
    return UNEXPECTED if error is None else error_words(error)
