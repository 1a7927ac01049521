"""The real desk behind the window: the same contract, and one deposit of the sample pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.counter import PAPER_NAMES
from kiosk.domain.moments import local_date, shown_date
from kiosk.domain.vocabulary import PieceKind
from kiosk.scan.capture import CaptureProcess
from kiosk.ui.tasks import Tasks
from kiosk.ui.window import MainWindow, WindowSettings
from tests.contracts.desk_contract import DeskBench, DeskContract
from tests.enrolled import NOW, EnrolledKiosk, make_kiosk
from tests.fakes.desk import FakeDesk
from tests.fakes.line import FakeLine
from tests.gui.bench import Bench, WindowDesk
from tests.gui.driver import Driver, Key

SAMPLES = Path(__file__).resolve().parents[2] / "kiosk" / "samples"


@pytest.fixture(scope="module")
def capture() -> Iterator[CaptureProcess]:
    process = CaptureProcess()
    yield process
    process.close()


@pytest.fixture
def kiosk(tmp_path: Path, capture: CaptureProcess) -> Iterator[EnrolledKiosk]:
    made = make_kiosk(tmp_path / "kiosk", capture, printer=f"pdf:{tmp_path / 'receipt.pdf'}")
    yield made
    made.close()


class TestRealDesk(DeskContract):
    """The real desk does what the fake does."""

    @pytest.fixture
    def bench(self, kiosk: EnrolledKiosk, sheets: dict[str, Path]) -> DeskBench:
        return Bench(
            drafts=kiosk.desk.drafts,
            deposits=WindowDesk(kiosk.desk),
            overview=kiosk.desk.overview,
            page_file=SAMPLES / "1-feuille-de-soins.jpg",
            broken_file=sheets["truncated"],
            today=shown_date(local_date(kiosk.clock.now)),
        )


def test_sample_pages_become_a_printed_receipt_by_keys_alone(
    qtbot: QtBot, dressed: QApplication, kiosk: EnrolledKiosk, tmp_path: Path
) -> None:
    desk, fake = kiosk.desk, FakeDesk()
    line = FakeLine(fake)
    tasks = Tasks(drafts=desk.drafts, deposits=WindowDesk(desk), overview=desk.overview, line=line)
    window = MainWindow(tasks, WindowSettings(printer=PAPER_NAMES["80mm"], now=lambda: NOW))
    try:
        with qtbot.waitSignal(window.opened, timeout=10_000):
            window.open()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        agent = Driver(qtbot, window, tasks, fake, line)
        agent.fill_insured()
        for digit, file in enumerate(sorted(SAMPLES.glob("*.jpg"))[:3], 1):
            agent.import_file(file)
            agent.type(str(digit))
        assert window.deposit.pages.pages.kinds() == tuple(PieceKind)[:3]
        agent.press(Key.Key_F12)
        if window.deposit.doubts():
            agent.press(Key.Key_Right, Key.Key_F12)
        agent.wait(lambda: (tmp_path / "receipt.pdf").is_file())
        agent.wait(lambda: agent.says("Imprimé"))
        assert len(desk.overview.queue().rows) == 1
    finally:
        assert tasks.stop()
        window.hide()
        window.deleteLater()
