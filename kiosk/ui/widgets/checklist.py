"""The pieces a dossier should hold, before the paper leaves the person."""

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


class Checklist(QWidget):
    """Pieces with the digit that names each, and whether it is there."""

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        self._tongue = tongue
        self._shown: tuple[Asked, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._rows: list[QWidget] = []

    def show_pages(self, pages: DossierPages, kind: DossierKind) -> None:
        """Show what is there and what is missing for a dossier of *kind*."""
        asked = pages.checklist(kind)
        if asked == self._shown:
            return
        self._shown = asked
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [self._row(one) for one in asked]
        spoken_of = {one.kind for one in asked}
        self._rows.append(self._others([one for one in PieceKind if one not in spoken_of]))
        for row in self._rows:
            self._column.addWidget(row)

    def _row(self, asked: Asked) -> QWidget:
        row = QFrame()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 5, 0, 0)
        column.setSpacing(5)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(KeyCap(self._tongue, DIGIT_BY_PIECE[asked.kind]))
        line.addWidget(SaidLabel(self._tongue, PIECE_KIND[asked.kind], wrap=True), 1)
        words, tone = piece_words(asked)
        chip = SaidLabel(self._tongue, words, role="chip")
        chip.setProperty("tone", tone)
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
