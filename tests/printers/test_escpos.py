"""The ESC/POS driver against a printer on the loopback."""

import socket
import time
from collections.abc import Iterator

import pytest

from printers.base import (
    PaperRanOutError,
    PaperStatus,
    Printer,
    PrinterOfflineError,
    PrinterRefusedError,
    PrintInterruptedError,
    Rendered,
)
from printers.escpos import EscposPrinter, open_printer
from printers.escpos_line import Timeouts
from tests.contracts.printer_contract import PrinterBench, PrinterContract, striped_ticket, ticket
from tests.fakes.escpos_reader import EscposReader, Fault, Slip, escpos_reader

QUICK = Timeouts(connect_s=1, status_s=0.3, band_s=0.5, done_s=0.5, job_s=5)


def unpacked(document: Rendered) -> list[list[int]]:
    """Return the rows of a paper as ones and zeros, padding included."""
    bits = [byte >> bit & 1 for byte in document.rows for bit in range(7, -1, -1)]
    width = document.row_bytes * 8
    return [bits[at : at + width] for at in range(0, len(bits), width)]


def inked(slip: Slip) -> list[list[int]]:
    """Return the rows that went under the print head, without what was fed before the cut."""
    return [row for row in slip.rows if row]


class EscposBench:
    """A driver and the reader at the other end of its line."""

    def __init__(self, reader: EscposReader) -> None:
        self.reader = reader
        self.printer: Printer = EscposPrinter("127.0.0.1", reader.port, timeouts=QUICK)

    def came_out(self) -> int:
        return len(self.reader.slips)

    def shows(self, document: Rendered) -> bool:
        return inked(self.reader.slips[-1]) == unpacked(document)

    def break_with(self, fault: str) -> bool:
        faults = {
            "no_paper": Fault.PAPER_OUT,
            "offline": Fault.OFFLINE,
            "stops_half_way": Fault.HANGS_UP,
        }
        self.reader.faults.add(faults[fault])
        return True


@pytest.fixture
def reader() -> Iterator[EscposReader]:
    with escpos_reader() as running:
        yield running
    assert running.strange == b"", "the printer got bytes that are no command"


class TestEscposPrinter(PrinterContract):
    @pytest.fixture
    def bench(self, reader: EscposReader) -> PrinterBench:
        return EscposBench(reader)


def printer_at(reader: EscposReader, **changes: int) -> EscposPrinter:
    return EscposPrinter("127.0.0.1", reader.port, timeouts=QUICK, **changes)


def test_switched_off_printer_is_offline() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: the connection is refused
        printer = EscposPrinter("127.0.0.1", taken.getsockname()[1], timeouts=QUICK)
        with pytest.raises(PrinterOfflineError):
            printer.print(ticket())
        with pytest.raises(PrinterOfflineError):
            printer.paper_status()


def test_printer_whose_queue_is_full_is_offline_in_time() -> None:
    """A device that accepts nobody: connecting takes no longer than its limit."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        address = busy.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for peer in waiting:
            peer.setblocking(False)
            peer.connect_ex(address)
        started = time.monotonic()
        with pytest.raises((PrinterOfflineError, PrintInterruptedError)):
            EscposPrinter("127.0.0.1", address[1], timeouts=QUICK).print(striped_ticket(4000))
        assert time.monotonic() - started < 4
        for peer in waiting:
            peer.close()


@pytest.mark.parametrize("fault", [Fault.COVER_OPEN, Fault.OFFLINE])
def test_printer_that_is_not_ready_prints_nothing(reader: EscposReader, fault: Fault) -> None:
    reader.faults.add(fault)
    with pytest.raises(PrinterOfflineError, match="cover" if fault is Fault.COVER_OPEN else "not"):
        printer_at(reader).print(ticket())
    assert reader.left_hanging() == 0


def test_printer_that_hangs_up_at_the_first_question_is_offline(reader: EscposReader) -> None:
    reader.faults.add(Fault.REFUSES_STATUS)
    with pytest.raises(PrinterOfflineError):
        printer_at(reader).print(ticket())


def test_silent_printer_prints_and_its_paper_is_unknown(reader: EscposReader) -> None:
    """Many clones never answer DLE EOT."""
    reader.faults.add(Fault.SILENT)
    printer = printer_at(reader)
    assert printer.paper_status() is PaperStatus.UNKNOWN
    printer.print(striped_ticket())
    assert inked(reader.slips[0]) == unpacked(striped_ticket())


def test_silent_printer_that_hangs_up_half_way_is_told(reader: EscposReader) -> None:
    reader.faults.add(Fault.SILENT_HANGS_UP)
    with pytest.raises(PrintInterruptedError):
        printer_at(reader).print(striped_ticket(2000))


def test_paper_that_ends_half_way_is_told_as_that(reader: EscposReader) -> None:
    reader.faults.add(Fault.PAPER_ENDS)
    with pytest.raises(PaperRanOutError):
        printer_at(reader).print(striped_ticket(2000))
    assert reader.slips == []


@pytest.mark.parametrize(
    "fault", [Fault.GOES_SILENT, Fault.COVER_OPENS, Fault.LEAVES_AT_CUT, Fault.HANGS_UP]
)
def test_printer_lost_while_printing_is_told(reader: EscposReader, fault: Fault) -> None:
    """Plug pulled (nothing is said at all), cover opened, line reset: ask before repeating."""
    reader.faults.add(fault)
    with pytest.raises(PrintInterruptedError):
        printer_at(reader).print(striped_ticket(300))


def test_printer_that_talks_without_end_is_left_in_time(reader: EscposReader) -> None:
    reader.faults |= {Fault.SILENT, Fault.CHATTERS}
    started = time.monotonic()
    printer_at(reader).print(ticket())
    assert time.monotonic() - started < QUICK.job_s


def test_printer_that_stalls_is_given_up_in_time(reader: EscposReader) -> None:
    reader.faults.add(Fault.STALLS)
    started = time.monotonic()
    with pytest.raises(PrintInterruptedError):
        printer_at(reader).print(striped_ticket(4000))
    assert time.monotonic() - started < QUICK.job_s


def test_low_paper_is_told_and_prints(reader: EscposReader) -> None:
    reader.faults.add(Fault.PAPER_LOW)
    printer = printer_at(reader)
    assert printer.paper_status() is PaperStatus.NEAR_END
    printer.print(ticket())
    assert len(reader.slips) == 1


def test_printer_that_never_says_done_is_waited_for_once(reader: EscposReader) -> None:
    reader.faults.add(Fault.NO_DONE)
    printer = printer_at(reader)
    printer.print(ticket())
    started = time.monotonic()
    printer.print(ticket())
    assert time.monotonic() - started < QUICK.done_s
    assert len(reader.slips) == 2


def test_paper_wider_than_the_printer_is_refused_before_connecting(reader: EscposReader) -> None:
    with pytest.raises(PrinterRefusedError, match="576 dots wide, the printer 384"):
        printer_at(reader, width_dots=384).print(ticket(width_px=576))
    assert reader.connections == 0


def test_width_follows_the_address(reader: EscposReader) -> None:
    open_printer(f"//127.0.0.1:{reader.port}").print(ticket(width_px=576))
    with pytest.raises(PrinterRefusedError):
        open_printer(f"//127.0.0.1:{reader.port}?paper_mm=58").print(ticket(width_px=576))


def test_dots_that_look_like_commands_are_printed_as_dots(reader: EscposReader) -> None:
    rows = b"\x10\x04\x01\x1b@\x1dV\x00\x1d(A\x10\x14\x01" * 200
    document = ticket(rows[: 48 * 40])
    printer_at(reader).print(document)
    assert inked(reader.slips[0]) == unpacked(document)


def test_name_is_resolved(reader: EscposReader) -> None:
    EscposPrinter("localhost", reader.port, timeouts=QUICK).print(ticket())
    assert len(reader.slips) == 1


@pytest.mark.parametrize("host", ["printer.invalid", "a" * 300, "ü" * 70])
def test_unknown_name_is_offline(host: str) -> None:
    with pytest.raises(PrinterOfflineError):
        EscposPrinter(host, timeouts=QUICK).print(ticket())
