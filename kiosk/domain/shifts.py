"""What is counted when a shift is handed over and when the day is closed."""

from dataclasses import dataclass
from datetime import date

from kiosk.domain.counting import CentralCount


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftCounts:
    """What lies at the counter now.

    Attributes:
        papers_in_hand: Dossiers whose paper has not left: not cancelled, on no handed-over pouch.
        to_scan: Of these, taken without a scan that is still to come.
        unsent: Scanned, and no acknowledgement of the central is held; held deposits too.
        held: Of the unsent, those that wait for a supervisor.
    """

    papers_in_hand: int
    to_scan: int
    unsent: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClosed:
    """The clôture of one day.

    Attributes:
        day: The day in Casablanca, by this machine's clock.
        is_clock_trusted: Whether that clock was believed.
        deposits: Receipts given out that day, cancelled ones too.
        cancelled: Of these, cancelled since.
        now: What lies at the counter now, of whatever day.
        central: What the central counts; None: it could not be asked.
        without_acknowledgement: Receipt numbers of whatever day that no acknowledgement is held
            for, oldest first.
    """

    day: date
    is_clock_trusted: bool
    deposits: int
    cancelled: int
    now: ShiftCounts
    central: CentralCount | None
    without_acknowledgement: tuple[str, ...]
