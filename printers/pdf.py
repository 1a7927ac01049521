"""A printer that writes a PDF file, whole or not at all."""

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from printers.base import (
    CannotWriteError,
    DiskFullError,
    NoSuchFolderError,
    PaperStatus,
    PrinterAddressError,
    PrinterOfflineError,
    ReadOnlyError,
    Rendered,
)

_ERRORS: dict[int, type[CannotWriteError]] = {
    errno.ENOSPC: DiskFullError,
    errno.EDQUOT: DiskFullError,
    errno.EFBIG: DiskFullError,
    errno.EROFS: ReadOnlyError,
    errno.EACCES: ReadOnlyError,
    errno.EPERM: ReadOnlyError,
    errno.ENOENT: NoSuchFolderError,
    errno.ENOTDIR: NoSuchFolderError,
    errno.EISDIR: NoSuchFolderError,
}


class PdfPrinter:
    """Writes each document over the same file: the last one printed is what stands there."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._closed = False

    def print(self, document: Rendered) -> None:
        """Replace the file by the document's PDF; on return it would survive a power cut.

        Raises:
            CannotWriteError: Which kind says why; the former file stands untouched.
        """
        self._check_open()
        try:
            _replace(self.file, document.pdf)
        except OSError as error:
            kind = _ERRORS.get(error.errno or 0, CannotWriteError)
            raise kind(f"cannot write {self.file.name}: {error.strerror}") from error

    def paper_status(self) -> PaperStatus:
        """Return UNKNOWN: a file has no paper."""
        self._check_open()
        return PaperStatus.UNKNOWN

    def close(self) -> None:
        """Refuse from now on."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise PrinterOfflineError("the printer was closed")


def open_printer(address: str) -> PdfPrinter:
    """Return a printer that writes the file named by *address*.

    Raises:
        PrinterAddressError: No file name.
    """
    if not address or "\0" in address or not Path(address).name:
        raise PrinterAddressError("pdf: needs the name of a file, as in pdf:receipt.pdf")
    return PdfPrinter(Path(address))


def _replace(file: Path, content: bytes) -> None:
    """Write beside *file*, flush to the disk, then rename over it."""
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".print-", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows cannot open a folder and does without."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
