"""A process that has everything loaded and forks lives: ``-m tests.e2e.chaos.nursery``.

Asks and answers are lines of JSON. Starting Python for each life would cost more than the lives.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

from central.commands import serve as _serve  # noqa: F401 loaded here, once
from tests.e2e.chaos.lives import Wanted, live_as_central, live_as_kiosk


def _born(live: Callable[[], None]) -> dict[str, Any]:
    """Fork a life; return its process and the first line it says."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(ours)
        os.dup2(theirs, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        code = 1
        try:
            live()
            code = 0
        except BaseException:  # noqa: BLE001 the child ends here; what it was is told
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(theirs)
    with os.fdopen(ours) as said:
        first = said.readline()
    return {"pid": pid, "said": first}


def _life(ask: dict[str, Any]) -> Callable[[], None]:
    if ask["do"] == "kiosk":
        return lambda: live_as_kiosk(Wanted(**ask["wanted"]))
    return lambda: live_as_central(ask["arguments"], ask["broken"])


def _answer(ask: dict[str, Any], living: set[int]) -> dict[str, Any]:
    if ask["do"] in ("kiosk", "central"):
        born = _born(_life(ask))
        living.add(born["pid"])
        return born
    pid = ask["pid"]
    if ask["do"] == "kill" and pid in living:
        os.kill(pid, signal.SIGKILL)
    if pid not in living:
        return {"exit": None}
    ended, status = os.waitpid(pid, 0 if ask["do"] == "kill" else os.WNOHANG)
    if not ended:
        return {"exit": None}
    living.discard(pid)
    return {"exit": os.waitstatus_to_exitcode(status)}


def main() -> None:
    """Answer until nobody asks any more, then leave nobody behind."""
    living: set[int] = set()
    try:
        for line in sys.stdin:
            print(json.dumps(_answer(json.loads(line), living)), flush=True)
    finally:
        for pid in living:
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
