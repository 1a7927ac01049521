"""The printer port: what gets printed, how a driver answers, and how one is opened."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import ClassVar, Final, Protocol, cast

MAX_WIDTH_PX: Final = 8_000
MAX_HEIGHT_PX: Final = 40_000
MAX_ADDRESS: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A drawn paper, as every driver takes it.

    Attributes:
        title: Name of the print job; holds no personal data (spoolers show it to everybody).
        width_px: Dots across.
        height_px: Dots down.
        dpi: Dots per inch, both ways.
        rows: 1-bit raster, row after row from the top, each row padded to a whole byte, leftmost
            dot in the most significant bit, 1 is black.
        pdf: The same paper as one PDF, with real text.
    """

    title: str
    width_px: int
    height_px: int
    dpi: int
    rows: bytes = field(repr=False)
    pdf: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not (0 < self.width_px <= MAX_WIDTH_PX and 0 < self.height_px <= MAX_HEIGHT_PX):
            raise ValueError("a drawn paper's size is out of range")
        if len(self.rows) != self.row_bytes * self.height_px:
            raise ValueError("a drawn paper's rows do not match its size")

    @property
    def row_bytes(self) -> int:
        """Return how many bytes one row of dots takes."""
        return (self.width_px + 7) // 8


class PaperStatus(StrEnum):
    """What a printer says about its paper."""

    OK = "ok"
    NEAR_END = "near_end"
    OUT = "out"
    UNKNOWN = "unknown"


class PrinterError(Exception):
    """Base class of every error a driver raises on purpose."""

    retryable: ClassVar[bool] = False


class PrinterOfflineError(PrinterError):
    """Could not be reached or is not ready (cover, error lamp); nothing was printed."""

    retryable = True


class PaperOutError(PrinterError):
    """No paper; nothing was printed."""

    retryable = True


class PrintInterruptedError(PrinterError):
    """Stopped part-way; half a ticket may be hanging out. Ask before repeating."""


class PaperRanOutError(PrintInterruptedError):
    """The paper ended while printing. New paper first, then ask whether the slip is whole."""


class PrinterRefusedError(PrinterError):
    """This printer cannot print this paper (too wide, too long); repeating changes nothing."""


class CannotWriteError(PrinterError):
    """A file printer could not write its file; what stood there before still stands."""


class NoSuchFolderError(CannotWriteError):
    """The folder is not there, or the file's name is taken by a folder."""


class ReadOnlyError(CannotWriteError):
    """The folder may not be written to."""


class DiskFullError(CannotWriteError):
    """No room on the disk, or in the user's quota."""

    retryable = True


class PrinterAddressError(PrinterError):
    """The text that names a printer names none."""


class Printer(Protocol):
    """Something that puts a drawn paper in a person's hand. Use it from one thread at a time."""

    def print(self, document: Rendered) -> None:
        """Print a drawn paper; return once the device has accepted all of it.

        Raises:
            PrinterOfflineError: Nothing was sent.
            PaperOutError: Nothing was sent.
            PrintInterruptedError: Part of *document* may have come out.
            PrinterRefusedError: *document* does not suit this printer; nothing was sent.
            CannotWriteError: A file printer's file is as it was before.
        """

    def paper_status(self) -> PaperStatus:
        """Return what the device says of its paper; UNKNOWN where it cannot tell.

        Raises:
            PrinterOfflineError: Could not be asked.
        """

    def close(self) -> None:
        """Let go of the device. Closing twice is allowed; nothing can be printed afterwards."""


DRIVERS: Final[dict[str, str]] = {
    "pdf": "printers.pdf:open_printer",
    "memory": "printers.memory:open_printer",
    "escpos": "printers.escpos:open_printer",
}
"""Scheme of a printer's address → where its driver's ``open_printer(address)`` lies.

Import paths, so that a missing vendor library breaks only its own driver.
"""


def open_printer(address: str) -> Printer:
    """Return the printer that *address* names; no device is contacted yet.

    Args:
        address: ``pdf:FILE``, ``memory:`` or ``escpos://HOST[:PORT][?paper_mm=58]``.

    Raises:
        PrinterAddressError: Unknown scheme, or an address its driver cannot read.
    """
    scheme, colon, rest = address.partition(":")
    known = ", ".join(f"{name}:" for name in DRIVERS)
    if not colon or scheme not in DRIVERS or len(address) > MAX_ADDRESS:
        raise PrinterAddressError(f"a printer's address begins with one of: {known}")
    module, _, function = DRIVERS[scheme].partition(":")
    opener = cast("Callable[[str], Printer]", getattr(import_module(module), function))
    return opener(rest)
