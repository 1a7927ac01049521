"""One open draft in memory: which pages it has, in which order, and where each lies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from kiosk.desk.likely_twins import likely_twins
from kiosk.domain.errors import (
    ErrorCode,
    InvalidInputError,
    TooManyPagesError,
    UndrawnMarkError,
    UnreadableFileError,
    WaslError,
)
from kiosk.domain.page import Page, Problem
from kiosk.domain.views import DraftPage, PageFault
from kiosk.domain.vocabulary import PieceKind, ProblemKind
from kiosk.scan.processed import FrameFault, ProcessedPage
from kiosk.security.errors import WrongKeyError
from kiosk.store.draft_rows import Origin, StoredPage
from kiosk.store.drafts import DraftPages, PageParts


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """A page that is durable. ``version`` counts how often it was turned or taken again.

    ``ink`` is what tells whether it comes again; empty where nothing does.
    """

    page: Page
    position: int
    version: int
    ink: bytes = b""


@dataclass(slots=True, kw_only=True)
class OpenDraft:
    """The pages of a draft by id; ids and positions of pages that went are not given again.

    Attributes:
        removed: The page that was removed last, so that a slip of the hand costs nothing.
    """

    pages: DraftPages
    origin: Origin
    kept: dict[int, KeptPage] = field(default_factory=dict)
    last_id: int = 0
    last_position: int = 0
    removed: tuple[int, KeptPage, PageParts] | None = None

    @classmethod
    def of_rows(cls, pages: DraftPages, rows: Sequence[StoredPage]) -> Self:
        """Return a draft of the window as its rows tell."""
        draft = cls(pages=pages, origin=Origin.WINDOW)
        for row in rows:
            draft.last_id = max(draft.last_id, row.page_id)
            draft.last_position = max(draft.last_position, row.position)
            if row.page is not None:
                draft.kept[row.page_id] = KeptPage(
                    page=row.page, position=row.position, version=row.version
                )
        return draft

    def read_back(self, rows: Sequence[StoredPage]) -> Iterator[DraftPage | PageFault]:
        """Yield each page with its pictures; one that cannot be read goes, and is told."""
        for number, row in enumerate(rows, 1):
            if row.page is None:
                yield _lost(row, number, "its row cannot be read")
                continue
            try:
                parts = self.parts(row.page_id)
            except WaslError as error:
                self.kept.pop(row.page_id, None)
                yield _lost(row, number, str(error))
                continue
            if row.page_id in self.kept:
                self.kept[row.page_id] = replace(self.kept[row.page_id], ink=parts.ink)
            yield shown(row.page_id, row.page, parts, row.position)

    def order(self) -> list[int]:
        """Return page ids by position."""
        return sorted(self.kept, key=lambda page_id: self.kept[page_id].position)

    def page(self, page_id: int) -> KeptPage:
        """Return a page.

        Raises:
            InvalidInputError: There is none of that id.
        """
        try:
            return self.kept[page_id]
        except KeyError:
            raise InvalidInputError("page", f"there is no page {page_id}") from None

    def parts(self, page_id: int) -> PageParts:
        """Return what is kept of a page.

        Raises:
            UnreadableFileError: Its file is gone or is not the one that was kept.
            StoreError: The disk refuses.
        """
        try:
            return self.pages.read(page_id, self.page(page_id).version)
        except WrongKeyError as error:
            raise UnreadableFileError("a draft page is not the one that was kept") from error

    def as_removed(self, page_id: int) -> tuple[int, KeptPage, PageParts] | None:
        """Return a page as it can be put back; None where its file cannot be read any more."""
        try:
            return page_id, self.page(page_id), self.parts(page_id)
        except UnreadableFileError:
            return None

    def numbered(self, marks: Mapping[int, PieceKind]) -> dict[int, PieceKind]:
        """Return marks by page number, counted from 1, from marks by page id.

        Raises:
            InvalidInputError: A mark on a page that is not there.
        """
        order = self.order()
        strangers = [page_id for page_id in marks if page_id not in order]
        if strangers:
            raise InvalidInputError("piece", f"there is no page {strangers[0]}")
        return {order.index(page_id) + 1: kind for page_id, kind in marks.items()}

    def put(self, page_id: int, kept: KeptPage) -> None:
        """Take a page that is durable, new or in the place of its former version."""
        self.kept[page_id] = kept
        self.last_id = max(self.last_id, page_id)
        self.last_position = max(self.last_position, kept.position)

    def likely_twins(self, page: Page, page_id: int) -> list[bytes]:
        """Return the ink of the pages of which *page* may be one taken again; of none if blank."""
        if any(problem.kind is ProblemKind.BLANK for problem in page.problems):
            return []  # blank pages all look alike
        others = {key: kept for key, kept in self.kept.items() if key != page_id and kept.ink}
        prints = ((key, kept.page.fingerprint) for key, kept in others.items())
        return [others[key].ink for key in likely_twins(page.fingerprint, prints)]


def judged(page: Page, *, is_duplicate: bool) -> Page:
    """Return *page*, told as a duplicate or not, whatever was said of it before."""
    told = tuple(one for one in page.problems if one.kind is not ProblemKind.DUPLICATE_PAGE)
    if is_duplicate:
        told = (*told, Problem(kind=ProblemKind.DUPLICATE_PAGE))
    return replace(page, problems=told)


def parts_of(outcome: ProcessedPage) -> PageParts:
    """Return what is to be kept of a page beside its row."""
    return PageParts(
        pdf=outcome.pdf,
        preview=outcome.preview_jpeg,
        thumbnail=outcome.thumbnail_jpeg,
        frame=outcome.frame,
        ink=outcome.ink,
    )


def shown(page_id: int, page: Page, parts: PageParts, position: int) -> DraftPage:
    """Return a page as the window shows it."""
    return DraftPage(
        page_id=page_id,
        page=page,
        preview_jpeg=parts.preview,
        thumbnail_jpeg=parts.thumbnail,
        position=position,
    )


def fault_of(fault: FrameFault) -> PageFault:
    """Return a frame's fault as the window tells it."""
    error = fault.error
    return PageFault(
        source=fault.source,
        index=fault.index,
        code=error.code,
        message=str(error),
        limit=error.limit if isinstance(error, TooManyPagesError) else None,
        is_undrawn=isinstance(error, UndrawnMarkError),
    )


def _lost(row: StoredPage, number: int, why: str) -> PageFault:
    source = row.page.source if row.page else f"page {number}"
    return PageFault(source=source, index=number, code=ErrorCode.UNREADABLE_FILE, message=why)
