"""Receipts and talons on paper: facts from the frozen manifest, drawn once, then printed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.desk.receipts import Receipts
from kiosk.domain import words
from kiosk.domain.agents import TECHNICIAN
from kiosk.domain.dossier import Piece, piece_counts
from kiosk.domain.errors import PrinterFault, PrinterUnavailableError
from kiosk.domain.moments import ClockReading, ClockTrust
from kiosk.domain.receipt_number import parse
from kiosk.domain.views import ReceiptPicture
from kiosk.domain.vocabulary import EventKind, Network
from kiosk.store import deposits as rows
from kiosk.store import prints
from kiosk.store.deposits import StoredDeposit
from kiosk.store.journal import Act
from kiosk.store.prints import Mark
from kiosk.store.store import Store
from kiosk.wire.manifests import read_event
from kiosk.wire.receipt_token import write_talon_text
from kiosk.wire.trust import Configuration
from printers.base import (
    PaperOutError,
    PrinterError,
    PrinterOfflineError,
    PrintInterruptedError,
    Rendered,
    open_printer,
)

if TYPE_CHECKING:
    from kiosk.papers.receipt import ReceiptFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterSettings:
    """Which printer by default, and on what paper (a name of ``papers.paper.PAPERS``)."""

    address: str = ""
    paper: str = "80mm"


_FILE_PRINTER = "pdf:"


class Papers:
    """Draws and prints. Threads: one at a time; Qt is loaded when the first paper is drawn."""

    def __init__(
        self,
        store: Store,
        receipts: Receipts,
        settings: PrinterSettings,
        clock: Callable[[], ClockReading],
    ) -> None:
        self._store = store
        self._receipts = receipts
        self._settings = settings
        self._clock = clock

    def print_receipt(
        self,
        receipt: str,
        printer: str | None = None,
        mark: Mark | None = None,
        agent: str = TECHNICIAN,
    ) -> ReceiptPicture:
        """Print the receipt, with the dossier's talon the first time; note that it came out.

        The first print of a number is the original (or carries the mark of the event it is for);
        every later one is marked DUPLICATA. A printer that writes a file gets the receipt alone.

        Args:
            receipt: A number or a QR text.
            printer: An address as ``pdf:FILE``; the configured one when None.
            mark: Instead of the one that follows from what was printed before.
            agent: Who acts.

        Raises:
            UnknownReceiptError: Not a deposit of this kiosk.
            PrinterUnavailableError: The deposit stands, the print stays open.
        """
        stored = self._store.deposit(self._receipts.number_in(receipt))
        number = stored.receipt_number
        intended = prints.open_intent(self._store.db.conn, number)
        is_again = mark is None and intended is None
        following = Mark.DUPLICATA if intended is None else intended
        chosen = following if mark is None else mark
        drawn = self._draw(stored, chosen)
        address = printer or self._settings.address
        self._send(address, drawn)
        act = Act.REPRINTED if is_again else Act.PRINTED
        self._store.close_prints(number, act, self._clock(), agent)
        if chosen is Mark.NONE and not address.startswith(_FILE_PRINTER):
            self.print_talon(number, address)
        return self._picture(number, drawn)

    def picture(self, receipt: str) -> ReceiptPicture:
        """Draw a receipt without printing it.

        Raises:
            UnknownReceiptError: Not a deposit of this kiosk.
        """
        stored = self._store.deposit(self._receipts.number_in(receipt))
        intended = prints.open_intent(self._store.db.conn, stored.receipt_number)
        return self._picture(stored.receipt_number, self._draw(stored, intended or Mark.NONE))

    def talon(self, receipt: str) -> Rendered:
        """Draw the slip that is stapled to the paper dossier."""
        from kiosk.papers.draw import draw
        from kiosk.papers.paper import PAPERS
        from kiosk.papers.talon import TalonFacts, talon

        stored = self._store.deposit(self._receipts.number_in(receipt))
        manifest = stored.details()
        configuration = self._store.memory.enrolment().configured()
        number = parse(stored.receipt_number)
        facts = TalonFacts(
            receipt_number=number,
            created_at=stored.created_at,
            piece_count=len(manifest.pieces),
            qr_text=write_talon_text(number, configuration.verify_host),
        )
        return draw(talon(facts), PAPERS[self._settings.paper])

    def print_talon(self, receipt: str, printer: str | None = None) -> None:
        """Print the talon.

        Raises:
            PrinterUnavailableError: It did not come out.
        """
        self._send(printer or self._settings.address, self.talon(receipt))

    def _draw(self, stored: StoredDeposit, mark: Mark) -> Rendered:
        from kiosk.papers.draw import draw
        from kiosk.papers.paper import PAPERS
        from kiosk.papers.receipt import receipt

        return draw(receipt(self._facts(stored, mark)), PAPERS[self._settings.paper])

    def _facts(self, stored: StoredDeposit, mark: Mark) -> "ReceiptFacts":
        from kiosk.papers import receipt as paper

        manifest = stored.details()
        configuration = self._store.memory.enrolment().configured()
        pieces = [Piece(kind=entry.kind, pages=entry.pages) for entry in manifest.pieces]
        marks = self._marks(stored, mark)
        insured = self._immatriculation(stored, manifest.insured.immatriculation)
        return paper.ReceiptFacts(
            receipt_number=parse(stored.receipt_number),
            created_at=stored.created_at,
            is_clock_trusted=manifest.clock.trust is ClockTrust.VERIFIED,
            point_name=point_label(configuration),
            immatriculation_end=insured[-3:],
            beneficiary=manifest.beneficiary,
            care_date=manifest.care_date,
            end_date=manifest.end_date,
            depositor=manifest.depositor,
            page_count=stored.page_count or None,
            pieces=piece_counts(pieces),
            amount_centimes=manifest.amount_centimes,
            qr_text=stored.qr_text,
            stage=stored.stage,
            marks=tuple(paper.Mark[name] for name in marks),
            law_notice=None,
            verify_host=configuration.verify_host,
        )

    def _marks(self, stored: StoredDeposit, mark: Mark) -> list[str]:
        happened = set(rows.events_of(self._store.db.conn, stored.receipt_number))
        marks = []
        if EventKind.AMENDMENT in happened:
            marks.append("AMENDED")
        if EventKind.CANCELLATION in happened:
            marks.append("CANCELLED")
        if mark is Mark.COMPLEMENT:
            marks.append("COMPLEMENT")
        if mark is Mark.DUPLICATA:
            marks.append("DUPLICATE")
        return marks

    def _immatriculation(self, stored: StoredDeposit, first: str) -> str:
        amendments = rows.event_manifests(
            self._store.db.conn, stored.receipt_number, EventKind.AMENDMENT
        )
        corrected = [read_event(content).immatriculation for content in amendments]
        return next((number for number in reversed(corrected) if number), first)

    def _picture(self, number: str, drawn: Rendered) -> ReceiptPicture:
        from kiosk.papers.png import png_bytes

        return ReceiptPicture(receipt_number=number, png=png_bytes(drawn), pdf=drawn.pdf)

    def _send(self, address: str, drawn: Rendered) -> None:
        if not address:
            raise PrinterUnavailableError(PrinterFault.NO_PRINTER, "no printer is configured")
        try:
            printer = open_printer(address)
            try:
                printer.print(drawn)
            finally:
                printer.close()
        except PrinterError as error:
            raise PrinterUnavailableError(_reason(error), str(error)) from error


def _reason(error: PrinterError) -> PrinterFault:
    match error:
        case PaperOutError():
            return PrinterFault.PAPER_OUT
        case PrinterOfflineError():
            return PrinterFault.OFFLINE
        case PrintInterruptedError():
            return PrinterFault.INTERRUPTED
        case _:
            return PrinterFault.REFUSED


def point_label(configuration: Configuration) -> str:
    """Return «Cash Plus — Azrou Centre»: the network's name and the point's own."""
    network = words.NETWORK[Network(configuration.point[0])].fr
    name = configuration.point_name.strip()
    return f"{network} — {name}" if name else network
