"""The capture child: opens hostile files and runs the page pipeline, where it may be killed.

Started by ``kiosk.scan.capture``. It answers on the pipe that was its standard output; anything a
library prints goes to standard error instead. It writes no file.
"""

import os
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from kiosk.domain.errors import WaslError
from kiosk.hardening import forbid_core_dumps
from kiosk.scan.heap import give_back, give_back_when_idle, keep_for_next_page
from kiosk.scan.messages import (
    BrokenMessageError,
    Message,
    fault_to_wire,
    order_from_wire,
    receive,
    send,
)
from kiosk.scan.sources.base import LetsGo, Source

MAX_ADDRESS_SPACE_BYTES: Final = 3_000_000_000
_MORE_FOLLOWS: Final = ("decoding", "decoded", "view")


def main() -> int:
    """Serve the parent until it closes the pipe; return the exit code."""
    answers = _take_standard_output()
    _bound_resources()
    requests = sys.stdin.buffer
    try:
        _serve(requests, answers)
    except (BrokenMessageError, BrokenPipeError):
        return 1
    return 0


def _take_standard_output() -> BinaryIO:
    """Return the pipe to the parent, and let everything else printed go to standard error."""
    kept = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(kept, "wb")


def _bound_resources() -> None:
    """Bound memory and forbid core dumps, where the system can: a core would hold a page."""
    forbid_core_dumps()
    if sys.platform == "win32":
        return
    import resource

    bound = MAX_ADDRESS_SPACE_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        bound = min(bound, hard)
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    # Loaded after the memory bound is set, and never by the parent.
    from kiosk.scan import camera_watch, pipeline

    keep_for_next_page()
    pipeline.warm_up()
    give_back()
    send(answers, {"is": "ready"})
    run = _Run({})
    camera = camera_watch.CameraWatch()
    while (request := receive(requests)) is not None:
        match request.get("ask"):
            case "open" | "scan":
                run.messages.close()
                run = _Run(request)
                send(answers, {"is": "opened"})
            case "next":
                _answer(answers, run.messages)
            case "stop" | "stop_kept" as how:
                if how == "stop_kept":  # the last page is kept: its source hears of that
                    run.has_stopped.set()
                    next(run.messages, None)
                run.messages.close()
                send(answers, {"is": "end"})
            case "kept":
                send(answers, run.all_kept(request))
            case "look_through":
                _answer(answers, camera.looks(request))
            case "let_go":
                camera.let_go()
                send(answers, {"is": "end"})
            case "turn":
                _answer(answers, pipeline.turned(request))
            case "look":
                _answer(answers, pipeline.looked_at(request))
            case "compare":
                _answer(answers, pipeline.compared(request))
            case "place":
                _answer(answers, pipeline.placed(request))
            case _:
                raise BrokenMessageError("an unknown request")
        give_back_when_idle(requests)


class _Run:
    """The frames of a file or a device, as they are asked for.

    Attributes:
        messages: What becomes of each; see ``pipeline.frames_of``.
        has_stopped: Set when nobody wants what comes after the last page.
    """

    def __init__(self, request: Message) -> None:
        """Open nothing yet.

        Args:
            request: To open a file or scan; without one there is nothing.
        """
        self.has_stopped = threading.Event()
        self._source: Source | None = None
        self.messages = self._served(request) if request else _nothing()

    def all_kept(self, request: Message) -> Message:
        """Tell the source which of its pages are durable; return the answer to that."""
        try:
            if self._source is not None and isinstance(self._source, LetsGo):
                self._source.all_kept(frozenset(request["pages"]))
        except WaslError as error:
            return fault_to_wire(error, 0)
        return {"is": "end"}

    def _served(self, request: Message) -> Generator[Message, None, None]:
        from kiosk.scan import pipeline
        from kiosk.scan.sources.opening import open_device, open_file

        first = int(request["first"])
        if request["ask"] == "open":
            name, turns = str(request["source"]), request["turns"]
            file = open_file(Path(str(request["path"])), name)
            yield from pipeline.frames_of(file, name=name, first=first, quarter_turns=turns)
            return
        order = order_from_wire(request["order"])
        try:
            self._source = open_device(order, first=first)
        except WaslError as error:
            yield fault_to_wire(error, first)
            return
        name = order.profile.device
        yield from pipeline.frames_of(self._source, name=name, first=first, stop=self.has_stopped)


def _nothing() -> Generator[Message, None, None]:
    yield from ()


def _answer(answers: BinaryIO, served: Iterator[Message]) -> None:
    """Send messages up to the one that ends a frame: its page, its fault, or no more frames."""
    for message in served:
        send(answers, message)
        if message["is"] not in _MORE_FOLLOWS:
            return
    send(answers, {"is": "end"})


if __name__ == "__main__":
    sys.exit(main())
