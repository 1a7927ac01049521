"""The top bar, the steps and the status bar around every screen."""

from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from kiosk.domain.views import DiskState, PointIdentity
from kiosk.domain.vocabulary import DepositState, Network
from kiosk.domain.words import NETWORK, Words
from kiosk.ui.i18n import staff, texts
from kiosk.ui.i18n.shown import DAYS, clock, counted, duration, fill, joined, same, size
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.judging import Tone
from kiosk.ui.theme import STATUS_PX, TOP_PX, set_look
from kiosk.ui.widgets.reader_name import ReaderName
from kiosk.ui.widgets.said import NO_WORDS, KeyButton, KeyCap, SaidLabel
from kiosk.ui.workers import Glance

_SECTION_PX: Final = 36
_SOON_DAYS: Final = 14


def pill_words(glance: Glance | None) -> tuple[Words, Tone]:
    """Return what the connectivity pill says; never nothing."""
    if glance is None:
        return fill(texts.LINE_UNKNOWN, n=same("0")), Tone.NEUTRAL
    held = glance.queue.counts.get(DepositState.HELD, 0)
    waiting = same(str(glance.queue.waiting))
    if held:
        return fill(texts.TO_HANDLE_COUNT, n=same(str(held))), Tone.WRONG
    if glance.is_online is None:
        return fill(texts.LINE_UNKNOWN, n=waiting), Tone.NEUTRAL
    if glance.is_online:
        if not glance.queue.waiting:
            return texts.ONLINE_ALL_SENT, Tone.OK
        return fill(texts.ONLINE_WAITING, n=waiting), Tone.OK
    if not glance.queue.waiting:
        return texts.OFFLINE_ALL_SENT, Tone.ATTENTION
    age = duration(glance.queue.oldest_s or 0)
    return fill(texts.OFFLINE_WAITING, n=waiting, age=age), Tone.ATTENTION


class TopBar(QFrame):
    """Point, sections, connectivity pill, language."""

    section_asked = Signal(str)  # "deposit" or "to_send"
    language_asked = Signal()

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        self.setObjectName("top")
        self.setFixedHeight(TOP_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 20, 0)
        row.setSpacing(10)
        self._point = SaidLabel(tongue, texts.APP, role="strong")
        self._device = SaidLabel(tongue, NO_WORDS, role="small")
        row.addWidget(self._point)
        row.addWidget(self._device)
        row.addSpacing(12)
        self._sections = {
            "deposit": Section(tongue, texts.DEPOSIT, "Esc"),
            "to_send": Section(tongue, texts.TO_SEND, "F6"),
        }
        for section in self._sections.values():
            section.clicked.connect(self._section_clicked)
            section.hide()
            row.addWidget(section)
        row.addStretch(1)
        self._pill = SaidLabel(tongue, texts.NOT_ENROLLED_PILL, role="pill")
        self._pill.setFixedHeight(30)
        self._pill.setProperty("tone", "neutral")
        row.addWidget(self._pill, 0, Qt.AlignmentFlag.AlignVCenter)
        self._language = QPushButton()
        self._language.setProperty("bare", True)
        self._language.setFixedSize(44, 36)
        self._language.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._language.clicked.connect(self.language_asked)
        row.addWidget(self._language, 0, Qt.AlignmentFlag.AlignVCenter)
        self._tongue = tongue
        tongue.changed.connect(self._say_language)
        self._say_language()

    def show_identity(self, identity: PointIdentity) -> None:
        """Name the point and open the sections."""
        network = NETWORK[Network(identity.point[0])]
        name = Words(identity.point_name, identity.point_name)
        self._point.tell(
            fill(Words("{network} — {name}", "{network} — {name}"), network=network, name=name)
        )
        self._device.tell(same(identity.device))
        for section in self._sections.values():
            section.show()

    def show_section(self, name: str) -> None:
        """Mark the section that is open; each closed one shows the key that opens it."""
        for own, section in self._sections.items():
            section.mark(is_open=own == name)

    def show_glance(self, glance: Glance) -> None:
        """Say how the line is."""
        words, tone = pill_words(glance)
        self._pill.tell(words, str(tone))

    def show_unknown(self) -> None:
        """Say that nobody knows what waits."""
        self._pill.tell(texts.STATE_UNKNOWN, str(Tone.ATTENTION))

    @Slot()
    def _section_clicked(self) -> None:
        for name, section in self._sections.items():
            if section is self.sender():
                self.section_asked.emit(name)

    @Slot()
    def _say_language(self) -> None:
        self._language.setText(self._tongue.say(texts.OTHER_LANGUAGE))
        self._language.setToolTip(self._tongue.say(texts.OTHER_LANGUAGE_NAME))
        self._language.setAccessibleName(self._tongue.say(texts.OTHER_LANGUAGE_NAME))


class Section(QPushButton):
    """A section of the top bar with its key."""

    def __init__(self, tongue: Tongue, words: Words, key: str) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setProperty("section", True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        self._label = SaidLabel(tongue, words, role="section")
        self._cap = KeyCap(tongue, key)
        for part in (self._label, self._cap):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            row.addWidget(part)
        ReaderName(self, tongue, words)
        tongue.changed.connect(self._fit)

    def mark(self, *, is_open: bool) -> None:
        """Show whether this is where the agent is."""
        self.setChecked(is_open)
        set_look(self._label, open=is_open)
        self._cap.setVisible(not is_open)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            self.setFixedSize(layout.sizeHint().width(), _SECTION_PX)


class Steps(QWidget):
    """The three steps of a deposit: done, now, to come."""

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._parts: list[tuple[QLabel, SaidLabel]] = []
        for number, words in enumerate(
            (texts.STEP_INSURED, texts.STEP_PAGES, texts.STEP_RECEIPT), 1
        ):
            if number > 1:
                line = QFrame()
                line.setProperty("rule", True)
                line.setFixedWidth(28)
                row.addWidget(line)
            circle = QLabel(str(number))
            circle.setProperty("role", "circle")
            circle.setAlignment(Qt.AlignmentFlag.AlignCenter)
            circle.setFixedSize(26, 26)
            label = SaidLabel(tongue, words, role="step")
            row.addWidget(circle)
            row.addWidget(label)
            self._parts.append((circle, label))

    def show_step(self, now: int) -> None:
        """Show step *now*, counted from 1."""
        for number, (circle, label) in enumerate(self._parts, 1):
            when = "done" if number < now else "now" if number == now else "later"
            circle.setText("✓" if when == "done" else str(number))
            set_look(circle, when=when)
            set_look(label, when=when)


class StatusBar(QFrame):
    """Scanner, printer, disk, the last exchange, and who works until when."""

    team_asked = Signal()

    def __init__(self, tongue: Tongue, *, printer: Words) -> None:
        super().__init__()
        self.setObjectName("status")
        self.setFixedHeight(STATUS_PX)
        self._printer_name = printer
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 0, 20, 0)
        row.setSpacing(22)
        self._scanner = SaidLabel(tongue, texts.NO_SCANNER, role="small")
        self._printer = SaidLabel(tongue, texts.NO_PRINTER, role="small")
        self._disk = SaidLabel(tongue, NO_WORDS, role="small")
        self._exchange = SaidLabel(tongue, texts.NO_EXCHANGE, role="small")
        for part in (self._scanner, self._printer, self._disk):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self._exchange)
        self._agent = SaidLabel(tongue, NO_WORDS, role="small")
        self._team = KeyButton(tongue, staff.TEAM, "F10")
        self._team.setFixedHeight(_SECTION_PX - 4)
        self._team.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._team.clicked.connect(self.team_asked)
        works: QWidget
        for works in (self._agent, self._team):
            works.hide()
            row.addWidget(works)
        self.show_printer(works=True)

    def show_agent(self, name: str, lock_minutes: int = 0) -> None:
        """Say who works, and when the window locks; an empty name: nobody does."""
        for part in (self._agent, self._team):
            part.setVisible(bool(name))
        self._exchange.setVisible(not name)  # the pill tells of the line; there is no room for both
        if name:
            works = fill(staff.AGENT_AT_WORK, name=same(name))
            self._agent.tell(joined(works, fill(staff.LOCKS_AFTER, n=same(str(lock_minutes)))))

    def show_scanner(self, name: str) -> None:
        """Name the way of scanning that F2 takes; empty: there is none."""
        named = fill(texts.SCANNER_NAMED, name=same(name))
        self._scanner.tell(named if name else texts.NO_SCANNER)

    def show_printer(self, *, works: bool) -> None:
        """Name the printer, and whether its last print went through."""
        if self._printer_name == NO_WORDS:
            return
        words = texts.PRINTER_NAMED if works else texts.PRINTER_FAILED
        self._printer.tell(fill(words, name=self._printer_name))

    def show_glance(self, glance: Glance, now: datetime) -> None:
        """Say how much room is left and when the CNSS last answered."""
        if glance.disk is not None:
            self._disk.tell(disk_words(glance.disk))
        if glance.last_exchange_at is not None:
            at = clock(glance.last_exchange_at, now)
            self._exchange.tell(fill(texts.LAST_EXCHANGE, at=at))


def disk_words(disk: DiskState) -> Words:
    """Return the worst that is to be said of the disk, or how much room is left."""
    if not disk.is_writable:
        return texts.DISK_READ_ONLY
    if not disk.takes_dossiers:
        return texts.DISK_FULL
    if disk.days_left is not None and disk.days_left <= _SOON_DAYS:
        return fill(texts.DISK_FULL_IN, days=counted(disk.days_left, DAYS))
    return fill(texts.DISK_FREE, size=size(disk.free_bytes))
