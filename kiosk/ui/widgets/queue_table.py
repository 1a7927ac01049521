"""The table of deposits that are not purged: nothing about a person."""

from datetime import datetime
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from kiosk.domain.moments import shown_date
from kiosk.domain.views import QUEUE_PAGE, QueueRow
from kiosk.domain.vocabulary import DepositState, Stage
from kiosk.domain.words import DEPOSIT_STATE, DOSSIER_KIND, PIECE_KIND, STAGE, Words
from kiosk.ui import theme
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.shown import clock, fill, joined, same, size
from kiosk.ui.i18n.tongue import Language, Tongue
from kiosk.ui.i18n.troubles import HELD, OUTCOME, OUTCOME_UNKNOWN

Index = QModelIndex | QPersistentModelIndex
_NOTHING: Final = Words("—", "—")
_STATE: Final = 5
_ROW_PX: Final = 42
_CHIP_ROOM_PX: Final = 32
_TONE_ROLE: Final = Qt.ItemDataRole.UserRole
_STAGE_TONE: Final = {
    Stage.RETURNED: "attention",
    Stage.LOST: "wrong",
    Stage.DAMAGED: "wrong",
}
_LOCAL: Final = (Stage.DEPOSITED, Stage.SCAN_TO_COME, Stage.COPY_RECEIVED)


def state_words(row: QueueRow, now: datetime) -> tuple[Words, str]:
    """Return where a deposit stands and the tone; the reason is said where there is one."""
    state = DEPOSIT_STATE[row.state]
    if row.state is DepositState.HELD and row.held_reason is not None:
        return fill(acts.HELD_BECAUSE, state=state, why=HELD[row.held_reason]), "wrong"
    if row.state in (DepositState.ACKNOWLEDGED, DepositState.PURGED):
        if row.stage not in _LOCAL:
            return STAGE[row.stage], _STAGE_TONE.get(row.stage, "ok")
        if row.events_waiting:
            return fill(acts.EVENTS_WAIT, state=state), "attention"
        if row.acknowledged_at is not None:
            at = clock(row.acknowledged_at, now)
            return fill(acts.STATE_AT, state=state, at=at), "ok"
        return state, "ok"
    if row.state is DepositState.QUEUED and row.last_error:
        why = OUTCOME.get(row.last_error, OUTCOME_UNKNOWN)
        return fill(acts.STATE_BECAUSE, state=state, why=why), "attention"
    tone = "neutral" if row.state is DepositState.CANCELLED else "attention"
    return state, tone


def returned_words(row: QueueRow) -> Words:
    """Return what is to be told of a dossier that came back; no words for any other."""
    told = row.returned
    if told is None:
        return Words("", "")
    parts = [fill(acts.RETURNED_ROW, number=same(row.receipt_number), why=told.why)]
    if told.pieces_to_bring:
        pieces = [PIECE_KIND[piece] for piece in told.pieces_to_bring]
        named = Words(", ".join(one.fr for one in pieces), "، ".join(one.ar for one in pieces))
        parts.append(fill(acts.TO_BRING, pieces=named))
    if told.last_day is not None:
        parts.append(fill(acts.LAST_DAY, day=same(shown_date(told.last_day))))
    return joined(*parts, by="\n")


class QueueModel(QAbstractTableModel):
    """Rows as they are said, newest first; more of them are asked for as one comes to the end."""

    wanted = Signal(int)  # rows to bring from now on

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        self._tongue = tongue
        self._rows: tuple[QueueRow, ...] = ()
        self._now: datetime | None = None
        self._kept = 0
        self._is_asking = False
        tongue.changed.connect(self._say)

    def show_rows(self, rows: tuple[QueueRow, ...], kept: int, now: datetime) -> None:
        """Show other rows, the newest of *kept*; older ones that follow those shown are added.

        When they are as many, or more of the same, the selection stays where it is.
        """
        self._now, self._kept = now, kept
        if len(rows) >= len(self._rows):
            self._is_asking = False
        if self._rows and self._follow(rows):
            shown = len(self._rows)
            self.beginInsertRows(QModelIndex(), shown, len(rows) - 1)
            self._rows = rows
            self.endInsertRows()
            self._say()
        elif len(rows) != len(self._rows):
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        elif rows != self._rows:
            self._rows = rows
            self._say()

    def row_at(self, place: int) -> QueueRow | None:
        """Return the deposit shown there; None when nothing is."""
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def newest_returned(self) -> QueueRow | None:
        """Return the newest deposit shown that came back."""
        return next((row for row in self._rows if row.returned is not None), None)

    def _follow(self, rows: tuple[QueueRow, ...]) -> bool:
        shown = len(self._rows)
        return len(rows) > shown and all(
            one.deposit_id == other.deposit_id
            for one, other in zip(self._rows, rows[:shown], strict=True)
        )

    def canFetchMore(self, parent: Index) -> bool:
        """Tell whether there are more rows than are shown, and none are on their way.

        Where none are shown none were asked for: a view asks on its own, even while it is hidden.
        """
        return not (parent.isValid() or self._is_asking) and 0 < len(self._rows) < self._kept

    def fetchMore(self, parent: Index) -> None:
        """Ask for more rows; they come with a later look."""
        if self.canFetchMore(parent):
            self._is_asking = True
            self.wanted.emit(len(self._rows) + QUEUE_PAGE)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of deposits."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the same
        """Return the number of columns."""
        return 0 if parent.isValid() else len(acts.COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return a column's name."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            is_arabic = self._tongue.language is Language.ARABIC
            side = Qt.AlignmentFlag.AlignRight if is_arabic else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._tongue.say(acts.COLUMNS[section])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell says; the state's tone under the user role."""
        if self._now is None or not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.FontRole and index.column() == 0:
            return theme.mono(theme.TEXT_PX)
        if role == _TONE_ROLE and index.column() == _STATE:
            return state_words(row, self._now)[1]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._tongue.say(self._cell(row, index.column(), self._now))
        return None

    def _cell(self, row: QueueRow, column: int, now: datetime) -> Words:
        has_scan = row.size_bytes > 0
        cells = (
            lambda: same(row.receipt_number),
            lambda: clock(row.created_at, now),
            lambda: DOSSIER_KIND[row.kind],
            lambda: same(str(row.page_count)) if has_scan else _NOTHING,
            lambda: size(row.size_bytes) if has_scan else _NOTHING,
            lambda: state_words(row, now)[0],
        )
        return cells[column]()

    @Slot()
    def _say(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, len(acts.COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(acts.COLUMNS) - 1)


class StateChip(QStyledItemDelegate):
    """Paints a state as a chip: words on their soft colour."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one chip."""
        text = str(index.data() or "")
        ink, soft = theme.TONES[str(index.data(_TONE_ROLE) or "neutral")]
        option.text = ""
        super().paint(painter, option, QModelIndex())
        font = theme.sans(theme.SMALL_PX - 1, bold=True)
        room: QRect = option.rect.adjusted(8, 0, -8, 0)
        direction = option.direction
        width = min(room.width(), QFontMetrics(font).horizontalAdvance(text) + 16)
        box = QRect(room.left(), room.center().y() - 11, width, 23)
        if direction == Qt.LayoutDirection.RightToLeft:
            box.moveRight(room.right())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(soft))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QColor(ink))
        painter.setFont(font)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the room the whole sentence needs."""
        wide = _chip_metrics().horizontalAdvance(str(index.data() or ""))
        return QSize(wide + _CHIP_ROOM_PX, _ROW_PX)


class QueueTable(QTableView):
    """Arrows go from deposit to deposit."""

    def __init__(self, model: QueueModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegateForColumn(_STATE, StateChip(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        for column, width in enumerate((172, 108, 112, 70, 76)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        header.setSectionResizeMode(_STATE, QHeaderView.ResizeMode.Stretch)

    def state_width(self) -> int:
        """Return the pixels a state may take."""
        return self.columnWidth(_STATE)

    def width_of(self, state: str) -> int:
        """Return the pixels a state's chip needs."""
        return _chip_metrics().horizontalAdvance(state) + _CHIP_ROOM_PX


def _chip_metrics() -> QFontMetrics:
    return QFontMetrics(theme.sans(theme.SMALL_PX - 1, bold=True))
