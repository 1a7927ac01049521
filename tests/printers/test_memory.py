"""The memory printer, and a printer that lies."""

import pytest

from printers.base import (
    PaperOutError,
    PaperStatus,
    Printer,
    PrinterOfflineError,
    PrintInterruptedError,
    Rendered,
    open_printer,
)
from printers.memory import MemoryPrinter
from tests.contracts.printer_contract import PrinterBench, PrinterContract, striped_ticket, ticket


class MemoryBench:
    """A memory printer and its state."""

    def __init__(self, printer: Printer | None = None) -> None:
        self.memory = MemoryPrinter()
        self.printer: Printer = printer or self.memory

    def came_out(self) -> int:
        return len(self.memory.documents)

    def shows(self, document: Rendered) -> bool:
        return self.memory.documents[-1].rows == document.rows

    def break_with(self, fault: str) -> bool:
        if fault == "no_paper":
            self.memory.status = PaperStatus.OUT
        elif fault == "offline":
            self.memory.plan(PrinterOfflineError("unplugged"))
        else:
            self.memory.plan(PrintInterruptedError("pulled"))
        return True


class TestMemoryPrinter(PrinterContract):
    @pytest.fixture
    def bench(self) -> PrinterBench:
        return MemoryBench()


class SwallowingPrinter:
    """Deliberately broken: turns every fault into silence, as many drivers do."""

    def __init__(self, inner: Printer) -> None:
        self._inner = inner

    def print(self, document: Rendered) -> None:
        try:
            self._inner.print(document)
        except (PaperOutError, PrinterOfflineError, PrintInterruptedError):
            return

    def paper_status(self) -> PaperStatus:
        return self._inner.paper_status()

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize(
    "promise",
    [
        PrinterContract.test_missing_paper_is_told_and_nothing_comes_out,
        PrinterContract.test_unreachable_printer_is_told_and_nothing_comes_out,
        PrinterContract.test_stop_half_way_is_told_and_must_not_be_repeated_blindly,
    ],
)
def test_driver_that_swallows_faults_breaks_the_contract(promise: object) -> None:
    assert callable(promise)
    bench = MemoryBench()
    bench.printer = SwallowingPrinter(bench.memory)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        promise(PrinterContract(), bench)


def test_planned_faults_come_in_their_order_and_then_everything_prints() -> None:
    printer = MemoryPrinter(faults=[PaperOutError("empty"), None, PrintInterruptedError("jam")])
    with pytest.raises(PaperOutError):
        printer.print(ticket())
    printer.print(ticket())
    with pytest.raises(PrintInterruptedError):
        printer.print(ticket())
    printer.print(striped_ticket())
    assert [document.height_px for document in printer.documents] == [40, 400]


def test_address_opens_a_printer_of_its_own() -> None:
    one, other = open_printer("memory:"), open_printer("memory:")
    one.print(ticket())
    assert isinstance(other, MemoryPrinter)
    assert other.documents == []
