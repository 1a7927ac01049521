"""What waits, what needs a person, and sending now."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.errors import WaslError
from kiosk.domain.views import QUEUE_PAGE, QueueDay
from kiosk.domain.vocabulary import DepositState
from kiosk.domain.words import Words
from kiosk.ui.i18n import acts, courier, texts
from kiosk.ui.i18n.faults import UNEXPECTED, error_words
from kiosk.ui.i18n.shown import duration, fill, grouped, same, size
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.queue_table import QueueModel, QueueTable, returned_words
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, SaidLabel
from kiosk.ui.widgets.stick_panel import StickPanel
from kiosk.ui.workers import Glance


class Card(QFrame):
    """A figure with its name and a remark."""

    def __init__(self, tongue: Tongue, title: Words) -> None:
        super().__init__()
        self.setProperty("card", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(2)
        column.addWidget(SaidLabel(tongue, title, role="head", wrap=True))
        self._figure = SaidLabel(tongue, same("–"), role="figure")
        self._note = SaidLabel(tongue, role="quiet", wrap=True)
        column.addWidget(self._figure)
        column.addWidget(self._note)
        column.addStretch(1)

    def tell(self, count: int, note: Words, tone: str = "neutral") -> None:
        """Show a figure."""
        self._figure.tell(same(grouped(count)), tone)
        self._note.tell(note)

    def forget(self) -> None:
        """Show that the figure is not known."""
        self._figure.tell(same("–"), "neutral")
        self._note.tell(acts.UNKNOWN)


class ToSendScreen(QWidget):
    """Four figures and the table."""

    def __init__(self, tongue: Tongue, tasks: Tasks, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._tasks, self._now = tasks, now
        self._is_sending = False
        self._was_sent = False
        titles = (acts.WAITING_CARD, acts.HELD_CARD, acts.COPIES_CARD, acts.TODAY_CARD)
        self._cards = [Card(tongue, title) for title in titles]
        self._model = QueueModel(tongue)
        self.table = QueueTable(self._model)
        self._returned = SaidLabel(tongue, role="strong", wrap=True)
        self._returned.hide()
        self._empty = SaidLabel(tongue, acts.NO_DEPOSITS, role="quiet", wrap=True)
        self._message = SaidLabel(tongue, role="hint", wrap=True)
        self._next_try = SaidLabel(tongue, role="hint")
        self._send = KeyButton(tongue, acts.SEND_NOW, "F5", look="primary")
        self._send.clicked.connect(self._send_now)
        self.stick = StickPanel(tongue, tasks)
        self._carry = KeyButton(tongue, courier.STICK, "F4")
        self._carry.clicked.connect(self._open_stick)
        self._carry.setVisible(tasks.courier is not None)
        self.stick.closed.connect(self._on_stick_closed)
        self._model.wanted.connect(tasks.look_further)
        self.table.selectionModel().currentRowChanged.connect(self._on_row_chosen)
        self._lay_out(tongue)
        tasks.line.synced.connect(self._on_synced)
        tasks.line.not_synced.connect(self._on_not_synced)
        tasks.watch.failed.connect(self._on_unreadable)

    def _lay_out(self, tongue: Tongue) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(14)
        cards = QHBoxLayout()
        cards.setSpacing(14)
        for card in self._cards:
            cards.addWidget(card, 1)
        column.addLayout(cards)
        column.addWidget(self.stick)
        frame = QFrame()
        frame.setProperty("card", True)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(16, 12, 16, 12)
        inside.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(SaidLabel(tongue, texts.TO_SEND, role="title"))
        head.addWidget(self._message, 1)
        head.addWidget(self._next_try)
        head.addWidget(self._carry)
        head.addWidget(self._send)
        inside.addLayout(head)
        inside.addWidget(self.table, 1)
        inside.addWidget(self._returned)
        inside.addWidget(self._empty, 1, Qt.AlignmentFlag.AlignTop)
        column.addWidget(frame, 1)
        self.table.hide()

    def enter(self) -> None:
        """Put the focus on sending; rows that were scrolled to before are not fetched again."""
        self._tasks.look_further.emit(QUEUE_PAGE)
        self._send.setFocus(Qt.FocusReason.TabFocusReason)

    def take_key(self, event: QKeyEvent) -> bool:
        """Take this screen's keys; tell whether it was one."""
        if self.stick.isVisible() and self.stick.take_key(event):
            return True
        if event.key() == Qt.Key.Key_F4 and self._tasks.courier is not None:
            self._open_stick()
            return True
        if event.key() == Qt.Key.Key_F5:
            self._send_now()
            return True
        return False

    def show_glance(self, glance: Glance) -> None:
        """Show what waits now."""
        queue, now = glance.queue, self._now()
        waiting = NO_WORDS
        if queue.waiting and queue.oldest_s is not None:
            waiting = fill(
                acts.WAITING_NOTE, size=size(queue.waiting_bytes), age=duration(queue.oldest_s)
            )
        self._cards[0].tell(queue.waiting, waiting if queue.waiting else acts.NOTHING_WAITS)
        held = queue.counts.get(DepositState.HELD, 0)
        note = acts.HELD_NOTE if held else acts.HELD_NONE
        self._cards[1].tell(held, note, "wrong" if held else "neutral")
        self._show_today(queue.today)
        self._model.show_rows(queue.rows, queue.kept, now)
        self.table.setVisible(bool(queue.rows))
        self._empty.setVisible(not queue.kept)
        self._show_returned()
        next_at = queue.next_attempt_at
        ahead = (next_at - now).total_seconds() if next_at is not None else 0.0
        shown = ahead > 0 and not self._is_sending
        self._next_try.tell(fill(texts.NEXT_TRY, time=duration(ahead)) if shown else NO_WORDS)
        if self._was_sent:
            # A look that began before the sending may come in late; the next one puts it right.
            self._say_sent(queue.waiting)

    def show_unknown(self) -> None:
        """Take back what was last said: the queue cannot be read now."""
        for card in self._cards:
            card.forget()
        self.table.hide()
        self._returned.hide()
        self._empty.hide()
        self._next_try.tell(NO_WORDS)

    @property
    def message(self) -> Words:
        """Return what is said about the last sending."""
        return self._message.words

    def _show_today(self, today: QueueDay) -> None:
        self._cards[2].tell(today.received, acts.COPIES_NOTE, "ok" if today.received else "neutral")
        to_scan = fill(acts.TODAY_TO_SCAN, n=same(str(today.to_scan)))
        self._cards[3].tell(today.made, to_scan if today.to_scan else acts.TODAY_NOTE)

    @Slot()
    def _open_stick(self) -> None:
        # On the smallest screen there is room for figures or for the stick.
        self._show_figures(False)
        self.stick.open()

    @Slot()
    def _on_stick_closed(self) -> None:
        self._show_figures(True)
        self.enter()

    def _show_figures(self, are_shown: bool) -> None:
        for card in self._cards:
            card.setVisible(are_shown)

    @Slot()
    def _on_row_chosen(self) -> None:
        self._show_returned()

    def _show_returned(self) -> None:
        # The one that is chosen, or the newest while none that came back is.
        chosen = self._model.row_at(self.table.currentIndex().row())
        row = chosen if chosen is not None and chosen.returned else self._model.newest_returned()
        self._returned.setVisible(row is not None)
        if row is not None:
            self._returned.tell(returned_words(row), "attention")

    @Slot()
    def _send_now(self) -> None:
        if not self._is_sending:
            self._is_sending, self._was_sent = True, False
            self._message.tell(acts.SENDING, "neutral")
            self._tasks.sync_now.emit()

    @Slot()
    def _on_synced(self) -> None:
        # Success is only what the acknowledgements count: the queue is looked at before saying so.
        self._is_sending = False
        self._was_sent = True
        self._tasks.look.emit()

    @Slot(object)
    def _on_not_synced(self, error: WaslError | None) -> None:
        self._is_sending = False
        self._message.tell(UNEXPECTED if error is None else error_words(error), "wrong")
        self._tasks.look.emit()

    @Slot(object)
    def _on_unreadable(self, error: WaslError | None) -> None:
        self._message.tell(UNEXPECTED if error is None else error_words(error), "wrong")

    def _say_sent(self, waiting: int) -> None:
        if waiting:
            self._message.tell(fill(acts.SENT_SOME, n=same(str(waiting))), "attention")
        else:
            self._message.tell(acts.SENT_ALL, "ok")
