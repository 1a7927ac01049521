"""Step 3: the receipt on the screen, its number to read aloud, and how its print went."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain import identifiers, money, receipt_number
from kiosk.domain.dossier import Piece, piece_counts
from kiosk.domain.errors import InvalidInputError, WaslError
from kiosk.domain.form import DepositForm
from kiosk.domain.views import Deposited
from kiosk.domain.words import DOSSIER_KIND, PIECE_KIND, Words
from kiosk.ui import theme
from kiosk.ui.i18n import acts, texts
from kiosk.ui.i18n.faults import UNEXPECTED, error_words
from kiosk.ui.i18n.shown import fill, joined, same
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.keys import is_enter
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.page_desk import PageDesk
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, NumberLabel, SaidLabel

_PAPER_PX = 12


class ReceiptScreen(QWidget):
    """Shows what was deposited. The deposit stands whatever the printer does."""

    next_person = Signal()
    next_same = Signal()
    printer_seen = Signal(bool)  # the last print went through

    def __init__(self, tongue: Tongue, tasks: Tasks, *, prints: bool) -> None:
        super().__init__()
        self._tasks, self._prints, self._number = tasks, prints, ""
        self._can_print_again = False
        self._digits = NumberLabel(tongue, theme.FIGURE_PX)
        self._read_back = NumberLabel(tongue, 26)
        self._facts = [SaidLabel(tongue, role="strong", wrap=True) for _ in range(5)]
        self._state = SaidLabel(tongue, role="pill")
        self._todo = SaidLabel(tongue, role="strong", wrap=True)
        self._again = KeyButton(tongue, acts.PRINT_AGAIN, "F12")
        self._same = KeyButton(tongue, acts.NEXT_SAME, "F9")
        self._next = KeyButton(tongue, acts.NEXT_PERSON, "Enter", look="primary")
        self._again.clicked.connect(self._print_again)
        self._same.clicked.connect(self.next_same)
        self._next.clicked.connect(self.next_person)
        self._picture = PageDesk(tongue, paper_px=_PAPER_PX)
        self._drawing = SaidLabel(tongue, acts.RECEIPT_DRAWING, role="ondesktitle")
        self._lay_out(tongue)
        tasks.printer.printed.connect(self._on_printed)
        tasks.printer.drawn.connect(self._on_drawn)
        tasks.printer.failed.connect(self._on_failed)

    def _lay_out(self, tongue: Tongue) -> None:
        card = QFrame()
        card.setProperty("card", True)
        column = QVBoxLayout(card)
        column.setContentsMargins(24, 12, 24, 14)
        column.setSpacing(6)
        column.addWidget(SaidLabel(tongue, acts.DEPOSITED_TITLE, role="title"))
        column.addWidget(self._digits, 0, Qt.AlignmentFlag.AlignLeading)
        aloud = QHBoxLayout()
        aloud.setSpacing(12)
        aloud.addWidget(SaidLabel(tongue, acts.READ_BACK, role="quiet"))
        aloud.addWidget(self._read_back)
        aloud.addStretch(1)
        column.addLayout(aloud)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        labels = (acts.FACT_INSURED, texts.KIND, acts.FACT_PIECES, acts.FACT_DAY, acts.FACT_AMOUNT)
        for row, (label, fact) in enumerate(zip(labels, self._facts, strict=True)):
            grid.addWidget(SaidLabel(tongue, label, role="quiet"), row, 0)
            grid.addWidget(fact, row, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addStretch(1)
        said = QHBoxLayout()
        said.setSpacing(12)
        self._state.setFixedHeight(30)
        said.addWidget(self._state)
        said.addWidget(self._todo, 1)
        column.addLayout(said)
        column.addSpacing(6)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addWidget(self._again)
        buttons.addWidget(self._same)
        buttons.addStretch(1)
        buttons.addWidget(self._next)
        column.addLayout(buttons)
        paper = QFrame()
        paper.setProperty("desk", True)
        inside = QVBoxLayout(paper)
        inside.setContentsMargins(6, 6, 6, 6)
        inside.addWidget(self._drawing, 0, Qt.AlignmentFlag.AlignCenter)
        inside.addWidget(self._picture, 1)
        row_layout = QHBoxLayout(self)
        row_layout.setContentsMargins(0, 0, 0, 0)
        row_layout.setSpacing(16)
        row_layout.addWidget(card, 5)
        row_layout.addWidget(paper, 3)

    def start(self, deposited: Deposited, form: DepositForm, pieces: tuple[Piece, ...]) -> None:
        """Show a deposit and have its receipt printed."""
        number = receipt_number.parse(deposited.receipt_number)
        self._number = str(number)
        self._digits.tell(same(self._number))
        self._read_back.tell(same(number.read_back()))
        facts = (
            same(identifiers.masked(identifiers.fold(form.immatriculation))),
            DOSSIER_KIND[form.kind],
            _pieces(pieces),
            same(form.care_date),
            same(_amount(form.amount)),
        )
        for label, words in zip(self._facts, facts, strict=True):
            label.tell(words)
        self._picture.show_page(None)
        self._picture.hide()
        self._drawing.show()
        self._offer_again(offered=False)
        if self._prints:
            self._say(acts.PRINTING, "neutral", NO_WORDS)
            self._tasks.print_receipt.emit(self._number)
        else:
            self._say(acts.NOT_PRINTED, "attention", acts.NOT_PRINTED_NEXT)
        self._tasks.draw.emit(self._number)

    def enter(self) -> None:
        """Put the focus on what comes next."""
        self._next.setFocus(Qt.FocusReason.TabFocusReason)

    def take_key(self, event: QKeyEvent) -> bool:
        """Take this step's keys; tell whether it was one."""
        if event.key() == Qt.Key.Key_F9:
            self.next_same.emit()
        elif event.key() == Qt.Key.Key_F12:
            self._print_again()
        elif is_enter(event) or event.key() == Qt.Key.Key_Escape:
            self.next_person.emit()
        else:
            return False
        return True

    @property
    def state(self) -> tuple[Words, Words]:
        """Return how the print went, and the next thing."""
        return self._state.words, self._todo.words

    @Slot()
    def _print_again(self) -> None:
        if self._can_print_again:
            self._offer_again(offered=False)
            self._say(acts.PRINTING, "neutral", NO_WORDS)
            self._tasks.print_receipt.emit(self._number)

    @Slot(str, QImage)
    def _on_printed(self, number: str, image: QImage) -> None:
        self.printer_seen.emit(True)
        if number == self._number:
            self._say(acts.PRINTED, "ok", acts.PRINTED_NEXT)
            self._show(image)

    @Slot(str, QImage)
    def _on_drawn(self, number: str, image: QImage) -> None:
        if number == self._number:
            self._show(image)

    @Slot(str, object)
    def _on_failed(self, number: str, error: WaslError | None) -> None:
        self.printer_seen.emit(False)
        if number == self._number:
            todo = UNEXPECTED if error is None else error_words(error)
            self._say(acts.PRINT_FAILED, "wrong", todo)
            self._offer_again(offered=True)

    def _show(self, image: QImage) -> None:
        if not image.isNull():
            self._drawing.hide()
            self._picture.show()
            self._picture.show_page(image)

    def _say(self, state: Words, tone: str, todo: Words) -> None:
        self._state.tell(state, tone)
        self._todo.tell(todo)
        self._todo.setVisible(todo != NO_WORDS)

    def _offer_again(self, *, offered: bool) -> None:
        self._can_print_again = offered
        self._again.setVisible(offered)


def _pieces(pieces: tuple[Piece, ...]) -> Words:
    parts = [
        joined(PIECE_KIND[kind], same(str(count)), by=" ") for kind, count in piece_counts(pieces)
    ]
    return joined(*parts) if parts else NO_WORDS


def _amount(text: str) -> str:
    try:
        return money.shown(money.parse(text))
    except InvalidInputError:
        return text


def summary(form: DepositForm, number: int) -> Words:
    """Return the line above the pages: who, what, when, how much; never a whole identifier."""
    from_domain = DOSSIER_KIND[form.kind]
    line = fill(
        texts.SUMMARY,
        number=same(identifiers.masked(identifiers.fold(form.immatriculation))),
        who=texts.WHO[form.beneficiary],
        kind=from_domain,
        day=same(form.care_date),
        amount=same(_amount(form.amount)),
    )
    if number == 1:
        return line
    return joined(line, fill(texts.NTH_DOSSIER, n=same(str(number))))
