"""Asking, after a start, whether the receipts that were being printed came out."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent

from kiosk.domain.errors import WaslError
from kiosk.domain.views import OpenPrint
from kiosk.domain.words import Words
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.faults import UNEXPECTED, error_words
from kiosk.ui.i18n.shown import fill, same
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.banner import Banner


class OpenPrints(Banner):
    """One question at a time, above everything, never in the way."""

    answered = Signal()  # nothing is left to ask

    def __init__(self, tongue: Tongue, tasks: Tasks, *, prints: bool) -> None:
        super().__init__(tongue)
        self._tasks, self._prints = tasks, prints
        self._left: list[OpenPrint] = []
        self.pressed.connect(self._on_pressed)
        tasks.printer.open_prints.connect(self._on_open_prints)
        tasks.printer.printed.connect(self._on_printed)
        tasks.printer.settled.connect(self._on_settled)
        tasks.printer.failed.connect(self._on_failed)

    def take_key(self, event: QKeyEvent) -> bool:
        """Take Esc as «later»; the other answers are buttons."""
        if event.key() != Qt.Key.Key_Escape:
            return False
        self._on_pressed("later")
        return True

    @Slot(object)
    def _on_open_prints(self, found: tuple[OpenPrint, ...]) -> None:
        self._left = list(found)
        if found:
            self._ask()

    def _ask(self) -> None:
        if not self._left:
            self.hide()
            self.answered.emit()
            return
        no = acts.PRINT_IT if self._prints else acts.STILL_OPEN
        self.tell(
            "attention",
            fill(acts.DID_IT_COME_OUT, number=same(self._left[0].receipt_number)),
            buttons=(("yes", acts.CAME_OUT, ""), ("no", no, ""), ("later", acts.LATER, "Esc")),
        )
        self.focus("yes")

    @Slot(str)
    def _on_pressed(self, name: str) -> None:
        if not self._left:
            return
        number = self._left[0].receipt_number
        if name == "yes":
            self._tasks.settle.emit(number, True)
        elif name == "no" and self._prints:
            self.tell("attention", acts.PRINTING)
            self._tasks.print_receipt.emit(number)
        elif name == "no":
            self._tasks.settle.emit(number, False)
        else:
            self._left = []
            self._ask()

    @Slot(str, QImage)
    def _on_printed(self, number: str, _: QImage) -> None:
        self._done(number)

    @Slot(str, bool)
    def _on_settled(self, number: str, _: bool) -> None:
        self._done(number)

    @Slot(str, object)
    def _on_failed(self, number: str, error: WaslError | None) -> None:
        if self._left and self._left[0].receipt_number == number:
            why: Words = UNEXPECTED if error is None else error_words(error)
            buttons = (("no", acts.PRINT_AGAIN, ""), ("later", acts.LATER, "Esc"))
            self.tell("wrong", acts.PRINT_FAILED, why, buttons)
            self.focus("no")

    def _done(self, number: str) -> None:
        if any(one.receipt_number == number for one in self._left):
            self._left = [one for one in self._left if one.receipt_number != number]
            self._ask()
