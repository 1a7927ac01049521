"""The page pipeline on its own: files or a device in, pages and one PDF out, no deposit."""

import errno
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, Final

from kiosk.domain.errors import DeviceUnavailableError, InvalidInputError, WaslError
from kiosk.domain.ids import uuid7
from kiosk.domain.page import Page
from kiosk.domain.scans import DeviceKind, Keeping, ScanOrder, ScanProfile, StackToTurn, kind_of
from kiosk.durable import make_durable, write_durable
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.devices import Device, list_devices
from kiosk.scan.processed import FrameFault
from kiosk.scan.sources.folder_place import why_not

__all__ = [
    "Device",
    "ScannedPage",
    "check_place",
    "check_writable",
    "list_devices",
    "scan_device",
    "scan_files",
    "write_pdf",
]

_PDF: Final = "dossier.pdf"


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


def scan_device(
    order: ScanOrder, turn_over: Callable[[int], None], keep: Callable[[], None]
) -> Iterator[ScannedPage]:
    """Yield each page of a device as it comes; their numbers say in which order they belong.

    Args:
        order: Device, and how.
        turn_over: Returns once the stack of so many sheets is turned over, for a device that sees
            one side.
        keep: Returns once every page that came is durable, where the order says that they are so
            together at the end; called too when the device breaks off. A folder lets its files go
            after that. What it raises ends the run, and they stay.

    Raises:
        SourceUnavailableError: It gives no page, or no more, or a file that is kept stays in its
            folder; the pages yielded stand.
        DeviceUnavailableError: The pipeline cannot be started.
    """
    with CaptureProcess() as capture:
        broken: DeviceUnavailableError | None = None
        kept: set[int] = set()
        try:
            for scanned in _runs(capture, order, turn_over):
                yield scanned
                if scanned.page is not None:
                    kept.add(scanned.page.index)
        except DeviceUnavailableError as error:
            broken = error
        if order.keeping is Keeping.AT_END:
            keep()
            left = _let_go(capture, order, kept)
            broken = broken or left
        if broken is not None:
            raise broken


def _runs(
    capture: CaptureProcess, order: ScanOrder, turn_over: Callable[[int], None]
) -> Iterator[ScannedPage]:
    name = order.profile.device
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


def _let_go(
    capture: CaptureProcess, order: ScanOrder, kept: Collection[int]
) -> DeviceUnavailableError | None:
    """Let a folder remove what is kept; return what stays in it all the same."""
    if kind_of(order.profile.device) is DeviceKind.FOLDER:
        try:
            capture.all_kept(kept)
        except DeviceUnavailableError as error:
            return error
    return None


def check_place(profile: ScanProfile, data: Path) -> None:
    """Refuse a folder from which no scans are taken: each file in it would be taken for one.

    Args:
        profile: Any way of scanning.
        data: The kiosk's data folder.

    Raises:
        InvalidInputError: Why.
    """
    said = why_not(profile.device, data)
    if said is not None:
        raise InvalidInputError("device", said)


def check_writable(folder: Path) -> None:
    """Make *folder*, if need be, and write into it: paper that is scanned comes only once.

    Raises:
        InvalidInputError: It cannot be made or written.
    """
    try:
        make_durable(folder)
        with NamedTemporaryFile(dir=folder, prefix=".wasl-"):
            pass
        if (folder / _PDF).is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except OSError as error:
        raise _not_written(error) from error


def write_pdf(folder: Path, pdfs: Sequence[bytes]) -> Path:
    """Write ``dossier.pdf`` into *folder*, which is made if need be; return its path.

    Raises:
        InvalidInputError: The folder cannot be made or written.
    """
    # pikepdf is slow to load; a scan without a PDF does without it.
    from kiosk.scan import pdf

    now = datetime.now(UTC)
    target = folder / _PDF

    def write(file: BinaryIO) -> None:
        pdf.write_pdf(file, pdfs, deposit_id=uuid7(now), created_at=now)

    try:
        make_durable(folder)
        # Medical pages: readable by nobody else, and never written through somebody's link.
        write_durable(target, write)
    except OSError as error:
        raise _not_written(error) from error
    return target


def _not_written(error: OSError) -> InvalidInputError:
    return InvalidInputError("out", f"cannot be written ({error.strerror})")
