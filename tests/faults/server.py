"""A process that has everything loaded and forks a child for each case: ``-m tests.faults.server``.

Asks and answers are lines of JSON. One child at a time; each is killed when it takes too long.
"""

import ctypes
import json
import os
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kiosk.domain.errors import WaslError
from tests.faults.broken import CHANGES
from tests.faults.checks import examine
from tests.faults.counter import Counter, Device, Told
from tests.faults.cuts import Recorded, cut_power
from tests.faults.promised import Promised
from tests.faults.scenes import SCENES
from tests.faults.trace import read_trace

CASE_S = 30
CUTS_S = 840
_SET_PTRACER = 0x59616D61


class Server:
    """Answers one client."""

    def __init__(self) -> None:
        self._device = Device()
        self._waiting: tuple[int, socket.socket] | None = None

    def warm(self) -> None:
        """Do once, here, all that is slow the first time."""
        with tempfile.TemporaryDirectory() as folder:
            self._before("nth_deposit", Path(folder) / "data")
            examine(self._device, Path(folder) / "data", Promised())

    def answer(self, ask: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked in a child, and return its answer."""
        match ask["ask"]:
            case "before":
                return self._in_child(lambda: self._before(ask["scene"], Path(ask["root"])), CASE_S)
            case "play":
                return self._play(ask)
            case "go":
                return self._go()
            case "examine":
                return self._in_child(lambda: self._examine(ask), CASE_S)
            case _:
                return self._in_child(lambda: self._cut(ask), CUTS_S)

    def _before(self, scene: str, root: Path) -> list[str]:
        counter = Counter(self._device, root, _nobody)
        SCENES[scene].before(counter)
        counter.close()
        return []

    def _play(self, ask: dict[str, Any]) -> dict[str, Any]:
        """Begin a scene in a child that waits, at the place asked for, to be traced."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid:
            theirs.close()
            ours.settimeout(CASE_S)
            self._waiting = pid, ours
            return {"pid": pid, "is_ready": ours.recv(1) == b"."}
        ours.close()
        _be_child(CASE_S)
        _perform(self._device, ask, theirs)
        os._exit(0)

    def _go(self) -> dict[str, Any]:
        """Let the waiting child go on; return what it told and how it ended."""
        assert self._waiting is not None
        pid, pipe = self._waiting
        told = b""
        with pipe:
            pipe.send(b"g")
            while block := pipe.recv(65_536):
                told += block
        _pid, status = os.waitpid(pid, 0)
        lines = [json.loads(line) for line in told.splitlines()]
        return {"told": lines, "exit": os.waitstatus_to_exitcode(status)}

    def _examine(self, ask: dict[str, Any]) -> list[str]:
        promised = Promised(bundles=ask["bundles"])
        for told in ask["told"]:
            promised.hear(told)
        return examine(self._device, Path(ask["root"]), promised)

    def _cut(self, ask: dict[str, Any]) -> dict[str, Any]:
        around = Path(ask["around"])
        recorded = Recorded(
            calls=read_trace(Path(ask["trace"]), around),
            before=Path(ask["before"]),
            around=around,
        )
        return asdict(
            cut_power(
                self._device,
                recorded,
                Path(ask["scratch"]),
                seed=ask["seed"],
                wanted=ask["wanted"],
                last=ask["last"],
            )
        )

    def _in_child(self, act: Callable[[], Any], limit_s: int) -> dict[str, Any]:
        """Return what *act* returns in a process that has opened nothing yet."""
        read_end, write_end = os.pipe()
        pid = os.fork()
        if not pid:
            _be_child(limit_s)
            try:
                answer = {"is": act()}
            except BaseException:  # noqa: BLE001 the child ends here, whatever it was
                answer = {"bug": traceback.format_exc()}
            with os.fdopen(write_end, "w") as pipe:
                json.dump(answer, pipe)
            os._exit(0)
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            text = pipe.read()
        _pid, status = os.waitpid(pid, 0)
        answered: dict[str, Any] = json.loads(text or "{}")
        return answered or {"bug": f"the child ended with {os.waitstatus_to_exitcode(status)}"}


def _be_child(limit_s: int) -> None:
    signal.alarm(limit_s)
    # Where only a parent may trace a process, strace is none of ours.
    ctypes.CDLL(None).prctl(_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)


def _perform(device: Device, ask: dict[str, Any], pipe: socket.socket) -> None:
    """Play a scene; say on *pipe* what is promised, one line of JSON each."""

    def say(told: Told) -> None:
        # Sockets are written with sendto, which counts among no calls on files.
        pipe.send(json.dumps(told).encode() + b"\n")

    def wait() -> None:
        pipe.send(b".")
        pipe.recv(1)

    scene, from_start = SCENES[ask["scene"]], ask["from_start"]
    counter = Counter(device, Path(ask["root"]), say, CHANGES[ask["change"]])
    try:
        if from_start:
            wait()
        else:
            counter.tell = _nobody
        if not scene.is_start:
            counter.open()
        if not from_start:
            counter.tell = say
            wait()
        scene.play(counter)
        say({"what": "end"})
    except WaslError as error:
        say({"what": "refused", "code": error.code.value})
        say({"what": "end"})
    except BaseException:  # noqa: BLE001 the child ends here; what it was is a finding
        say({"what": "bug", "trace": traceback.format_exc()})


def _nobody(_told: Told) -> None:
    """Hear nothing: the child is not traced yet."""


def main() -> None:
    """Answer until nobody asks any more."""
    server = Server()
    server.warm()
    assert len(os.listdir("/proc/self/task")) == 1, "a process with threads is not to be forked"  # noqa: PTH208
    for line in sys.stdin:
        print(json.dumps(server.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
