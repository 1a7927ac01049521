"""A dossier being taken: what was typed and its pages outlive a crash, under the draft's key."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from kiosk.desk.open_draft import KeptPage, OpenDraft, fault_of, judged, parts_of, shown
from kiosk.desk.residue import Residue
from kiosk.domain.dossier import MAX_PAGES
from kiosk.domain.errors import InvalidInputError, PageLimit, TooManyPagesError
from kiosk.domain.form import DepositForm
from kiosk.domain.ids import uuid7
from kiosk.domain.moments import ClockReading
from kiosk.domain.page import Outline, Page
from kiosk.domain.views import DraftPage, FoundDraft, FrameView, PageFault
from kiosk.domain.vocabulary import AbandonReason, PieceKind
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.processed import FrameFault, ProcessedPage
from kiosk.security.draft_key import DraftKey, new_key
from kiosk.store.draft_rows import Origin, StoredPage
from kiosk.store.drafts import DraftPages
from kiosk.store.errors import StoreError
from kiosk.store.store import Store

_OnPage = Callable[[DraftPage | PageFault], None]


class Drafts:
    """Open drafts. Each page is durable before it is told of, what was typed once it is noted.

    Threads: calls that run the pipeline (``add_pages``, ``replace_page``, ``change_page``) and
    ``resume`` are for one thread at a time; the others may come from any.
    """

    def __init__(
        self, store: Store, capture: CaptureProcess, clock: Callable[[], ClockReading]
    ) -> None:
        self._store = store
        self._capture = capture
        self._clock = clock
        self._open: dict[UUID, OpenDraft] = {}
        self._lock = threading.Lock()
        self._residue = Residue(store)

    def begin(self, *, for_command: bool = False, agent: str = "technician") -> UUID:
        """Open a draft under a key of its own.

        Args:
            for_command: It ends with the command that takes it, however that ends: a command can
                be repeated, and the window is not to find its draft.
            agent: Who takes the dossier.

        Raises:
            DiskFullError: There is too little room to end what would be begun.
            StoreError: It cannot be kept.
        """
        self._store.guard.check_room()
        origin = Origin.COMMAND if for_command else Origin.WINDOW
        now = self._clock().utc
        draft_id, key = uuid7(now), new_key()
        pages = DraftPages(self._store.folder, draft_id, DraftKey(draft_id, key))
        pages.make()
        try:
            self._store.drafts.add(draft_id, key, now, origin, agent)
        except StoreError:
            with contextlib.suppress(StoreError):
                pages.destroy()
            raise
        with self._lock:
            self._open[draft_id] = OpenDraft(pages=pages, origin=origin)
        return draft_id

    def note(self, draft_id: UUID, form: DepositForm, marks: Mapping[int, PieceKind]) -> None:
        """Keep what was typed so far, and which kinds of piece begin on which pages.

        Raises:
            InvalidInputError: There is no such draft.
            StoreError: It cannot be kept; what was noted before still is.
        """
        self._store.drafts.note(draft_id, form, marks)

    def open_drafts(self) -> tuple[FoundDraft, ...]:
        """Return every dossier of the window that is neither deposited nor abandoned."""
        return self._store.drafts.found()

    def resume(self, draft_id: UUID) -> Iterator[DraftPage | PageFault]:
        """Go on with a draft that was found: yield its pages in order, with their pictures.

        A page whose file is gone or damaged is a fault; the others go on, and it is not part of
        the dossier any more.

        Raises:
            InvalidInputError: There is no such draft.
            StoreError: The database cannot be read.
        """
        key, rows = self._store.drafts.load(draft_id)
        pages = DraftPages(self._store.folder, draft_id, DraftKey(draft_id, key))
        draft = OpenDraft.of_rows(pages, rows)
        with self._lock:
            self._open[draft_id] = draft
        return draft.read_back(rows)

    def add_pages(
        self,
        draft_id: UUID,
        file: Path,
        on_page: _OnPage,
        *,
        stop: threading.Event | None = None,
    ) -> None:
        """Run a file through the page pipeline; *on_page* hears of each page once it is kept.

        Once *stop* is set, by any thread, it ends within a second; the pages so far are kept.

        Raises:
            DeviceUnavailableError: The pipeline cannot be started.
            StoreError: A page cannot be kept; those before it are.
        """
        self.take(draft_id, self._capture.process(file, str(file), stop=stop), on_page)

    def replace_page(
        self,
        draft_id: UUID,
        page_id: int,
        file: Path,
        on_page: _OnPage,
        *,
        stop: threading.Event | None = None,
    ) -> None:
        """Take a page again: the file's first page stands in its place, under its id and mark.

        Further pages come at the end. Until one has come the former stays; *stop* as before.

        Raises:
            InvalidInputError: There is no such page.
            DeviceUnavailableError, StoreError: As :meth:`add_pages`.
        """
        self.check_page(draft_id, page_id)
        outcomes = self._capture.process(file, str(file), stop=stop)
        self.take(draft_id, outcomes, on_page, replaced=page_id)

    def change_page(
        self, draft_id: UUID, page_id: int, *, quarter_turns: int = 0, keep: bool | None = None
    ) -> DraftPage:
        """Turn a page clockwise, or note that the original is like that.

        Raises:
            InvalidInputError: There is no such page.
            WaslError: The turned page could not be made or kept; the one before it stays.
        """
        draft = self._draft(draft_id)
        kept = draft.page(page_id)
        if quarter_turns % 4:
            parts = draft.parts(page_id)
            outcome = self._capture.turn(kept.page, parts.pdf, quarter_turns % 4)
            if isinstance(outcome, FrameFault):
                raise outcome.error
            self._keep(draft_id, draft, page_id, replace(outcome, frame=parts.frame))
        if keep is not None:
            kept = draft.kept[page_id]
            page = replace(kept.page, original_is_so=keep)
            self._point(draft_id, draft, page_id, replace(kept, page=page))
        now = draft.page(page_id)
        return shown(page_id, now.page, draft.parts(page_id), now.position)

    def frame(self, draft_id: UUID, page_id: int) -> FrameView:
        """Return the whole picture in which a page lies, so that its corners can be set.

        It is the frame that was kept with the page, else the file it came from.

        Raises:
            InvalidInputError: There is no such page.
            UnreadableFileError: None was kept, and the file is not there any more.
        """
        draft = self._draft(draft_id)
        page = draft.page(page_id).page
        frame = draft.parts(page_id).frame or Path(page.source)
        outcome = self._capture.look(frame, page.source, page.index)
        if isinstance(outcome, FrameFault):
            raise outcome.error
        return outcome

    def place_page(self, draft_id: UUID, page_id: int, outline: Outline) -> DraftPage:
        """Cut a page out again by the corners that an agent has set, clockwise, source pixels.

        Raises:
            InvalidInputError: There is no such page, or the corners are not those of a sheet.
            WaslError: The page could not be made or kept; the one before it stays.
        """
        draft = self._draft(draft_id)
        page = draft.page(page_id).page
        if not outline.is_sheet():
            raise InvalidInputError("outline", "the corners are not those of a sheet")
        kept = draft.parts(page_id).frame
        outcome = self._capture.place(kept or Path(page.source), page.source, page.index, outline)
        if isinstance(outcome, FrameFault):
            raise outcome.error
        # The frame stays with the page: corners set wrong are set again.
        return self._keep(draft_id, draft, page_id, replace(outcome, frame=kept))

    def drop(
        self,
        draft_id: UUID,
        page_id: int | None = None,
        *,
        reason: AbandonReason = AbandonReason.CLIENT_TAKES_BACK,
        agent: str = "technician",
    ) -> None:
        """Remove one page, or abandon the whole draft: its key is destroyed, the act journalled.

        Raises:
            InvalidInputError: There is no such draft or page.
            StoreError: The draft stands as it was. Once its key is destroyed nothing is raised:
                files that a disk does not let go are noise, and the next start sweeps them.
        """
        if page_id is not None:
            draft = self._draft(draft_id)
            kept = draft.page(page_id)
            removed = draft.as_removed(page_id)
            self._store.drafts.remove_page(draft_id, page_id)
            del draft.kept[page_id]
            draft.removed = removed
            draft.pages.remove(page_id, kept.version)
            return
        self._store.drafts.abandon(draft_id, reason, agent)
        self.ended(draft_id)
        self.tidy()

    def put_back(self, draft_id: UUID) -> DraftPage:
        """Put the page that was removed last where it was; it is in memory until the draft ends.

        Raises:
            InvalidInputError: There is no such draft, or no page was removed since it was opened.
            TooManyPagesError: Others have taken its room.
            StoreError: It cannot be kept.
        """
        draft = self._draft(draft_id)
        if draft.removed is None:
            raise InvalidInputError("page", "none was removed")
        if len(draft.kept) >= MAX_PAGES:
            raise _full()
        page_id, kept, parts = draft.removed
        back = replace(kept, version=kept.version + 1)
        draft.pages.keep(page_id, back.version, parts)
        self._point(draft_id, draft, page_id, back)
        draft.removed = None
        return shown(page_id, back.page, parts, back.position)

    def forget(self, draft_id: UUID, reason: AbandonReason) -> None:
        """End a draft whose dossier is deposited already, or whose command was refused.

        One that cannot be ended now, or is gone already, changes nothing about that.
        """
        with contextlib.suppress(StoreError):
            with contextlib.suppress(InvalidInputError):
                self._store.drafts.abandon(draft_id, reason, agent="")
            self.ended(draft_id)
            self.tidy()

    def ended(self, draft_id: UUID) -> None:
        """Forget the key of a draft whose row was deleted; its files, noise now, go later."""
        # Found, but never resumed: its files open with no key that anybody has.
        unread = DraftPages(self._store.folder, draft_id, DraftKey(draft_id, new_key()))
        with self._lock:
            draft = self._open.pop(draft_id, None)
        self._residue.add(draft.pages if draft else unread)

    def tidy(self) -> None:
        """Clear away what ended drafts left; for a moment when nobody waits: after the receipt."""
        self._residue.clear()

    def pages(self, draft_id: UUID) -> Mapping[int, Page]:
        """Return the kept pages by their ids, in order."""
        draft = self._draft(draft_id)
        return {page_id: draft.kept[page_id].page for page_id in draft.order()}

    def pdfs(self, draft_id: UUID) -> Iterator[bytes]:
        """Yield the one-page PDFs, in order, one in memory at a time."""
        draft = self._draft(draft_id)
        return (draft.parts(page_id).pdf for page_id in draft.order())

    def marks_by_number(
        self, draft_id: UUID, marks: Mapping[int, PieceKind]
    ) -> dict[int, PieceKind]:
        """Return marks by page number, counted from 1, from marks by page id.

        Raises:
            InvalidInputError: A mark on a page that is not there.
        """
        return self._draft(draft_id).numbered(marks)

    def close(self) -> None:
        """Forget the keys in memory. The window's drafts stand; a command's end with it."""
        for draft_id, draft in list(self._open.items()):
            if draft.origin is Origin.COMMAND:
                self.forget(draft_id, AbandonReason.COMMAND_ENDED)
        self._residue.remove_files()
        with self._lock:
            self._open.clear()

    def check_page(self, draft_id: UUID, page_id: int) -> None:
        """Pass when a draft has that page.

        Raises:
            InvalidInputError: It has not.
        """
        self._draft(draft_id).page(page_id)

    def last_position(self, draft_id: UUID) -> int:
        """Return the greatest position there was in a draft; 0 before its first page."""
        return self._draft(draft_id).last_position

    def take(
        self,
        draft_id: UUID,
        outcomes: Iterable[ProcessedPage | FrameFault],
        on_page: _OnPage,
        *,
        replaced: int | None = None,
        base: int | None = None,
    ) -> None:
        """Keep pages as they come; the next one is asked for when the last is durable.

        Args:
            draft_id: The draft.
            outcomes: What the pipeline makes of a file or a device.
            on_page: Hears of each page once it is kept.
            replaced: The page in whose place the first one stands.
            base: Position before the run, where pages carry their place in it as their index;
                at the end, as they come, when None.

        Raises:
            DeviceUnavailableError: The device gives no more; what came before stands.
            StoreError: A page cannot be kept; those before it are.
        """
        for outcome in outcomes:
            if isinstance(outcome, FrameFault):
                on_page(fault_of(outcome))
                continue
            draft = self._draft(draft_id)
            if replaced in draft.kept and replaced is not None:
                on_page(self._keep(draft_id, draft, replaced, outcome))
                replaced = None
                continue
            if len(draft.kept) >= MAX_PAGES:
                page = outcome.page
                on_page(fault_of(FrameFault(source=page.source, index=page.index, error=_full())))
                return
            position = None if base is None else base + outcome.page.index
            on_page(self._keep(draft_id, draft, draft.last_id + 1, outcome, position))

    def _keep(
        self,
        draft_id: UUID,
        draft: OpenDraft,
        page_id: int,
        outcome: ProcessedPage,
        position: int | None = None,
    ) -> DraftPage:
        before = draft.kept.get(page_id)
        place = draft.last_position + 1 if position is None else position
        others = draft.likely_twins(outcome.page, page_id) if outcome.ink else []
        twin = self._capture.twin_of(outcome.ink, others) if others else None
        kept = KeptPage(
            page=judged(outcome.page, is_duplicate=twin is not None),
            position=before.position if before else place,
            version=before.version + 1 if before else 1,
            ink=outcome.ink,
        )
        parts = parts_of(outcome)
        # The file first: a row never points to what a power cut could take back.
        draft.pages.keep(page_id, kept.version, parts)
        self._point(draft_id, draft, page_id, kept)
        if before is not None:
            draft.pages.remove(page_id, before.version)
        told = shown(page_id, kept.page, parts, kept.position)
        return replace(told, file_pages=outcome.file_pages)

    def _point(self, draft_id: UUID, draft: OpenDraft, page_id: int, kept: KeptPage) -> None:
        row = StoredPage(
            page_id=page_id, position=kept.position, version=kept.version, page=kept.page
        )
        self._store.drafts.put_page(draft_id, row)
        draft.put(page_id, kept)

    def _draft(self, draft_id: UUID) -> OpenDraft:
        try:
            return self._open[draft_id]
        except KeyError:
            raise InvalidInputError("draft", "there is no such draft") from None


def _full() -> TooManyPagesError:
    return TooManyPagesError(PageLimit.DOSSIER, f"a dossier has at most {MAX_PAGES} pages")
