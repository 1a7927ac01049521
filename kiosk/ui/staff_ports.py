"""What the window asks about who works. Every call may block: a worker makes them."""

from typing import Protocol

from kiosk.domain.shifts import DayClosed, ShiftCounts
from kiosk.domain.vocabulary import DepositState


class SignIn(Protocol):
    """Who sits at the window."""

    def is_asked(self) -> bool:
        """Tell whether this kiosk has agents: without any, nobody signs in."""

    def sign_in(self, name: str, pin: str) -> str:
        """Let somebody work; return the name as kept.

        Raises:
            WaslError: ``wrong_pin``, ``locked_out`` or ``forbidden``.
        """

    def sign_out(self) -> None:
        """Nobody works any more; nothing is done in anybody's name."""


class Team(Protocol):
    """What is done with the counter as a whole, by who is signed in."""

    def hand_over(self, own_pin: str, to: str, pin: str) -> ShiftCounts:
        """Hand the counter over; from then on *to* works here."""

    def close_day(self) -> DayClosed:
        """Count the day."""

    def ask_code(self, supervisor: str, receipt: str) -> str:
        """Return the challenge to read to a supervisor over the phone."""

    def release(self, receipt: str, supervisor: str, secret: str) -> DepositState:
        """Send a held deposit again; *secret*: the supervisor's PIN, or the code of a challenge."""


class Staff(SignIn, Team, Protocol):
    """Both."""
