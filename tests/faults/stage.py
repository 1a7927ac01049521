"""Where scenes are played: a forking server, strace at the right place, a fresh look after."""

import json
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from tests.faults.checks import bundles_in
from tests.faults.counter import Told
from tests.faults.disk import Disk
from tests.faults.scenes import SCENES
from tests.faults.trace import TRACED, Call, read_trace

ROOT = Path(__file__).resolve().parents[2]
_ATTACH_S = 20.0
_TRIES = 3
_CHANGING = {
    *("open", "write", "copy", "sync", "rename", "link", "unlink", "truncate", "mkdir"),
}


class StageError(Exception):
    """The harness itself failed; nothing was learnt of the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One call of a scene: the *nth* of that name."""

    name: str
    nth: int

    def __str__(self) -> str:
        return f"{self.name}#{self.nth}"


@dataclass(slots=True, kw_only=True)
class Played:
    """A scene that was cut short, or not.

    Attributes:
        told: What it promised.
        exit: As ``subprocess`` says it: 0, or minus the signal.
        broken: What was found wrong afterwards.
    """

    told: list[Told]
    exit: int
    broken: list[str] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        """Return the error codes of what was refused."""
        return [told["code"] for told in self.told if told["what"] == "refused"]


class Stage:
    """Plays scenes in children of a server, on data folders under *scratch*."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.server"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._case = 0
        self._sites: dict[tuple[str, str], list[Site]] = {}

    def close(self) -> None:
        """Let the server end."""
        self._server.communicate(timeout=10)

    def before(self, scene: str) -> Path:
        """Return the folder around a data folder on which *scene* is to begin."""
        around = self._scratch / f"before-{scene}"
        if not around.exists():
            around.mkdir()
            self._ask_child(ask="before", scene=scene, root=str(around / "data"))
        return around

    def sites(self, scene: str, change: str = "none") -> list[Site]:
        """Return every distinct call by which a scene changes its data folder, in order.

        Of a run of one call on one file, such as the pages of one commit, these are the first,
        the middle and the last; power cuts rebuild what lies between.
        """
        known = self._sites.get((scene, change))
        if known is None:
            with self._recorded(scene, change, from_start=False) as (trace, around, _played):
                calls = read_trace(trace, around)
            changing = [call for call in calls if call.kind in _CHANGING]
            runs = [[*run] for _, run in groupby(changing, lambda call: (call.name, call.path))]
            known = [_site(call) for run in runs for call in _ends_and_middle(run)]
            self._sites[scene, change] = known
        return known

    def play_refused(self, scene: str, name: str, error: str) -> Iterator[tuple[Disk, Told]]:
        """Let the first fsync of a file named *name* be refused, and play on.

        Yields the disk as it stands when each promise is made.
        """
        with self._recorded(scene, "none", from_start=True) as (trace, around, _played):
            calls = read_trace(trace, around)
        first = next(call for call in calls if call.kind == "sync" and call.path.endswith(name))
        inject = f"inject={first.name}:error={error}:when={first.nth}"
        with self._set(scene) as around:
            trace = around / "trace"
            options = [*_recording(trace), "-e", inject]
            self._play(scene, around / "data", options, "none", from_start=True)
            disk = Disk(self.before(scene), around)
            for call in read_trace(trace, around):
                if call.told is None:
                    disk.follow(call)
                else:
                    yield disk, call.told

    def cut_power(
        self, scene: str, *, wanted: int, seed: str, change: str = "none", last: int | None = None
    ) -> dict[str, Any]:
        """Return the report of a scene's power cuts (``cuts.CutReport``)."""
        with self._recorded(scene, change, from_start=True) as (trace, around, _played):
            scratch = around / "scratch"
            scratch.mkdir()
            answer: dict[str, Any] = self._ask_child(
                ask="cut",
                trace=str(trace),
                before=str(self.before(scene)),
                around=str(around),
                scratch=str(scratch),
                seed=f"{seed} {scene}",
                wanted=wanted,
                last=last,
            )
        return answer

    def kill(self, scene: str, site: Site, change: str = "none") -> Played:
        """Kill a scene as it enters a call, and look at what is found."""
        for _ in range(_TRIES):
            # What threads write falls into one call or two: a site may be passed by once.
            played = self._injected(scene, site, "signal=KILL", change)
            if played.exit == -signal.SIGKILL or played.broken:
                break
        if played.exit != -signal.SIGKILL:
            played.broken.append(f"{site} never came: the child ended with {played.exit}")
        return played

    def refuse(self, scene: str, site: Site, error: str, change: str = "none") -> Played:
        """Let the system refuse one call of a scene, and look at what is found after it ended."""
        played = self._injected(scene, site, f"error={error}", change)
        if played.exit != 0:
            played.broken.append(f"the child ended with {played.exit}")
        return played

    def _injected(self, scene: str, site: Site, fault: str, change: str) -> Played:
        with self._set(scene) as around:
            root = around / "data"
            promised = bundles_in(root)
            inject = f"inject={site.name}:{fault}:when={site.nth}"
            options = ["-o", "/dev/null", "-e", f"trace={site.name}", "-e", inject]
            played = self._play(scene, root, options, change, from_start=False)
            bugs = [told["trace"] for told in played.told if told["what"] == "bug"]
            told = [told for told in played.told if told["what"] != "bug"]
            found = self._ask_child(ask="examine", root=str(root), told=told, bundles=promised)
            played.broken += [f"a bug: {bug}" for bug in bugs] + found
        return played

    @contextmanager
    def _recorded(
        self, scene: str, change: str, *, from_start: bool
    ) -> Iterator[tuple[Path, Path, Played]]:
        with self._set(scene) as around:
            trace = around / "trace"
            root, options = around / "data", _recording(trace)
            played = self._play(scene, root, options, change, from_start=from_start)
            if played.exit != 0 or not played.told or played.told[-1]["what"] != "end":
                raise StageError(f"{scene} does not play: {played.told[-1:]}, exit {played.exit}")
            if played.codes:
                raise StageError(f"{scene} is refused without a fault: {played.codes}")
            yield trace, around, played

    @contextmanager
    def _set(self, scene: str) -> Iterator[Path]:
        """Lay out a copy of what a scene begins on, and clear it away again."""
        self._case += 1
        around = self._scratch / f"case-{self._case}"
        shutil.copytree(self.before(scene), around)
        yield around
        shutil.rmtree(around)

    def _play(
        self, scene: str, root: Path, options: list[str], change: str, *, from_start: bool
    ) -> Played:
        is_whole = from_start or SCENES[scene].is_start
        ready = self._ask(
            ask="play", scene=scene, root=str(root), change=change, from_start=is_whole
        )
        if not ready["is_ready"]:
            raise StageError(f"{scene} does not open")
        with _traced(ready["pid"], options):
            ended = self._ask(ask="go")
        return Played(told=ended["told"], exit=ended["exit"])

    def _ask_child(self, **asked: Any) -> Any:
        answer = self._ask(**asked)
        if "bug" in answer:
            raise StageError(answer["bug"])
        return answer["is"]

    def _ask(self, **asked: Any) -> dict[str, Any]:
        asking, answers = _pipes(self._server)
        asking.write(json.dumps(asked) + "\n")
        asking.flush()
        line = answers.readline()
        if not line:
            raise StageError(f"the server is gone, with {self._server.wait(10)}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _recording(trace: Path) -> list[str]:
    return ["-o", str(trace), "-y", "-xx", "-s", "16777216", "-e", f"trace={TRACED}"]


def _site(call: Call) -> Site:
    return Site(name=call.name, nth=call.nth)


def _ends_and_middle(run: list[Call]) -> list[Call]:
    places = sorted({0, len(run) // 2, len(run) - 1})
    return [run[place] for place in places]


@contextmanager
def _traced(pid: int, options: list[str]) -> Iterator[None]:
    """Attach strace to a process that waits, for as long as it lives."""
    strace = subprocess.Popen(
        ["strace", "-p", str(pid), *options], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    assert strace.stderr is not None
    try:
        _wait_for(strace.stderr, b"attached")
        yield
        strace.wait(_ATTACH_S)
    finally:
        strace.kill()
        strace.wait()
        strace.stderr.close()


def _wait_for(stream: IO[bytes], word: bytes) -> None:
    heard, until = b"", time.monotonic() + _ATTACH_S
    while word not in heard:
        ready, _, _ = select.select([stream], [], [], max(0.0, until - time.monotonic()))
        block = stream.read1(4096) if ready else b""  # type: ignore[attr-defined]  # it is buffered
        if not block:
            raise StageError(f"strace does not attach: {heard.decode(errors='replace')}")
        heard += block


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout
