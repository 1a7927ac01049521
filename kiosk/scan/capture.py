"""The kiosk's side of the capture child: pages come back one at a time, whatever the file does.

Nothing heavy is imported here, because this lives in the process of the window.
"""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
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
from kiosk.scan.child import Child, ChildLostError
from kiosk.scan.messages import (
    BrokenMessageError,
    Message,
    fault_from_wire,
    frame_from_wire,
    order_to_wire,
    page_from_wire,
    page_to_wire,
    spots_to_wire,
    view_from_wire,
)
from kiosk.scan.processed import FrameFault, ProcessedPage

_MAIN: Final = Path(__file__).resolve().parents[2] / "main.py"
START_LIMIT_S: Final = 30.0
DECODE_LIMIT_S: Final = 5.0
PAGE_LIMIT_S: Final = 20.0
DEVICE_LIMIT_S: Final = 150.0
"""Between two pages of a device: its source gives up long before, and says why."""
_Answer = TypeVar("_Answer")
MAX_LOST_CHILDREN: Final = 3
"""A file that brings down this many children is given up."""


def capture_command() -> tuple[str, ...]:
    """Return the command line of the child, from source or in a frozen program."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "capture-child")
    # By path: a command may be run from any folder, and "-m" looks only in the current one.
    return (sys.executable, str(_MAIN), "capture-child")


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
        self._command = tuple(command) if command is not None else capture_command()
        self._decode_limit_s = decode_limit_s
        self._page_limit_s = page_limit_s
        self._start_limit_s = start_limit_s
        self._device_limit_s = device_limit_s
        self._child: Child | None = None
        self._lock = threading.Lock()
        self._is_closed = False

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
        self._ready_child()

    def process(
        self, path: Path, source_name: str, *, quarter_turns: int | None = None
    ) -> Iterator[ProcessedPage | FrameFault]:
        """Yield each page of a file as it is done; a frame that fails yields a fault instead.

        Each page is asked for when the last one has been taken, so memory stays flat. A child
        that hangs or dies costs the frame it was at; a new one goes on with the next.

        Args:
            path: The file.
            source_name: What the pages give as their source.
            quarter_turns: Clockwise turns said by a person; found by the pipeline when None.

        Raises:
            DeviceUnavailableError: The child cannot be started, or this object was closed.
        """
        first, lost = 1, 0
        while True:
            is_open = False
            try:
                child = self._ready_child()
                self._open(child, path, source_name, first, quarter_turns)
                is_open = True
                while (outcome := self._next(child, source_name, first)) is not None:
                    if isinstance(outcome, StackToTurn):
                        raise ChildLostError(UnreadableFileError("an answer out of turn"))
                    yield outcome
                    first += 1
                return
            except ChildLostError as error:
                self._discard()
                self._refuse_when_closed()
                lost += 1
                is_given_up = lost == MAX_LOST_CHILDREN or not is_open
                if error.is_at_frame or is_given_up:
                    yield FrameFault(source=source_name, index=first, error=error.fault)
                    first += 1
                if is_given_up:
                    return

    def scan(self, order: ScanOrder) -> Iterator[ProcessedPage | FrameFault | StackToTurn]:
        """Yield each page of a device as it is done; see ``process``.

        Asking for what comes after a page says that this page is kept: a folder then lets its
        file go. A device whose child is lost is not asked again, a folder goes on.

        Raises:
            SourceUnavailableError: The device gives no page, or no more; what was yielded stands.
            DeviceUnavailableError: The child cannot be started, or this object was closed.
        """
        name, first, lost = order.profile.device, 1, 0
        while True:
            try:
                for outcome in self._run(order, first):
                    yield outcome
                    if isinstance(outcome, FrameFault):
                        first = outcome.index + 1
                    elif isinstance(outcome, ProcessedPage):
                        first = outcome.page.index + 1
                return
            except ChildLostError as error:
                self._discard()
                self._refuse_when_closed()
                lost += 1
                if error.is_at_frame:
                    yield FrameFault(source=name, index=first, error=error.fault)
                    first += 1
                if kind_of(name) is not DeviceKind.FOLDER or lost == MAX_LOST_CHILDREN:
                    raise SourceUnavailableError(
                        SourceFault.NO_ANSWER, "the device hung or brought its driver down"
                    ) from error

    def _run(
        self, order: ScanOrder, first: int
    ) -> Iterator[ProcessedPage | FrameFault | StackToTurn]:
        """Yield what one child makes of an order; it is told when nobody takes more."""
        child = self._ready_child()
        child.ask({"ask": "scan", "order": order_to_wire(order), "first": first})
        child.hear(self._decode_limit_s, is_at_frame=False)
        is_done = False
        try:
            while (outcome := self._next(child, order.profile.device, None)) is not None:
                if isinstance(outcome, FrameFault):
                    is_done = isinstance(outcome.error, DeviceUnavailableError)
                    if is_done:
                        raise outcome.error
                yield outcome
            is_done = True
        except ChildLostError:
            is_done = True
            raise
        finally:
            if not is_done and child.is_alive():
                self._stop(child)

    def _stop(self, child: Child, what: str = "stop") -> None:
        try:
            child.ask({"ask": what})
            child.hear(self._decode_limit_s, is_at_frame=False)
        except ChildLostError:
            self._discard()

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
        return self._asked(request, self._page_limit_s, self._outcome)

    def look(self, path: Path, source_name: str, index: int) -> FrameView | FrameFault:
        """Return the whole picture in which page *index* of a file lies, to be shown.

        Raises:
            DeviceUnavailableError: The child cannot be started, or this object was closed.
        """
        request = {"ask": "look", "path": str(path), "source": source_name, "index": index}
        return self._asked(request, self._decode_limit_s, self._view)

    def place(
        self, path: Path, source_name: str, index: int, outline: Outline
    ) -> ProcessedPage | FrameFault:
        """Return page *index* of a file, cut out by corners that a person has set.

        Args:
            path: The file.
            source_name: What the page gives as its source.
            index: Which of its frames, counted from 1.
            outline: Clockwise, in source pixels.

        Raises:
            DeviceUnavailableError: The child cannot be started, or this object was closed.
        """
        request = {"ask": "place", "path": str(path), "source": source_name, "index": index}
        request["outline"] = spots_to_wire(outline)
        limit_s = self._decode_limit_s + self._page_limit_s
        return self._asked(request, limit_s, self._outcome)

    def close(self) -> None:
        """Kill the child; a call that waits for it in another thread ends with an error."""
        with self._lock:
            self._is_closed = True
            child, self._child = self._child, None
        if child is not None:
            child.kill()

    def _asked(
        self, request: Message, limit_s: float, read: Callable[[Message, str], _Answer]
    ) -> _Answer | FrameFault:
        """Return what *read* makes of the one answer to a request about one frame."""
        source, index = str(request["source"]), int(request["index"])
        child = self._ready_child()
        try:
            child.ask(request)
            return read(child.hear(limit_s, is_at_frame=True), source)
        except ChildLostError as error:
            self._discard()
            self._refuse_when_closed()
            return FrameFault(source=source, index=index, error=error.fault)

    def _view(self, answer: Message, source: str) -> FrameView | FrameFault:
        if answer.get("is") == "fault":
            return self._fault(answer, source)
        try:
            return frame_from_wire(answer)
        except BrokenMessageError as error:
            raise ChildLostError(UnreadableFileError("not a frame")) from error

    def _fault(self, answer: Message, source: str) -> FrameFault:
        error = fault_from_wire(answer)
        return FrameFault(source=source, index=int(answer.get("index", 0)), error=error)

    def _ready_child(self) -> Child:
        self._refuse_when_closed()
        with self._lock:
            if self._child is not None and self._child.is_alive():
                return self._child
        self._discard()
        child = Child(self._command)
        with self._lock:
            is_closed = self._is_closed
            self._child = None if is_closed else child
        if is_closed:
            child.kill()
            self._refuse_when_closed()
        try:
            greeting = child.hear(self._start_limit_s, is_at_frame=False)
        except ChildLostError as error:
            self._discard()
            raise DeviceUnavailableError("the capture process does not start") from error
        if greeting.get("is") != "ready":
            self._discard()
            raise DeviceUnavailableError("the capture process does not answer")
        return child

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
        child, source = self._ready_child(), order.profile.device
        try:
            child.ask({"ask": "look_through", "order": order_to_wire(order), "shoot": shoot})
            answer = child.hear(self._page_limit_s, is_at_frame=False)
            if answer.get("is") == "fault":
                raise fault_from_wire(answer)
            view = self._camera_view(answer)
            if not answer.get("taken"):
                child.hear(self._decode_limit_s, is_at_frame=False)
                return view, None
            page = self._heard(child, source, None, self._decode_limit_s)
        except ChildLostError as error:
            self._discard()
            self._refuse_when_closed()
            raise SourceUnavailableError(
                SourceFault.NO_ANSWER, "the camera hung or brought its driver down"
            ) from error
        if page is None or isinstance(page, StackToTurn):
            self._discard()
            raise SourceUnavailableError(SourceFault.NO_ANSWER, "the camera speaks nonsense")
        return view, page

    def let_go(self) -> None:
        """Let the camera go; without one nothing happens."""
        with self._lock:
            child = self._child
        if child is not None and child.is_alive():
            self._stop(child, "let_go")

    def _camera_view(self, answer: Message) -> CameraView:
        try:
            return view_from_wire(answer)
        except BrokenMessageError as error:
            raise ChildLostError(UnreadableFileError("not a view")) from error

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
        while True:
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
                case _:
                    if expected is not None and answer.get("index") != expected:
                        raise ChildLostError(UnreadableFileError("an answer out of turn"))
                    return self._outcome(answer, source)

    def _outcome(self, answer: Message, source: str) -> ProcessedPage | FrameFault:
        if answer.get("is") == "fault":
            return self._fault(answer, source)
        try:
            return page_from_wire(answer)
        except BrokenMessageError as error:
            raise ChildLostError(UnreadableFileError("not a page")) from error

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            raise DeviceUnavailableError("capture is closed")

    def _discard(self) -> None:
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.kill()
