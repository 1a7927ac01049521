"""Measures a long dossier through the real window: ``python -m bench.window [--pages 60]``.

The real window on the real desk and capture child, offscreen: scans of A4 at 300 dpi, grey and
colour in turns, come through a scan folder as a copier puts them there. Told are the memory of the
capture child and of the window's own process, and the longest time the window took no key; time in
which the machine gave the window's thread no processor is not counted.
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from bench._report import Figure, Report, parser_of
from bench.memory import MAX_IDLE_MB, MAX_PEAK_MB, child_pid, memory_mb, write_pages
from kiosk.domain.scans import ScanProfile
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.heap import IDLE_S
from kiosk.ui.run import application
from kiosk.ui.screens.pages import PagesScreen
from kiosk.ui.tasks import Tasks
from kiosk.ui.window import MainWindow, WindowSettings
from tests.enrolled import NOW, make_kiosk
from tests.fakes.desk import FakeDesk
from tests.fakes.line import FakeLine
from tests.gui.bench import WindowDesk
from tests.gui.watchdog import Watchdog

LIMIT_MS: Final = 50.0
_WAIT_S: Final = 600
_COPIER_S: Final = 0.3
"""Between two sheets of a copier's feeder: faster than they are taken here."""
Key = Qt.Key


class Bursts(Watchdog):
    """Remembers also how much of the processor the window's thread took between two ticks."""

    def __init__(self) -> None:
        self.longest_cpu_s = 0.0
        super().__init__()

    def _begin(self) -> None:
        super()._begin()
        self._cpu_at = time.thread_time()

    @Slot()
    def _tick(self) -> None:
        self.longest_cpu_s = max(self.longest_cpu_s, time.thread_time() - self._cpu_at)
        super()._tick()


class Counter:
    """An agent at the window, by keys alone."""

    def __init__(self, folder: Path, capture: CaptureProcess, share: Path) -> None:
        profile = ScanProfile(name="Copieur", device=f"folder:{share}")
        self.kiosk = make_kiosk(folder / "kiosk", capture, profiles=(profile,))
        desk = self.kiosk.desk
        self.tasks = Tasks(
            drafts=desk.drafts,
            deposits=WindowDesk(desk),
            overview=desk.overview,
            line=FakeLine(FakeDesk()),
            scans=desk.scans,
        )
        settings = WindowSettings(now=lambda: NOW, profiles=(profile,))
        self.window = MainWindow(self.tasks, settings)
        self.window.open()
        self.wait(self.window.deposit.isVisible)
        self.window.activateWindow()
        self.watchdog = Bursts()
        self.watchdog.start()

    @property
    def pages(self) -> PagesScreen:
        """Return the pages' screen."""
        return self.window.deposit.pages

    def wait(self, condition: Callable[[], bool]) -> None:
        """Let the window work until something holds."""
        end = time.monotonic() + _WAIT_S
        while not condition():
            QTest.qWait(10)
            if time.monotonic() > end:
                raise TimeoutError("the window did not get there")

    def type(self, text: str) -> None:
        """Type a text."""
        for char in text:
            QTest.keyClicks(QApplication.focusWidget() or self.window, char)

    def press(self, *keys: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        """Press keys."""
        for key in keys:
            held = modifier or Qt.KeyboardModifier.NoModifier
            QTest.keyClick(QApplication.focusWidget() or self.window, key, held)

    def fill_insured(self) -> None:
        """Type a right form and go on to the pages."""
        for text, enters in (("123456785", 1), ("DA45210", 1), ("0661234567", 3)):
            self.type(text)
            self.press(*[Key.Key_Return] * enters)
        self.type("02112026")
        self.press(Key.Key_Return)
        self.type("845,50")
        self.press(Key.Key_Return, Key.Key_Return)
        self.wait(lambda: self.pages.book.is_open)

    def longest_ms(self) -> tuple[float, float]:
        """Return the longest time without taking a key since the last time, and begin anew.

        The second figure is the most of the processor it took: a busy machine lengthens the first.
        """
        longest = self.watchdog.stop() * 1000, self.watchdog.longest_cpu_s * 1000
        self.watchdog.longest_s = self.watchdog.longest_cpu_s = 0.0
        self.watchdog.start()
        return longest

    def close(self) -> None:
        """End the threads and the window."""
        self.tasks.stop()
        self.window.hide()
        self.window.deleteLater()
        self.kiosk.close()


def take_pages(counter: Counter, share: Path, files: list[Path], pages: int) -> None:
    """Let a copier put files into the folder, and the window take them."""

    def copy() -> None:
        for number in range(pages):
            shutil.copyfile(files[number % len(files)], share / f"{number:03}.jpg")
            time.sleep(_COPIER_S)

    counter.press(Key.Key_F2)
    copier = threading.Thread(target=copy)
    copier.start()
    counter.wait(lambda: len(counter.pages.pages.entries) == pages)
    counter.wait(lambda: not counter.pages.is_busy())
    copier.join()


def work_on_pages(counter: Counter) -> None:
    """Go through the list, turn, keep, mark, remove, put back, and change the language twice."""
    screen = counter.pages
    for _ in range(20):
        counter.press(Key.Key_Up)
        QTest.qWait(20)
    at = screen.list.current
    counter.type("r")
    counter.wait(lambda: _rotated(screen, at))
    counter.type("g3")
    count = len(screen.pages.entries)
    counter.press(Key.Key_Delete)
    counter.wait(lambda: len(screen.pages.entries) == count - 1)
    counter.type("z")
    counter.wait(lambda: len(screen.pages.entries) == count)


def _rotated(screen: PagesScreen, page_id: int | None) -> bool:
    page = next(one.page for one in screen.pages.entries if one.page_id == page_id)
    return page.rotated_deg != 0


def switch_language(counter: Counter) -> None:
    """Change to Arabic and back."""
    for _ in range(2):
        counter.press(Key.Key_L, modifier=Qt.KeyboardModifier.ControlModifier)
        QTest.qWait(300)


def confirm(counter: Counter) -> None:
    """Deposit."""
    counter.press(Key.Key_F12)
    if counter.window.deposit.doubts():
        counter.press(Key.Key_Right, Key.Key_F12)
    counter.wait(counter.window.deposit.receipt.isVisible)
    QTest.qWait(300)


def measure(report: Report, options: argparse.Namespace, work: Path) -> None:
    """Run the dossier and add the figures."""
    files, share = write_pages(work), work / "share"
    share.mkdir()
    with CaptureProcess() as capture:
        capture.start()
        child = child_pid()
        idle = memory_mb(child, "VmRSS")
        counter = Counter(work, capture, share)
        counter.fill_insured()
        switch_language(counter)  # the Arabic letters are drawn once
        before = memory_mb(os.getpid(), "VmRSS")
        counter.longest_ms()
        acts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("while pages come", lambda: take_pages(counter, share, files, options.pages)),
            ("while they are worked on", lambda: work_on_pages(counter)),
            ("while the language changes", lambda: switch_language(counter)),
            ("while it is deposited", lambda: confirm(counter)),
        )
        report.add(Figure(name="capture child, idle", ours=idle, unit="MB", limit=MAX_IDLE_MB))
        for name, act in acts:
            act()
            longest, cpu = counter.longest_ms()
            for what, ms in (("longest without a key", longest), ("most CPU at a time", cpu)):
                report.add(Figure(name=f"{what} {name}", ours=ms, unit="ms", limit=LIMIT_MS))
            if name == "while pages come":
                grown = memory_mb(os.getpid(), "VmRSS") - before
                peak = memory_mb(child, "VmHWM")
                name = f"capture child, peak of {options.pages} pages"
                report.add(Figure(name=name, ours=peak, unit="MB", limit=MAX_PEAK_MB))
                time.sleep(2 * IDLE_S)  # what it keeps for the next page it then gives back
                counter.longest_ms()
                held = memory_mb(child, "VmRSS")
                report.add(Figure(name="capture child, held after them", ours=held, unit="MB"))
                report.add(Figure(name="window's process before", ours=before, unit="MB"))
                report.add(Figure(name="window's process grown by", ours=grown, unit="MB"))
        counter.close()


def main() -> int:
    """Measure, print, and write the figures."""
    parser = parser_of(__doc__)
    parser.add_argument("--pages", type=int, default=60)
    options = parser.parse_args()
    if not Path("/proc/self/status").exists():
        print("skipped: memory is read from /proc, which only Linux has")
        return 0
    application()
    report = Report("window", options.out)
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as work:
        measure(report, options, Path(work))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
