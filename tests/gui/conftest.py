"""A window with fakes behind its ports."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.counter import PAPER_NAMES
from kiosk.domain.words import Words
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.run import application
from kiosk.ui.tasks import Tasks
from kiosk.ui.window import MainWindow, WindowSettings
from tests.fakes.courier import FakeCourier
from tests.fakes.desk import NOW, FakeDesk
from tests.fakes.disk import roomy_disk
from tests.fakes.line import FakeLine
from tests.gui.driver import Driver, write_pages

Opener = Callable[..., Driver]


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    """Return the application with our fonts and style."""
    QLocale.setDefault(QLocale.c())
    return application()


@pytest.fixture(scope="session")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return files to import, by what they show."""
    return write_pages(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def line(desk: FakeDesk) -> FakeLine:
    return FakeLine(desk)


@pytest.fixture
def courier() -> FakeCourier:
    return FakeCourier()


@pytest.fixture
def open_window(
    qtbot: QtBot, dressed: QApplication, desk: FakeDesk, line: FakeLine, courier: FakeCourier
) -> Iterator[Opener]:
    """Open a window; it is closed and its threads are ended after the test."""
    opened: list[tuple[MainWindow, Tasks]] = []

    def open_one(
        *,
        language: Language = Language.FRENCH,
        printer: Words = PAPER_NAMES["80mm"],
        size: tuple[int, int] = (1366, 768),
    ) -> Driver:
        tasks = Tasks(
            drafts=desk,
            deposits=desk,
            overview=desk,
            line=line,
            disk=roomy_disk,
            courier=courier,
        )
        settings = WindowSettings(language=language, printer=printer, now=lambda: NOW)
        window = MainWindow(tasks, settings)
        opened.append((window, tasks))
        window.resize(*size)
        with qtbot.waitSignal(window.opened, timeout=5_000):
            window.open()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
        return Driver(qtbot, window, tasks, desk, line)

    yield open_one
    for window, tasks in opened:
        assert tasks.stop()
        window.deposit.question.show()  # a dossier left open asks nobody here
        window.hide()
        window.deleteLater()


@pytest.fixture
def agent(open_window: Opener) -> Driver:
    """Return somebody at an open French window."""
    return open_window()
