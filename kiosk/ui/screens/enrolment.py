"""The only thing a kiosk offers before the CNSS knows it: enrolment."""

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.enrolment_text import MAX_TEXT, is_enrolment_text
from kiosk.domain.errors import WaslError
from kiosk.domain.words import LAW_09_08
from kiosk.ui.i18n import acts, texts
from kiosk.ui.i18n.faults import UNEXPECTED, error_words
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.judging import Tone, Verdict
from kiosk.ui.keys import is_enter
from kiosk.ui.screens.side_card import SideCard
from kiosk.ui.tasks import Tasks
from kiosk.ui.widgets.field import Field
from kiosk.ui.widgets.file_picker import CERTIFICATES, FilePicker
from kiosk.ui.widgets.grouped import GroupedEdit
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, SaidLabel

_MAX_CODE = MAX_TEXT
_MAX_TEXT = 1024


class EnrolmentScreen(QWidget):
    """Code, address, trust file; Enter goes on."""

    enrolled = Signal(object)  # PointIdentity

    def __init__(self, tongue: Tongue, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks
        self._is_busy = False
        self._code, self._url, self._ca = GroupedEdit(), GroupedEdit(), GroupedEdit()
        self._code.setMaxLength(_MAX_CODE)
        self._url.setMaxLength(_MAX_TEXT)
        self._ca.setMaxLength(_MAX_TEXT)
        self._fields = (
            Field(tongue, "code", texts.ENROL_CODE, self._code, hint=texts.ENROL_CODE_HINT),
            Field(tongue, "url", texts.ENROL_URL, self._url, hint=texts.ENROL_URL_HINT),
            Field(tongue, "ca_file", texts.ENROL_CA, self._ca, hint=texts.ENROL_CA_HINT),
        )
        button = KeyButton(tongue, texts.ENROL, "Enter", look="primary")
        button.clicked.connect(self._finish)
        self._side = SideCard(
            tongue,
            title=texts.BEFORE,
            lead=texts.ENROL_LEAD,
            notice=LAW_09_08,
            button=button,
        )
        self._picker = FilePicker(tongue, tasks, acts.CA_TITLE, CERTIFICATES)
        self._picker.picked.connect(self._on_picked)
        self._picker.closed.connect(self._on_picker_closed)
        self._lay_out(tongue)
        for field in self._fields:
            field.left.connect(self._on_left)
            field.entered.connect(self._side.follow)
        tasks.line.enrolled.connect(self._on_enrolled)
        tasks.line.not_enrolled.connect(self._on_not_enrolled)

    def _lay_out(self, tongue: Tongue) -> None:
        self._card = QFrame()
        self._card.setProperty("card", True)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(SaidLabel(tongue, texts.ENROL_TITLE, role="title"))
        for field in self._fields:
            column.addWidget(field)
        self._choose = KeyButton(tongue, texts.CHOOSE_FILE, "F4")
        self._choose.clicked.connect(self._open_picker)
        column.addWidget(self._choose, 0, Qt.AlignmentFlag.AlignLeading)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 16, 20, 16)
        row.setSpacing(16)
        row.addWidget(self._card, 3)
        row.addWidget(self._picker, 3)
        row.addWidget(self._side, 1)

    def enter(self) -> None:
        """Put the focus on the first field."""
        self._fields[0].focus()

    def take_key(self, event: QKeyEvent) -> bool:
        """Take this screen's keys; tell whether it was one."""
        if self._picker.isVisible():
            return self._picker.take_key(event)
        if event.key() == Qt.Key.Key_F1:
            self._side.toggle_help()
        elif event.key() == Qt.Key.Key_F4:
            self._open_picker()
        elif is_enter(event):
            self._advance()
        else:
            return False
        return True

    def _advance(self) -> None:
        if self._tells_all():
            self._finish()
            return
        for at, field in enumerate(self._fields):
            if field.control.hasFocus() and at + 1 < len(self._fields):
                self._fields[at + 1].focus()
                return
        self._finish()

    @Slot()
    def _finish(self) -> None:
        if self._is_busy:
            return
        verdicts = [self._judge(field) for field in self._fields]
        for field, verdict in zip(self._fields, verdicts, strict=True):
            if verdict.is_wrong:
                field.focus()
                return
        self._is_busy = True
        self._side.tell(texts.ENROLLING, "neutral")
        ca_file = Path(self._ca.value().strip())
        self._tasks.enrol.emit(self._code.value().strip(), self._url.value().strip(), ca_file)

    @Slot()
    def _on_left(self) -> None:
        for field in self._fields:
            if field is self.sender():
                self._judge(field)

    def _judge(self, field: Field) -> Verdict:
        wrong = {
            "code": (self._code.value().strip() == "", texts.ENROL_CODE_MISSING),
            "url": (
                not self._tells_all() and not _is_https(self._url.value()),
                texts.ENROL_URL_WRONG,
            ),
            "ca_file": (
                not self._tells_all() and self._ca.value().strip() == "",
                texts.ENROL_CA_MISSING,
            ),
        }
        is_wrong, words = wrong[field.name]
        if is_wrong:
            field.judge(Verdict(tone=Tone.WRONG, words=words))
        else:
            field.rest()
        return field.verdict

    def _tells_all(self) -> bool:
        # The text of a QR brings address and trust along with the code.
        return is_enrolment_text(self._code.value())

    @Slot()
    def _open_picker(self) -> None:
        self._card.hide()
        self._picker.open()

    @Slot(object)
    def _on_picked(self, files: tuple[Path, ...]) -> None:
        self._ca.setText(str(files[0]))
        self._on_picker_closed()
        self._judge(self._fields[2])

    @Slot()
    def _on_picker_closed(self) -> None:
        self._card.show()
        self._fields[2].focus()

    @Slot(object)
    def _on_enrolled(self, identity: object) -> None:
        self._is_busy = False
        self._side.tell(NO_WORDS)
        self.enrolled.emit(identity)

    @Slot(object)
    def _on_not_enrolled(self, error: WaslError | None) -> None:
        self._is_busy = False
        self._side.tell(UNEXPECTED if error is None else error_words(error), "wrong")


def _is_https(text: str) -> bool:
    folded = text.strip().lower()
    return folded.startswith("https://") and len(folded) > len("https://")
