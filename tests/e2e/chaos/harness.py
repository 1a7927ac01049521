"""Lets a kiosk and a central live through a chaos, and looks at what both hold in the end."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kiosk.app import open_kiosk
from tests.e2e.chaos.checks import Result, examine
from tests.e2e.commands import ROOT
from tests.fakes.proxy import Proxy, kind_fates, proxied, rough_fates
from tests.sync.real_central import RealCentral


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a chaos is made of. Lives end by bytes on the line: a busy machine sees the same.

    Attributes:
        kills: How many lives end by ``kill -9``, about as many on each side.
        kill_every: About how many bytes reach the line between two of them.
        broken: Which mistake is made on purpose (``tests.e2e.chaos.broken``).
    """

    deposits: int
    scan_bytes: int = 30_000
    kills: int = 6
    kill_every: int = 120_000
    seed: int = 1
    broken: str = ""
    limit_s: float = 90.0


class Nursery:
    """The process that forks lives; see ``tests.e2e.chaos.nursery``."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.chaos.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Return the answer to one question."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it, and all lives with it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class Chaos:
    """One run in a folder of its own."""

    def __init__(self, nursery: Nursery, root: Path, plan: Plan) -> None:
        self._nursery, self._root, self._plan = nursery, root, plan
        self._draw = random.Random(plan.seed)  # noqa: S311 a test's dice, thrown again by its seed
        self._port = 0
        self._central = self._kiosk = 0
        self._is_over = False
        self.result = Result()

    def run(self) -> Result:
        """Go through all of it; return what was found."""
        ready = self._start_central()
        self._port = urlsplit(ready["url"]).port or 0
        with proxied(self._port) as proxy:
            self._enrol(f"https://127.0.0.1:{proxy.port}", Path(ready["ca_file"]))
            proxy.treat(rough_fates(self._plan.seed))
            self._start_kiosk()
            try:
                self._kill_all(proxy)
                proxy.treat(kind_fates())
                self._let_end()
            finally:
                self._kill(self._kiosk)
                self._kill(self._central)
            tally = proxy.tally
        found = self.result
        found.cuts, found.connections, found.up = tally.cuts, tally.connections, tally.up
        examine(found, self._root, self._plan.deposits)
        return found

    def _kill_all(self, proxy: Proxy) -> None:
        until = time.monotonic() + self._plan.limit_s
        for _ in range(self._plan.kills):
            step = self._draw.randrange(self._plan.kill_every // 2, self._plan.kill_every * 3 // 2)
            at = proxy.tally.up + step
            while not proxy.tally.wait_for_up(at, 0.2):
                if self._has_ended() or time.monotonic() > until:
                    return
            if self._draw.random() < 0.5:
                self._kill(self._kiosk)
                self.result.kiosk_kills += 1
                self._start_kiosk()
            else:
                self._kill(self._central)
                self.result.central_kills += 1
                self._start_central()

    def _let_end(self) -> None:
        until = time.monotonic() + self._plan.limit_s
        while not self._has_ended():
            if time.monotonic() > until:
                self.result.faults.append("the kiosk never finds its queue empty")
                return
            time.sleep(0.05)

    def _has_ended(self) -> bool:
        """Tell whether the kiosk has done all it was to do."""
        if not self._is_over:
            code = self._nursery.ask(do="ended", pid=self._kiosk)["exit"]
            self._is_over = code is not None
            if code:
                self.result.faults.append(f"the kiosk ended with {code}")
        return self._is_over

    def _start_central(self) -> dict[str, Any]:
        folder = str(self._root / "central")
        arguments = ["serve", "--json", "--data", folder, "--port", str(self._port)]
        born = self._nursery.ask(do="central", arguments=arguments, broken=self._plan.broken)
        self._central = born["pid"]
        ready: dict[str, Any] = json.loads(born["said"])
        return ready

    def _start_kiosk(self) -> None:
        wanted = {
            "data": str(self._root / "kiosk"),
            "keys": str(self._root / "keys"),
            "deposits": self._plan.deposits,
            "scan_bytes": self._plan.scan_bytes,
            "broken": self._plan.broken,
        }
        self._kiosk = self._nursery.ask(do="kiosk", wanted=wanted)["pid"]

    def _kill(self, pid: int) -> None:
        self._nursery.ask(do="kill", pid=pid)

    def _enrol(self, url: str, ca_file: Path) -> None:
        """Make the kiosk of this run, on a line that is still kind."""
        central = RealCentral(self._root / "central")
        code = central.command("enrol-code", "--point", "C0417", "--name", "Azrou")["code"]
        with open_kiosk(self._root / "kiosk", writing=True, keys=self._root / "keys") as kiosk:
            kiosk.enrol(code, url, ca_file)


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Keep a nursery until the block ends."""
    one = Nursery()
    try:
        yield one
    finally:
        one.close()
