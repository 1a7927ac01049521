"""No sentence is cut, in either language, on the smallest screen; and Arabic is a mirror."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.exceptions import TimeoutError as QtTimeoutError

from kiosk.domain.errors import PrinterFault, PrinterUnavailableError
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.faults import ERROR, UNEXPECTED
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.i18n.troubles import HELD, OUTCOME, PROBLEM_ADVICE, PROBLEM_TITLE
from kiosk.ui.screens.confirm_card import REASONS
from kiosk.ui.widgets.said import NO_WORDS, SaidLabel
from tests.fakes.desk import FakeDesk
from tests.fakes.line import FakeLine
from tests.gui.conftest import Opener
from tests.gui.driver import Driver, Key
from tests.gui.test_to_send import fourteen_waiting

SMALL = (1024, 600)
_SLACK_PX = 1


def cut_texts(root: QWidget) -> list[str]:
    """Return the visible texts that have less room than they need."""
    cut = []
    for label in root.findChildren(QLabel):
        if not label.isVisible() or not label.text() or label.visibleRegion().isEmpty():
            continue
        if label.wordWrap():
            needs = label.heightForWidth(label.width())
            fits = label.height() + _SLACK_PX >= needs
        else:
            fits = label.width() + _SLACK_PX >= label.sizeHint().width()
        if not fits:
            cut.append(label.text())
    for button in root.findChildren(QPushButton):
        if button.isVisible() and button.width() + _SLACK_PX < button.sizeHint().width():
            cut.append(button.text() or button.accessibleName())
    return cut


def _seen(label: QLabel, root: QWidget) -> QRect:
    """Return where a label is seen in the window: what is scrolled away is not."""
    return label.visibleRegion().boundingRect().translated(label.mapTo(root, QPoint(0, 0)))


def overlapping(root: QWidget) -> list[str]:
    """Return pairs of visible texts that lie on each other."""
    placed = [
        (_seen(label, root), label.text())
        for label in root.findChildren(SaidLabel)
        if label.isVisible() and label.text() and not label.visibleRegion().isEmpty()
    ]
    found = []
    for at, (here, text) in enumerate(placed):
        for there, other in placed[at + 1 :]:
            if here.adjusted(2, 2, -2, -2).intersects(there.adjusted(2, 2, -2, -2)):
                found.append(f"{text} / {other}")
    return found


def _assert_fits(agent: Driver) -> None:
    window = agent.window
    assert window.size().toTuple() == SMALL
    with contextlib.suppress(QtTimeoutError):  # a layout may have to settle first
        agent.qtbot.waitUntil(lambda: not cut_texts(window) + overlapping(window), timeout=1_000)
    assert cut_texts(window) == []
    assert overlapping(window) == []


def _settle(agent: Driver, step: Callable[[], None]) -> None:
    step()
    _assert_fits(agent)


@pytest.mark.parametrize("language", list(Language))
def test_deposit_fits_the_smallest_screen(
    open_window: Opener, sheets: dict[str, Path], language: Language
) -> None:
    agent = open_window(language=language, size=SMALL)
    agent.desk.print_faults.append(PrinterUnavailableError(PrinterFault.PAPER_OUT, "no roll"))
    _settle(agent, lambda: agent.type("12345"))
    _settle(agent, lambda: agent.press(Key.Key_F1))
    _settle(agent, lambda: agent.press(Key.Key_Escape))
    _settle(agent, lambda: agent.press(Key.Key_Escape))
    _settle(agent, lambda: agent.press(Key.Key_Delete))
    agent.fill_insured()
    _assert_fits(agent)
    _settle(agent, lambda: agent.press(Key.Key_F4))
    agent.press(Key.Key_Escape)
    for name in ("feuille", "blurred", "truncated"):
        agent.import_file(sheets[name])
    agent.press(Key.Key_Down)
    _assert_fits(agent)
    _settle(agent, lambda: agent.press(Key.Key_F12))
    agent.press(Key.Key_Right, Key.Key_F12)
    agent.wait(lambda: agent.window.deposit.receipt.state[0] == acts.PRINT_FAILED)
    _assert_fits(agent)


def half_seen(card: QWidget) -> list[str]:
    """Return the texts and choices of a card of which only a part is in sight, sideways or down."""
    parts: list[QLabel | QPushButton] = list(card.findChildren(SaidLabel))
    parts += card.findChildren(QPushButton)
    return [
        part.text()
        for part in parts
        if part.isVisible() and part.text() and part.visibleRegion().boundingRect() != part.rect()
    ]


@pytest.mark.parametrize("size", [(1366, 768), SMALL])
@pytest.mark.parametrize("language", list(Language))
def test_question_why_leaves_the_pieces_in_doubt_whole(
    open_window: Opener, sheets: dict[str, Path], language: Language, size: tuple[int, int]
) -> None:
    agent = open_window(language=language, size=size)
    agent.fill_insured()
    for name, digit in (("feuille", "1"), ("blurred", "3")):
        agent.import_file(sheets[name])
        agent.type(digit)
    card = agent.window.deposit.pages.card
    say = agent.window.tongue.say
    for _ in range(2):
        agent.press(Key.Key_F12)
        agent.wait(lambda: not half_seen(card))
        shown = "".join(agent.visible_texts(card))
        for words in (acts.MISSING, acts.ILLEGIBLE, *REASONS.values()):
            assert say(words) in shown or say(words) in _choices(card), words
    assert say(acts.REASON_MISSING) in shown


@pytest.mark.parametrize("language", list(Language))
def test_scroll_bar_leaves_the_signs_whole(open_window: Opener, language: Language) -> None:
    agent = open_window(language=language, size=SMALL)
    agent.fill_insured()
    card = agent.window.deposit.pages.card
    card.tell(ERROR["unreadable_file"], "wrong")
    bar = card.findChildren(QScrollArea)[0].verticalScrollBar()
    agent.wait(bar.isVisible)
    signs = [one for one in card.findChildren(SaidLabel) if one.property("role") == "chip"]
    seen = [one.visibleRegion().boundingRect().width() for one in signs if one.isVisible()]
    assert [wide for wide in seen if wide] == [
        one.width() for one, wide in zip(signs, seen, strict=True) if wide
    ]
    for one in signs:
        place = QRect(one.mapTo(card, QPoint(0, 0)), one.size())
        assert not place.intersects(QRect(bar.mapTo(card, QPoint(0, 0)), bar.size()))


def _choices(card: QWidget) -> list[str]:
    return [one.text() for one in card.findChildren(QPushButton) if one.isVisible()]


@pytest.mark.parametrize("language", list(Language))
def test_queue_and_enrolment_fit_the_smallest_screen(
    open_window: Opener, desk: FakeDesk, line: FakeLine, language: Language
) -> None:
    fourteen_waiting(desk)
    line.is_up = False
    agent = open_window(language=language, size=SMALL)
    agent.press(Key.Key_F6, Key.Key_F5)
    agent.wait(lambda: agent.window.to_send.message not in (acts.SENDING, acts.SENT_ALL))
    _assert_fits(agent)
    desk.identity_known = None
    stranger = open_window(language=language, size=SMALL)
    stranger.press(Key.Key_Return)
    _assert_fits(stranger)


@pytest.mark.parametrize("language", list(Language))
def test_every_error_fits_where_it_is_shown(open_window: Opener, language: Language) -> None:
    agent = open_window(language=language, size=SMALL)
    agent.fill_insured()
    for words in [*ERROR.values(), UNEXPECTED]:
        agent.window.deposit.pages.card.tell(words, "wrong")
        _assert_fits(agent)
        agent.window.deposit.pages.card.tell(NO_WORDS)
        agent.window.trouble.tell("wrong", words)
        _assert_fits(agent)
        agent.window.trouble.hide()


@pytest.mark.parametrize("language", list(Language))
def test_every_problem_fits_the_banner(
    open_window: Opener, sheets: dict[str, Path], language: Language
) -> None:
    agent = open_window(language=language, size=SMALL)
    agent.fill_insured()
    agent.import_file(sheets["blurred"])
    banner = agent.window.deposit.pages.desk.banner
    for kind, title in PROBLEM_TITLE.items():
        banner.say(title, PROBLEM_ADVICE[kind])
        _assert_fits(agent)


@pytest.mark.parametrize("language", list(Language))
def test_every_state_fits_its_column(
    open_window: Opener, desk: FakeDesk, language: Language
) -> None:
    fourteen_waiting(desk)
    agent = open_window(language=language, size=SMALL)
    agent.press(Key.Key_F6)
    agent.wait(agent.window.to_send.table.isVisible)
    table = agent.window.to_send.table
    room = table.state_width()
    for words in [*HELD.values(), *OUTCOME.values()]:
        said = agent.window.tongue.say(words)
        assert table.width_of(f"{agent.window.tongue.say(acts.HELD_CARD)} · {said}") <= room, said


def test_a_cut_text_is_caught(agent: Driver) -> None:
    label = agent.window.deposit.insured.findChildren(QLabel)[0]
    agent.wait(lambda: not cut_texts(agent.window))
    label.setFixedWidth(20)
    agent.window.grab()
    assert cut_texts(agent.window) != []


def _middle(widget: QWidget, window: QWidget) -> int:
    return widget.mapTo(window, QPoint(widget.width() // 2, 0)).x()


def test_arabic_is_a_mirror_of_french(open_window: Opener) -> None:
    french, arabic = open_window(), open_window(language=Language.ARABIC)
    for name in ("immatriculation", "id_number", "kind", "care_date", "amount", "depositor"):
        left = _middle(french.window.deposit.insured.form.fields[name], french.window)
        right = _middle(arabic.window.deposit.insured.form.fields[name], arabic.window)
        assert abs((french.window.width() - left) - right) <= 12, name
    for window in (french.window, arabic.window):
        edit = window.deposit.insured.form.immatriculation
        assert edit.layoutDirection() == edit.layoutDirection().LeftToRight
