"""F2: the scanner and the camera behind the real desk, page by page, by keys alone."""

import shutil
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import cv2
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.counter import PAPER_NAMES
from kiosk.domain.errors import SourceFault
from kiosk.domain.scans import CameraHint, Colour, ScanProfile
from kiosk.scan.capture import CaptureProcess
from kiosk.ui.i18n import scanning
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.screens.pages import PagesScreen
from kiosk.ui.screens.scanner import Scanner
from kiosk.ui.tasks import Tasks
from kiosk.ui.window import MainWindow, WindowSettings
from tests.enrolled import NOW, make_kiosk
from tests.fakes.desk import FakeDesk
from tests.fakes.line import FakeLine
from tests.fakes.mjpeg import Lens, mjpeg_camera
from tests.gui.bench import WindowDesk
from tests.gui.driver import Driver, Key
from tests.gui.test_fit import cut_texts
from tests.scan.sources.films import bare, lying, moving, seen, write_sequence
from tests.scan.sources.scanners import TEST_SCANNER, with_test_scanner

OpenScanning = Callable[..., Driver]
needs_sane = pytest.mark.skipif(
    shutil.which("scanimage") is None, reason="SANE (sane-utils) is not installed"
)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaptureProcess]:
    """Return a pipeline that sees SANE's test scanner."""
    with pytest.MonkeyPatch.context() as patch, CaptureProcess() as process:
        with_test_scanner(tmp_path_factory.mktemp("sane"), patch)
        process.start()
        yield process


@pytest.fixture
def open_with(
    qtbot: QtBot, dressed: QApplication, capture: CaptureProcess, tmp_path: Path
) -> Iterator[OpenScanning]:
    """Open a window on a real desk with one profile, at the pages."""
    opened = []

    def open_one(
        *profiles: ScanProfile,
        language: Language = Language.FRENCH,
        size: tuple[int, int] = (1366, 768),
    ) -> Driver:
        kiosk = make_kiosk(tmp_path / "kiosk", capture, profiles=profiles)
        desk, fake = kiosk.desk, FakeDesk()
        line = FakeLine(fake)
        tasks = Tasks(
            drafts=desk.drafts,
            deposits=WindowDesk(desk),
            overview=desk.overview,
            line=line,
            scans=desk.scans,
        )
        settings = WindowSettings(
            language=language, printer=PAPER_NAMES["80mm"], now=lambda: NOW, profiles=profiles
        )
        window = MainWindow(tasks, settings)
        opened.append((window, tasks, kiosk))
        window.resize(*size)
        with qtbot.waitSignal(window.opened, timeout=10_000):
            window.open()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=10_000)
        agent = Driver(qtbot, window, tasks, fake, line)
        agent.fill_insured()
        return agent

    yield open_one
    for window, tasks, kiosk in opened:
        window.deposit.pages.scanner.close_camera()
        assert tasks.stop()
        window.deposit.question.show()
        window.hide()
        window.deleteLater()
        kiosk.close()


def profile(device: str, *, duplex: bool = False) -> ScanProfile:
    return ScanProfile(name="Comptoir", device=device, dpi=75, colour=Colour.GREY, duplex=duplex)


def pages_of(agent: Driver) -> PagesScreen:
    return agent.window.deposit.pages


def scanner_of(agent: Driver) -> Scanner:
    return pages_of(agent).scanner


def count(agent: Driver) -> int:
    return len(pages_of(agent).pages.entries)


def wait_long(agent: Driver, condition: Callable[[], bool]) -> None:
    agent.qtbot.waitUntil(condition, timeout=40_000)


@needs_sane
def test_f2_scans_the_feeder_page_by_page(open_with: OpenScanning) -> None:
    agent = open_with(profile(TEST_SCANNER))
    assert agent.says("Comptoir")
    agent.press(Key.Key_F2)
    agent.wait(lambda: agent.says("Numérisation en cours (Comptoir)"))
    seen_counts = []
    pages_of(agent).book.page_came.connect(lambda _: seen_counts.append(count(agent)))
    agent.press(Key.Key_F12)  # pages are still coming: no deposit
    wait_long(agent, lambda: not pages_of(agent).is_busy())
    assert count(agent) == 10
    assert seen_counts == sorted(seen_counts)
    assert len(set(seen_counts)) > 5  # shown as they came, not all at the end


@needs_sane
def test_esc_stops_a_scan_and_keeps_its_pages(open_with: OpenScanning) -> None:
    agent = open_with(profile(TEST_SCANNER))
    pages = pages_of(agent)
    agent.press(Key.Key_F2)
    agent.wait(lambda: agent.says(scanning.STOP.fr))
    wait_long(agent, lambda: count(agent) >= 2)
    agent.press(Key.Key_Escape)
    assert pages.isVisible()  # it is not the way back to step 1
    assert scanner_of(agent).is_stopping
    assert agent.says("Arrêt de la numérisation")
    wait_long(agent, lambda: not pages.is_busy())
    assert 2 <= count(agent) < 10
    assert not agent.says(scanning.STOP.fr)
    agent.press(Key.Key_F2)  # and the scanner can be used again
    wait_long(agent, lambda: not pages.is_busy())


def test_waiting_for_a_folder_says_what_to_do_and_esc_ends_it(
    open_with: OpenScanning, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    agent = open_with(profile(f"folder:{share}"))
    assert agent.says(scanning.SCAN_LEAD.fr)
    agent.press(Key.Key_F2)
    agent.wait(lambda: agent.says("Lancez la numérisation sur l’appareil"))
    assert agent.says(scanning.START_THERE.fr)
    agent.press(Key.Key_Escape)
    wait_long(agent, lambda: not pages_of(agent).is_busy())
    assert pages_of(agent).isVisible()
    assert not pages_of(agent).message.fr  # stopped by the agent: nothing is wrong


def test_page_of_a_camera_is_cut_out_anew_by_its_corners(
    open_with: OpenScanning, tmp_path: Path
) -> None:
    agent = open_with(profile(write_sequence(tmp_path / "film", lying(seen(0), 24))))
    pages = pages_of(agent)
    agent.press(Key.Key_F2)
    wait_long(agent, lambda: count(agent) == 1)
    agent.press(Key.Key_Escape)
    shutil.rmtree(tmp_path / "film")  # nothing to go back to
    before = pages.pages.entries[0].page.outline
    agent.type("a")
    wait_long(agent, pages.corners.isVisible)
    agent.press(Key.Key_Right, Key.Key_Down, Key.Key_Return)
    wait_long(agent, lambda: pages.pages.entries[0].page.outline != before)
    placed = pages.pages.entries[0].page.outline
    assert placed is not None


@pytest.mark.parametrize("language", list(Language))
def test_scanner_that_is_not_there_is_told_in_words(
    open_with: OpenScanning, language: Language
) -> None:
    agent = open_with(profile("camera:/nowhere/film.avi"), language=language)
    agent.press(Key.Key_F2)
    words = scanning.SOURCE[SourceFault.NOT_FOUND]
    agent.wait(lambda: agent.says(words.fr if language is Language.FRENCH else words.ar))
    assert not scanner_of(agent).is_camera_open
    assert pages_of(agent).desk.isVisible()


def test_without_a_profile_f2_imports_files(agent: Driver) -> None:
    agent.fill_insured()
    agent.press(Key.Key_F2)
    agent.wait(pages_of(agent).picker.isVisible)


def test_camera_takes_pages_by_itself_until_it_is_closed(
    open_with: OpenScanning, tmp_path: Path
) -> None:
    film = chain.from_iterable(moving(seen(n), 3) + lying(seen(n), 16) for n in range(2))
    still = lying(seen(1), 1) * 30  # the last page stays there
    agent = open_with(profile(write_sequence(tmp_path / "film", chain(film, still))))
    agent.press(Key.Key_F2)
    wait_long(agent, lambda: count(agent) == 2)
    assert scanner_of(agent).is_camera_open
    agent.type("2")  # pieces can be named while the camera looks
    agent.wait(lambda: scanner_of(agent).card.words == scanning.HINT[CameraHint.TAKEN])
    agent.press(Key.Key_Escape)
    assert not scanner_of(agent).is_camera_open
    assert pages_of(agent).isVisible()
    assert count(agent) == 2


@pytest.fixture
def lens() -> Iterator[tuple[Lens, str]]:
    lens = Lens(pictures=[bytes(cv2.imencode(".jpg", bare())[1])])
    with mjpeg_camera(lens) as url:
        yield lens, f"camera:{url}"


@pytest.mark.parametrize("key", [Key.Key_Space, Key.Key_F2])
def test_what_is_seen_is_taken_by_hand(
    open_with: OpenScanning, lens: tuple[Lens, str], key: object
) -> None:
    agent = open_with(profile(lens[1]))
    agent.press(Key.Key_F2)
    wait_long(agent, lambda: agent.says(scanning.HINT[CameraHint.NO_PAGE].fr))
    assert count(agent) == 0
    agent.press(key)  # type: ignore[arg-type]
    wait_long(agent, lambda: count(agent) == 1)


def test_camera_that_vanishes_is_told_and_its_pages_stay(
    open_with: OpenScanning, lens: tuple[Lens, str]
) -> None:
    agent = open_with(profile(lens[1]))
    agent.press(Key.Key_F2)
    wait_long(agent, lambda: agent.says(scanning.HINT[CameraHint.NO_PAGE].fr))
    agent.press(Key.Key_Space)
    wait_long(agent, lambda: count(agent) == 1)
    lens[0].gone.set()
    wait_long(agent, lambda: agent.says(scanning.SOURCE[SourceFault.CAMERA_GONE].fr))
    assert not scanner_of(agent).is_camera_open
    assert count(agent) == 1


def test_camera_is_let_go_with_the_dossier(open_with: OpenScanning, lens: tuple[Lens, str]) -> None:
    agent = open_with(profile(lens[1]))
    agent.press(Key.Key_F2)
    wait_long(agent, lambda: agent.says(scanning.HINT[CameraHint.NO_PAGE].fr))
    assert lens[0].watchers == 1
    pages_of(agent).reset()
    assert not scanner_of(agent).is_camera_open
    wait_long(agent, lambda: lens[0].watchers == 0)


@pytest.mark.parametrize("language", list(Language))
def test_every_word_of_the_camera_fits_the_smallest_screen(
    open_with: OpenScanning, lens: tuple[Lens, str], language: Language
) -> None:
    agent = open_with(profile(lens[1]), language=language, size=(1024, 600))
    agent.press(Key.Key_F2)
    wait_long(agent, lambda: scanner_of(agent).card.words != scanning.CAMERA_OPENING)
    scanner_of(agent)._pace.stop()
    for words in scanning.HINT.values():
        scanner_of(agent).card._hint.tell(words, "attention")
        QApplication.processEvents()
        assert cut_texts(pages_of(agent)) == []


def test_every_fault_and_hint_has_words() -> None:
    assert set(scanning.SOURCE) == set(SourceFault)
    assert set(scanning.HINT) == set(CameraHint)
