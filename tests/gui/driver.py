"""An agent at the window: keys go to whatever has the focus, as a keyboard's do."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from kiosk.ui.screens.deposit import DepositScreen
from kiosk.ui.tasks import Tasks
from kiosk.ui.window import MainWindow
from tests.fakes.desk import FakeDesk
from tests.fakes.line import FakeLine
from tests.fakes.papers import draw_paper

Key = Qt.Key
NUMBER = "123456785"


class Driver:
    """Types, presses and waits; looks only at what is on the screen."""

    def __init__(
        self, qtbot: QtBot, window: MainWindow, tasks: Tasks, desk: FakeDesk, line: FakeLine
    ) -> None:
        self.qtbot, self.window, self.tasks = qtbot, window, tasks
        self.desk, self.line = desk, line

    @property
    def deposit(self) -> DepositScreen:
        """Return the deposit screen."""
        return self.window.deposit

    def wait(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds."""
        self.qtbot.waitUntil(condition, timeout=8_000)

    def type(self, text: str) -> None:
        """Type a text, letter by letter."""
        for char in text:
            QTest.keyClicks(self._focused(), char)

    def press(
        self,
        *keys: Qt.Key,
        modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        """Press keys, one after another."""
        for key in keys:
            QTest.keyClick(self._focused(), key, modifier)

    def fill_insured(self, *, number: str = NUMBER, day: str = "02112026") -> None:
        """Type a right form and go on to the pages."""
        self.type(number)
        self.press(Key.Key_Return)
        self.type("DA45210")
        self.press(Key.Key_Return)
        self.type("0661234567")
        self.press(Key.Key_Return, Key.Key_Return, Key.Key_Return)
        self.type(day)
        self.press(Key.Key_Return)
        self.type("845,5")
        self.press(Key.Key_Return, Key.Key_Return)
        self.wait(lambda: self.window.deposit.pages.isVisible())
        self.wait(lambda: self.window.deposit.pages.book.is_open)

    def import_file(self, file: Path) -> None:
        """Add a file by its path, and wait for its pages."""
        self.press(Key.Key_F4)
        self.take_file(file)

    def take_file(self, file: Path) -> None:
        """Type a path into the open picker, and wait until the file is read."""
        pages = self.window.deposit.pages
        self.wait(pages.picker.isVisible)
        self.type(str(file))
        self.press(Key.Key_Return)
        self.wait(lambda: not pages.picker.isVisible())
        self.wait(lambda: not pages.is_busy())

    def visible_texts(self, root: QWidget | None = None) -> list[str]:
        """Return every text on the screen."""
        labels = (root or self.window).findChildren(QLabel)
        return [label.text() for label in labels if label.isVisible() and label.text()]

    def says(self, text: str) -> bool:
        """Tell whether a text is somewhere on the screen."""
        return any(text in one for one in self.visible_texts())

    def _focused(self) -> QWidget:
        return QApplication.focusWidget() or self.window


def write_pages(folder: Path) -> dict[str, Path]:
    """Write sheets to import: four good ones and a blurred one."""
    files = {}
    for lines, name in enumerate(("feuille", "ordonnance", "facture", "vignettes"), 8):
        files[name] = folder / f"{name}.jpg"
        draw_paper(lines).save(files[name], quality=60)
    files["blurred"] = folder / "blurred.jpg"
    draw_paper(blurred=True).save(files["blurred"], quality=60)
    files["truncated"] = folder / "truncated.jpg"
    files["truncated"].write_bytes(files["facture"].read_bytes()[:2000])
    return files
