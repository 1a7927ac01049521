"""Hand-over, clôture, and releasing what is held: three plain cards."""

from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.domain.errors import WaslError
from kiosk.domain.moments import shown_date
from kiosk.domain.shifts import DayClosed, ShiftCounts
from kiosk.domain.vocabulary import DepositState
from kiosk.domain.words import Words
from kiosk.ui.i18n import staff as words
from kiosk.ui.i18n.shown import DEPOSITS, counted, fill, grouped, joined, same
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.screens.sign_in import refusal_words
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.form_card import FormCard, secret_edit, text_edit
from kiosk.ui.widgets.said import NO_WORDS

_NAMED = 3


class TeamScreen(QWidget):
    """What is done with the counter as a whole."""

    handed_over = Signal(str)  # name of who works now
    lock_asked = Signal()

    def __init__(self, tongue: Tongue, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks
        self.hand_over = FormCard(
            tongue,
            words.HAND_OVER_TITLE,
            words.HAND_OVER_LEAD,
            (
                ("own_pin", words.OWN_PIN, secret_edit(), NO_WORDS),
                ("to", words.TAKER, text_edit(32), NO_WORDS),
                ("pin", words.TAKER_PIN, secret_edit(), NO_WORDS),
            ),
            (("hand_over", words.HAND_OVER, "Enter"), ("lock", words.LOCK_NOW, "F11")),
        )
        self.day = FormCard(
            tongue,
            words.CLOSE_TITLE,
            words.CLOSE_LEAD,
            (),
            (("close", words.CLOSE_DAY, "F12"),),
        )
        self.release = FormCard(
            tongue,
            words.RELEASE_TITLE,
            words.RELEASE_LEAD,
            (
                ("receipt", words.RECEIPT, text_edit(), NO_WORDS),
                ("supervisor", words.SUPERVISOR, text_edit(32), NO_WORDS),
                ("secret", words.SUPERVISOR_SECRET, secret_edit(), NO_WORDS),
            ),
            (("release", words.RELEASE, "Enter"), ("ask_code", words.ASK_CODE, "F3")),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 16, 20, 16)
        row.setSpacing(14)
        for card in self._cards():
            card.pressed.connect(self._pressed)
            row.addWidget(card, 1)
        self._listen()

    def enter(self) -> None:
        """Begin with nothing typed and nothing said."""
        for card in self._cards():
            card.empty(*card.fields)
            card.tell(NO_WORDS)
        self.hand_over.focus("own_pin")

    def take_key(self, event: QKeyEvent) -> bool:
        """Take this screen's keys; tell whether it was one."""
        return any(card.take_key(event) for card in self._cards())

    def _cards(self) -> tuple[FormCard, ...]:
        return self.hand_over, self.day, self.release

    def _listen(self) -> None:
        staff = self._tasks.staff
        if staff is None:
            return
        staff.handed_over.connect(self._on_handed_over)
        staff.closed.connect(self._on_closed)
        staff.code_asked.connect(self._on_code_asked)
        staff.released.connect(self._on_released)
        staff.failed.connect(self._on_failed)

    @Slot(str)
    def _pressed(self, button: str) -> None:
        if button == "hand_over":
            self._order(self.hand_over, ("own_pin", "to", "pin"), self._hand_over)
        elif button == "lock":
            self.lock_asked.emit()
        elif button == "close":
            self.day.tell(words.CHECKING)
            self._tasks.close_day.emit()
        elif button == "ask_code":
            self._order(self.release, ("receipt", "supervisor"), self._ask_code)
        else:
            self._order(self.release, ("receipt", "supervisor", "secret"), self._release)

    def _order(self, card: FormCard, needed: tuple[str, ...], give: Callable[..., None]) -> None:
        values = [card.value(name) for name in needed]
        if not all(values):
            card.tell(words.FILL_ALL, "attention")
            card.focus(needed[values.index("")])
            return
        card.tell(words.CHECKING)
        give(*values)

    def _hand_over(self, own_pin: str, to: str, pin: str) -> None:
        self.hand_over.empty("own_pin", "pin")
        self._tasks.hand_over.emit(own_pin, to, pin)

    def _ask_code(self, receipt: str, supervisor: str) -> None:
        self._tasks.ask_code.emit(supervisor, receipt)

    def _release(self, receipt: str, supervisor: str, secret: str) -> None:
        self.release.empty("secret")
        self._tasks.release.emit(receipt, supervisor, secret)

    @Slot(str, object)
    def _on_handed_over(self, name: str, counts: ShiftCounts) -> None:
        self.hand_over.empty("to")
        said = fill(words.HANDED_OVER, name=same(name))
        self.hand_over.tell(joined(said, count_words(counts), by=" "), "ok")
        self.handed_over.emit(name)

    @Slot(object)
    def _on_closed(self, closed: DayClosed) -> None:
        is_counted = closed.central is None or not closed.central.missing_count
        is_fine = closed.is_clock_trusted and is_counted and not closed.without_acknowledgement
        self.day.tell(day_words(closed), "ok" if is_fine else "attention")

    @Slot(str)
    def _on_code_asked(self, challenge: str) -> None:
        read_out = same(f"{challenge[0]} {challenge[1:5]} {challenge[5:]}")
        self.release.tell(fill(words.CHALLENGE, challenge=read_out))
        self.release.focus("secret")

    @Slot(object)
    def _on_released(self, _state: DepositState) -> None:
        self.release.empty("receipt")
        self.release.tell(words.RELEASED, "ok")
        self._tasks.look.emit()

    @Slot(str, object)
    def _on_failed(self, what: str, error: WaslError | None) -> None:
        cards = {"hand_over": self.hand_over, "close": self.day, "release": self.release}
        cards[what].tell(refusal_words(error), "wrong")


def count_words(counts: ShiftCounts) -> Words:
    """Return what lies at the counter, in words."""
    return fill(
        words.COUNTS,
        papers=same(grouped(counts.papers_in_hand)),
        to_scan=same(grouped(counts.to_scan)),
        unsent=same(grouped(counts.unsent)),
    )


def day_words(closed: DayClosed) -> Words:
    """Return the clôture in words: what was made, what lies here, what the CNSS has not said."""
    made = fill(
        words.DAY_DEPOSITS,
        day=same(shown_date(closed.day)),
        made=counted(closed.deposits, DEPOSITS),
        cancelled=same(grouped(closed.cancelled)),
    )
    missing = closed.without_acknowledgement
    said = words.ALL_ACKNOWLEDGED
    if missing:
        said = fill(words.MISSING, n=same(grouped(len(missing))), numbers=_named(missing))
    parts = [made, count_words(closed.now), said, _counted_words(closed)]
    if not closed.is_clock_trusted:
        parts.append(words.CLOCK_DOUBT)
    return joined(*parts, by="\n")


def _counted_words(closed: DayClosed) -> Words:
    central = closed.central
    if central is None:
        return words.NOT_ASKED
    figures = {"count": same(grouped(central.of_day)), "made": same(grouped(closed.deposits))}
    if not central.missing_count:
        return fill(words.COUNTED_ALL, **figures)
    n = same(grouped(central.missing_count))
    return fill(words.COUNTED_FEWER, **figures, n=n, numbers=_named(central.missing))


def _named(numbers: tuple[str, ...]) -> Words:
    return same(", ".join(numbers[:_NAMED]) + (" …" if len(numbers) > _NAMED else ""))
