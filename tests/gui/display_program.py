"""The window on a real display with fakes behind it; run by ``test_display``.

Arguments: a file to which every finished call of the desk is told, one a line.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from uuid import UUID

from kiosk.counter import PAPER_NAMES
from kiosk.domain.form import DepositForm
from kiosk.domain.views import Deposited, DraftPage, PageFault, ReceiptPicture
from kiosk.domain.vocabulary import PieceKind
from kiosk.ui.run import run
from kiosk.ui.window import WindowSettings
from tests.fakes.desk import NOW, FakeDesk
from tests.fakes.line import FakeLine


class TellingDesk(FakeDesk):
    """Writes down what reached it, so that a test outside can wait for it."""

    def begin(self) -> UUID:
        """Open a draft, and tell."""
        draft_id = super().begin()
        self._tell("begun")
        return draft_id

    def add_pages(
        self,
        draft_id: UUID,
        file: Path,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        stop: Event | None = None,
    ) -> None:
        """Take a page, and tell."""
        super().add_pages(draft_id, file, on_page, stop=stop)
        self._tell(f"taken {file.name}")

    def confirm(
        self,
        draft_id: UUID,
        form: DepositForm,
        marks: Mapping[int, PieceKind],
        request_id: UUID,
    ) -> Deposited:
        """Deposit, and tell."""
        answer = super().confirm(draft_id, form, marks, request_id)
        kinds = ",".join(marks[page_id] for page_id in sorted(marks))
        number = "".join(form.immatriculation.split())
        self._tell(f"deposited {answer.receipt_number} {number} {form.care_date} {kinds}")
        return answer

    def print_receipt(self, receipt_number: str) -> ReceiptPicture:
        """Print, and tell."""
        picture = super().print_receipt(receipt_number)
        self._tell(f"printed {receipt_number}")
        return picture

    def _tell(self, line: str) -> None:
        with Path(sys.argv[1]).open("a", encoding="utf-8") as told:
            told.write(f"{line}\n")


def main() -> int:
    """Run until closed."""
    desk = TellingDesk()
    return run(
        drafts=desk,
        deposits=desk,
        overview=desk,
        line=FakeLine(desk),
        settings=WindowSettings(printer=PAPER_NAMES["80mm"], now=lambda: NOW),
    )


if __name__ == "__main__":
    sys.exit(main())
