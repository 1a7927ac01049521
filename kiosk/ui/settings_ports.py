"""What the window asks about the counter's settings. Every call may block: a worker makes them."""

from typing import Protocol

from kiosk.domain.counter_settings import CounterSettings


class CounterSettingsDesk(Protocol):
    """The settings file, and the supervisor it takes to change it."""

    def read(self) -> CounterSettings:
        """Return the settings that hold at the next start."""

    def ask_code(self, supervisor: str, new: CounterSettings) -> str:
        """Return the challenge to read to a supervisor: the code will hold for *new* alone."""

    def change(self, new: CounterSettings, supervisor: str, secret: str) -> tuple[str, ...]:
        """Keep *new*; return the names of what was changed.

        *secret*: the supervisor's PIN, or the code of a challenge.

        Raises:
            WaslError: ``invalid_input`` with the setting's name, ``wrong_pin``, ``locked_out``,
                ``forbidden``, or the state of the disk; nothing was changed.
        """
