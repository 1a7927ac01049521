"""Drafts in memory: pages are taken, turned, placed and removed without disk or scanner.

What they answer is held to the real desk's by ``tests.contracts.desk_contract``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Event
from uuid import UUID

from PIL import Image, UnidentifiedImageError

from kiosk.domain.errors import ErrorCode, InvalidInputError, WaslError
from kiosk.domain.form import DepositForm
from kiosk.domain.ids import uuid7
from kiosk.domain.page import Outline, Page, Problem
from kiosk.domain.views import DraftPage, FoundDraft, FrameView, PageFault
from kiosk.domain.vocabulary import AbandonReason, PieceKind, ProblemKind
from tests.fakes import frames
from tests.fakes.papers import jpeg, turned


@dataclass(slots=True)
class _Draft:
    created_at: datetime
    pages: dict[int, DraftPage] = field(default_factory=dict)
    last_id: int = 0
    removed: DraftPage | None = None
    form: DepositForm = field(default_factory=DepositForm)
    marks: Mapping[int, PieceKind] = field(default_factory=dict)


class FakeDrafts:
    """Dossiers being taken, in memory.

    Attributes:
        delay_s: How long every call takes, as a slow disk or scanner would.
        note_faults: Errors that the next calls of ``note`` raise, one each.
        place_faults: The same for ``place_page``.
        drop_faults: The same for ``drop`` of a whole draft.
        reasons: Why drafts were given up, in order.
        lost_pages: Ids of pages that cannot be read back.
        problems: Problems of a page by the name of its file.
        calls: Names of the calls made, in order.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.delay_s = 0.0
        self.note_faults: list[WaslError] = []
        self.place_faults: list[WaslError] = []
        self.drop_faults: list[WaslError] = []
        self.reasons: list[AbandonReason] = []
        self.lost_pages: set[int] = set()
        self.problems: dict[str, tuple[Problem, ...]] = {
            "blurred.jpg": (Problem(kind=ProblemKind.BLURRED),)
        }
        self.calls: list[str] = []
        self._drafts: dict[UUID, _Draft] = {}
        self._never = Event()

    def begin(self) -> UUID:
        """Open a draft."""
        self._work("begin")
        draft_id = uuid7(self.now)
        self._drafts[draft_id] = _Draft(created_at=self.now)
        return draft_id

    def add_pages(
        self,
        draft_id: UUID,
        file: Path,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        stop: Event | None = None,
    ) -> None:
        """Take a picture as one page; anything else is a fault."""
        if stop is not None and stop.is_set():
            return
        self._work("add_pages")
        self._draft(draft_id).last_id += 1
        self._take(draft_id, self._draft(draft_id).last_id, file, on_page)

    def replace_page(
        self,
        draft_id: UUID,
        page_id: int,
        file: Path,
        on_page: Callable[[DraftPage | PageFault], None],
        *,
        stop: Event | None = None,
    ) -> None:
        """Take a picture in the place of a page."""
        if stop is not None and stop.is_set():
            return
        self._work("replace_page")
        if page_id not in self._draft(draft_id).pages:
            raise InvalidInputError("page", f"there is no page {page_id}")
        self._take(draft_id, page_id, file, on_page)

    def _take(
        self,
        draft_id: UUID,
        page_id: int,
        file: Path,
        on_page: Callable[[DraftPage | PageFault], None],
    ) -> None:
        try:
            with Image.open(file) as opened:
                opened.load()
                picture = opened.convert("RGB")
        except (OSError, UnidentifiedImageError, ValueError):
            on_page(
                PageFault(
                    source=str(file), index=1, code=ErrorCode.UNREADABLE_FILE, message="damaged"
                )
            )
            return
        draft = self._draft(draft_id)
        page = DraftPage(
            page_id=page_id,
            page=self._page(file, picture),
            preview_jpeg=jpeg(picture, 1200),
            thumbnail_jpeg=jpeg(picture, 160),
        )
        draft.pages[page.page_id] = page
        on_page(page)

    def change_page(
        self, draft_id: UUID, page_id: int, *, quarter_turns: int = 0, keep: bool | None = None
    ) -> DraftPage:
        """Turn a page clockwise, or note that the original is like that."""
        self._work("change_page")
        known = self._drafts[draft_id].pages[page_id]
        page = known.page
        if keep is not None:
            page = replace(page, original_is_so=keep)
        turns = quarter_turns % 4
        if turns:
            width, height = page.width_px, page.height_px
            page = replace(
                page,
                rotated_deg=(page.rotated_deg + 90 * turns) % 360,
                width_px=height if turns % 2 else width,
                height_px=width if turns % 2 else height,
            )
        changed = replace(
            known,
            page=page,
            preview_jpeg=turned(known.preview_jpeg, turns),
            thumbnail_jpeg=turned(known.thumbnail_jpeg, turns),
        )
        self._drafts[draft_id].pages[page_id] = changed
        return changed

    def frame(self, draft_id: UUID, page_id: int) -> FrameView:
        """Show the whole picture that a page came from."""
        self._work("frame")
        return frames.frame_of(self._page_of(draft_id, page_id))

    def place_page(self, draft_id: UUID, page_id: int, outline: Outline) -> DraftPage:
        """Cut a page out of its picture; nobody is asked about its edges any more."""
        self._work("place_page")
        if self.place_faults:
            raise self.place_faults.pop(0)
        placed = frames.cut_out(self._page_of(draft_id, page_id), outline)
        self._drafts[draft_id].pages[page_id] = placed
        return placed

    def _page_of(self, draft_id: UUID, page_id: int) -> DraftPage:
        try:
            return self._draft(draft_id).pages[page_id]
        except KeyError:
            raise InvalidInputError("page", f"there is no page {page_id}") from None

    def drop(
        self,
        draft_id: UUID,
        page_id: int | None = None,
        *,
        reason: AbandonReason = AbandonReason.CLIENT_TAKES_BACK,
    ) -> None:
        """Remove one page, or the whole draft."""
        self._work("drop")
        draft = self._draft(draft_id)
        if page_id is not None:
            draft.removed = draft.pages.pop(page_id)
        elif self.drop_faults:
            raise self.drop_faults.pop(0)
        else:
            del self._drafts[draft_id]
            self.reasons.append(reason)

    def put_back(self, draft_id: UUID) -> DraftPage:
        """Put the page that was removed last where it was."""
        self._work("put_back")
        draft = self._draft(draft_id)
        page, draft.removed = draft.removed, None
        if page is None:
            raise InvalidInputError("page", "none was removed")
        draft.pages = dict(sorted({**draft.pages, page.page_id: page}.items()))
        return page

    def note(self, draft_id: UUID, form: DepositForm, marks: Mapping[int, PieceKind]) -> None:
        """Keep what was typed."""
        self._work("note")
        if self.note_faults:
            raise self.note_faults.pop(0)
        draft = self._draft(draft_id)
        draft.form, draft.marks = form, dict(marks)

    def open_drafts(self) -> tuple[FoundDraft, ...]:
        """Return every draft."""
        self._work("open_drafts")
        return tuple(
            FoundDraft(
                draft_id=draft_id,
                created_at=draft.created_at,
                page_count=len(draft.pages),
                form=draft.form,
                marks=draft.marks,
            )
            for draft_id, draft in self._drafts.items()
        )

    def resume(self, draft_id: UUID) -> Iterator[DraftPage | PageFault]:
        """Return a draft's pages; those of ``lost_pages`` as faults."""
        self._work("resume")
        return iter([self._read_back(page) for page in self._draft(draft_id).pages.values()])

    def _read_back(self, page: DraftPage) -> DraftPage | PageFault:
        if page.page_id not in self.lost_pages:
            return page
        source, code = page.page.source, ErrorCode.UNREADABLE_FILE
        return PageFault(source=source, index=page.page_id, code=code, message="damaged")

    def tidy(self) -> None:
        """Nothing is left behind in memory."""
        self._work("tidy")

    def _draft(self, draft_id: UUID) -> _Draft:
        try:
            return self._drafts[draft_id]
        except KeyError:
            raise InvalidInputError("draft", "there is no such draft") from None

    def _page(self, file: Path, picture: Image.Image) -> Page:
        return Page(
            source=str(file),
            index=1,
            width_px=picture.width,
            height_px=picture.height,
            dpi=100,
            outline=None,
            outline_confidence=1.0,
            skew_deg=0.0,
            rotated_deg=0,
            sharpness=0.9,
            ink_ratio=0.05,
            fingerprint="0" * 16,
            problems=self.problems.get(file.name, ()),
            size_bytes=30_000,
        )

    def _work(self, name: str) -> None:
        self.calls.append(name)
        if self.delay_s:
            self._never.wait(self.delay_s)
