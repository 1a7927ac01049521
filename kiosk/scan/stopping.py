"""Ending a run that a person has stopped: in good order if it hears in time, else by force."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Final

GRACE_S: Final = 3.0
"""A feeder that is about to hand over a page is let finish; one that waits for paper is not."""
_EVERY_S: Final = 0.1


@contextlib.contextmanager
def ended_when_asked(
    stop: threading.Event | None, end: Callable[[], None], grace_s: float = GRACE_S
) -> Iterator[None]:
    """Call *end* when the block still runs *grace_s* after *stop* was set.

    Args:
        stop: Set by any thread; None: nobody stops this run.
        end: Called at most once, in a thread of its own.
        grace_s: How long the block may take to end by itself.
    """
    if stop is None:
        yield
        return
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(_EVERY_S):
            if stop.is_set():
                if not is_over.wait(grace_s):
                    end()
                return

    watcher = threading.Thread(target=watch, name="wasl-stop", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()
