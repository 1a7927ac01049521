"""Makes docs/pictures: the real desk, the sample papers, one picture for each thing an agent does.

``python -m tests.gui.pictures`` (``./dev pictures``). Only the line and the queue of the fourth
picture are invented: two hours without a network cannot be waited for.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PIL import Image, ImageFilter
from PySide6.QtCore import QBuffer, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kiosk.counter import PAPER_NAMES
from kiosk.domain.receipt_number import ReceiptNumber
from kiosk.domain.vocabulary import DepositState, DossierKind, HeldReason, Stage
from kiosk.scan.capture import CaptureProcess
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.tongue import Language
from kiosk.ui.run import application
from kiosk.ui.tasks import Tasks
from kiosk.ui.window import MainWindow, WindowSettings
from tests.enrolled import TestClock, make_kiosk
from tests.fakes.desk import FakeDesk
from tests.fakes.disk import roomy_disk
from tests.fakes.line import FakeLine
from tests.fakes.queue import make_row
from tests.gui.bench import WindowDesk

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "kiosk" / "samples").glob("*.jpg"))
NOW = datetime(2026, 11, 23, 11, 42, tzinfo=UTC)
MAX_BYTES = 150_000
Key = Qt.Key


class Studio:
    """A window, keys, and pictures of what is seen."""

    def __init__(self, tasks: Tasks, folder: Path, language: Language = Language.FRENCH) -> None:
        settings = WindowSettings(language=language, printer=PAPER_NAMES["80mm"], now=lambda: NOW)
        self.folder, self.tasks = folder, tasks
        self.window = MainWindow(tasks, settings)
        self.window.resize(1366, 768)
        self.window.open()
        self.wait(lambda: self.window.deposit.isVisible() or self.window.enrolment.isVisible())

    def wait(self, condition: Callable[[], bool]) -> None:
        """Let the window work until something holds."""
        end = time.monotonic() + 60
        while not condition():
            QTest.qWait(20)
            if time.monotonic() > end:
                raise TimeoutError("the window did not get there")

    def type(self, text: str) -> None:
        """Type a text."""
        for char in text:
            QTest.keyClicks(QApplication.focusWidget() or self.window, char)

    def press(self, *keys: Qt.Key) -> None:
        """Press keys."""
        for key in keys:
            QTest.keyClick(QApplication.focusWidget() or self.window, key)

    def insured(self, *, leave: bool = True) -> None:
        """Type the form; stop at the amount unless *leave*."""
        self.type("123456785")
        self.press(Key.Key_Return)
        self.type("DA45210")
        self.press(Key.Key_Return)
        self.type("0661234567")
        self.press(Key.Key_Return)
        self.press(Key.Key_Right, Key.Key_Right)
        self.press(Key.Key_Return, Key.Key_Return)
        self.type("02112026")
        self.press(Key.Key_Return)
        self.type("845,50")
        if leave:
            self.press(Key.Key_Return, Key.Key_Return)
            self.wait(lambda: self.window.deposit.pages.book.is_open)

    def take(self, file: Path, digit: str) -> None:
        """Import a page and say what it is."""
        pages = self.window.deposit.pages
        self.press(Key.Key_F4)
        self.type(str(file))
        self.press(Key.Key_Return)
        self.wait(lambda: not pages.picker.isVisible() and not pages.is_busy())
        self.type(digit)

    def confirm(self) -> None:
        """Deposit and wait for the print."""
        self.press(Key.Key_F12)
        if self.window.deposit.receipt.isHidden() and self.window.deposit.doubts():
            self.press(Key.Key_Right, Key.Key_F12)
        self.wait(lambda: self.window.deposit.receipt.state[0] == acts.PRINTED)
        QTest.qWait(300)

    def shoot(self, name: str) -> None:
        """Write what is seen, in few enough colours to stay small."""
        QTest.qWait(150)
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.ReadWrite)
        self.window.grab().save(buffer, "PNG")
        raw = self.folder / f"{name}.png"
        raw.write_bytes(bytes(buffer.data().data()))
        with Image.open(raw) as seen:
            few = seen.convert("RGB").quantize(256, kmeans=2, dither=Image.Dither.NONE)
        few.save(raw, optimize=True)
        size = raw.stat().st_size
        print(f"{raw.name}: {size // 1000} kB", file=sys.stderr)
        if size > MAX_BYTES:
            raise SystemExit(f"{raw.name} is above {MAX_BYTES} bytes")

    def close(self) -> None:
        """End the threads and the window."""
        self.tasks.stop()
        self.window.hide()
        self.window.deleteLater()


def deposit_pictures(folder: Path, work: Path, capture: CaptureProcess) -> None:
    """Picture the three steps, in French and in Arabic, on the real desk."""
    blurred = work / "facture-floue.jpg"
    with Image.open(SAMPLES[2]) as sharp:
        sharp.filter(ImageFilter.GaussianBlur(3.5)).save(blurred, quality=85)
    names = {
        Language.FRENCH: ("1-assure", "2-pages", "3-recepisse"),
        Language.ARABIC: ("5-assure-ar", "7-pages-ar", "8-recepisse-ar"),
    }
    for language, (insured, pages, receipt) in names.items():
        kiosk = make_kiosk(
            work / language, capture, printer=f"pdf:{work / 'r.pdf'}", clock=TestClock(now=NOW)
        )
        desk = kiosk.desk
        tasks = Tasks(
            drafts=desk.drafts,
            deposits=WindowDesk(desk),
            overview=desk.overview,
            line=FakeLine(FakeDesk(now=NOW)),
            disk=roomy_disk,
        )
        studio = Studio(tasks, folder, language)
        studio.insured(leave=False)
        studio.shoot(insured)
        studio.press(Key.Key_Return, Key.Key_Return)
        studio.wait(lambda one=studio: one.window.deposit.pages.book.is_open)  # type: ignore[misc]
        files = (SAMPLES[0], SAMPLES[1], blurred, SAMPLES[3])
        for digit, file in enumerate(files, 1):
            studio.take(file, str(digit))
        studio.press(Key.Key_Up)
        studio.shoot(pages)
        studio.confirm()
        studio.shoot(receipt)
        studio.close()
        kiosk.close()


def waiting_picture(folder: Path) -> None:
    """Picture what waits after two hours without a network."""
    desk = FakeDesk(now=NOW)
    kinds = (DossierKind.MALADIE, DossierKind.DENTAIRE, DossierKind.OPTIQUE, DossierKind.ALD)
    for n in range(14):
        minutes = 7 * n if n < 13 else 130
        row = make_row(
            _number(131 - n), NOW - timedelta(minutes=minutes), kinds[n % 4], pages=3 + n % 4
        )
        desk.rows.append(replace(row, last_error="connect" if n > 8 else None, attempts=n // 9))
    held = replace(desk.rows[2], state=DepositState.HELD, held_reason=HeldReason.BUNDLE_DAMAGED)
    desk.rows[2] = held
    desk.rows[4] = replace(
        desk.rows[4],
        state=DepositState.TO_SCAN,
        stage=Stage.SCAN_TO_COME,
        page_count=0,
        size_bytes=0,
    )
    for n in range(22):
        at = NOW - timedelta(minutes=134 + 4 * n)
        done = make_row(_number(117 - n), at, kinds[n % 3], pages=4)
        desk.rows.append(
            replace(
                done,
                state=DepositState.ACKNOWLEDGED,
                stage=Stage.COPY_RECEIVED,
                acknowledged_at=at + timedelta(minutes=3),
            )
        )
    line = FakeLine(desk, is_up=False)
    line.exchanged_at = NOW - timedelta(hours=2, minutes=11)
    studio = Studio(_fake_tasks(desk, line), folder)
    studio.press(Key.Key_F6)
    studio.wait(lambda: studio.window.to_send.table.isVisible())
    studio.shoot("4-a-envoyer")
    studio.close()


def enrolment_picture(folder: Path) -> None:
    """Picture the only thing an unknown kiosk offers."""
    desk = FakeDesk(now=NOW, identity=None)
    studio = Studio(_fake_tasks(desk, FakeLine(desk, is_up=None)), folder)
    studio.type("K7QM-2R9D-XW4T")
    studio.press(Key.Key_Return)
    studio.shoot("6-enrolement")
    studio.close()


def _number(sequence: int) -> str:
    return str(ReceiptNumber(device="C0417A", sequence=sequence))


def _fake_tasks(desk: FakeDesk, line: FakeLine) -> Tasks:
    return Tasks(drafts=desk, deposits=desk, overview=desk, line=line, disk=roomy_disk)


def main() -> None:
    """Make every picture, or those into a folder named on the command line."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    app = application()
    capture = CaptureProcess()
    try:
        with tempfile.TemporaryDirectory() as work:
            deposit_pictures(folder, Path(work), capture)
        waiting_picture(folder)
        enrolment_picture(folder)
    finally:
        capture.close()
    app.processEvents()


if __name__ == "__main__":
    main()
