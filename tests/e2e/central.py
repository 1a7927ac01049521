"""The central in a process of its own, started, stopped and started again on its port."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.commands import ROOT, run


class CentralProcess:
    """One central on a loopback port."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = ""
        self.ca_file = Path()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, on the port it had before."""
        port = urlsplit(self.url).port or 0 if self.url else 0
        command = [sys.executable, "-m", "central", "serve", "--data", str(self.data)]
        self._process = subprocess.Popen(
            [*command, "--port", str(port), "--json"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        ready = json.loads(self._process.stdout.readline())
        self.url, self.ca_file = ready["url"], Path(ready["ca_file"])

    def stop(self) -> None:
        """End it and wait; its port refuses from then on."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def enrol_code(self, point: str) -> str:
        """Return a one-time code for a point."""
        ran = run("central", "enrol-code", "--point", point, "--name", "Azrou", "--data", self.data)
        return str(ran.fields["code"])

    def stats(self) -> dict[str, Any]:
        """Return what the central counts."""
        return run("central", "stats", "--data", self.data).fields
