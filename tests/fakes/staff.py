"""Who works, in memory: the window's staff port without a database."""

from datetime import date

from kiosk.domain.agents import LockedOutError, WrongPinError
from kiosk.domain.errors import WaslError
from kiosk.domain.shifts import DayClosed, ShiftCounts
from kiosk.domain.vocabulary import DepositState

COUNTS = ShiftCounts(papers_in_hand=36, to_scan=2, unsent=14, held=1)
CLOSED = DayClosed(
    day=date(2026, 11, 23),
    is_clock_trusted=True,
    deposits=37,
    cancelled=1,
    now=COUNTS,
    central=None,
    without_acknowledgement=("C0417A-000131-39",),
)


class FakeStaff:
    """Agents with PINs; a code of eight digits is right after a challenge.

    Attributes:
        faults: Errors that the next calls raise, one each.
        working: Who is signed in.
        asked: How often the window asked whether there are agents.
        closed: What closing the day gives.
    """

    def __init__(self) -> None:
        self.pins = {"amina": "4821", "salma": "7093", "karim": "90213"}
        self.faults: list[WaslError] = []
        self.working: str | None = None
        self.wrong = self.asked = 0
        self.released: list[tuple[str, str]] = []
        self.closed = CLOSED

    def is_asked(self) -> bool:
        """Tell whether there are agents."""
        self.asked += 1
        return bool(self.pins)

    def sign_in(self, name: str, pin: str) -> str:
        """Let somebody work."""
        if self.wrong >= 3:
            raise LockedOutError(30)
        if self.pins.get(name) != pin:
            self.wrong += 1
            raise WrongPinError("no")
        self.working = name
        return name

    def sign_out(self) -> None:
        """Nobody works any more."""
        self.working = None

    def hand_over(self, own_pin: str, to: str, pin: str) -> ShiftCounts:
        """Hand over."""
        giver = self.working or ""
        self.sign_in(giver, own_pin)
        self.sign_in(to, pin)
        return COUNTS

    def close_day(self) -> DayClosed:
        """Count the day."""
        if self.faults:
            raise self.faults.pop(0)
        return self.closed

    def ask_code(self, supervisor: str, receipt: str) -> str:
        """Return a challenge."""
        return "R48217730"

    def release(self, receipt: str, supervisor: str, secret: str) -> DepositState:
        """Send again."""
        if secret not in (self.pins.get(supervisor), "13572468"):
            raise WrongPinError("no")
        self.released.append((receipt, supervisor))
        return DepositState.QUEUED
