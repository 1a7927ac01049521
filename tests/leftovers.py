"""Finds processes that tests started and did not end, orphans included."""

import os
import select
import time
from pathlib import Path

_MARK = "WASL_TESTS_OF"
_PROC = Path("/proc")
# These belong to the interpreter and end with it.
_EXPECTED = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


def mark_own_children() -> None:
    """Mark this process's environment, so that what it starts is known even once orphaned."""
    os.environ[_MARK] = str(os.getpid())


def still_running(*, grace_s: float) -> dict[int, str]:
    """Return the command lines, by process id, of what this process started and still runs.

    Waits up to *grace_s* seconds in all for those on their way out. Empty where there is no /proc.
    """
    give_up_at = time.monotonic() + grace_s
    for pid in _started():
        _wait_for_end(pid, give_up_at - time.monotonic())
    return _started()


def _started() -> dict[int, str]:
    found = {}
    for folder in _PROC.glob("[0-9]*"):
        pid = int(folder.name)
        try:
            if pid != os.getpid() and _is_ours(folder):
                command = (
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
            else:
                continue
        except OSError:  # ended, or somebody else's
            continue
        if not any(word in command for word in _EXPECTED):
            found[pid] = command.strip()
    return found


def _is_ours(folder: Path) -> bool:
    # The name, in brackets, may hold anything: what follows the last bracket is state and parent.
    state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
    if state == "Z":  # ended; only its parent has not asked for its exit code yet
        return False
    mark = f"{_MARK}={os.getpid()}".encode()
    return int(parent) == os.getpid() or mark in (folder / "environ").read_bytes().split(b"\0")


def _wait_for_end(pid: int, timeout_s: float) -> None:
    try:
        handle = os.pidfd_open(pid)
    except OSError:  # ended meanwhile, or the system has no such handles
        return
    try:
        select.select([handle], [], [], max(0.0, timeout_s))
    finally:
        os.close(handle)
