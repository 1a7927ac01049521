"""What every printer driver must do. Subclass :class:`PrinterContract` once per driver."""

import io
from typing import Protocol

import pikepdf
import pytest

from printers.base import (
    PaperOutError,
    PaperStatus,
    Printer,
    PrinterOfflineError,
    PrintInterruptedError,
    Rendered,
)


def blank_pdf() -> bytes:
    """Return one empty page."""
    with pikepdf.new() as document:
        document.add_blank_page()
        buffer = io.BytesIO()
        document.save(buffer)
    return buffer.getvalue()


def ticket(rows: bytes | None = None, height_px: int = 40, width_px: int = 384) -> Rendered:
    """Return a small paper: blank, or with *rows*."""
    blank = bytes(width_px // 8 * height_px)
    return Rendered(
        title="ticket",
        width_px=width_px,
        height_px=height_px,
        dpi=203,
        rows=blank if rows is None else rows,
        pdf=blank_pdf(),
    )


def striped_ticket(height_px: int = 400) -> Rendered:
    """Return a paper on which every row differs from its neighbours."""
    rows = b"".join(bytes([row % 251 + 1] * 48) for row in range(height_px))
    return ticket(rows, height_px)


class PrinterBench(Protocol):
    """A driver with its device, and hands to break the device with."""

    printer: Printer

    def came_out(self) -> int:
        """Return how many papers came out whole."""

    def shows(self, document: Rendered) -> bool:
        """Tell whether the last paper that came out shows *document*, dot for dot."""

    def break_with(self, fault: str) -> bool:
        """Bring the device into ``no_paper``, ``offline`` or ``stops_half_way``.

        False: this kind of device cannot get there.
        """


class PrinterContract:
    """The port's promises. A subclass gives the fixture ``bench``."""

    def test_blank_ticket_is_accepted(self, bench: PrinterBench) -> None:
        bench.printer.print(ticket())
        assert bench.came_out() == 1

    def test_what_comes_out_is_what_was_drawn(self, bench: PrinterBench) -> None:
        bench.printer.print(striped_ticket())
        assert bench.shows(striped_ticket())
        assert not bench.shows(ticket())

    def test_second_paper_comes_out_too(self, bench: PrinterBench) -> None:
        bench.printer.print(striped_ticket())
        bench.printer.print(ticket())
        assert bench.shows(ticket())

    def test_paper_status_is_told_and_prints_nothing(self, bench: PrinterBench) -> None:
        assert bench.printer.paper_status() in (PaperStatus.OK, PaperStatus.UNKNOWN)
        assert bench.came_out() == 0

    def test_missing_paper_is_told_and_nothing_comes_out(self, bench: PrinterBench) -> None:
        """The roll is empty when the receipt is sent."""
        _break_or_skip(bench, "no_paper")
        assert bench.printer.paper_status() is PaperStatus.OUT
        with pytest.raises(PaperOutError) as told:
            bench.printer.print(ticket())
        assert told.value.retryable
        assert bench.came_out() == 0

    def test_unreachable_printer_is_told_and_nothing_comes_out(self, bench: PrinterBench) -> None:
        """Switched off, or the cable is out."""
        _break_or_skip(bench, "offline")
        with pytest.raises(PrinterOfflineError) as told:
            bench.printer.print(ticket())
        assert told.value.retryable
        assert bench.came_out() == 0

    def test_stop_half_way_is_told_and_must_not_be_repeated_blindly(
        self, bench: PrinterBench
    ) -> None:
        """The plug is pulled while the paper comes out."""
        _break_or_skip(bench, "stops_half_way")
        with pytest.raises(PrintInterruptedError) as told:
            bench.printer.print(striped_ticket())
        assert not told.value.retryable
        assert bench.came_out() == 0

    def test_closed_printer_prints_nothing(self, bench: PrinterBench) -> None:
        bench.printer.close()
        bench.printer.close()
        with pytest.raises(PrinterOfflineError):
            bench.printer.print(ticket())
        with pytest.raises(PrinterOfflineError):
            bench.printer.paper_status()
        assert bench.came_out() == 0


def _break_or_skip(bench: PrinterBench, fault: str) -> None:
    if not bench.break_with(fault):
        pytest.skip(f"{type(bench.printer).__name__} has no state {fault}")
