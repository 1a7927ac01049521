"""Corners of a page set by keys, mouse and finger; what is wrong told where it is."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kiosk.domain.errors import ErrorCode
from kiosk.domain.page import Outline, Problem, Region, Spot
from kiosk.domain.vocabulary import ProblemKind
from kiosk.store.errors import DiskFullError
from kiosk.ui import theme
from kiosk.ui.corners import Corners
from kiosk.ui.dossier_pages import Entry
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.faults import ERROR
from kiosk.ui.i18n.tongue import Language, Tongue
from kiosk.ui.i18n.troubles import PROBLEM_TITLE
from kiosk.ui.screens.pages import PagesScreen
from kiosk.ui.widgets.page_desk import PageDesk, beside
from tests.fakes.desk import FakeDesk
from tests.gui.conftest import Opener
from tests.gui.driver import Driver, Key
from tests.gui.test_fit import SMALL, cut_texts, overlapping

SHIFT = Qt.KeyboardModifier.ShiftModifier
shares = st.floats(-3, 3)


@pytest.fixture
def photo(desk: FakeDesk, sheets: dict[str, Path], tmp_path: Path) -> Path:
    """Return a picture in which the page was not surely found."""
    file = tmp_path / "photo.jpg"
    shutil.copyfile(sheets["feuille"], file)
    desk.problems[file.name] = (Problem(kind=ProblemKind.OUTLINE_UNCERTAIN),)
    return file


def _screen(agent: Driver) -> PagesScreen:
    return agent.window.deposit.pages


def _entry(agent: Driver) -> Entry:
    return _screen(agent).pages.entries[0]


def _at_corners(agent: Driver, photo: Path) -> None:
    agent.fill_insured()
    agent.import_file(photo)
    agent.type("a")
    agent.wait(_screen(agent).corners.isVisible)
    agent.wait(_screen(agent).corners.desk.hasFocus)


def test_uncertain_page_asks_for_its_corners(agent: Driver, photo: Path) -> None:
    agent.fill_insured()
    agent.import_file(photo)
    assert agent.says(PROBLEM_TITLE[ProblemKind.OUTLINE_UNCERTAIN].fr)
    assert agent.says(acts.SET_CORNERS.fr)
    _screen(agent).desk.banner.pressed.emit("corners")
    agent.wait(_screen(agent).corners.isVisible)
    assert agent.says(acts.CORNERS_LEAD.fr)


def test_corners_are_set_by_keys_alone(agent: Driver, desk: FakeDesk, photo: Path) -> None:
    _at_corners(agent, photo)
    before = _screen(agent).corners.desk.outline()
    agent.press(Key.Key_Right, Key.Key_Down, Key.Key_Down)
    agent.press(Key.Key_Tab)
    agent.press(Key.Key_Left, modifier=SHIFT)
    agent.press(Key.Key_Tab, modifier=SHIFT)
    agent.press(Key.Key_Right)
    agent.press(Key.Key_Return)
    agent.wait(lambda: _entry(agent).page.outline is not None)
    placed = _entry(agent).page.outline
    assert placed is not None
    wide, high = 850, 1200
    assert placed.top_left.x == pytest.approx(before.top_left.x + 0.01 * wide)
    assert placed.top_left.y == pytest.approx(before.top_left.y + 0.01 * high)
    assert placed.top_right.x == pytest.approx(before.top_right.x - 0.001 * wide)
    assert placed[2:] == before[2:]
    assert not _entry(agent).is_troubled
    assert desk.calls.count("place_page") == 1
    assert _screen(agent).list.hasFocus()
    assert not _screen(agent).corners.isVisible()


def test_esc_leaves_the_page_as_it_was(agent: Driver, desk: FakeDesk, photo: Path) -> None:
    _at_corners(agent, photo)
    agent.press(Key.Key_Right, Key.Key_Escape)
    assert _screen(agent).desk.isVisible()
    assert _screen(agent).list.hasFocus()
    assert _entry(agent).is_troubled
    assert "place_page" not in desk.calls


def test_other_keys_wait_while_corners_are_set(agent: Driver, desk: FakeDesk, photo: Path) -> None:
    _at_corners(agent, photo)
    agent.press(Key.Key_F12, Key.Key_Delete, Key.Key_F4)
    agent.type("rg3")
    assert _screen(agent).corners.isVisible()
    assert not desk.forms
    assert not {"change_page", "drop", "place_page"} & set(desk.calls)


def test_crossed_corners_are_told_and_not_taken(agent: Driver, desk: FakeDesk, photo: Path) -> None:
    _at_corners(agent, photo)
    for _ in range(190):
        agent.press(Key.Key_Right)
    assert agent.says(acts.CORNERS_CROSS.fr)
    agent.press(Key.Key_Return)
    assert _screen(agent).corners.isVisible()
    assert "place_page" not in desk.calls
    for _ in range(190):
        agent.press(Key.Key_Left)
    assert agent.says(acts.CORNERS_LEAD.fr)


def test_corner_is_dragged_by_mouse_or_finger(agent: Driver, photo: Path) -> None:
    _at_corners(agent, photo)
    desk = _screen(agent).corners.desk
    place = desk._place()
    start = QPoint(int(place.right() - 30), int(place.bottom() - 30))
    end = QPoint(int(place.center().x() + 40), int(place.center().y() + 60))
    QTest.mousePress(desk, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(desk, end)
    QTest.mouseRelease(desk, Qt.MouseButton.LeftButton, pos=end)
    moved = desk.corners.spots.bottom_right
    assert moved.x == pytest.approx((end.x() - place.left()) / place.width(), abs=0.01)
    assert moved.y == pytest.approx((end.y() - place.top()) / place.height(), abs=0.01)
    QTest.mouseMove(desk, start)  # let go: it follows no more
    assert desk.corners.spots.bottom_right == moved


def test_found_corners_are_where_setting_begins(agent: Driver, photo: Path) -> None:
    _at_corners(agent, photo)
    agent.press(Key.Key_Right, Key.Key_Return)
    agent.wait(lambda: _entry(agent).page.outline is not None)
    agent.type("a")
    agent.wait(_screen(agent).corners.isVisible)
    known = _entry(agent).page.outline
    assert known is not None
    for begun, found in zip(_screen(agent).corners.desk.outline(), known, strict=True):
        assert begun == pytest.approx(found)


def test_picture_that_is_gone_is_told_in_words(agent: Driver, photo: Path) -> None:
    agent.fill_insured()
    agent.import_file(photo)
    photo.unlink()
    agent.type("a")
    agent.wait(lambda: agent.says(acts.FRAME_GONE.fr))
    assert _screen(agent).desk.isVisible()
    assert not agent.says(acts.FETCHING_FRAME.fr)


def test_page_that_cannot_be_kept_is_told_and_stays(
    agent: Driver, desk: FakeDesk, photo: Path
) -> None:
    _at_corners(agent, photo)
    desk.place_faults.append(DiskFullError("no room"))
    agent.press(Key.Key_Return)
    agent.wait(lambda: agent.says(ERROR[ErrorCode.DISK_FULL].fr))
    assert not agent.says(acts.PLACING.fr)
    assert _entry(agent).page.outline is None
    agent.type("a")
    agent.wait(_screen(agent).corners.isVisible)
    assert not agent.says(ERROR[ErrorCode.DISK_FULL].fr)


def test_picture_that_comes_late_calls_nobody_back(
    agent: Driver, desk: FakeDesk, photo: Path
) -> None:
    agent.fill_insured()
    agent.import_file(photo)
    desk.delay_s = 0.2
    agent.type("a")
    assert agent.says(acts.FETCHING_FRAME.fr)
    with agent.qtbot.waitSignal(_screen(agent).book.frame_came):
        agent.press(Key.Key_F4)
    assert _screen(agent).picker.isVisible()
    assert not _screen(agent).corners.isVisible()


@pytest.mark.parametrize("language", list(Language))
def test_setting_corners_fits_the_smallest_screen(
    open_window: Opener, photo: Path, language: Language
) -> None:
    agent = open_window(language=language, size=SMALL)
    agent.fill_insured()
    agent.import_file(photo)
    assert overlapping(agent.window) == []
    key = "a" if language is Language.FRENCH else "ش"
    event = QKeyEvent(QKeyEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, key)
    QApplication.sendEvent(_screen(agent).list, event)
    agent.wait(_screen(agent).corners.isVisible)
    QApplication.processEvents()
    assert cut_texts(_screen(agent).corners) == []
    assert overlapping(agent.window) == []
    room = _screen(agent).corners.desk.size()
    assert min(room.width(), room.height()) > 200


@given(st.lists(st.tuples(st.integers(0, 5), shares, shares), max_size=30))
def test_corners_never_leave_the_picture(acts_done: list[tuple[int, float, float]]) -> None:
    corners = Corners.begin(None, 100, 100)
    for what, x, y in acts_done:
        if what < 2:
            corners = corners.next(1 - 2 * what)
        else:
            corners = corners.moved(x, y) if what < 4 else corners.put(x, y)
        assert all(0 <= value <= 1 for spot in corners.spots for value in spot)
    assert len(corners.outline(640, 480)) == 4


def test_sheet_is_told_from_what_is_none() -> None:
    square = Outline(Spot(0, 0), Spot(9, 0), Spot(9, 9), Spot(0, 9))
    assert square.is_sheet()
    assert Outline(*square[1:], square[0]).is_sheet()
    assert not Outline(*reversed(square)).is_sheet()
    assert not square._replace(top_left=Spot(8, 8)).is_sheet()
    assert not square._replace(top_left=Spot(9, 9)).is_sheet()
    assert not square._replace(top_left=Spot(float("nan"), 0)).is_sheet()


def _spots_of(tone: str, seen: QImage) -> list[tuple[int, int]]:
    return [
        (x, y)
        for x in range(0, seen.width(), 3)
        for y in range(0, seen.height(), 3)
        if seen.pixelColor(x, y) == QColor(tone)
    ]


@pytest.mark.parametrize(("width", "left"), [(400, 190), (700, 520)])
def test_words_stand_at_what_is_wrong(dressed: QApplication, width: int, left: int) -> None:
    desk = PageDesk(Tongue(Language.FRENCH))
    desk.resize(width, 560)
    page = QImage(380, 540, QImage.Format.Format_RGB32)
    page.fill(QColor("white"))
    region = Region(left=0.5, top=0.5, right=0.9, bottom=0.7)
    kinds = (ProblemKind.BLURRED, ProblemKind.GLARE)
    desk.show_page(page, tuple(Problem(kind=kind, region=region) for kind in kinds))
    seen = desk.grab().toImage()
    for tone in (theme.WRONG, theme.ATTENTION):
        spots = _spots_of(tone, seen)
        assert spots
        assert all(x > left and 260 < y < 350 for x, y in spots)
    desk.show_page(page, ())
    assert not _spots_of(theme.WRONG, desk.grab().toImage())


def test_words_never_stand_on_each_other_or_outside() -> None:
    page, room = QRectF(60, 10, 300, 400), QRectF(0, 0, 420, 420)
    taken: list[QRectF] = []
    for top in (10, 15, 200, 205, 380):
        box = beside(QRectF(80, top, 90, 20), page, room, QSizeF(120, 24), taken)
        assert not any(box.intersects(other) for other in taken)
        assert room.left() <= box.left() <= box.right() <= room.right()
        taken.append(box)
