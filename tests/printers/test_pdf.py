"""The PDF file printer: whole or not at all, and each refusal of a disk by its name."""

import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from printers.base import (
    DiskFullError,
    NoSuchFolderError,
    Printer,
    ReadOnlyError,
    Rendered,
)
from printers.pdf import PdfPrinter, open_printer
from tests.contracts.printer_contract import PrinterBench, PrinterContract, striped_ticket, ticket


class PdfBench:
    """A PDF printer and its folder."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "out.pdf"
        self.printer: Printer = open_printer(str(self.file))

    def came_out(self) -> int:
        return int(self.file.exists())

    def shows(self, document: Rendered) -> bool:
        return self.file.read_bytes() == document.pdf

    def break_with(self, fault: str) -> bool:
        return False


class TestPdfPrinter(PrinterContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> PrinterBench:
        return PdfBench(tmp_path)

    def test_what_comes_out_is_what_was_drawn(self, bench: PrinterBench) -> None:
        document = striped_ticket()
        bench.printer.print(document)
        assert bench.shows(document)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFolderError):
        PdfPrinter(tmp_path / "gone" / "out.pdf").print(ticket())


def test_name_taken_by_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFolderError):
        PdfPrinter(tmp_path).print(ticket())


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only folders")
def test_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(ReadOnlyError):
            PdfPrinter(tmp_path / "out.pdf").print(ticket())
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_disk_that_takes_no_files_is_named() -> None:
    """/sys refuses root too, as a write-protected disk does."""
    if not Path("/sys/kernel").is_dir():
        pytest.skip("no /sys here")
    with pytest.raises(ReadOnlyError):
        PdfPrinter(Path("/sys/kernel/out.pdf")).print(ticket())


def test_no_room_is_named_and_the_former_file_stands(tmp_path: Path) -> None:
    """The disk fills up while writing: a limit on file size stops the write half-way."""
    file = tmp_path / "out.pdf"
    file.write_bytes(b"former")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    document = ticket()
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(document.pdf) // 2, limits[1]))
    try:
        with pytest.raises(DiskFullError) as told:
            PdfPrinter(file).print(document)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert told.value.retryable
    assert file.read_bytes() == b"former"
    assert [path.name for path in tmp_path.iterdir()] == ["out.pdf"]


def test_only_its_owner_may_read_a_receipt(tmp_path: Path) -> None:
    PdfPrinter(tmp_path / "out.pdf").print(ticket())
    assert stat.S_IMODE((tmp_path / "out.pdf").stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
