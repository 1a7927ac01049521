"""A labelled control with a sentence under it, judged when it is left."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.words import Words
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.judging import NOTHING, Verdict
from kiosk.ui.theme import set_look
from kiosk.ui.widgets.chips import ChipGroup
from kiosk.ui.widgets.grouped import GroupedEdit
from kiosk.ui.widgets.reader_name import ReaderName
from kiosk.ui.widgets.said import NO_WORDS, SaidLabel

_LABEL_PX: Final = 26


class Field(QWidget):
    """A label, a control and a hint.

    ``name`` is the field's name in the domain's errors, and in the help.
    """

    left = Signal()
    entered = Signal(str)  # name: the focus came in

    def __init__(
        self,
        tongue: Tongue,
        name: str,
        label: Words,
        control: QWidget,
        *,
        beside: QWidget | None = None,
        hint: Words = NO_WORDS,
    ) -> None:
        super().__init__()
        self.name = name
        self.label_words = label
        self.control = control
        self._idle = Verdict(words=hint)
        self.verdict = self._idle
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        top = QWidget()
        top.setFixedHeight(_LABEL_PX)
        head = QHBoxLayout(top)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(4)
        self._label = SaidLabel(tongue, label, role="label")
        self._label.setBuddy(control)
        ReaderName(control, tongue, label)
        head.addWidget(self._label)
        if beside is not None:
            head.addWidget(beside)
            beside.installEventFilter(self)
        head.addStretch(1)
        column.addWidget(top)
        column.addWidget(control)
        self._hint = SaidLabel(tongue, hint, role="hint", wrap=True)
        self._hint.setProperty("tone", "neutral")
        column.addWidget(self._hint)
        self._hint.setHidden(isinstance(control, ChipGroup))
        column.addStretch(1)
        self._watch_focus(control)

    def judge(self, verdict: Verdict) -> None:
        """Show a verdict under the control."""
        self.verdict = verdict
        self._hint.tell(verdict.words, str(verdict.tone))
        set_look(self.control, tone=str(verdict.tone))

    def rest(self, hint: Words | None = None) -> None:
        """Go back to the neutral hint, for another person or while typing."""
        if hint is not None:
            self._idle = Verdict(words=hint)
        self.judge(self._idle if self._idle.words != NO_WORDS else NOTHING)

    def keep_hint_room(self, *, has_hint: bool) -> None:
        """Keep a line for the hint, or none where nothing is ever said under the control."""
        self._hint.setHidden(not has_hint)

    def focus(self) -> None:
        """Put the focus in, ready to be typed over."""
        self.control.setFocus(Qt.FocusReason.TabFocusReason)
        if isinstance(self.control, GroupedEdit):
            self.control.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell when the focus comes in."""
        if event.type() == QEvent.Type.FocusIn:
            self.entered.emit(self.name)
        return super().eventFilter(watched, event)

    def _watch_focus(self, control: QWidget) -> None:
        control.installEventFilter(self)
        for part in control.findChildren(QWidget):
            part.installEventFilter(self)
        if isinstance(control, GroupedEdit):
            control.left.connect(self._was_left)

    @Slot()
    def _was_left(self) -> None:
        self.left.emit()
