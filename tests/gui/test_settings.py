"""The page of the counter's settings, by keys alone: seen, changed with leave, refused by name."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.domain.counter_settings import OpeningLanguage, PaperName
from kiosk.domain.errors import ErrorCode, InvalidInputError
from kiosk.store.errors import ReadOnlyError
from kiosk.ui.i18n import settings as words
from kiosk.ui.i18n.faults import ERROR
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.tasks import Tasks
from kiosk.ui.window import MainWindow, WindowSettings
from tests.contracts.settings_contract import SettingsBench, SettingsContract
from tests.fakes.desk import NOW, FakeDesk
from tests.fakes.line import FakeLine
from tests.fakes.settings import CODE, FIRST, FakeSettings
from tests.fakes.staff import FakeStaff
from tests.gui.driver import Driver, Key
from tests.gui.test_fit import SMALL, cut_texts, overlapping
from tests.gui.test_staff import working

Opener = Callable[..., Driver]


class TestFakeSettings(SettingsContract):
    """The fake does what the desk of the settings does."""

    @pytest.fixture
    def bench(self) -> SettingsBench:
        return SettingsBench(desk=FakeSettings(), pin="90213", code_for=lambda _: CODE)


@pytest.fixture
def settings() -> FakeSettings:
    return FakeSettings()


@pytest.fixture
def open_settings(
    qtbot: QtBot, dressed: QApplication, desk: FakeDesk, line: FakeLine, settings: FakeSettings
) -> Iterator[Opener]:
    """Open a window on its page of settings; it is closed after the test."""
    opened: list[tuple[MainWindow, Tasks]] = []

    def open_one(
        language: Language = Language.FRENCH, size: tuple[int, int] = (1366, 768)
    ) -> Driver:
        tasks = Tasks(
            drafts=desk,
            deposits=desk,
            overview=desk,
            line=line,
            staff=FakeStaff(),
            settings=settings,
        )
        window = MainWindow(tasks, WindowSettings(language=language, now=lambda: NOW))
        opened.append((window, tasks))
        window.resize(*size)
        with qtbot.waitSignal(window.opened, timeout=5_000):
            window.open()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
        agent = working(Driver(qtbot, window, tasks, desk, line))
        agent.press(Key.Key_F10, Key.Key_F9)
        page = window.staffing.settings
        agent.wait(page.isEnabled)
        agent.wait(lambda: page.printing.fields["printer"].control.hasFocus())
        return agent

    yield open_one
    for window, tasks in opened:
        window.hide()
        assert tasks.stop()
        window.deleteLater()


def to_secret(agent: Driver, supervisor: str = "karim") -> None:
    """Go on by Enter from wherever the focus is to the supervisor's secret."""
    leave = agent.window.staffing.settings.leave
    while not leave.fields["supervisor"].control.hasFocus():
        agent.press(Key.Key_Return)
    agent.type(supervisor)
    agent.press(Key.Key_Return)


def test_settings_are_changed_by_keys_with_a_supervisor_beside(
    open_settings: Opener, settings: FakeSettings
) -> None:
    agent = open_settings()
    agent.type("escpos://192.0.2.7:9100")
    agent.press(Key.Key_Return, Key.Key_Right, Key.Key_Return, Key.Key_Right, Key.Key_Return)
    agent.type("12")
    agent.press(Key.Key_Return)
    agent.type("/srv/b")
    to_secret(agent)
    agent.type("90213")
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says(words.SAVED.fr))
    assert settings.kept == replace(
        FIRST,
        printer="escpos://192.0.2.7:9100",
        paper=PaperName.ROLL_58,
        language=OpeningLanguage.ARABIC,
        lock_minutes=12,
        backup_folder="/srv/b",
    )


def test_supervisor_on_the_phone_allows_it_by_a_code(
    open_settings: Opener, settings: FakeSettings
) -> None:
    agent = open_settings()
    agent.window.staffing.settings.keeping.focus("lock_minutes")
    agent.type("2")
    to_secret(agent)
    agent.press(Key.Key_F3)
    agent.wait(lambda: agent.says("S 4821 7730"))
    agent.type(CODE)
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says(words.SAVED.fr))
    assert settings.kept.lock_minutes == 2


def test_wrong_code_changes_nothing_and_is_asked_again(
    open_settings: Opener, settings: FakeSettings
) -> None:
    agent = open_settings()
    agent.type("memory:")
    to_secret(agent)
    agent.type("1111")
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says(ERROR[ErrorCode.WRONG_PIN].fr))
    assert settings.kept == FIRST
    agent.type("90213")
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says(words.SAVED.fr))


def test_page_without_a_supervisor_asks_for_one(
    open_settings: Opener, settings: FakeSettings
) -> None:
    agent = open_settings()
    agent.type("memory:")
    to_secret(agent, supervisor="")
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says(words.FILL_LEAVE.fr))
    assert settings.kept == FIRST


@pytest.mark.parametrize("minutes", ["0", "61", "99"])
def test_minutes_out_of_range_are_refused_before_anybody_is_asked(
    open_settings: Opener, settings: FakeSettings, minutes: str
) -> None:
    agent = open_settings()
    page = agent.window.staffing.settings
    page.keeping.focus("lock_minutes")
    agent.type(minutes)
    to_secret(agent)
    agent.type("90213")
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says("Minutes avant verrouillage : cette valeur"))
    assert page.keeping.fields["lock_minutes"].control.hasFocus()
    assert settings.kept == FIRST


def test_refused_value_is_named_and_has_the_focus(open_settings: Opener) -> None:
    agent = open_settings()
    agent.type("usb")
    to_secret(agent)
    agent.type("90213")
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says("Adresse de l’imprimante : cette valeur"))
    assert agent.window.staffing.settings.printing.fields["printer"].control.hasFocus()


def test_disk_that_refuses_is_told(open_settings: Opener, settings: FakeSettings) -> None:
    agent = open_settings()
    agent.type("memory:")
    settings.faults.append(ReadOnlyError("no"))
    to_secret(agent)
    agent.type("90213")
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says(ERROR[ErrorCode.READ_ONLY].fr))


def test_file_that_cannot_be_read_is_told(open_settings: Opener, settings: FakeSettings) -> None:
    agent = open_settings()
    settings.faults.append(InvalidInputError("kiosk.toml", "is not a TOML file"))
    agent.press(Key.Key_Escape, Key.Key_F9)
    agent.wait(lambda: agent.says(words.REFUSED_FILE.fr))
    agent.press(Key.Key_F3, Key.Key_Return)  # nothing can be changed that nobody could read
    assert not agent.window.staffing.settings.isEnabled()


def test_escape_leads_back_to_the_team_and_then_to_the_deposit(open_settings: Opener) -> None:
    agent = open_settings()
    staffing = agent.window.staffing
    agent.type("never kept")
    agent.press(Key.Key_Escape)
    assert staffing.team.isVisible()
    agent.press(Key.Key_Escape)
    assert not staffing.cover.isVisible()
    agent.press(Key.Key_F10, Key.Key_F9)
    page = staffing.settings
    agent.wait(page.isEnabled)
    assert page.printing.value("printer") == ""


@pytest.mark.parametrize("size", [(1366, 768), SMALL])
@pytest.mark.parametrize("language", list(Language))
def test_no_sentence_is_cut(
    open_settings: Opener, language: Language, size: tuple[int, int]
) -> None:
    agent = open_settings(language=language, size=size)
    cover, page = agent.window.staffing.cover, agent.window.staffing.settings
    agent.wait(lambda: not cut_texts(cover) + overlapping(cover))
    page.leave.put("supervisor", "karim")
    agent.press(Key.Key_F3)
    agent.wait(lambda: "S 4821 7730" in page.leave.message.fr)
    agent.wait(lambda: not cut_texts(cover) + overlapping(cover))
