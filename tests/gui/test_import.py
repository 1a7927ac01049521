"""Importing what is long: it tells how far it is, takes keys meanwhile, and is stopped by Esc."""

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.domain.errors import PageLimit
from kiosk.scan.capture import CaptureProcess
from kiosk.ui.i18n import scanning
from kiosk.ui.i18n.faults import TOO_MANY_PAGES, UNDRAWN
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.previews import MOST_DECODED, PictureWorker, Previews
from kiosk.ui.progress import Progress
from kiosk.ui.screens.pages import PagesScreen
from kiosk.ui.tasks import Tasks
from kiosk.ui.window import MainWindow, WindowSettings
from tests.enrolled import NOW, make_kiosk
from tests.fakes.desk import FakeDesk
from tests.fakes.line import FakeLine
from tests.fakes.papers import jpeg
from tests.gui.bench import WindowDesk
from tests.gui.driver import Driver, Key
from tests.gui.watchdog import Watchdog

SIDES = 8


@pytest.fixture(scope="module")
def capture() -> Iterator[CaptureProcess]:
    with CaptureProcess() as process:
        process.start()
        yield process


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a TIFF of small sides in colour, each with a number of its own."""
    sides = []
    for number in range(SIDES):
        side = Image.new("RGB", (496, 702), (250, 246, 238))
        draw = ImageDraw.Draw(side)
        for line in range(8 + number):
            draw.text((40, 40 + 24 * line), f"Page {number} ligne {line} " * 4, fill="#102040")
        sides.append(side)
    path = tmp_path_factory.mktemp("stack") / "stack.tif"
    sides[0].save(path, save_all=True, append_images=sides[1:], dpi=(60, 60))
    return path


@pytest.fixture
def agent(
    qtbot: QtBot, dressed: QApplication, capture: CaptureProcess, tmp_path: Path
) -> Iterator[Driver]:
    """Return somebody at the pages of the real desk."""
    kiosk = make_kiosk(tmp_path / "kiosk", capture)
    desk, fake = kiosk.desk, FakeDesk()
    line = FakeLine(fake)
    tasks = Tasks(drafts=desk.drafts, deposits=WindowDesk(desk), overview=desk.overview, line=line)
    window = MainWindow(tasks, WindowSettings(now=lambda: NOW))
    with qtbot.waitSignal(window.opened, timeout=10_000):
        window.open()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=10_000)
    driver = Driver(qtbot, window, tasks, fake, line)
    driver.fill_insured()
    yield driver
    assert tasks.stop()
    window.deposit.question.show()
    window.hide()
    window.deleteLater()
    kiosk.close()


def pages_of(agent: Driver) -> PagesScreen:
    return agent.window.deposit.pages


def count(agent: Driver) -> int:
    return len(pages_of(agent).pages.entries)


def begin_import(agent: Driver, file: Path) -> None:
    """Type the file's path into the picker, and leave it to itself."""
    agent.press(Key.Key_F4)
    agent.wait(pages_of(agent).picker.isVisible)
    agent.type(str(file))
    agent.press(Key.Key_Return)
    agent.wait(lambda: not pages_of(agent).picker.isVisible())


def test_esc_stops_a_long_import_and_keeps_its_pages(agent: Driver, stack: Path) -> None:
    begin_import(agent, stack)
    agent.wait(lambda: count(agent) >= 2)
    assert agent.says(f"sur {SIDES}")
    assert agent.says(scanning.STOP.fr)
    agent.press(Key.Key_Escape)
    assert agent.says("Arrêt de l’import")
    assert pages_of(agent).isVisible()  # it is not the way back to step 1
    agent.wait(lambda: not pages_of(agent).is_busy())
    kept = count(agent)
    assert 2 <= kept < SIDES
    assert not agent.says(scanning.STOP.fr)
    draft = pages_of(agent).book.draft
    assert draft is not None
    on_disk = list(agent.tasks.desk._drafts.resume(draft))
    assert [one.page_id for one in on_disk] == [  # type: ignore[union-attr]
        one.page_id for one in pages_of(agent).pages.entries
    ]
    begin_import(agent, stack)  # and files can be taken again
    agent.wait(lambda: count(agent) > kept)
    agent.press(Key.Key_Escape)
    agent.wait(lambda: not pages_of(agent).is_busy())


def test_dossier_that_is_left_takes_no_more_pages(agent: Driver, stack: Path) -> None:
    begin_import(agent, stack)
    agent.wait(lambda: count(agent) >= 1)
    stop = pages_of(agent).book._stop
    pages_of(agent).reset()
    assert stop.is_set()
    assert count(agent) == 0


def test_closing_the_window_ends_an_import(agent: Driver, stack: Path) -> None:
    begin_import(agent, stack)
    agent.wait(lambda: count(agent) >= 1)
    stop = pages_of(agent).book._stop
    assert not agent.window.close()  # the first time it asks
    assert agent.window.close()
    assert stop.is_set()


def test_page_gone_to_keeps_its_keys_while_others_come(agent: Driver, stack: Path) -> None:
    begin_import(agent, stack)
    agent.wait(lambda: count(agent) >= 3)
    listed = pages_of(agent).list
    first = pages_of(agent).pages.entries[0].page_id
    while listed.current != first:
        agent.press(Key.Key_Up)
    agent.type("r")
    before = count(agent)
    agent.wait(lambda: pages_of(agent).pages.entries[0].page.rotated_deg == 90)
    assert count(agent) < SIDES  # done between two pages, not after the last
    agent.wait(lambda: count(agent) > before)
    assert listed.current == first
    agent.press(Key.Key_Escape)
    agent.wait(lambda: not pages_of(agent).is_busy())


def test_long_dossier_in_the_window(agent: Driver, stack: Path) -> None:
    """Every page is judged, shown, turned, removed, taken again; few pictures stay decoded."""
    screen = pages_of(agent)
    idle_mb = _peak_mb()
    watchdog = Watchdog()
    watchdog.start()
    for _ in range(2):
        begin_import(agent, stack)
        agent.wait(lambda: not screen.is_busy())
    assert count(agent) == 2 * SIDES
    assert len(screen.book.previews._decoded) <= MOST_DECODED
    assert len(screen.pages.troubled()) >= SIDES  # the second time each page is there already
    last = screen.pages.entries[-1].page_id
    screen.list.choose(last)
    agent.wait(lambda: _is_in_view(screen))
    agent.type("g")
    agent.wait(lambda: screen.pages.entries[-1].page.original_is_so)
    agent.press(Key.Key_Delete)
    agent.wait(lambda: count(agent) == 2 * SIDES - 1)
    screen.list.choose(screen.pages.entries[0].page_id)
    agent.wait(lambda: _is_in_view(screen))
    agent.wait(lambda: screen.book.previews.get(screen.pages.entries[0].page_id) is not None)
    agent.press(Key.Key_L, modifier=Qt.KeyboardModifier.ControlModifier)
    longest, grown = watchdog.stop(), _peak_mb() - idle_mb
    print(f"longest without taking a key: {longest * 1000:.0f} ms; memory grown: {grown:.0f} MB")


def test_pictures_are_decoded_again_when_somebody_goes_back(
    qtbot: QtBot, dressed: QApplication
) -> None:
    worker = PictureWorker()
    previews = Previews(worker, worker)
    pictures = {number: jpeg(Image.new("L", (40, 50 + number)), 200) for number in range(1, 10)}
    for number, content in pictures.items():
        previews.put(number, content, QImage.fromData(content))
    assert previews.get(9) is not None
    came: list[int] = []
    previews.came.connect(came.append)
    assert previews.get(1) is None
    qtbot.waitUntil(lambda: came == [1])
    again = previews.get(1)
    assert again is not None
    assert again.height() == 51
    assert len(previews._decoded) == MOST_DECODED


@pytest.mark.parametrize("language", list(Language))
def test_file_of_too_many_pages_is_told_in_words(
    agent: Driver, tmp_path: Path, language: Language
) -> None:
    book = tmp_path / "book.pdf"
    with pikepdf.new() as pdf:
        for _ in range(201):
            pdf.add_blank_page(page_size=(595, 842))
        pdf.save(book)
    begin_import(agent, book)
    agent.wait(lambda: not pages_of(agent).is_busy())
    if language is Language.ARABIC:
        agent.press(Key.Key_L, modifier=Qt.KeyboardModifier.ControlModifier)
    words = TOO_MANY_PAGES[PageLimit.FILE]
    assert agent.says(words.ar if language is Language.ARABIC else words.fr)
    assert count(agent) == 0


def test_mark_that_cannot_be_drawn_is_told_in_words(agent: Driver, tmp_path: Path) -> None:
    stamped = tmp_path / "stamped.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 140))
        stamp = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Rect=[50, 50, 150, 80]
        )
        pdf.pages[0].Annots = pikepdf.Array([stamp])
        pdf.save(stamped)
    begin_import(agent, stamped)
    agent.wait(lambda: not pages_of(agent).is_busy())
    assert agent.says(UNDRAWN.fr)
    agent.press(Key.Key_L, modifier=Qt.KeyboardModifier.ControlModifier)
    assert agent.says(UNDRAWN.ar)
    assert count(agent) == 0


def test_files_that_wait_are_stopped_with_the_one_that_comes(
    open_window: Callable[..., Driver], sheets: dict[str, Path]
) -> None:
    agent = open_window()
    agent.fill_insured()
    agent.desk.delay_s = 0.2
    agent.press(Key.Key_F4)
    pages_of(agent).picker.hide()
    pages_of(agent).picker.picked.emit(tuple(sheets[n] for n in ("feuille", "ordonnance")) * 4)
    agent.wait(lambda: count(agent) == 1)
    agent.wait(lambda: agent.says("fichier 2 sur 8"))
    agent.press(Key.Key_Escape)
    agent.wait(lambda: not pages_of(agent).is_busy())
    assert count(agent) <= 2


def test_progress_tells_page_and_file() -> None:
    one = Progress().with_files(1)
    assert (one.page, one.file) == (None, None)
    assert one.at(1, 30).page == (2, 30)
    assert one.at(1, 30).at(30).page == (30, 30)
    several = Progress().with_files(2).with_files(1)
    assert several.at(1, 1).file_done().file == (2, 3)
    assert several.at(4, 9).file_done().page is None


def _is_in_view(screen: PagesScreen) -> bool:
    row = screen.list._rows.get(screen.list.current or 0)
    return row is not None and screen.list.viewport().rect().intersects(
        row.rect().translated(row.mapTo(screen.list.viewport(), row.rect().topLeft()))
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
