"""A printer that keeps what it is given: for trying things out, and with faults for tests."""

from collections import deque
from collections.abc import Iterable

from printers.base import (
    PaperOutError,
    PaperStatus,
    PrinterAddressError,
    PrinterError,
    PrinterOfflineError,
    Rendered,
)


class MemoryPrinter:
    """Keeps printed documents in a list, oldest first.

    Attributes:
        documents: What came out whole.
    """

    def __init__(
        self,
        faults: Iterable[PrinterError | None] = (),
        status: PaperStatus = PaperStatus.OK,
    ) -> None:
        """Plan the faults.

        Args:
            faults: One entry a print, in order: the error to raise, or None to print. When they
                are used up, everything prints.
            status: What the paper sensor says; OUT refuses every print.
        """
        self.documents: list[Rendered] = []
        self.status = status
        self._faults = deque(faults)
        self._closed = False

    def plan(self, fault: PrinterError | None) -> None:
        """Add a fault after those planned."""
        self._faults.append(fault)

    def print(self, document: Rendered) -> None:
        """Keep *document*, or raise the fault planned for this print."""
        self._check_open()
        fault = self._faults.popleft() if self._faults else None
        if fault is not None:
            raise fault
        if self.status is PaperStatus.OUT:
            raise PaperOutError("the paper sensor says: no paper")
        self.documents.append(document)

    def paper_status(self) -> PaperStatus:
        """Return the status it was given."""
        self._check_open()
        return self.status

    def close(self) -> None:
        """Refuse from now on; what was printed stays readable."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise PrinterOfflineError("the printer was closed")


def open_printer(address: str) -> MemoryPrinter:
    """Return a faultless memory printer for the address ``memory:``.

    Raises:
        PrinterAddressError: Something follows the colon.
    """
    if address:
        raise PrinterAddressError("memory: takes nothing after the colon")
    return MemoryPrinter()
