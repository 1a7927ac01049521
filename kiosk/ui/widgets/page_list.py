"""The pages taken so far: a thumbnail, the kind of piece and how good each is."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from kiosk.domain.vocabulary import PieceKind
from kiosk.domain.words import PIECE_KIND, Words
from kiosk.ui.dossier_pages import DossierPages, Entry
from kiosk.ui.i18n import acts
from kiosk.ui.i18n.shown import fill, same
from kiosk.ui.i18n.tongue import Tongue
from kiosk.ui.i18n.troubles import MUST_RETAKE, PROBLEM_CHIP
from kiosk.ui.theme import set_look
from kiosk.ui.widgets.reader_name import ReaderName
from kiosk.ui.widgets.said import SaidLabel

_THUMBNAIL = QSize(52, 72)
_GAP_PX = 8


def quality_words(entry: Entry) -> tuple[Words, str]:
    """Return what a page's chip says, and its tone."""
    if entry.page.problems and entry.page.original_is_so:
        return acts.KEPT, "neutral"
    worst = entry.worst
    if worst is None:
        return acts.SHARP, "ok"
    return PROBLEM_CHIP[worst], "wrong" if worst in MUST_RETAKE else "attention"


class PageRow(QFrame):
    """One page of the list."""

    clicked = Signal(int)  # page id

    def __init__(self, tongue: Tongue, page_id: int) -> None:
        super().__init__()
        self._page_id = page_id
        self._shown: tuple[object, ...] = ()
        self.setProperty("row", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(7, 7, 7, 7)
        row.setSpacing(10)
        self._picture = QLabel()
        self._picture.setFixedSize(_THUMBNAIL)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(self._picture)
        column = QVBoxLayout()
        column.setSpacing(3)
        self._name = SaidLabel(tongue, role="strong", wrap=True)
        self._chip = SaidLabel(tongue, role="chip", wrap=True)
        column.addStretch(1)
        column.addWidget(self._name)
        column.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignLeading)
        column.addStretch(1)
        row.addLayout(column, 1)

    def show_entry(
        self, number: int, entry: Entry, kind: PieceKind, thumbnail: QImage | None
    ) -> None:
        """Show a page as number *number* of the dossier; what it shows already costs nothing."""
        picture_key = thumbnail.cacheKey() if thumbnail is not None else 0
        if self._shown == (number, entry, kind, picture_key):
            return
        self._shown = (number, entry, kind, picture_key)
        name = PIECE_KIND[kind]
        if entry.mark is None and number > 1:
            name = fill(acts.CONTINUED, kind=name)
        self._name.tell(fill(acts.PAGE_NAMED, n=same(str(number)), kind=name))
        words, tone = quality_words(entry)
        self._chip.tell(words, tone)
        if thumbnail is not None and not thumbnail.isNull():
            picture = QPixmap.fromImage(thumbnail)
            # Worker threads scale to twice the size shown: sharp on dense screens, cheap to paint.
            picture.setDevicePixelRatio(2.0)
            self._picture.setPixmap(picture)

    @property
    def said(self) -> str:
        """Return what the row says."""
        return f"{self._name.text()} · {self._chip.text()}"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose this page."""
        self.clicked.emit(self._page_id)
        super().mousePressEvent(event)


class PageList(QScrollArea):
    """The pages, one of them current; arrows go from page to page."""

    current_changed = Signal(int)  # page id
    moved = Signal()  # a person went to another page
    past_the_end = Signal()

    def __init__(self, tongue: Tongue) -> None:
        super().__init__()
        self._tongue = tongue
        self._rows: dict[int, PageRow] = {}
        self._order: list[int] = []
        self._current: int | None = None
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # A row that is new has its place only once the list is laid out.
        self.verticalScrollBar().rangeChanged.connect(self._show_row)
        self._column = self._new_column()
        ReaderName(self, tongue, acts.PAGES_LIST)

    @property
    def current(self) -> int | None:
        """Return the id of the current page."""
        return self._current

    def show_pages(self, pages: DossierPages, thumbnails: dict[int, QImage]) -> None:
        """Show these pages; the current one stays, or a neighbour takes its place."""
        ids = [entry.page_id for entry in pages.entries]
        was_at = self._order.index(self._current) if self._current in self._order else 0
        if not ids and self._rows:
            self._rows.clear()
            self._column = self._new_column()  # all rows go with the widget they lie on
        known = set(ids)
        for gone in [page_id for page_id in self._rows if page_id not in known]:
            row = self._rows.pop(gone)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for number, (entry, kind) in enumerate(zip(pages.entries, pages.kinds(), strict=True), 1):
            row = self._rows.get(entry.page_id) or self._new_row(entry.page_id, number - 1)
            row.show_entry(number, entry, kind, thumbnails.get(entry.page_id))
        self._order = ids
        if self._current not in ids:
            self._current = ids[min(was_at, len(ids) - 1)] if ids else None
        self._show_current()

    def choose(self, page_id: int) -> None:
        """Make a page the current one, and show it."""
        if page_id not in self._rows:
            return
        self._current = page_id
        self._show_current()
        self._show_row()
        self.current_changed.emit(page_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go up and down; Enter goes to the next page, and past the last one."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Return: 1, Qt.Key.Key_Enter: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
            return
        at = self._order.index(self._current) + step if self._current in self._order else 0
        if 0 <= at < len(self._order):
            self._go(self._order[at])
        elif step > 0 and event.key() != Qt.Key.Key_Down:
            self.past_the_end.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring on the current page."""
        super().focusInEvent(event)
        self._show_current()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self._show_current()

    @Slot(int)
    def _go(self, page_id: int) -> None:
        self.choose(page_id)
        self.moved.emit()

    @Slot()
    def _show_row(self) -> None:
        row = self._rows.get(self._current) if self._current is not None else None
        if row is not None:
            self.ensureWidgetVisible(row, 0, _GAP_PX)

    def _new_column(self) -> QVBoxLayout:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP_PX)
        column.addStretch(1)
        self.setWidget(inside)
        return column

    def _new_row(self, page_id: int, at: int) -> PageRow:
        row = PageRow(self._tongue, page_id)
        row.clicked.connect(self._go)
        self._rows[page_id] = row
        self._column.insertWidget(at, row)
        return row

    def _show_current(self) -> None:
        row = self._rows.get(self._current) if self._current is not None else None
        self.setAccessibleDescription(row.said if row is not None else "")
        for page_id, row in self._rows.items():
            is_current = page_id == self._current
            set_look(row, current=is_current, ring=is_current and self.hasFocus())
