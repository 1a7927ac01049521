"""Who works: name and PIN, before anything else at a kiosk with agents, and after a lock."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.domain.agents import LockedOutError
from kiosk.domain.errors import WaslError
from kiosk.domain.words import Words
from kiosk.ui.i18n import staff as words
from kiosk.ui.i18n.faults import UNEXPECTED, error_words
from kiosk.ui.i18n.shown import duration, fill
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.form_card import FormCard, secret_edit, text_edit
from kiosk.ui.widgets.said import NO_WORDS


def refusal_words(error: WaslError | None) -> Words:
    """Return what to read for a refusal; how long to wait when that is known."""
    if isinstance(error, LockedOutError):
        return fill(words.WAIT, time=duration(error.wait_s))
    return UNEXPECTED if error is None else error_words(error)


class SignInScreen(QWidget):
    """One card in the middle."""

    signed_in = Signal(str)  # name

    def __init__(self, tongue: Tongue, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks
        self._is_busy = False
        self.card = FormCard(
            tongue,
            words.SIGN_IN_TITLE,
            words.SIGN_IN_LEAD,
            (
                ("name", words.NAME, text_edit(32), NO_WORDS),
                ("pin", words.PIN, secret_edit(), words.PIN_HINT),
            ),
            (("sign_in", words.SIGN_IN, "Enter"),),
        )
        self.card.setFixedWidth(420)
        row = QHBoxLayout(self)
        row.addWidget(self.card, 0, Qt.AlignmentFlag.AlignCenter)
        self.card.pressed.connect(self._finish)
        if tasks.staff is not None:
            tasks.staff.signed_in.connect(self._on_signed_in)
            tasks.staff.not_signed_in.connect(self._on_not_signed_in)

    def enter(self) -> None:
        """Ask anew: whoever worked last only types the PIN."""
        self.card.tell(NO_WORDS)
        self.card.empty("pin")
        self.card.focus("pin" if self.card.value("name") else "name")

    def take_key(self, event: QKeyEvent) -> bool:
        """Take this screen's keys; tell whether it was one."""
        return self.card.take_key(event)

    @Slot(str)
    def _finish(self, _button: str = "") -> None:
        if self._is_busy:
            return
        name, pin = self.card.value("name"), self.card.value("pin")
        if not name or not pin:
            self.card.tell(words.FILL_ALL, "attention")
            self.card.focus("pin" if name else "name")
            return
        self._is_busy = True
        self.card.tell(words.CHECKING)
        self.card.empty("pin")
        self._tasks.sign_in.emit(name, pin)

    @Slot(str)
    def _on_signed_in(self, name: str) -> None:
        self._is_busy = False
        self.card.put("name", name)
        self.card.tell(NO_WORDS)
        self.signed_in.emit(name)

    @Slot(object)
    def _on_not_signed_in(self, error: WaslError | None) -> None:
        self._is_busy = False
        self.card.tell(refusal_words(error), "wrong")
        self.card.focus("pin")
