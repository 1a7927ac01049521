"""The real central: served by a process of its own, commanded as an operator commands it."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from central.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class RealCentral:
    """A central on loopback; once started it keeps its port."""

    data: Path
    url: str = ""
    ca_file: Path = Path()
    _process: "subprocess.Popen[str] | None" = field(default=None, repr=False)

    def start(self) -> None:
        """Serve, and return once it is ready."""
        port = urlsplit(self.url).port or 0 if self.url else 0
        arguments = ["serve", "--json", "--data", str(self.data), "--port", str(port)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "central", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        ready = json.loads(self._process.stdout.readline())
        self.url, self.ca_file = ready["url"], Path(ready["ca_file"])

    def stop(self) -> None:
        """Stop serving; its port refuses from then on."""
        process, self._process = self._process, None
        if process is None or process.stdout is None:
            return
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait(10)
            process.stdout.close()

    def kill(self) -> None:
        """End it with ``kill -9``."""
        assert self._process is not None
        self._process.kill()
        self.stop()

    def command(self, *arguments: str) -> dict[str, Any]:
        """Run one of its commands beside it and return the JSON it prints."""
        # In this process: starting Python for each would cost more than all the tests.
        printed = io.StringIO()
        with redirect_stdout(printed):
            code = main([*arguments, "--data", str(self.data), "--json"])
        assert code == 0, printed.getvalue()
        answer: dict[str, Any] = json.loads(printed.getvalue())
        return answer


@contextmanager
def real_central(data: Path) -> Iterator[RealCentral]:
    """Serve from *data* until the block ends."""
    central = RealCentral(data)
    try:
        central.start()
        yield central
    finally:
        central.stop()
