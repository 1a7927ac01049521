"""The page pipeline on its own: files or a device in, pages and one PDF out, no deposit."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from kiosk.domain.errors import InvalidInputError, WaslError
from kiosk.domain.ids import uuid7
from kiosk.domain.page import Page
from kiosk.domain.scans import ScanOrder, StackToTurn
from kiosk.durable import write_durable
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.devices import Device, list_devices
from kiosk.scan.processed import FrameFault

__all__ = ["Device", "ScannedPage", "list_devices", "scan_device", "scan_files", "write_pdf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedPage:
    """What became of one frame: a page and its one-page PDF, or the error."""

    source: str
    page: Page | None
    pdf: bytes
    error: WaslError | None


def scan_files(files: Sequence[str]) -> Iterator[ScannedPage]:
    """Yield each page of each file; one that cannot be read does not stop the others.

    Raises:
        DeviceUnavailableError: The pipeline cannot be started.
    """
    with CaptureProcess() as capture:
        for file in files:
            for outcome in capture.process(Path(file), file):
                if isinstance(outcome, FrameFault):
                    yield ScannedPage(source=file, page=None, pdf=b"", error=outcome.error)
                else:
                    yield ScannedPage(source=file, page=outcome.page, pdf=outcome.pdf, error=None)


def scan_device(order: ScanOrder, turn_over: Callable[[int], None]) -> Iterator[ScannedPage]:
    """Yield each page of a device as it comes; their numbers say in which order they belong.

    Args:
        order: Device, and how.
        turn_over: Returns once the stack of so many sheets is turned over, for a device that sees
            one side.

    Raises:
        SourceUnavailableError: It gives no page, or no more; those yielded stand.
        DeviceUnavailableError: The pipeline cannot be started.
    """
    name = order.profile.device
    with CaptureProcess() as capture:
        todo: ScanOrder | None = order
        while todo is not None:
            run, todo = capture.scan(todo), None
            for outcome in run:
                if isinstance(outcome, StackToTurn):
                    turn_over(outcome.sheets)
                    todo = replace(order, backs_of=outcome.sheets)
                elif isinstance(outcome, FrameFault):
                    yield ScannedPage(source=name, page=None, pdf=b"", error=outcome.error)
                else:
                    yield ScannedPage(source=name, page=outcome.page, pdf=outcome.pdf, error=None)


def write_pdf(folder: Path, pdfs: Sequence[bytes]) -> Path:
    """Write ``dossier.pdf`` into *folder*, which is made if need be; return its path.

    Raises:
        InvalidInputError: The folder cannot be made or written.
    """
    # pikepdf is slow to load; a scan without a PDF does without it.
    from kiosk.scan import pdf

    now = datetime.now(UTC)
    target = folder / "dossier.pdf"

    def write(file: BinaryIO) -> None:
        pdf.write_pdf(file, pdfs, deposit_id=uuid7(now), created_at=now)

    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Medical pages: readable by nobody else, and never written through somebody's link.
        write_durable(target, write)
    except OSError as error:
        raise InvalidInputError("out", f"cannot be written ({error.strerror})") from error
    return target
