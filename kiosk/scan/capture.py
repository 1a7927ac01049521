"""The kiosk's side of the capture child: pages come back one at a time, whatever the file does.

Nothing heavy is imported here, because this lives in the process of the window.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from kiosk.domain.errors import (
    DeviceUnavailableError,
    SourceFault,
    SourceUnavailableError,
    UnreadableFileError,
)
from kiosk.domain.page import Outline, Page
from kiosk.domain.scans import CameraView, DeviceKind, ScanOrder, StackToTurn, kind_of
from kiosk.domain.views import FrameView
from kiosk.scan.answers import camera_view_of, frame_of, outcome_of, twin_of
from kiosk.scan.child import Child, ChildLostError
from kiosk.scan.letting_go import let_go_files
from kiosk.scan.messages import (
    Message,
    fault_from_wire,
    order_to_wire,
    page_to_wire,
    request_for_frame,
    spots_to_wire,
)
from kiosk.scan.one_child import OneChild, capture_command
from kiosk.scan.processed import FrameFault, ProcessedPage
from kiosk.scan.stopping import ended_when_asked

_log = logging.getLogger(__name__)

START_LIMIT_S: Final = 30.0
DECODE_LIMIT_S: Final = 5.0
PAGE_LIMIT_S: Final = 20.0
DEVICE_LIMIT_S: Final = 150.0
"""Between two pages of a device: its source gives up long before, and says why."""
_Answer = TypeVar("_Answer")
_ANSWERS_A_FRAME: Final = 3
"""Decoding, decoded, and what it became: a child must not be able to go on for ever."""
IMPORT_GRACE_S: Final = 0.5
"""A page of a file is nearly done when somebody stops the import: it is let finish within this."""
MAX_LOST_CHILDREN: Final = 3
"""A file that brings down this many children is given up."""


class CaptureProcess:
    """Runs the page pipeline in a child process that can be killed.

    Threads: one thread calls ``start``, ``process``, ``scan`` and ``turn`` (they block);
    ``close`` may be called from any thread, ends a call that is waiting, and is final.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        decode_limit_s: float = DECODE_LIMIT_S,
        page_limit_s: float = PAGE_LIMIT_S,
        start_limit_s: float = START_LIMIT_S,
        device_limit_s: float = DEVICE_LIMIT_S,
    ) -> None:
        """Remember how to start the child; it starts when first needed.

        Args:
            command: The child's command line; ``capture_command()`` when None.
            decode_limit_s: Time a frame may take to decode before the child is killed.
            page_limit_s: Time the rest of the pipeline may take for a page.
            start_limit_s: Time the child may take until it is ready.
            device_limit_s: Time a device may take until its next page begins to come.
        """
        self._children = OneChild(command or capture_command(), start_limit_s)
        self._decode_limit_s = decode_limit_s
        self._page_limit_s = page_limit_s
        self._device_limit_s = device_limit_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the child and wait until it is warm, so that the first page is not slow.

        Raises:
            DeviceUnavailableError: It does not start, or this object is closed.
        """
        self._children.ready()

    def process(
        self,
        path: Path,
        source_name: str,
        *,
        quarter_turns: int | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[ProcessedPage | FrameFault]:
        """Yield each page of a file as it is done; a frame that fails yields a fault instead.

        Each page is asked for when the last one has been taken, so memory stays flat. A child
        that hangs or dies costs the frame it was at; a new one goes on with the next.

        Args:
            path: The file.
            source_name: What the pages give as their source.
            quarter_turns: Clockwise turns said by a person; found by the pipeline when None.
            stop: Once set, by any thread, nothing more comes but the page that is nearly done;
                that is no error, and what was yielded stands.

        Raises:
            DeviceUnavailableError: The child cannot be started, or this object was closed.
        """
        first, lost = 1, 0
        while not _is_set(stop):
            is_open = False
            try:
                child = self._children.ready()
                self._open(child, path, source_name, first, quarter_turns)
                is_open = True
                while not _is_set(stop):
                    with ended_when_asked(stop, self._children.end, IMPORT_GRACE_S):
                        outcome = self._next(child, source_name, first)
                    if outcome is None:
                        return
                    if isinstance(outcome, StackToTurn):
                        raise ChildLostError(UnreadableFileError("an answer out of turn"))
                    yield outcome
                    first += 1
                self._stop(child)
                return
            except ChildLostError as error:
                self._children.discard()
                self._children.refuse_when_closed()
                if _is_set(stop):
                    return
                lost += 1
                is_given_up = lost == MAX_LOST_CHILDREN or not is_open
                if error.is_at_frame or is_given_up:
                    yield FrameFault(source=source_name, index=first, error=error.fault)
                    first += 1
                if is_given_up:
                    return

    def scan(
        self, order: ScanOrder, stop: threading.Event | None = None
    ) -> Iterator[ProcessedPage | FrameFault | StackToTurn]:
        """Yield each page of a device as it is done; see ``process``.

        Asking for what comes after a page says that this page is kept: a folder then lets its
        file go. A device whose child is lost is not asked again, a folder goes on.

        Args:
            order: Device, and how.
            stop: Once set, by any thread, the run ends after the page that is coming, or at once
                where none is; that is no error, and what was yielded stands.

        Raises:
            SourceUnavailableError: The device gives no page, or no more; what was yielded stands.
            DeviceUnavailableError: The child cannot be started, or this object was closed.
        """
        name, first, lost = order.profile.device, 1, 0
        while not _is_set(stop):
            try:
                for outcome in self._run(order, first, stop):
                    yield outcome
                    if isinstance(outcome, FrameFault):
                        first = outcome.index + 1
                    elif isinstance(outcome, ProcessedPage):
                        first = outcome.page.index + 1
                return
            except ChildLostError as error:
                self._children.discard()
                self._children.refuse_when_closed()
                if _is_set(stop):
                    return
                lost += 1
                if error.is_at_frame:
                    yield FrameFault(source=name, index=first, error=error.fault)
                    first += 1
                if kind_of(name) is not DeviceKind.FOLDER or lost == MAX_LOST_CHILDREN:
                    raise SourceUnavailableError(
                        SourceFault.NO_ANSWER, "the device hung or brought its driver down"
                    ) from error

    def _run(
        self, order: ScanOrder, first: int, stop: threading.Event | None
    ) -> Iterator[ProcessedPage | FrameFault | StackToTurn]:
        """Yield what one child makes of an order; it is told when nobody takes more."""
        child = self._children.ready()
        child.ask({"ask": "scan", "order": order_to_wire(order), "first": first})
        child.hear(self._decode_limit_s, is_at_frame=False)
        is_done = is_kept = False
        try:
            while True:
                # While it waits for a page only: a device that is let go may take its time.
                with ended_when_asked(stop, self._children.end):
                    outcome = self._next(child, order.profile.device, None)
                if outcome is None:
                    break
                if isinstance(outcome, FrameFault):
                    is_done = isinstance(outcome.error, DeviceUnavailableError)
                    if is_done:
                        raise outcome.error
                is_kept = False
                yield outcome
                is_kept = True  # somebody wants what comes after it
                if _is_set(stop):
                    return
            is_done = True
        except ChildLostError:
            is_done = True
            raise
        finally:
            if not is_done and child.is_alive():
                self._stop(child, "stop_kept" if is_kept else "stop")

    def _stop(self, child: Child, what: str = "stop") -> None:
        try:
            child.ask({"ask": what})
            child.hear(self._decode_limit_s, is_at_frame=False)
        except ChildLostError:
            self._children.discard()

    def all_kept(self, pages: Collection[int]) -> None:
        """Say which pages of a run with ``Keeping.AT_END`` are durable; see ``let_go_files``."""
        let_go_files(self._children, pages, self._device_limit_s)

    def turn(self, page: Page, pdf: bytes, quarter_turns: int) -> ProcessedPage | FrameFault:
        """Return a stored page turned clockwise; nothing of its images, problems or codes is lost.

        Args:
            page: What is known of it.
            pdf: Its one-page PDF.
            quarter_turns: How many quarters, clockwise, from how it is stored.

        Raises:
            DeviceUnavailableError: The child cannot be started, or this object was closed.
        """
        stored = ProcessedPage(page=page, pdf=pdf, preview_jpeg=b"", thumbnail_jpeg=b"")
        request = page_to_wire(stored) | {"ask": "turn", "turns": quarter_turns}
        return self._asked(request, self._page_limit_s, outcome_of)

    def look(self, frame: Path | bytes, source_name: str, index: int) -> FrameView | FrameFault:
        """Return the whole picture in which page *index* of a file lies, to be shown.

        Args:
            frame: The file, or the one frame that was kept of it (``ProcessedPage.frame``).
            source_name: What the page gives as its source.
            index: Which of the file's frames, counted from 1.

        Raises:
            DeviceUnavailableError: The child cannot be started, or this object was closed.
        """
        request = request_for_frame(frame, source_name, index) | {"ask": "look"}
        return self._asked(request, self._decode_limit_s, frame_of)

    def place(
        self, frame: Path | bytes, source_name: str, index: int, outline: Outline
    ) -> ProcessedPage | FrameFault:
        """Return page *index* of a file, cut out by corners that a person has set.

        Args:
            frame: As for :meth:`look`.
            source_name: What the page gives as its source.
            index: Which of the file's frames, counted from 1.
            outline: Clockwise, in source pixels.

        Raises:
            DeviceUnavailableError: The child cannot be started, or this object was closed.
        """
        request = request_for_frame(frame, source_name, index) | {"ask": "place"}
        request["outline"] = spots_to_wire(outline)
        limit_s = self._decode_limit_s + self._page_limit_s
        return self._asked(request, limit_s, outcome_of)

    def twin_of(self, ink: bytes, others: Sequence[bytes]) -> int | None:
        """Return which of *others*, inks of pages before it, is the page with *ink*; None: none is.

        None too where the child is lost over it or not there any more: a page is kept all the same.
        """
        child = self._children.running()
        if child is None:
            return None
        try:
            child.ask({"ask": "compare", "ink": ink, "others": list(others)})
            return twin_of(child.hear(self._page_limit_s, is_at_frame=False), len(others))
        except ChildLostError as error:
            _log.warning("a page could not be compared with those before it: %s", error.fault)
            self._children.discard()
            return None

    def close(self) -> None:
        """Kill the child; a call that waits for it in another thread ends with an error."""
        self._children.close()

    def _asked(
        self, request: Message, limit_s: float, read: Callable[[Message, str], _Answer]
    ) -> _Answer | FrameFault:
        """Return what *read* makes of the one answer to a request about one frame."""
        source, index = str(request["source"]), int(request["index"])
        child = self._children.ready()
        try:
            child.ask(request)
            return read(child.hear(limit_s, is_at_frame=True), source)
        except ChildLostError as error:
            self._children.discard()
            self._children.refuse_when_closed()
            return FrameFault(source=source, index=index, error=error.fault)

    def _open(self, child: Child, path: Path, source: str, first: int, turns: int | None) -> None:
        child.ask(
            {"ask": "open", "path": str(path), "source": source, "first": first, "turns": turns}
        )
        child.hear(self._decode_limit_s, is_at_frame=False)

    def look_through(
        self, order: ScanOrder, *, shoot: bool = False
    ) -> tuple[CameraView, ProcessedPage | FrameFault | None]:
        """Return what a camera sees now, and the page when one was taken.

        A page is taken by itself once it lies still and sharp, or at once with *shoot*. The camera
        stays open until :meth:`let_go`.

        Raises:
            SourceUnavailableError: The camera is not there, or no longer.
            DeviceUnavailableError: The child cannot be started, or this object was closed.
        """
        child, source = self._children.ready(), order.profile.device
        try:
            child.ask({"ask": "look_through", "order": order_to_wire(order), "shoot": shoot})
            answer = child.hear(self._page_limit_s, is_at_frame=False)
            if answer.get("is") == "fault":
                raise fault_from_wire(answer)
            view = camera_view_of(answer)
            if not answer.get("taken"):
                child.hear(self._decode_limit_s, is_at_frame=False)
                return view, None
            page = self._heard(child, source, None, self._decode_limit_s)
        except ChildLostError as error:
            self._children.discard()
            self._children.refuse_when_closed()
            raise SourceUnavailableError(
                SourceFault.NO_ANSWER, "the camera hung or brought its driver down"
            ) from error
        if page is None or isinstance(page, StackToTurn):
            self._children.discard()
            raise SourceUnavailableError(SourceFault.NO_ANSWER, "the camera speaks nonsense")
        return view, page

    def let_go(self) -> None:
        """Let the camera go; without one nothing happens."""
        child = self._children.running()
        if child is not None:
            self._stop(child, "let_go")

    def _next(
        self, child: Child, source: str, expected: int | None
    ) -> ProcessedPage | FrameFault | StackToTurn | None:
        """Return what the next frame became; *expected* is None where a device numbers."""
        child.ask({"ask": "next"})
        is_device = expected is None
        limit_s = self._device_limit_s if is_device else self._decode_limit_s
        return self._heard(child, source, expected, limit_s)

    def _heard(
        self, child: Child, source: str, expected: int | None, limit_s: float
    ) -> ProcessedPage | FrameFault | StackToTurn | None:
        is_at_frame = False
        for _ in range(_ANSWERS_A_FRAME):
            answer = child.hear(limit_s, is_at_frame=is_at_frame)
            match answer.get("is"):
                case "decoding":
                    limit_s, is_at_frame = self._decode_limit_s, True
                case "decoded":
                    limit_s = self._page_limit_s
                case "end":
                    return None
                case "turn_over" if isinstance(sheets := answer.get("sheets"), int):
                    return StackToTurn(sheets=sheets)
                case _ if expected is None or answer.get("index") == expected:
                    return outcome_of(answer, source)
                case _:
                    break
        raise ChildLostError(UnreadableFileError("an answer out of turn"))


def _is_set(stop: threading.Event | None) -> bool:
    return stop is not None and stop.is_set()
