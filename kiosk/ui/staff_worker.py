"""The worker that signs in and counts: comparing a PIN takes a tenth of a second."""

from PySide6.QtCore import Signal, Slot

from kiosk.ui.staff_ports import Staff
from kiosk.ui.workers import Worker


class StaffWorker(Worker):
    """Asks who works."""

    asked = Signal(bool)  # whether anybody has to sign in
    signed_in = Signal(str)  # name
    not_signed_in = Signal(object)  # WaslError | None
    handed_over = Signal(str, object)  # name, ShiftCounts
    closed = Signal(object)  # DayClosed
    code_asked = Signal(str)  # challenge
    released = Signal(object)  # DepositState
    failed = Signal(str, object)  # "hand_over", "close" or "release"; WaslError | None

    def __init__(self, staff: Staff) -> None:
        super().__init__()
        self._staff = staff

    @Slot()
    def ask(self) -> None:
        """Ask whether anybody has to sign in; if that cannot be told, somebody has to."""
        self._attempt(
            lambda: self.asked.emit(self._staff.is_asked()), lambda _: self.asked.emit(True)
        )

    @Slot(str, str)
    def sign_in(self, name: str, pin: str) -> None:
        """Let somebody work."""
        self._attempt(
            lambda: self.signed_in.emit(self._staff.sign_in(name, pin)), self.not_signed_in.emit
        )

    @Slot()
    def sign_out(self) -> None:
        """Nobody works any more."""
        self._staff.sign_out()

    @Slot(str, str, str)
    def hand_over(self, own_pin: str, to: str, pin: str) -> None:
        """Hand the counter over."""
        self._attempt(
            lambda: self.handed_over.emit(to, self._staff.hand_over(own_pin, to, pin)),
            lambda error: self.failed.emit("hand_over", error),
        )

    @Slot()
    def close_day(self) -> None:
        """Count the day."""
        self._attempt(
            lambda: self.closed.emit(self._staff.close_day()),
            lambda error: self.failed.emit("close", error),
        )

    @Slot(str, str)
    def ask_code(self, supervisor: str, receipt: str) -> None:
        """Ask for a challenge."""
        self._attempt(
            lambda: self.code_asked.emit(self._staff.ask_code(supervisor, receipt)),
            lambda error: self.failed.emit("release", error),
        )

    @Slot(str, str, str)
    def release(self, receipt: str, supervisor: str, secret: str) -> None:
        """Send a held deposit again."""
        self._attempt(
            lambda: self.released.emit(self._staff.release(receipt, supervisor, secret)),
            lambda error: self.failed.emit("release", error),
        )
