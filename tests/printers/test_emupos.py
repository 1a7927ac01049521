"""The ESC/POS driver against emupos, a printer emulator made by others.

It needs Python 3.13, so it lives in an environment of its own: its ``emupos`` command must be on
PATH, or named by EMUPOS.
"""

import os
import queue
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.papers.draw import draw
from kiosk.papers.paper import ROLL_80
from kiosk.papers.receipt import receipt
from printers.base import (
    PaperOutError,
    PaperStatus,
    Printer,
    PrinterError,
    PrinterOfflineError,
    open_printer,
)
from tests.contracts.printer_contract import ticket
from tests.papers.reading import codes_in_png
from tests.papers.samples import QR_TEXT, receipt_facts

READY_WITHIN_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """A running emulator and the driver connected to it."""

    command: str
    api: str
    receipts: Path
    printer: Printer

    def fault(self, act: str, name: str) -> None:
        """Set or clear a fault."""
        subprocess.run(
            [self.command, "--api", self.api, "fault", act, "front", name],
            check=True,
            capture_output=True,
            timeout=20,
        )


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    """Return once the process prints a line with *word*; fail after READY_WITHIN_S."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    stdout = process.stdout
    assert stdout is not None

    def read() -> None:
        for line in stdout:
            lines.put(line)

    threading.Thread(target=read, daemon=True).start()
    while word not in lines.get(timeout=READY_WITHIN_S):
        continue


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    command = os.environ.get("EMUPOS") or shutil.which("emupos")
    if command is None:
        pytest.skip("no emupos command (pip install emupos in a Python 3.13): not tried against it")
    api, port = free_ports()
    config = tmp_path / "emupos.yaml"
    config.write_text(
        f"schema: 1\napi: {{ host: 127.0.0.1, port: {api} }}\n"
        "devices:\n  - id: front\n    type: printer\n    profile: epson-tm-t20iii\n"
        f"    connections:\n      - tcp: {{ port: {port} }}\n    receipts_dir: ./receipts\n"
    )
    process = subprocess.Popen(
        [command, "run", "--config", str(config)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for(process, "Showing events")
        yield Emulator(
            command=command,
            api=f"http://127.0.0.1:{api}",
            receipts=tmp_path / "receipts",
            printer=open_printer(f"escpos://127.0.0.1:{port}"),
        )
    finally:
        process.terminate()
        process.wait(timeout=20)
        assert process.stdout is not None
        process.stdout.close()


def test_emulator_cuts_one_receipt_as_wide_as_its_head(emulator: Emulator) -> None:
    emulator.printer.print(ticket(width_px=576, height_px=300))
    assert len(list(emulator.receipts.glob("*.png"))) == 1


def test_code_on_the_emulators_receipt_reads_back(emulator: Emulator, qapp: QApplication) -> None:
    emulator.printer.print(draw(receipt(receipt_facts()), ROLL_80))
    (picture,) = emulator.receipts.glob("*.png")
    assert codes_in_png(picture.read_bytes()) == [QR_TEXT]


@pytest.mark.parametrize(
    ("fault", "status", "told"),
    [
        ("paper-out", PaperStatus.OUT, PaperOutError),
        ("cover-open", PaperStatus.OK, PrinterOfflineError),
        ("offline", PaperStatus.OK, PrinterOfflineError),
    ],
)
def test_emulators_faults_are_told_and_print_nothing(
    emulator: Emulator, fault: str, status: PaperStatus, told: type[PrinterError]
) -> None:
    emulator.fault("set", fault)
    assert emulator.printer.paper_status() is status
    with pytest.raises(told):
        emulator.printer.print(ticket())
    emulator.fault("clear", fault)
    emulator.printer.print(ticket())
    assert len(list(emulator.receipts.glob("*.png"))) == 1


def test_emulators_paper_near_its_end_is_told_and_prints(emulator: Emulator) -> None:
    emulator.fault("set", "paper-near-end")
    assert emulator.printer.paper_status() is PaperStatus.NEAR_END
    emulator.printer.print(ticket())
    assert len(list(emulator.receipts.glob("*.png"))) == 1
