"""A feeder's stack at the window: turned over, broken off, gone on with; how it is scanned."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.domain.errors import SourceFault, SourceUnavailableError
from kiosk.domain.scans import CameraView, LockedBy, ScanProfile
from kiosk.domain.views import DraftPage, PageFault
from kiosk.ui.i18n import acts, scanning
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.tasks import Tasks
from kiosk.ui.window import MainWindow, WindowSettings
from tests.enrolled import NOW
from tests.fakes.desk import FakeDesk
from tests.fakes.line import FakeLine
from tests.gui.driver import Driver, Key
from tests.gui.test_fit import cut_texts
from tests.gui.test_scanning import count, pages_of, scanner_of


class Stack:
    """A desk's scans as a port: two fronts, then their backs, each a picture of the fake desk."""

    def __init__(
        self, desk: FakeDesk, files: dict[str, Path], faults: Sequence[SourceFault] = ()
    ) -> None:
        self._desk, self._files = desk, files
        self._faults = list(faults)  # one for each run until there are no more
        self.asked: list[tuple[int | None, int]] = []

    def scan(
        self,
        draft_id: UUID,
        profile: str,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        replaced: int | None = None,
        backs_of: int = 0,
        stop: threading.Event | None = None,
    ) -> int:
        """Take two pages."""
        self.asked.append((replaced, backs_of))
        if replaced is not None:
            self._desk.replace_page(draft_id, replaced, self._files["facture"], on_page)
            return 0
        for name in ("blurred", "ordonnance"):
            self._desk.add_pages(draft_id, self._files[name], on_page)
        if self._faults:
            raise SourceUnavailableError(self._faults.pop(0), "after two pages")
        return 2 if self._profile_is_duplex(profile) and not backs_of else 0

    def _profile_is_duplex(self, profile: str) -> bool:
        return profile == BOTH_SIDES.name

    def look(
        self,
        draft_id: UUID,
        profile: str,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        shoot: bool = False,
        replaced: int | None = None,
    ) -> CameraView:
        """Refuse: this is no camera."""
        raise AssertionError("nobody looks through a scanner")

    def let_go(self) -> None:
        """Do nothing."""


BOTH_SIDES = ScanProfile(name="Recto verso", device="sane:x", duplex=True)
ONE_SIDE = ScanProfile(name="Recto", device="sane:x")


@pytest.fixture
def open_stack(
    qtbot: QtBot, dressed: QApplication, sheets: dict[str, Path]
) -> Iterator[Callable[..., tuple[Driver, Stack]]]:
    """Open a window at the pages, with a feeder that is a port's stand-in."""
    opened = []

    def open_one(
        *profiles: ScanProfile,
        faults: Sequence[SourceFault] = (),
        locked_by: LockedBy | None = None,
        language: Language = Language.FRENCH,
        size: tuple[int, int] = (1366, 768),
    ) -> tuple[Driver, Stack]:
        fake = FakeDesk()
        line, stack = FakeLine(fake), Stack(fake, sheets, faults)
        tasks = Tasks(drafts=fake, deposits=fake, overview=fake, line=line, scans=stack)
        settings = WindowSettings(
            language=language, profiles=profiles, profiles_locked_by=locked_by, now=lambda: NOW
        )
        window = MainWindow(tasks, settings)
        opened.append((window, tasks))
        window.resize(*size)
        with qtbot.waitSignal(window.opened, timeout=10_000):
            window.open()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=10_000)
        agent = Driver(qtbot, window, tasks, fake, line)
        agent.fill_insured()
        return agent, stack

    yield open_one
    for window, tasks in opened:
        assert tasks.stop()
        window.deposit.question.show()
        window.hide()
        window.deleteLater()


OpenStack = Callable[..., tuple[Driver, Stack]]


def test_stack_is_turned_over_and_its_backs_are_asked_for(open_stack: OpenStack) -> None:
    agent, stack = open_stack(BOTH_SIDES)
    agent.press(Key.Key_F2)
    agent.wait(lambda: agent.says("Retournez la pile"))
    assert not agent.says(acts.RETAKE.fr)  # F2 goes on with the stack
    agent.press(Key.Key_F2)
    agent.wait(lambda: count(agent) == 4 and not agent.says("Retournez la pile"))
    assert stack.asked == [(None, 0), (None, 2)]


def test_f2_after_a_scanner_broke_off_goes_on_and_replaces_no_page(open_stack: OpenStack) -> None:
    agent, stack = open_stack(ONE_SIDE, faults=[SourceFault.BROKEN_OFF])
    agent.press(Key.Key_F2)
    agent.wait(lambda: agent.says(scanning.SOURCE[SourceFault.BROKEN_OFF].fr))
    agent.wait(lambda: not pages_of(agent).is_busy())
    bad = pages_of(agent).pages.troubled()[0].page_id
    agent.press(Key.Key_F2)  # as the words say
    agent.wait(lambda: count(agent) == 4 and not pages_of(agent).is_busy())
    assert stack.asked == [(None, 0), (None, 0)]
    pages_of(agent).list.choose(bad)
    agent.wait(lambda: agent.says(acts.RETAKE.fr))
    agent.press(Key.Key_F2)
    agent.wait(lambda: stack.asked[-1] == (bad, 0))


def test_bad_page_gone_to_after_a_break_is_taken_again(open_stack: OpenStack) -> None:
    agent, stack = open_stack(ONE_SIDE, faults=[SourceFault.JAMMED])
    agent.press(Key.Key_F2)
    agent.wait(lambda: agent.says(scanning.SOURCE[SourceFault.JAMMED].fr))
    agent.wait(lambda: not pages_of(agent).is_busy())
    agent.type("n")
    bad = pages_of(agent).list.current
    agent.wait(lambda: agent.says(acts.RETAKE.fr))
    agent.press(Key.Key_F2)
    agent.wait(lambda: stack.asked[-1] == (bad, 0))


def test_way_of_scanning_is_chosen_by_key_or_mouse_and_named(open_stack: OpenStack) -> None:
    agent, _ = open_stack(ONE_SIDE, BOTH_SIDES)
    assert agent.says("Maj+F2")
    assert agent.says(f"Scanner : {ONE_SIDE.name}")
    agent.press(Key.Key_F2, modifier=Qt.KeyboardModifier.ShiftModifier)
    assert agent.says(f"Scanner : {BOTH_SIDES.name}")
    pages_of(agent).buttons._profile.click()
    assert scanner_of(agent).profile == ONE_SIDE


@pytest.mark.parametrize("language", list(Language))
def test_break_choice_and_lock_fit_the_smallest_screen(
    open_stack: OpenStack, language: Language
) -> None:
    agent, _ = open_stack(
        ONE_SIDE,
        BOTH_SIDES,
        faults=[SourceFault.BROKEN_OFF],
        locked_by=LockedBy.ADMINISTRATOR,
        language=language,
        size=(1024, 600),
    )
    assert cut_texts(pages_of(agent)) == []
    agent.press(Key.Key_F2)
    agent.wait(lambda: bool(pages_of(agent).message.fr))
    agent.wait(lambda: not pages_of(agent).is_busy())
    agent.wait(lambda: cut_texts(pages_of(agent)) == [])


@pytest.mark.parametrize("by", [*LockedBy, None])
def test_who_locked_the_ways_of_scanning_is_said(
    open_stack: OpenStack, by: LockedBy | None
) -> None:
    agent, _ = open_stack(ONE_SIDE, locked_by=by)
    said = [words for words in scanning.LOCKED_BY.values() if agent.says(words.fr)]
    assert said == ([] if by is None else [scanning.LOCKED_BY[by]])
    assert not agent.says("Maj+F2")  # there is but one
