"""Signing in, the lock after four minutes, hand-over, clôture and release, by keys alone."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from kiosk.domain.agents import ForbiddenError
from kiosk.domain.counting import CentralCount
from kiosk.domain.errors import ErrorCode
from kiosk.ui.i18n import staff as words
from kiosk.ui.i18n.faults import ERROR
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.idle import LOCK_AFTER_MS, IdleWatch
from kiosk.ui.keys import digits
from kiosk.ui.screens.team import day_words
from kiosk.ui.tasks import Tasks
from kiosk.ui.window import MainWindow, WindowSettings
from tests.fakes.desk import NOW, FakeDesk
from tests.fakes.line import FakeLine
from tests.fakes.staff import CLOSED, FakeStaff
from tests.gui.driver import Driver, Key
from tests.gui.test_fit import SMALL, cut_texts, overlapping

Opener = Callable[..., Driver]


@pytest.fixture
def staff() -> FakeStaff:
    return FakeStaff()


@pytest.fixture
def open_staffed(
    qtbot: QtBot, dressed: QApplication, desk: FakeDesk, line: FakeLine, staff: FakeStaff
) -> Iterator[Opener]:
    """Open a window of a kiosk with agents; it is closed after the test."""
    opened: list[tuple[MainWindow, Tasks]] = []

    def open_one(
        *, lock_after_ms: int = LOCK_AFTER_MS, language: Language = Language.FRENCH
    ) -> Driver:
        tasks = Tasks(drafts=desk, deposits=desk, overview=desk, line=line, staff=staff)
        settings = WindowSettings(language=language, now=lambda: NOW, lock_after_ms=lock_after_ms)
        window = MainWindow(tasks, settings)
        opened.append((window, tasks))
        with qtbot.waitSignal(window.opened, timeout=5_000):
            window.open()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=5_000)
        return Driver(qtbot, window, tasks, desk, line)

    yield open_one
    for window, tasks in opened:
        window.hide()
        assert tasks.stop()
        window.deposit.question.show()
        window.deleteLater()


def sign_in(agent: Driver, name: str = "amina", pin: str = "4821") -> None:
    """Type name and PIN at the cover."""
    agent.wait(lambda: agent.window.staffing.is_locked)
    if not agent.window.staffing.sign_in.card.value("name"):
        agent.type(name)
        agent.press(Key.Key_Return)
    agent.type(pin)
    agent.press(Key.Key_Return)


def working(agent: Driver) -> Driver:
    """Sign in and wait until the window is there."""
    sign_in(agent)
    agent.wait(lambda: not agent.window.staffing.cover.isVisible())
    return agent


def test_window_of_a_kiosk_without_agents_asks_nobody(
    open_staffed: Opener, staff: FakeStaff
) -> None:
    staff.pins.clear()
    agent = open_staffed()
    agent.wait(lambda: staff.asked > 0)
    agent.wait(lambda: agent.says("En ligne"))
    assert not agent.window.staffing.cover.isVisible()
    agent.press(Key.Key_F10)
    assert not agent.window.staffing.cover.isVisible()
    assert not agent.says(words.LOCKS_AFTER.fr)


def test_agent_signs_in_by_keys_and_goes_on_typing(open_staffed: Opener) -> None:
    agent = working(open_staffed())
    assert agent.says("Agent : amina")
    assert agent.says("Verrouillage après 4 min")
    agent.type("12345")
    assert "123" in agent.deposit.insured.form.immatriculation.text()


def test_wrong_pin_is_told_and_a_lock_out_says_how_long(open_staffed: Opener) -> None:
    agent = open_staffed()
    sign_in(agent, pin="6374")
    agent.wait(lambda: agent.says(ERROR[ErrorCode.WRONG_PIN].fr))
    for _ in range(2):
        agent.type("6374")
        agent.press(Key.Key_Return)
        agent.wait(lambda: not agent.says(words.CHECKING.fr))
    agent.type("4821")
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says("Attendez 30\u00a0s"))
    assert agent.window.staffing.is_locked


def test_pin_is_never_shown(open_staffed: Opener) -> None:
    agent = open_staffed()
    agent.wait(lambda: agent.window.staffing.is_locked)
    agent.type("amina")
    agent.press(Key.Key_Return)
    agent.type("28 09")
    focused = QApplication.focusWidget()
    assert isinstance(focused, QLineEdit)
    assert set(focused.displayText()).isdisjoint("0123456789")
    assert agent.window.staffing.sign_in.card.value("pin") == "2809"


def test_nothing_reaches_the_window_under_the_cover(open_staffed: Opener) -> None:
    agent = open_staffed()
    agent.wait(lambda: agent.window.staffing.is_locked)
    agent.press(Key.Key_F6, Key.Key_F10, Key.Key_F12, Key.Key_Escape)
    for _ in range(12):
        agent.press(Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is None or agent.window.staffing.cover.isAncestorOf(focused)
    assert not agent.window.to_send.isVisible()
    assert agent.window.staffing.is_locked


def test_untouched_window_locks_and_the_dossier_is_still_there(
    open_staffed: Opener, staff: FakeStaff
) -> None:
    agent = working(open_staffed(lock_after_ms=400))
    agent.type("12345")
    agent.wait(lambda: agent.window.staffing.is_locked)
    agent.wait(lambda: staff.working is None)
    assert not agent.says("Agent : amina")
    sign_in(agent)
    agent.wait(lambda: not agent.window.staffing.cover.isVisible())
    assert "123" in agent.deposit.insured.form.immatriculation.text()
    assert staff.working == "amina"


def test_each_key_begins_the_four_minutes_again(qtbot: QtBot, dressed: QApplication) -> None:
    assert LOCK_AFTER_MS == 240_000
    edit = QLineEdit()
    qtbot.addWidget(edit)
    edit.show()
    watch = IdleWatch(LOCK_AFTER_MS, edit)
    watch.start()
    timer = watch.findChild(QTimer)
    assert isinstance(timer, QTimer)
    qtbot.waitUntil(lambda: timer.remainingTime() < LOCK_AFTER_MS - 300)
    before = timer.remainingTime()
    QTest.keyClicks(edit, "a")
    assert timer.remainingTime() > before
    watch.stop()
    assert not timer.isActive()


def test_counter_is_handed_over_by_both_pins(open_staffed: Opener, staff: FakeStaff) -> None:
    agent = working(open_staffed())
    agent.press(Key.Key_F10)
    for text in ("4821", "salma", "7093"):
        agent.type(text)
        agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says("salma a pris la suite."))
    assert agent.says("Dossiers papier en main : 36 · à numériser : 2 · à envoyer : 14")
    assert staff.working == "salma"
    agent.press(Key.Key_Escape)
    assert agent.says("Agent : salma")


def test_hand_over_with_an_empty_field_asks_for_it(open_staffed: Opener, staff: FakeStaff) -> None:
    agent = working(open_staffed())
    agent.press(Key.Key_F10)
    agent.type("4821")
    agent.press(Key.Key_Return, Key.Key_Return, Key.Key_Return)
    agent.wait(lambda: agent.says(words.FILL_ALL.fr))
    assert staff.working == "amina"


def test_day_is_closed_with_the_numbers_that_are_missing(open_staffed: Opener) -> None:
    agent = working(open_staffed())
    agent.press(Key.Key_F10, Key.Key_F12)
    agent.wait(lambda: agent.says("Il manque C0417A-000131-39"))
    assert agent.says("37\u00a0dossiers, dont annulés : 1")
    assert agent.says(words.NOT_ASKED.fr)


@pytest.mark.parametrize(
    ("of_day", "missing", "said"),
    [
        (36, ("C0417A-000131-39",), "36 sur 37. Manquent chez elle : 1 (C0417A-000131-39)"),
        (37, (), "37 sur 37. Aucun numéro ne manque."),
    ],
)
def test_day_is_closed_beside_the_count_of_the_cnss(
    open_staffed: Opener, staff: FakeStaff, of_day: int, missing: tuple[str, ...], said: str
) -> None:
    central = CentralCount(of_day=of_day, missing_count=len(missing), missing=missing)
    staff.closed = replace(CLOSED, central=central)
    agent = working(open_staffed())
    agent.press(Key.Key_F10, Key.Key_F12)
    agent.wait(lambda: agent.says(said))
    assert not agent.says(words.NOT_ASKED.fr)
    arabic = day_words(staff.closed).ar
    assert "أحصى الصندوق" in arabic
    assert all(number in arabic for number in missing)


def test_refused_closing_is_told(open_staffed: Opener, staff: FakeStaff) -> None:
    agent = working(open_staffed())
    staff.faults.append(ForbiddenError("no"))
    agent.press(Key.Key_F10, Key.Key_F12)
    agent.wait(lambda: agent.says(ERROR[ErrorCode.FORBIDDEN].fr))


def test_held_deposit_is_released_by_a_dictated_code(
    open_staffed: Opener, staff: FakeStaff
) -> None:
    agent = working(open_staffed())
    agent.press(Key.Key_F10)
    agent.window.staffing.team.release.focus("receipt")
    agent.type("C0417A-000131-39")
    agent.press(Key.Key_Return)
    agent.type("karim")
    agent.press(Key.Key_F3)
    agent.wait(lambda: agent.says("R 4821 7730"))
    agent.type("13572468")
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says(words.RELEASED.fr))
    assert staff.released == [("C0417A-000131-39", "karim")]


def test_lock_now_locks_from_the_team_page(open_staffed: Opener, staff: FakeStaff) -> None:
    agent = working(open_staffed())
    agent.press(Key.Key_F10, Key.Key_F11)
    agent.wait(lambda: agent.window.staffing.is_locked)
    agent.wait(lambda: staff.working is None)
    working(agent)


@pytest.mark.parametrize("language", list(Language))
def test_no_sentence_is_cut_on_the_smallest_screen(
    open_staffed: Opener, language: Language
) -> None:
    agent = open_staffed(language=language)
    window, team = agent.window, agent.window.staffing.team

    def fits(page: QWidget) -> bool:
        fields = [one for one in page.findChildren(QLineEdit) if one.isVisible()]
        whole = all(one.visibleRegion().boundingRect().size() == one.size() for one in fields)
        return whole and not cut_texts(page) + overlapping(page)

    window.resize(*SMALL)
    agent.wait(lambda: window.staffing.is_locked)
    agent.wait(lambda: fits(window.staffing.cover))
    working(agent)
    agent.wait(lambda: fits(window))
    agent.press(Key.Key_F10, Key.Key_F12)
    team.release.put("receipt", "C0417A-000131-39")
    team.release.put("supervisor", "karim")
    agent.press(Key.Key_F3)
    agent.wait(lambda: team.release.message != words.CHECKING)
    agent.wait(lambda: team.day.message != words.CHECKING)
    agent.wait(lambda: fits(window.staffing.cover))


def test_covered_field_is_not_judged(open_staffed: Opener) -> None:
    agent = working(open_staffed())
    assert not agent.says("Tapez les 9 chiffres")
    agent.press(Key.Key_F10, Key.Key_Escape)
    assert not agent.says("Tapez les 9 chiffres")


def test_team_page_speaks_arabic(open_staffed: Opener) -> None:
    agent = open_staffed(language=Language.ARABIC)
    agent.wait(lambda: agent.says(words.SIGN_IN_TITLE.ar))
    working(agent)
    agent.press(Key.Key_F10)
    for said in (words.HAND_OVER_TITLE, words.CLOSE_TITLE, words.RELEASE_TITLE):
        assert agent.says(said.ar)


@pytest.mark.parametrize(
    ("typed", "meant"), [("é\"'(", "2345"), ("٤٨٢١", "4821"), ("4a8 2", "482")]
)
def test_digits_of_every_keyboard_are_digits(typed: str, meant: str) -> None:
    assert digits(typed) == meant
