"""The source that takes what a multifunction printer puts into a shared folder.

A file is taken once it has stopped growing and ends as its format does, by renaming it into a
folder of ours. It is removed when its pages are kept, and not before; what cannot be taken goes
into quarantine with the reason beside it. Whatever a crash leaves is found by the next run.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from time import monotonic
from typing import Final

from kiosk.domain.errors import (
    SourceFault,
    SourceUnavailableError,
    UnreadableFileError,
    WaslError,
)
from kiosk.domain.scans import Keeping, ScanOrder
from kiosk.scan.limits import MAX_PAGES
from kiosk.scan.sources.base import RawFrame
from kiosk.scan.sources.files import FilesSource
from kiosk.scan.sources.folder_hands import Hands, TiedHands
from kiosk.scan.sources.folder_place import check_place
from kiosk.scan.sources.folder_state import content_of, state_of
from kiosk.scan.sources.folder_watch import FolderWatch, Patience, watching

_NOT_ALL: Final = UnreadableFileError("not all of its pages could be taken")
WAIT_S: Final = 45.0
"""How long the first file is waited for: the way from the printer to the counter and back."""
QUIET_S: Final = 4.0
"""After the last file: a printer sends the next sheet of its feeder within that time."""


class FolderSource:
    """The pages of the files that come into one folder during one run."""

    def __init__(
        self,
        order: ScanOrder,
        *,
        name: str | None = None,
        first: int = 1,
        wait_s: float = WAIT_S,
        quiet_s: float = QUIET_S,
        patience: Patience | None = None,
        hands: Hands | None = None,
    ) -> None:
        """Take an order for ``folder:PATH``; nothing is looked at yet.

        Args:
            order: The folder. With a number of pages the run ends with the file that reaches it:
                no file is taken in part.
            name: What the frames give as their source; the device's id when None.
            first: Number of the first new page, when a run goes on after the program was brought
                down by the page before.
            wait_s: How long to wait for the first file.
            quiet_s: How long no file may come until the run ends.
            patience: How long a file must lie still.
            hands: What moves the files; those that the order calls for when None.
        """
        self._device = order.profile.device
        self._folder = Path(self._device.partition(":")[2])
        self._most = min(order.pages or MAX_PAGES, MAX_PAGES)
        self._name = self._device if name is None else name
        self._keeping = order.keeping
        # Where nothing is moved, the files are counted from the first one again.
        self._number = self._first_new = 1 if self._keeping is Keeping.NOTHING else first
        self._wait_s, self._quiet_s = wait_s, quiet_s
        self._patience = patience or Patience()
        self._hands = hands or _hands(self._folder, self._keeping)
        self._unsettled: dict[int, Path] = {}
        self._errors: dict[Path, WaslError] = {}
        self._read: dict[Path, bytes | None] = {}
        self._heard: dict[int, WaslError | None] = {}
        self._left = 0

    def frames(self, *, first: int = 1) -> Iterator[RawFrame]:
        """Yield one frame a page as files come; see ``Source.frames``.

        A file that is no page yields a frame with its refusal, and the others go on.
        """
        check_place(self._device)
        yielded, file = 0, None
        for file, number in self._files():
            for frame in self._frames_of(file, number):
                if frame.index >= first:
                    yielded += 1
                    yield frame
            if yielded >= self._most:
                return
        if self._hands.trouble is not None:
            raise self._hands.trouble
        if self._left:
            raise SourceUnavailableError(
                SourceFault.FILES_LEFT,
                f"files that are still being written stay in the scan folder: {self._left}",
            )
        if file is None and self._first_new == 1:
            raise SourceUnavailableError(
                SourceFault.NOTHING_CAME, f"no file came within {self._wait_s:.0f} s"
            )

    def settle(self, index: int, error: WaslError | None) -> None:
        """Let a file go once each of its pages is kept; put it aside when one was refused."""
        if self._keeping is Keeping.AT_END:
            self._heard[index] = error
        else:
            self._settle(index, error)

    def all_kept(self, pages: Collection[int]) -> None:
        """Let go each file all of whose pages are kept, and put the others aside."""
        for index in list(self._unsettled):
            error = self._heard.get(index)
            if error is None and index not in pages:
                error = _NOT_ALL
            self._settle(index, error)
        if self._hands.trouble is not None:
            raise self._hands.trouble
        if self._hands.went_back:
            raise SourceUnavailableError(
                SourceFault.FILES_LEFT,
                f"files that were written while they were read are in the scan folder again: "
                f"{self._hands.went_back}",
            )

    def _settle(self, index: int, error: WaslError | None) -> None:
        file = self._unsettled.pop(index, None)
        if file is None:
            return
        if error is not None:
            self._errors.setdefault(file, error)
        if file not in self._unsettled.values():
            self._let_go(file)

    def close(self) -> None:
        """Do nothing: files in hand stay where the next run finds them."""

    def _let_go(self, file: Path) -> None:
        refusal = self._errors.pop(file, None)
        if refusal is None:
            self._hands.remove(file, self._read.pop(file, None))
        else:
            self._hands.put_aside(file, refusal)

    def _files(self) -> Iterator[tuple[Path, int]]:
        """Yield each file with the number of its first page: those left in hand first."""
        self._check_there()
        is_going_on = self._first_new > 1
        for held, former in self._hands.held():
            if is_going_on:
                yield held, former
            elif (again := self._hands.renumbered(held, self._number)) is not None:
                yield again, self._number
        with watching(self._folder, self._patience) as watch:
            yield from self._arriving(watch)

    def _arriving(self, watch: FolderWatch) -> Iterator[tuple[Path, int]]:
        """Yield files as they come, until none came for a while and none is on its way."""
        due = monotonic() + self._wait_s
        growing_due = monotonic() + self._patience.growing_s
        while True:
            for file in watch.ready():
                if (taken := self._taken(file, watch)) is not None:
                    watch.leave(file)
                    yield taken, self._number
                    due = monotonic() + self._quiet_s
                    growing_due = monotonic() + self._patience.growing_s
            self._check_there()
            self._left, now = watch.unfinished(), monotonic()
            if now >= (growing_due if self._left else due):
                return
            watch.wait()

    def _taken(self, file: Path, watch: FolderWatch) -> Path | None:
        """Return a file in hand; None when it is not to be had, or is being written again."""
        state = watch.unchanged(file)
        if state is None:
            return None
        taken = self._hands.take(file, self._number)
        if taken is None:
            if self._hands.trouble is not None:
                watch.leave(file)
            return None
        if state.is_as_long_and_old(state_of(taken)):
            return taken
        self._hands.put_back(taken)
        return None

    def _check_there(self) -> None:
        if not self._folder.is_dir():
            raise SourceUnavailableError(SourceFault.FOLDER_GONE, "the scan folder is not there")

    def _frames_of(self, file: Path, number: int) -> Iterator[RawFrame]:
        frames = self._inspected(file, number)
        self._number = max(self._number, number + len(frames))
        fresh = [frame for frame in frames if frame.index >= self._first_new]
        is_told_later = self._keeping is Keeping.AT_END
        if len(fresh) < len(frames) and not is_told_later:
            # One of the pages before brought the program down: nobody can say that all are kept.
            self._errors[file] = _NOT_ALL
        for frame in frames if is_told_later else fresh:
            self._unsettled[frame.index] = file
        if not fresh and not is_told_later:
            self._let_go(file)
        yield from fresh

    def _inspected(self, file: Path, number: int) -> list[RawFrame]:
        self._read[file] = content_of(file)
        try:
            return [
                RawFrame(
                    source=self._name,
                    index=number + page.index - 1,
                    content=file,
                    media=page.media,
                    page=page.page,
                )
                for page in FilesSource(file).frames()
            ]
        except WaslError as error:
            return [RawFrame(source=self._name, index=number, content=file, refusal=error)]


def _hands(folder: Path, keeping: Keeping) -> Hands:
    return TiedHands(folder) if keeping is Keeping.NOTHING else Hands(folder)
