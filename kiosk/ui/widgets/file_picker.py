"""Choosing files without leaving the window: newest first, by keyboard alone.

A worker reads the folder, so that a slow stick or network drive never stops the window.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
)

from kiosk.domain.moments import shown_time
from kiosk.domain.words import Words
from kiosk.ui.folders import Found, Listing
from kiosk.ui.i18n import acts, texts
from kiosk.ui.i18n.shown import TICKED, counted, isolated, size
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.keys import is_enter
from kiosk.ui.tasks import Tasks
from kiosk.ui.theme import set_look
from kiosk.ui.widgets.reader_name import ReaderName
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, SaidLabel

PAGES: Final = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".pdf")
CERTIFICATES: Final = (".pem", ".crt", ".cer")
_UP: Final = ".."


class FilePicker(QFrame):
    """A path to type, the folder's files to choose from."""

    picked = Signal(object)  # tuple[Path, ...]
    closed = Signal()

    def __init__(self, tongue: Tongue, tasks: Tasks, title: Words, endings: tuple[str, ...]):
        super().__init__()
        self._tongue, self._tasks, self._endings = tongue, tasks, endings
        self._folder: Path | None = None
        self._asked: tuple[Path | None, ...] = ()
        self.setProperty("card", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(SaidLabel(tongue, title, role="title"))
        column.addWidget(SaidLabel(tongue, acts.PICKER_PATH, role="label"))
        self._path = QLineEdit()
        self._path.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._path.setMaxLength(1024)
        ReaderName(self._path, tongue, acts.PICKER_PATH)
        column.addWidget(self._path)
        self._list = QListWidget()
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        self._list.itemSelectionChanged.connect(self._mark)
        self._list.itemDoubleClicked.connect(self._double_clicked)
        ReaderName(self._list, tongue, title)
        column.addWidget(self._list, 1)
        foot = QHBoxLayout()
        self._hint = SaidLabel(tongue, acts.PICKER_KEYS, role="hint", wrap=True)
        foot.addWidget(self._hint, 1)
        self._ticked = SaidLabel(tongue, role="strong")
        foot.addWidget(self._ticked)
        column.addLayout(foot)
        row = QHBoxLayout()
        self._close = KeyButton(tongue, texts.CLOSE, "Esc")
        self._take = KeyButton(tongue, acts.TAKE, "Enter", look="primary")
        self._close.clicked.connect(self._on_close)
        self._take.clicked.connect(self._on_take)
        row.addWidget(self._close)
        row.addStretch(1)
        row.addWidget(self._take)
        column.addLayout(row)
        tasks.desk.listed.connect(self._on_listed)
        tongue.changed.connect(self._mark)
        self.hide()

    def open(self) -> None:
        """Show the folder looked at last, or the person's own."""
        self.show()
        self._path.setModified(False)
        self._path.setFocus(Qt.FocusReason.TabFocusReason)
        self._browse(self._folder)

    def count(self) -> int:
        """Return how many lines are listed, the folder above included."""
        return self._list.count()

    def lines(self) -> list[str]:
        """Return what is listed, as it is read."""
        return [self._list.item(at).text() for at in range(self._list.count())]

    def take_key(self, event: QKeyEvent) -> bool:
        """Take the keys of choosing; tell whether it was one."""
        if event.key() == Qt.Key.Key_Escape:
            self._on_close()
        elif is_enter(event):
            self._on_take()
        elif event.key() == Qt.Key.Key_Down and self._path.hasFocus():
            self._list.setFocus(Qt.FocusReason.TabFocusReason)
            self._list.setCurrentRow(max(0, self._list.currentRow()))
        elif event.key() == Qt.Key.Key_Backspace and self._list.hasFocus() and self._folder:
            self._browse(self._folder.parent)
        else:
            return False
        return True

    @Slot()
    def _on_close(self) -> None:
        self.hide()
        self.closed.emit()

    @Slot()
    def _on_take(self) -> None:
        if self._folder is not None and self._list.hasFocus():
            chosen = self._chosen()
            if len(chosen) == 1 and chosen[0].is_folder:
                name = chosen[0].name
                self._browse(self._folder.parent if name == _UP else self._folder / name)
                return
            # By name, as a scanner counts: the newest would come with the last page first.
            names = sorted(one.name for one in chosen if not one.is_folder)
            files = tuple(self._folder / name for name in names)
            if files:
                self._finish(files)
                return
        typed = self._path.text().strip()
        if typed:
            self._path.setModified(False)
            self._browse(Path(typed))

    @Slot(QListWidgetItem)
    def _double_clicked(self, item: QListWidgetItem) -> None:
        self._list.clearSelection()
        self._list.setCurrentItem(item)
        self._on_take()

    @Slot(object)
    def _on_listed(self, listing: Listing) -> None:
        if self._asked != (listing.asked,):
            return  # an answer to the other picker, or to a question that was overtaken
        self._asked = ()
        if listing.file is not None:
            if listing.file.suffix.lower() in self._endings:
                self._folder = listing.folder
                self._finish((listing.file,))
            else:
                self._say(acts.PICKER_OTHER_FILE, "wrong")
        elif listing.folder is None:
            self._say(acts.PICKER_NO_FOLDER, "wrong")
        else:
            self._show(listing.folder, listing.entries)

    def _browse(self, path: Path | None) -> None:
        self._asked = (path,)
        self._tasks.browse(path, self._endings)

    def _show(self, folder: Path, entries: tuple[Found, ...]) -> None:
        had_focus = self._list.hasFocus()
        self._folder = folder
        if not self._path.isModified():  # never under the fingers of somebody typing
            self._path.setText(str(folder))
            self._path.selectAll()
        self._list.clear()
        up = Found(name=_UP, is_folder=True, size_bytes=0, at_s=0)
        for found in (up, *entries):
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, found)
            self._list.addItem(item)
        self._mark()
        if had_focus:
            self._list.setCurrentRow(0)
        has_files = any(not one.is_folder for one in entries)
        self._say(acts.PICKER_KEYS if has_files else acts.PICKER_NONE, "neutral")

    @Slot()
    def _mark(self) -> None:
        """Write every line anew: in the language of the moment, ticked or not."""
        count = 0
        for at in range(self._list.count()):
            item = self._list.item(at)
            found: Found = item.data(Qt.ItemDataRole.UserRole)
            count += item.isSelected() and not found.is_folder
            item.setText(self._line(found, is_ticked=item.isSelected()))
        self._ticked.tell(counted(count, TICKED) if count else NO_WORDS)

    def _line(self, found: Found, *, is_ticked: bool) -> str:
        if found.name == _UP:
            return f"↑  {self._tongue.say(acts.PICKER_UP)}"
        if found.is_folder:
            return f"▸  {isolated(found.name)}"
        at = shown_time(datetime.fromtimestamp(found.at_s, UTC))
        amount = self._tongue.say(size(found.size_bytes))
        box = "☑" if is_ticked else "☐"
        return f"{box}  {isolated(found.name)}   ·   {isolated(at)}   ·   {amount}"

    def _chosen(self) -> list[Found]:
        items = self._list.selectedItems()
        current = self._list.currentItem()
        found = [item.data(Qt.ItemDataRole.UserRole) for item in items]
        files = [one for one in found if not one.is_folder]
        here = current.data(Qt.ItemDataRole.UserRole) if current is not None else None
        return files or ([here] if here is not None else [])

    def _finish(self, files: tuple[Path, ...]) -> None:
        self.hide()
        self.picked.emit(files)

    def _say(self, words: Words, tone: str) -> None:
        self._hint.tell(words if words != NO_WORDS else acts.PICKER_KEYS, tone)
        set_look(self._path, tone=tone)
