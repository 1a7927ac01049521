"""An enrolled kiosk for each test, and one real page pipeline for all of them."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.scan.capture import CaptureProcess
from kiosk.scan.processed import FrameFault, ProcessedPage
from tests.desk.counter import Counter
from tests.enrolled import EnrolledKiosk, TestCentral, make_kiosk


class RememberingCapture(CaptureProcess):
    """The real pipeline; a file that it has seen gives the same pages without the work."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[Path, list[ProcessedPage | FrameFault]] = {}

    def process(
        self,
        path: Path,
        source_name: str,
        *,
        quarter_turns: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[ProcessedPage | FrameFault]:
        """Yield the pages of a file, from memory the second time."""
        if stop is not None:
            return super().process(path, source_name, quarter_turns=quarter_turns, stop=stop)
        if path not in self._seen or quarter_turns is not None:
            pages = list(super().process(path, source_name, quarter_turns=quarter_turns))
            self._seen[path] = pages
        return iter(self._seen[path])


@pytest.fixture(scope="session")
def capture() -> Iterator[CaptureProcess]:
    with RememberingCapture() as one:
        yield one


@pytest.fixture(scope="session")
def central() -> TestCentral:
    return TestCentral()


@pytest.fixture(autouse=True)
def _application(qapp: QApplication) -> None:
    """A process has one Qt application: were it made without widgets, window tests would abort."""


MakeKiosk = Callable[..., EnrolledKiosk]


@pytest.fixture
def make(tmp_path: Path, capture: CaptureProcess, central: TestCentral) -> Iterator[MakeKiosk]:
    """Make kiosks that are closed when the test ends."""
    made: list[EnrolledKiosk] = []

    def one(name: str = "data", **said: object) -> EnrolledKiosk:
        pipeline = said.pop("capture", capture)
        kiosk = make_kiosk(tmp_path / name, pipeline, central=central, **said)  # type: ignore[arg-type]
        made.append(kiosk)
        return kiosk

    yield one
    for kiosk in made:
        kiosk.close()


@pytest.fixture
def kiosk(make: MakeKiosk, tmp_path: Path) -> EnrolledKiosk:
    return make(printer=f"pdf:{tmp_path / 'receipt.pdf'}")


@pytest.fixture
def counter(kiosk: EnrolledKiosk) -> Counter:
    return Counter(kiosk)
