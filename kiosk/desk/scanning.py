"""The page pipeline on its own: files in, pages and one PDF out, no deposit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from kiosk.domain.errors import InvalidInputError, WaslError
from kiosk.domain.ids import uuid7
from kiosk.domain.page import Page
from kiosk.durable import write_durable
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.devices import Device, list_devices
from kiosk.scan.processed import FrameFault

__all__ = ["Device", "ScannedPage", "list_devices", "scan_files", "write_pdf"]


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
