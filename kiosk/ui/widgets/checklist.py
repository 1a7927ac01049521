"""The pieces a dossier should hold, before the paper leaves the person."""

from enum import Enum, auto

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.vocabulary import DossierKind, PieceKind
from kiosk.domain.words import PIECE_KIND, Words
from kiosk.ui.dossier_pages import Asked, DossierPages
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.keys import DIGIT_BY_PIECE
from kiosk.ui.widgets.flow import FlowLayout
from kiosk.ui.widgets.said import KeyCap, SaidLabel


def piece_words(asked: Asked) -> tuple[Words, str]:
    """Return how a piece stands, and the tone."""
    if asked.is_troubled:
        return acts.ILLEGIBLE, "wrong"
    if asked.is_present:
        return acts.PRESENT, "ok"
    if asked.is_expected:
        return acts.MISSING, "attention"
    return acts.IF_PRESCRIBED, "neutral"


class Part(Enum):
    """How much of the list is shown."""

    ALL = auto()
    PIECES = auto()  # without the kinds nobody speaks of here
    DOUBTS = auto()  # only what is missing or to be taken again


class Checklist(QWidget):
    """Pieces with the digit that names each, and whether it is there."""

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        self._tongue = tongue
        self._chips: dict[PieceKind, SaidLabel] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._rows: list[QWidget] = []
        self._part = Part.ALL

    def show_pages(self, pages: DossierPages, kind: DossierKind) -> None:
        """Show what is there and what is missing for a dossier of *kind*."""
        asked = pages.checklist(kind)
        if [one.kind for one in asked] != list(self._chips):
            self._build(asked)
        for one in asked:
            words, tone = piece_words(one)
            self._chips[one.kind].tell(words, tone)
        self.show_part(self._part)

    def show_part(self, part: Part) -> None:
        """Show as much as there is room for; the keys of what is hidden work all the same."""
        self._part = part
        for row, chip in zip(self._rows, self._chips.values(), strict=False):
            is_in_doubt = chip.property("tone") in ("wrong", "attention")
            row.setVisible(part is not Part.DOUBTS or is_in_doubt)
        for others in self._rows[len(self._chips) :]:
            others.setVisible(part is Part.ALL)

    def _build(self, asked: tuple[Asked, ...]) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._chips.clear()
        self._rows = [self._row(one.kind) for one in asked]
        self._rows.append(self._others([one for one in PieceKind if one not in self._chips]))
        for row in self._rows:
            self._column.addWidget(row)

    def _row(self, kind: PieceKind) -> QWidget:
        row = QFrame()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 5, 0, 0)
        column.setSpacing(5)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(KeyCap(self._tongue, DIGIT_BY_PIECE[kind]))
        line.addWidget(SaidLabel(self._tongue, PIECE_KIND[kind], wrap=True), 1)
        chip = SaidLabel(self._tongue, role="chip")
        self._chips[kind] = chip
        line.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(line)
        rule = QFrame()
        rule.setProperty("rule", True)
        column.addWidget(rule)
        return row

    def _others(self, kinds: list[PieceKind]) -> QWidget:
        box = QWidget()
        flow = FlowLayout(box, gap=8)
        box.setContentsMargins(0, 8, 0, 0)
        for kind in kinds:
            pair = QWidget()
            line = QHBoxLayout(pair)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(5)
            line.addWidget(KeyCap(self._tongue, DIGIT_BY_PIECE[kind]))
            line.addWidget(SaidLabel(self._tongue, PIECE_KIND[kind], role="small"))
            flow.addWidget(pair)
        return box
