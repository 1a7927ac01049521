"""Addresses of printers, and what a drawn paper is."""

import subprocess
import sys

import pytest

from printers.base import DRIVERS, PrinterAddressError, Rendered, open_printer
from tests.contracts.printer_contract import ticket


@pytest.mark.parametrize("address", ["", "receipt.pdf", "system:HP", "PDF:x", "usb://1", "pdf"])
def test_unknown_scheme_is_refused_with_the_ones_there_are(address: str) -> None:
    with pytest.raises(PrinterAddressError, match="pdf:, memory:, escpos:"):
        open_printer(address)


@pytest.mark.parametrize(
    "address",
    [
        *("pdf:", "pdf:/", "pdf:a\0b", "memory:x", "pdf:" + "a" * 5000),
        *("escpos:", "escpos://", "escpos:10.0.0.5", "escpos://h:0x1", "escpos://h:70000"),
        *("escpos://[::1:9100", "escpos://h/path", "escpos://u@h", "escpos://h?paper_mm=70"),
        *("escpos://h?paper_mm=wide", "escpos://h?speed=9", "escpos://h?paper_mm"),
    ],
)
def test_address_a_driver_cannot_read_is_refused(address: str) -> None:
    with pytest.raises(PrinterAddressError):
        open_printer(address)


@pytest.mark.parametrize(
    "change",
    [{"width_px": 0}, {"height_px": 41}, {"rows": b""}, {"width_px": 400}, {"height_px": 10**9}],
)
def test_raster_that_does_not_match_its_size_is_a_bug(change: dict[str, int]) -> None:
    good = ticket()
    fields = {name: getattr(good, name) for name in Rendered.__dataclass_fields__}
    with pytest.raises(ValueError, match="drawn paper"):
        Rendered(**{**fields, **change})


def test_a_papers_bytes_stay_out_of_logs() -> None:
    assert len(repr(ticket())) < 200


def test_port_loads_no_driver_and_nothing_of_the_kiosk() -> None:
    """A missing vendor library breaks only its own driver."""
    code = (
        "import sys, printers.base, printers.pdf, printers.memory\n"
        "print(*(n for n in sys.modules if n.split('.')[0] in ('kiosk', 'escpos', 'PySide6')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == ""


def test_ipv6_address_is_taken() -> None:
    open_printer("escpos://[::1]:9100").close()


def test_every_driver_named_can_be_opened() -> None:
    examples = {"pdf": "pdf:x.pdf", "memory": "memory:", "escpos": "escpos://127.0.0.1:9"}
    assert examples.keys() == DRIVERS.keys()
    for address in examples.values():
        open_printer(address).close()
