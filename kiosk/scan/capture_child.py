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
    served, has_stopped = _nothing(), threading.Event()
    camera = camera_watch.CameraWatch()
    while (request := receive(requests)) is not None:
        match request.get("ask"):
            case "open" | "scan":
                served.close()
                has_stopped = threading.Event()
                served = _served(request, has_stopped)
                send(answers, {"is": "opened"})
            case "next":
                _answer(answers, served)
            case "stop" | "stop_kept" as how:
                if how == "stop_kept":  # the last page is kept: its source hears of that
                    has_stopped.set()
                    next(served, None)
                served.close()
                send(answers, {"is": "end"})
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


def _served(request: Message, stop: threading.Event) -> Generator[Message, None, None]:
    """Yield what becomes of the frames of a file or a device."""
    from kiosk.scan import pipeline
    from kiosk.scan.sources.opening import open_device, open_file

    first = int(request["first"])
    if request["ask"] == "open":
        name = str(request["source"])
        file = open_file(Path(str(request["path"])), name)
        yield from pipeline.frames_of(file, name=name, first=first, quarter_turns=request["turns"])
        return
    order = order_from_wire(request["order"])
    try:
        source = open_device(order, first=first)
    except WaslError as error:
        yield fault_to_wire(error, first)
        return
    yield from pipeline.frames_of(source, name=order.profile.device, first=first, stop=stop)


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
