"""Work that comes again, in a thread of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger("central")


@contextmanager
def in_rounds(
    name: str, act: Callable[[threading.Event], object], *, every_s: float, failed: str
) -> Iterator[None]:
    """Let *act* run at once and *every_s* after each end, until the block ends.

    Args:
        name: Of the thread.
        act: One round; it is given what tells it to stop.
        every_s: Seconds.
        failed: How the log names a round that raised; the next one is tried all the same.
    """
    stopping = threading.Event()

    def run() -> None:
        while True:
            try:
                act(stopping)
            except Exception as error:  # noqa: BLE001 the outermost loop of this thread
                log.error(failed, error=type(error).__name__)
            if stopping.wait(every_s):
                return

    thread = threading.Thread(target=run, name=name)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
