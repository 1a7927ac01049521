"""The window on a real display with fakes behind it; run by ``test_display``.

Arguments: a file to write the number of each deposit to.
"""

import sys
from pathlib import Path

from kiosk.domain.views import Deposited
from kiosk.ui.run import run
from kiosk.ui.window import WindowSettings
from tests.fakes.desk import NOW, FakeDesk
from tests.fakes.line import FakeLine


class TellingDesk(FakeDesk):
    """Writes down what reached it, so that a test outside can read it."""

    def confirm(self, *arguments: object) -> Deposited:
        """Deposit, and tell."""
        answer = super().confirm(*arguments)  # type: ignore[arg-type]
        form = self.forms[-1]
        told = f"{answer.receipt_number} {form.immatriculation} {form.care_date} {form.amount}"
        Path(sys.argv[1]).write_text(told, "utf-8")
        return answer


def main() -> int:
    """Run until closed."""
    desk = TellingDesk()
    return run(
        drafts=desk,
        deposits=desk,
        overview=desk,
        line=FakeLine(desk),
        settings=WindowSettings(printer="ticket 80 mm", now=lambda: NOW),
    )


if __name__ == "__main__":
    sys.exit(main())
