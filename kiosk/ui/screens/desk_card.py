"""The dark card in the middle of step 2: the page, what is wrong with it, and its keys."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.page import Problem
from kiosk.domain.vocabulary import ProblemKind
from kiosk.domain.words import Words
from kiosk.ui.dossier_pages import Entry
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.i18n.troubles import MUST_RETAKE, PROBLEM_ADVICE, PROBLEM_TITLE
from kiosk.ui.widgets.banner import Banner
from kiosk.ui.widgets.flow import FlowLayout
from kiosk.ui.widgets.page_desk import PageDesk
from kiosk.ui.widgets.said import NO_WORDS, KeyCap, SaidLabel

_HINTS = (
    ("R", acts.ROTATE),
    ("A", acts.CORNERS),
    ("Suppr", acts.REMOVE),
    ("1…9 0", acts.KIND_OF_PIECE),
    ("C", acts.CONTINUES),
    ("N", acts.NEXT_BAD),
)

_ACTIONS = (("retake", acts.RETAKE, "F2"), ("keep", acts.KEEP, "G"))
_ON_CORNERS = (("corners", acts.SET_CORNERS, "A"), *_ACTIONS)
_BY_CORNERS = (ProblemKind.OUTLINE_UNCERTAIN, ProblemKind.CUT_OFF)
"""What other corners may mend."""


class DeskCard(QFrame):
    """A page on the desk."""

    pressed = Signal(str)  # "retake", "keep" or "corners"

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        self.setProperty("desk", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 10)
        column.setSpacing(8)
        self.banner = Banner(tongue)
        self.banner.pressed.connect(self.pressed)
        column.addWidget(self.banner)
        # Made now, so that the first bad page does not wait for buttons.
        self.banner.tell("wrong", NO_WORDS, buttons=_ACTIONS)
        self._desk = PageDesk(tongue)
        column.addWidget(self._desk, 1)
        self._empty = SaidLabel(tongue, acts.NO_PAGES_LEAD, role="ondesktitle", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._empty, 1)
        self._hints = QWidget()
        flow = FlowLayout(self._hints, gap=14, centred=True)
        for key, words in _HINTS:
            flow.addWidget(key_hint(tongue, key, words))
        column.addWidget(self._hints)
        self.show_entry(None, None)

    def lead(self, words: Words) -> None:
        """Say what to do while there is no page."""
        self._empty.tell(words)

    def show_entry(
        self, entry: Entry | None, preview: QImage | None, *, can_retake: bool = True
    ) -> None:
        """Show a page and its worst problem; None: an empty desk.

        Without *can_retake* F2 goes on with a stack, so that it is not offered for this page.
        """
        self._empty.setVisible(entry is None)
        self._desk.setVisible(entry is not None)
        self._hints.setVisible(entry is not None)
        if entry is None:
            self.banner.hide()
            self._desk.show_page(None)
            return
        problems = entry.page.problems if entry.is_troubled else ()
        self._desk.show_page(preview, problems)
        worst = entry.worst
        if worst is None:
            self.banner.hide()
            return
        self.banner.tell(
            "wrong" if worst in MUST_RETAKE else "attention",
            PROBLEM_TITLE[worst],
            PROBLEM_ADVICE[worst],
            _actions(problems, can_retake=can_retake),
        )


def _actions(problems: Sequence[Problem], *, can_retake: bool) -> list[tuple[str, Words, str]]:
    """Return what may be done about a page's problems: name, words and key."""
    by_corners = any(problem.kind in _BY_CORNERS for problem in problems)
    actions = _ON_CORNERS if by_corners else _ACTIONS
    return [one for one in actions if can_retake or one[0] != "retake"]


def key_hint(tongue: Tongue, key: str, words: Words) -> QWidget:
    """Return a key and what it does, for the dark desk."""
    pair = QWidget()
    line = QHBoxLayout(pair)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(5)
    line.addWidget(KeyCap(tongue, key))
    line.addWidget(SaidLabel(tongue, words, role="ondesk"))
    return pair
