"""Pages from a scanner, a camera or a shared folder, straight into a draft."""

import threading
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from kiosk.desk.drafts import Drafts
from kiosk.domain.errors import InvalidInputError
from kiosk.domain.scans import CameraView, ScanOrder, ScanProfile, StackToTurn
from kiosk.domain.views import DraftPage, PageFault
from kiosk.scan.capture import CaptureProcess
from kiosk.scan.processed import FrameFault, ProcessedPage

_OnPage = Callable[[DraftPage | PageFault], None]


class Scans:
    """Scans by the profiles of this kiosk. Threads: that of the drafts' pipeline calls."""

    def __init__(
        self, drafts: Drafts, capture: CaptureProcess, profiles: Sequence[ScanProfile]
    ) -> None:
        self._drafts = drafts
        self._capture = capture
        self._profiles = tuple(profiles)
        self._bases: dict[UUID, int] = {}

    def profiles(self) -> tuple[ScanProfile, ...]:
        """Return the ways of scanning there are; the first one is the usual one."""
        return self._profiles

    def scan(
        self,
        draft_id: UUID,
        profile: str,
        on_page: _OnPage,
        *,
        replaced: int | None = None,
        backs_of: int = 0,
        stop: threading.Event | None = None,
    ) -> int:
        """Scan into a draft; *on_page* hears of each page once it is kept.

        Args:
            draft_id: The draft.
            profile: How, by its name.
            on_page: Hears of each page once it is kept.
            replaced: A page to take again: one side is scanned and stands in its place.
            backs_of: Sheets whose fronts the last run took, turned over now.
            stop: Once set, by any thread, the run ends and what came is kept.

        Returns:
            Sheets to turn over and scan again as backs; 0: all is there.

        Raises:
            InvalidInputError: There is no such profile, draft or page.
            SourceUnavailableError: The device gives no page, or no more; what came before is kept.
            StoreError: A page cannot be kept; those before it are.
        """
        if replaced is not None:
            self._drafts.check_page(draft_id, replaced)
        pages = 0 if replaced is None else 1
        order = ScanOrder(profile=self._named(profile), pages=pages, backs_of=backs_of)
        last = self._drafts.last_position(draft_id)
        base = self._bases.pop(draft_id, last) if backs_of else last
        to_turn: list[int] = []
        self._drafts.take(
            draft_id, self._pages(order, to_turn, stop), on_page, replaced=replaced, base=base
        )
        if to_turn and replaced is None:
            self._bases[draft_id] = base
            return to_turn[0]
        return 0

    def look(
        self,
        draft_id: UUID,
        profile: str,
        on_page: _OnPage,
        *,
        shoot: bool = False,
        replaced: int | None = None,
    ) -> CameraView:
        """Return what a camera sees; a page that lies still, or *shoot*, is taken into the draft.

        Raises:
            InvalidInputError: There is no such profile, draft or page.
            SourceUnavailableError: The camera is not there, or no longer; its pages are kept.
            StoreError: The page cannot be kept.
        """
        if replaced is not None:
            self._drafts.check_page(draft_id, replaced)
        order = ScanOrder(profile=self._named(profile))
        view, taken = self._capture.look_through(order, shoot=shoot)
        if taken is not None:
            self._drafts.take(draft_id, [taken], on_page, replaced=replaced)
        return view

    def let_go(self) -> None:
        """Let the camera go; its light goes out."""
        self._capture.let_go()

    def _pages(
        self, order: ScanOrder, to_turn: list[int], stop: threading.Event | None
    ) -> Iterator[ProcessedPage | FrameFault]:
        for outcome in self._capture.scan(order, stop):
            if isinstance(outcome, StackToTurn):
                to_turn.append(outcome.sheets)
            else:
                yield outcome

    def _named(self, name: str) -> ScanProfile:
        for profile in self._profiles:
            if profile.name == name:
                return profile
        raise InvalidInputError("profile", "there is no such profile")
