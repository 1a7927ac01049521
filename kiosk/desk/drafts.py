"""A dossier being taken: pages go through the pipeline and lie sealed under the draft's key."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from kiosk.domain.dossier import MAX_PAGES
from kiosk.domain.errors import FileTooLargeError, InvalidInputError
from kiosk.domain.ids import uuid7
from kiosk.domain.page import Page, Problem
from kiosk.domain.views import DraftPage, PageFault
from kiosk.domain.vocabulary import PieceKind, ProblemKind
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.processed import FrameFault, ProcessedPage
from kiosk.security.draft_key import DraftKey
from kiosk.store.drafts import DraftPages
from kiosk.store.errors import StoreError
from kiosk.store.folder import DataFolder

_PDF, _PREVIEW, _THUMBNAIL = "pdf", "preview", "thumbnail"


@dataclass(slots=True, kw_only=True)
class _Draft:
    pages: DraftPages
    kept: dict[int, Page] = field(default_factory=dict)
    last_id: int = 0


class Drafts:
    """Open drafts of this process.

    Threads: calls that run the pipeline (``add_pages``, ``change_page``) are for one thread at a
    time; the others may come from any.
    """

    def __init__(
        self, folder: DataFolder, capture: CaptureProcess, now: Callable[[], datetime]
    ) -> None:
        self._folder = folder
        self._capture = capture
        self._now = now
        self._open: dict[UUID, _Draft] = {}
        self._lock = threading.Lock()

    def begin(self) -> UUID:
        """Open a draft under a key of its own."""
        draft_id = uuid7(self._now())
        pages = DraftPages(self._folder, draft_id, DraftKey(draft_id))
        with self._lock:
            self._open[draft_id] = _Draft(pages=pages)
        return draft_id

    def add_pages(
        self, draft_id: UUID, file: Path, on_page: Callable[[DraftPage | PageFault], None]
    ) -> None:
        """Run a file through the page pipeline; *on_page* hears of each page once it is kept.

        Raises:
            DeviceUnavailableError: The pipeline cannot be started.
            StoreError: A page cannot be kept; those before it are.
        """
        for outcome in self._capture.process(file, str(file)):
            if isinstance(outcome, FrameFault):
                on_page(_fault(outcome))
                continue
            draft = self._draft(draft_id)
            if len(draft.kept) >= MAX_PAGES:
                full = FileTooLargeError(f"a dossier has at most {MAX_PAGES} pages")
                on_page(
                    _fault(
                        FrameFault(source=outcome.page.source, index=outcome.page.index, error=full)
                    )
                )
                return
            draft.last_id += 1
            on_page(self._keep(draft, draft.last_id, outcome))

    def change_page(
        self, draft_id: UUID, page_id: int, *, quarter_turns: int = 0, keep: bool | None = None
    ) -> DraftPage:
        """Turn a page clockwise, or note that the original is like that.

        Raises:
            InvalidInputError: There is no such page.
            WaslError: The turned page could not be made; the one before it stays.
        """
        draft = self._draft(draft_id)
        page = self._page(draft, page_id)
        if quarter_turns % 4:
            pdf = draft.pages.read(page_id, _PDF)
            outcome = self._capture.turn(page, pdf, quarter_turns % 4)
            if isinstance(outcome, FrameFault):
                raise outcome.error
            self._keep(draft, page_id, outcome)
        if keep is not None:
            draft.kept[page_id] = replace(draft.kept[page_id], original_is_so=keep)
        return DraftPage(
            page_id=page_id,
            page=draft.kept[page_id],
            preview_jpeg=draft.pages.read(page_id, _PREVIEW),
            thumbnail_jpeg=draft.pages.read(page_id, _THUMBNAIL),
        )

    def drop(self, draft_id: UUID, page_id: int | None = None) -> None:
        """Remove one page, or abandon the whole draft (its key is destroyed)."""
        draft = self._draft(draft_id)
        if page_id is not None:
            self._page(draft, page_id)
            del draft.kept[page_id]
            draft.pages.remove(page_id)
            return
        with self._lock:
            self._open.pop(draft_id, None)
        draft.pages.destroy()

    def forget(self, draft_id: UUID) -> None:
        """Destroy the key of a draft that became durable elsewhere; gone already is fine.

        A disk that does not let its files go changes nothing about what was committed: without
        the key they are noise, and the next start sweeps them.
        """
        with contextlib.suppress(InvalidInputError, StoreError):
            self.drop(draft_id)

    def pages(self, draft_id: UUID) -> Mapping[int, Page]:
        """Return the kept pages by their ids, in order."""
        return dict(sorted(self._draft(draft_id).kept.items()))

    def pdfs(self, draft_id: UUID) -> Iterator[bytes]:
        """Yield the one-page PDFs, in order, one in memory at a time."""
        draft = self._draft(draft_id)
        return (draft.pages.read(page_id, _PDF) for page_id in sorted(draft.kept))

    def marks_by_number(
        self, draft_id: UUID, marks: Mapping[int, PieceKind]
    ) -> dict[int, PieceKind]:
        """Return marks by page number, counted from 1, from marks by page id.

        Raises:
            InvalidInputError: A mark on a page that is not there.
        """
        order: Sequence[int] = sorted(self._draft(draft_id).kept)
        strangers = [page_id for page_id in marks if page_id not in order]
        if strangers:
            raise InvalidInputError("piece", f"there is no page {strangers[0]}")
        return {order.index(page_id) + 1: kind for page_id, kind in marks.items()}

    def close(self) -> None:
        """Abandon every open draft."""
        for draft_id in list(self._open):
            self.forget(draft_id)

    def _keep(self, draft: _Draft, page_id: int, outcome: ProcessedPage) -> DraftPage:
        page = _with_duplicate(outcome.page, draft, page_id)
        draft.pages.keep(page_id, _PREVIEW, outcome.preview_jpeg)
        draft.pages.keep(page_id, _THUMBNAIL, outcome.thumbnail_jpeg)
        draft.pages.keep(page_id, _PDF, outcome.pdf)
        draft.kept[page_id] = page
        return DraftPage(
            page_id=page_id,
            page=page,
            preview_jpeg=outcome.preview_jpeg,
            thumbnail_jpeg=outcome.thumbnail_jpeg,
        )

    def _draft(self, draft_id: UUID) -> _Draft:
        try:
            return self._open[draft_id]
        except KeyError:
            raise InvalidInputError("draft", "there is no such draft") from None

    @staticmethod
    def _page(draft: _Draft, page_id: int) -> Page:
        try:
            return draft.kept[page_id]
        except KeyError:
            raise InvalidInputError("page", f"there is no page {page_id}") from None


# What scan.fingerprint measured: two filled forms of one kind may differ by 2 bits only.
_SAME_PAGE_BITS = 1


def _with_duplicate(page: Page, draft: _Draft, page_id: int) -> Page:
    told = tuple(p for p in page.problems if p.kind is not ProblemKind.DUPLICATE_PAGE)
    page = replace(page, problems=told)  # it was said of how the page lay before
    if any(problem.kind is ProblemKind.BLANK for problem in told):
        return page  # blank pages all look alike
    others = (other.fingerprint for key, other in draft.kept.items() if key != page_id)
    mine = int(page.fingerprint, 16)
    if any((int(other, 16) ^ mine).bit_count() <= _SAME_PAGE_BITS for other in others):
        duplicate = Problem(kind=ProblemKind.DUPLICATE_PAGE)
        return replace(page, problems=(*page.problems, duplicate))
    return page


def _fault(fault: FrameFault) -> PageFault:
    return PageFault(
        source=fault.source, index=fault.index, code=fault.error.code, message=str(fault.error)
    )
